"""What a PowerFlex system consists of, as plain records.

Sizes are KiB (PowerFlex calls them "InKb"), times are epoch seconds. Ids are the gateway's 16 hex digits.
Space is counted net here, that is, each block once; the gateway reports both mirror copies where its
field names do not begin with "net".
"""

from dataclasses import dataclass, field

MIB = 1024
GIB = 1024 * MIB
ALLOCATION_UNIT = 8 * GIB
"""Volumes are made in steps of 8 GiB."""
LONGEST_NAME = 31
"""The MDM refuses longer names (LONG_NAME)."""


@dataclass(slots=True)
class Mapping:
    """A volume mapped to an SDC; a limit of 0 means none."""

    sdc_id: str
    limit_iops: int = 0
    limit_bw_in_mbps: int = 0
    access_mode: str = "ReadWrite"


@dataclass(slots=True)
class Volume:
    """A volume, template or snapshot: PowerFlex makes no difference but in `volume_type`."""

    id: str
    name: str | None
    storage_pool_id: str
    vtree_id: str
    size_kib: int
    creation_time: int
    volume_type: str = "ThinProvisioned"
    written_kib: int = 0
    """Net space that this member of the V-Tree holds of its own; a snapshot holds what has changed since."""
    growth_kib_per_second: int = 0
    ancestor_volume_id: str | None = None
    consistency_group_id: str | None = None
    mappings: list[Mapping] | None = None
    """None where the volume was never mapped: the gateway then answers null, and [] after an unmap."""
    busy: bool = True
    """False for a volume that is mapped but sees no I/O."""


@dataclass(slots=True)
class VTreeMigration:
    """A V-Tree on its way to another storage pool."""

    status: str
    source_pool_id: str
    destination_pool_id: str
    queue_position: int = 0


@dataclass(slots=True)
class VTree:
    """A base volume with its snapshots; all of them share the used size."""

    id: str
    storage_pool_id: str
    base_volume_id: str | None
    migration: VTreeMigration | None = None


@dataclass(slots=True)
class StoragePool:
    """A storage pool with what it cannot derive from its devices and volumes."""

    id: str
    name: str
    protection_domain_id: str
    media_type: str
    data_layout: str = "MediumGranularity"
    zero_padding: bool = True
    spare_percentage: int = 10
    alert_high_threshold: int = 80
    alert_critical_threshold: int = 90
    stored_percent: int = 100
    """What is left of 100 written KiB: below 100 in a compressing fine-granularity pool."""
    metadata_percent: int = 0
    degraded_kib: int = 0
    """Gross space of which one of the two copies is missing (its healthy copy)."""
    failed_kib: int = 0
    maintenance_kib: int = 0
    forward_rebuild_kib: int = 0
    backward_rebuild_kib: int = 0
    normal_rebuild_kib: int = 0
    rebalance_kib: int = 0


@dataclass(slots=True)
class ProtectionDomain:
    """A protection domain."""

    id: str
    name: str
    state: str = "Active"


@dataclass(slots=True)
class Sds:
    """A storage node."""

    id: str
    name: str
    protection_domain_id: str
    ip: str
    state: str = "Normal"
    membership_state: str = "Joined"
    connection_state: str = "Connected"
    maintenance_state: str = "NoMaintenance"


@dataclass(slots=True)
class Device:
    """A disk. One without a storage pool accelerates others; its states are null."""

    id: str
    sds_id: str
    storage_pool_id: str | None
    capacity_kib: int
    path: str
    media_type: str
    error_state: str | None = "None"
    device_state: str | None = "Normal"


@dataclass(slots=True)
class Sdc:
    """A client, that is a KVM host; an NVMe host stands in the same list without most of the fields."""

    id: str
    guid: str
    ip: str
    name: str | None = None
    connected: bool = True
    approved: bool = True
    lists_ips_only: bool = False
    """The object has `sdcIps` and no `sdcIp`, as some releases answer."""
    nqn: str | None = None
    """Set for an NVMe host."""


@dataclass(slots=True)
class MdmCluster:
    """The managers of a system."""

    mode: str
    state: str
    good_nodes: int
    good_replicas: int
    nodes: list[str] = field(default_factory=list)
    """Names: the master first, then slaves, then tie breakers."""


@dataclass(slots=True)
class Alert:
    """An alert of the array, in the words of its generation (ALERT_HIGH ..., or CRITICAL ...)."""

    id: str
    kind: str
    severity: str
    object_type: str
    object_id: str
    object_name: str
    started: int
    cleared: int | None = None


@dataclass(slots=True)
class System:
    """One PowerFlex system, with all that its gateway can be asked about."""

    key: str
    """The name under which an exporter would know it."""
    id: str
    name: str | None
    version: str
    """The gateway's major.minor."""
    release: str
    days_installed: int
    upgraded: int
    """Epoch seconds of the last upgrade."""
    licence_days: str
    licence_gb: str
    mdm: MdmCluster
    protection_domains: dict[str, ProtectionDomain] = field(default_factory=dict)
    storage_pools: dict[str, StoragePool] = field(default_factory=dict)
    volumes: dict[str, Volume] = field(default_factory=dict)
    vtrees: dict[str, VTree] = field(default_factory=dict)
    sdcs: dict[str, Sdc] = field(default_factory=dict)
    nodes: dict[str, Sds] = field(default_factory=dict)
    devices: dict[str, Device] = field(default_factory=dict)
    alerts: dict[str, Alert] = field(default_factory=dict)

    numbers: dict[str, int] = field(default_factory=dict)
    """The last running number per type; the MDM never uses one twice."""

    def next_number(self, kind: str) -> int:
        """Return the running number for a new object of a type."""
        self.numbers[kind] = self.numbers.get(kind, -1) + 1
        return self.numbers[kind]
