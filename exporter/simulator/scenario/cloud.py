"""The CloudStack side of the scenario: what an installation believes about its PowerFlex volumes.

Sizes are bytes here, as in CloudStack. A volume's `path` is `<PowerFlex volume id>:<name>`, and names carry the
database id, characters [4:8] of the pool's UUID and the installation's `custom.cs.identifier`.
"""

from dataclasses import dataclass, field

from exporter.simulator.scenario.discrepancy import Discrepancy
from exporter.simulator.scenario.router import CloudRouter


@dataclass(slots=True)
class CloudZone:
    """A zone, with one pod and one cluster."""

    uuid: str
    name: str


@dataclass(slots=True)
class CloudProject:
    """A project; what it owns belongs to no account that a user would see."""

    uuid: str
    name: str
    domain: str
    """The domain's path."""


@dataclass(slots=True)
class CloudOffering:
    """A disk offering; its limits for PowerFlex are details, texts as all details are."""

    uuid: str
    name: str
    details: dict[str, str] = field(default_factory=dict)
    custom_iops: bool = False
    state: str = "Active"


@dataclass(slots=True)
class OtherPool:
    """A primary storage that is not on PowerFlex."""

    id: int
    uuid: str
    name: str
    zone: str
    kind: str
    provider: str
    ip: str
    path: str
    total_bytes: int
    used_bytes: int
    scope: str = "CLUSTER"
    state: str = "Up"


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
    gateway_ip: str = ""
    """The host in the URL that the pool was added with."""

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
    state: str = "Up"
    resource_state: str = "Enabled"

    @property
    def cut_off(self) -> bool:
        """Whether the management server has lost it; what ran there is still said to be running."""
        return self.state in ("Down", "Disconnected", "Alert")


@dataclass(slots=True)
class CloudMachine:
    """A virtual machine: a user's, or one of CloudStack's own (a router, a console proxy ...)."""

    id: int
    uuid: str
    name: str
    account: str
    host_uuid: str | None
    state: str = "Running"
    kind: str = "User"
    """User, DomainRouter, ConsoleProxy, SecondaryStorageVm or InternalLoadBalancerVm."""


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
    project: str | None = None
    """The name of the project that owns it."""
    offering_uuid: str | None = None
    max_iops: int | None = None
    created: int = 0


@dataclass(slots=True)
class CloudSnapshot:
    """A snapshot of one volume; one that is part of a VM snapshot is in no list of snapshots."""

    uuid: str
    name: str
    volume_uuid: str
    pool_uuid: str
    size_bytes: int
    created: int
    of_machine: bool = False


@dataclass(slots=True)
class CloudTemplate:
    """A template's copy on a PowerFlex pool."""

    uuid: str
    pool_uuid: str
    size_bytes: int


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
    """The rows that name a volume on PowerFlex."""
    elsewhere: dict[str, CloudVolume] = field(default_factory=dict)
    """The rows of volumes on other storage, and of those that are nowhere yet (their pool is "")."""
    zones: dict[str, CloudZone] = field(default_factory=dict)
    """By name, unlike the other tables."""
    projects: dict[str, CloudProject] = field(default_factory=dict)
    """By name."""
    offerings: dict[str, CloudOffering] = field(default_factory=dict)
    other_pools: dict[str, OtherPool] = field(default_factory=dict)
    snapshots: dict[str, CloudSnapshot] = field(default_factory=dict)
    templates: dict[str, CloudTemplate] = field(default_factory=dict)
    routers: dict[str, CloudRouter] = field(default_factory=dict)
    """By the UUID of the machine; in the order of their database ids."""
    settings: dict[str, str] = field(default_factory=dict)
    """Global settings that differ from their defaults."""
    scoped_settings: dict[tuple[str, str], str] = field(default_factory=dict)
    """Settings of one zone or pool, by its UUID and the setting's name."""
    time_zone_minutes: int = 0
    """The management server's offset from UTC."""
    clock_skew_seconds: int = 0
    """How far the management server's clock is ahead."""
    fetching: bool = True
    """Whether the management server collects the routers' health checks."""
    fetch_seconds: float | None = None
    """How often it does, where that is not to be what the setting says in whole minutes."""
    last_fetch: float = 0.0
    """When it last did, in the scenario's elapsed seconds."""
    discrepancies: set[Discrepancy] = field(default_factory=set)
    """Where CloudStack and PowerFlex differ, noted as it was arranged."""


def volume_id_of(row: CloudVolume) -> str:
    """Return the PowerFlex id in a row's path: what stands before the first colon."""
    return (row.path or "").partition(":")[0]
