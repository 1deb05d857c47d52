"""Readings of a PowerFlex gateway: what one poll of one collector returned.

Sizes are KiB, as the gateway counts them. None is unknown: the gateway gave no
such field, or one that could not be understood.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from exporter.model.instant import Instant

Identity = Annotated[str, msgspec.Meta(min_length=1)]
Kib = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class Record(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Base of the immutable records of this module."""


class ProtectionDomain(Record, frozen=True, kw_only=True, gc=False):
    """A protection domain; `state` is protectionDomainState, Active when it serves I/O."""

    id: Identity
    name: str | None = None
    state: str | None = None


class StoragePool(Record, frozen=True, kw_only=True, gc=False):
    """A storage pool; the thresholds are per cent, 0 to 100."""

    id: Identity
    name: Identity
    protection_domain_id: str | None = None
    media_type: str | None = None
    data_layout: str | None = None
    zero_padding: bool | None = None
    high_threshold_percent: Count | None = None
    critical_threshold_percent: Count | None = None


class Bwc(Record, frozen=True, kw_only=True, gc=False):
    """A sample over a short sliding window: what was done in how many seconds.

    For the latency properties `total_weight_kib` holds microseconds, whatever
    the gateway's field name says.
    """

    seconds: Count
    total_weight_kib: Count
    occurred: Count


class PoolStatistics(Record, frozen=True, kw_only=True, gc=False):
    """The statistics of one storage pool; each absent where the gateway gives none."""

    max_capacity_kib: Kib | None = None
    spare_capacity_kib: Kib | None = None
    capacity_in_use_kib: Kib | None = None
    net_unused_capacity_kib: Kib | None = None
    net_capacity_in_use_kib: Kib | None = None
    net_provisioned_kib: Kib | None = None
    volume_address_space_kib: Kib | None = None
    snapshot_capacity_in_use_kib: Kib | None = None
    available_for_volume_allocation_kib: Kib | None = None
    failed_capacity_kib: Kib | None = None
    degraded_failed_capacity_kib: Kib | None = None
    degraded_healthy_capacity_kib: Kib | None = None
    forward_rebuild_capacity_kib: Kib | None = None
    backward_rebuild_capacity_kib: Kib | None = None
    normal_rebuild_capacity_kib: Kib | None = None
    rebalance_capacity_kib: Kib | None = None
    read: Bwc | None = None
    write: Bwc | None = None
    read_latency: Bwc | None = None
    write_latency: Bwc | None = None


class SdcMapping(Record, frozen=True, kw_only=True, gc=False):
    """A volume's mapping to one SDC; a limit of 0 is none."""

    sdc_id: Identity
    limit_iops: Count | None = None
    limit_bandwidth_mbps: Count | None = None


class Volume(Record, frozen=True, kw_only=True, gc=False):
    """A volume, template or snapshot: to the array they are all volumes.

    `mapped_sdcs` is UNSET when unknown and None when the gateway said null,
    which means none.
    """

    id: Identity
    name: str | None = None
    storage_pool_id: Identity
    vtree_id: Identity
    size_kib: Kib
    volume_type: str | None = None
    ancestor_volume_id: str | None = None
    creation_time: Count | None = None
    mapped_sdcs: tuple[SdcMapping, ...] | UnsetType | None = UNSET


class VTree(Record, frozen=True, kw_only=True, gc=False):
    """A V-Tree: a volume and all its snapshots; the migration status is NotInMigration at rest."""

    id: Identity
    storage_pool_id: Identity
    migration_status: str | None = None


class Sdc(Record, frozen=True, kw_only=True, gc=False):
    """An SDC, the PowerFlex client of a KVM host; `mapped_volumes` comes from its statistics."""

    id: Identity
    name: str | None = None
    ip: str | None = None
    guid: str | None = None
    version: str | None = None
    os: str | None = None
    connected: bool | None = None
    approved: bool | None = None
    mapped_volumes: Count | None = None


class Sds(Record, frozen=True, kw_only=True, gc=False):
    """An SDS, a storage node."""

    id: Identity
    name: str | None = None
    protection_domain_id: str | None = None
    state: str | None = None
    membership_state: str | None = None
    mdm_connection_state: str | None = None
    maintenance_state: str | None = None


class Device(Record, frozen=True, kw_only=True, gc=False):
    """A disk of an SDS; one that caches belongs to no pool and has no error state."""

    id: Identity
    storage_pool_id: str | None = None
    error_state: str | None = None


class Alert(Record, frozen=True, kw_only=True, gc=False):
    """An alert of the array, its words those of PowerFlex 4.x in lower case."""

    severity: str
    type: str


class SystemReading(Record, frozen=True, kw_only=True, gc=False):
    """The array itself; `license_remaining_days` is None when unlimited or unknown."""

    taken_at: Instant
    system_id: str
    version: str | None
    api_version: str | None
    cluster_state: str | None
    cluster_mode: str | None
    cluster_nodes_good: int | None
    license_remaining_days: int | None


class PoolsReading(Record, frozen=True, kw_only=True, gc=False):
    """The storage pools, their protection domains, and their statistics by pool id."""

    taken_at: Instant
    domains: tuple[ProtectionDomain, ...]
    pools: tuple[StoragePool, ...]
    statistics: Mapping[str, PoolStatistics]


class VolumesReading(Record, frozen=True, kw_only=True, gc=True, weakref=True):
    """Every volume, template and snapshot of the array."""

    taken_at: Instant
    volumes: list[Volume]


class UsedSizesReading(Record, frozen=True, kw_only=True, gc=False):
    """The used size in KiB of each V-Tree, by V-Tree id; a tree of unknown size is not in it.

    `measured_at` is there where the trees were asked one by one, for then each has
    an age of its own: the monotonic second at which each was asked. Going once
    through all of them takes `walk_seconds`.
    """

    taken_at: Instant
    used_kib: dict[str, int]
    measured_at: dict[str, float] | None = None
    walk_seconds: float = 0.0

    def measured_since(self, monotonic: float) -> UsedSizesReading:
        """Return this reading without the trees that were last asked before that second."""
        if self.measured_at is None or all(at >= monotonic for at in self.measured_at.values()):
            return self
        kept = {tree: at for tree, at in self.measured_at.items() if at >= monotonic}
        return UsedSizesReading(
            taken_at=self.taken_at,
            used_kib={tree: used for tree, used in self.used_kib.items() if tree in kept},
            measured_at=kept,
            walk_seconds=self.walk_seconds,
        )


class VTreesReading(Record, frozen=True, kw_only=True, gc=False):
    """Every V-Tree of the array."""

    taken_at: Instant
    vtrees: list[VTree]


class SdcsReading(Record, frozen=True, kw_only=True, gc=False):
    """Every SDC of the array; NVMe hosts, which stand in the same list, are left out."""

    taken_at: Instant
    sdcs: tuple[Sdc, ...]


class NodesReading(Record, frozen=True, kw_only=True, gc=False):
    """The storage nodes and their disks."""

    taken_at: Instant
    nodes: tuple[Sds, ...]
    devices: tuple[Device, ...]


class AlertsReading(Record, frozen=True, kw_only=True, gc=False):
    """The open alerts of the array."""

    taken_at: Instant
    alerts: tuple[Alert, ...]


PowerFlexReading = (
    SystemReading
    | PoolsReading
    | VolumesReading
    | UsedSizesReading
    | VTreesReading
    | SdcsReading
    | NodesReading
    | AlertsReading
)
