"""The CloudStack side of the scenario: what an installation believes about its PowerFlex volumes.

Sizes are bytes here, as in CloudStack. A volume's `path` is `<PowerFlex volume id>:<name>`, and names carry the
database id, characters [4:8] of the pool's UUID and the installation's `custom.cs.identifier`.
"""

from dataclasses import dataclass, field


@dataclass(slots=True)
class CloudPool:
    """A primary storage of type PowerFlex."""

    id: int
    uuid: str
    name: str
    zone: str
    system: str
    """The key of the PowerFlex system."""
    powerflex_pool_id: str
    state: str = "Up"

    @property
    def key(self) -> str:
        """What object names carry of the UUID."""
        return self.uuid[4:8]


@dataclass(slots=True)
class CloudHost:
    """A KVM host; its private address is the SDC's."""

    id: int
    uuid: str
    name: str
    ip: str
    zone: str


@dataclass(slots=True)
class CloudMachine:
    """A virtual machine."""

    id: int
    uuid: str
    name: str
    account: str
    host_uuid: str | None
    state: str = "Running"


@dataclass(slots=True)
class CloudVolume:
    """A row of CloudStack's volumes table."""

    id: int
    uuid: str
    name: str
    pool_uuid: str
    path: str | None
    size_bytes: int
    account: str
    machine_uuid: str | None = None
    kind: str = "DATADISK"
    state: str = "Ready"


@dataclass(slots=True)
class Installation:
    """One CloudStack with its identifier and everything it keeps on PowerFlex."""

    name: str
    identifier: str
    version: str
    zone: str
    accounts: dict[str, str] = field(default_factory=dict)
    """Account name to domain path."""
    pools: dict[str, CloudPool] = field(default_factory=dict)
    hosts: dict[str, CloudHost] = field(default_factory=dict)
    machines: dict[str, CloudMachine] = field(default_factory=dict)
    volumes: dict[str, CloudVolume] = field(default_factory=dict)


def volume_id_of(row: CloudVolume) -> str:
    """Return the PowerFlex id in a row's path: what stands before the first colon."""
    return (row.path or "").partition(":")[0]
