"""How a storage pool's space divides up. All KiB.

The identities that a real array keeps hold exactly: max - spare is what users may fill, unused is that minus what
is in use, and every "net" figure is half of its gross twin, because blocks are kept in two copies.
"""

from dataclasses import dataclass, fields

from exporter.simulator.scenario.array import ALLOCATION_UNIT, StoragePool
from exporter.simulator.scenario.census import Census

_OVERPROVISIONING = 10
"""The array lets volumes add up to ten times what there is."""


@dataclass(slots=True)
class Capacity:
    """A pool's figures; those of a protection domain or system are their sum."""

    maximum: int = 0
    spare: int = 0
    in_use: int = 0
    thick_in_use: int = 0
    net_provisioned: int = 0
    """Net space that has been written, before compression."""
    net_snapshots: int = 0
    net_metadata: int = 0
    fine_stored: int = 0
    """Net space that a fine-granularity pool needs for what has been written, without metadata."""
    fine_written: int = 0
    """The same before compression."""
    volume_address_space: int = 0
    """Virtual sizes of all volumes and snapshots."""
    vtree_address_space: int = 0
    """Virtual sizes of the base volumes."""
    thin_allocated: int = 0
    available: int = 0
    allocation_limit: int = 0
    degraded: int = 0
    failed: int = 0
    in_maintenance: int = 0
    forward_rebuild: int = 0
    backward_rebuild: int = 0
    normal_rebuild: int = 0
    rebalance: int = 0

    @property
    def unused(self) -> int:
        """Gross space that is free."""
        return self.maximum - self.spare - self.in_use

    def add(self, other: "Capacity") -> None:
        """Add another pool's figures."""
        for name in _NAMES:
            setattr(self, name, getattr(self, name) + getattr(other, name))


_NAMES = [item.name for item in fields(Capacity)]
_GROSS = {
    "maximum",
    "spare",
    "in_use",
    "thick_in_use",
    "thin_allocated",
    "degraded",
    "failed",
    "in_maintenance",
    "forward_rebuild",
    "backward_rebuild",
    "normal_rebuild",
    "rebalance",
}


def share_of(capacity: Capacity, before: int, after: int, total: int) -> Capacity:
    """Return the share of a pool's figures that lies between two marks of `total`; the shares add up to the pool.

    What counts both copies is cut in even numbers, so that halves of the shares are exact too.
    """
    share = Capacity()
    for name in _NAMES:
        unit = 2 if name in _GROSS else 1
        value = getattr(capacity, name) // unit
        setattr(share, name, unit * (value * after // total - value * before // total))
    return share


def capacity_of(census: Census, pool: StoragePool) -> Capacity:
    """Return the figures of one pool."""
    capacity = Capacity(
        maximum=sum(device.capacity_kib for device in census.devices_by_pool[pool.id]),
        degraded=pool.degraded_kib,
        failed=pool.failed_kib,
        in_maintenance=pool.maintenance_kib,
        forward_rebuild=pool.forward_rebuild_kib,
        backward_rebuild=pool.backward_rebuild_kib,
        normal_rebuild=pool.normal_rebuild_kib,
        rebalance=pool.rebalance_kib,
    )
    # Whole MiB, so that halves are exact.
    capacity.spare = capacity.maximum * pool.spare_percentage // 100 // 2048 * 2048
    for vtree in census.vtrees_by_pool[pool.id]:
        for volume in census.volumes_by_vtree[vtree.id]:
            capacity.volume_address_space += volume.size_kib
            capacity.net_provisioned += volume.written_kib
            if volume.volume_type == "Snapshot":
                capacity.net_snapshots += volume.written_kib
                continue
            capacity.vtree_address_space += volume.size_kib
            if volume.volume_type == "ThickProvisioned":
                capacity.thick_in_use += 2 * volume.written_kib
            else:
                capacity.thin_allocated += 2 * volume.size_kib
    stored = capacity.net_provisioned * pool.stored_percent // 100
    capacity.net_metadata = capacity.net_provisioned * pool.metadata_percent // 100
    if pool.data_layout == "FineGranularity":
        capacity.fine_stored, capacity.fine_written = stored, capacity.net_provisioned
    capacity.in_use = 2 * (stored + capacity.net_metadata)
    net_unused = max(0, capacity.unused // 2)
    # The array keeps a little back and hands out whole allocation units.
    capacity.available = net_unused * 998 // 1000 // ALLOCATION_UNIT * ALLOCATION_UNIT
    room = _OVERPROVISIONING * (capacity.maximum - capacity.spare) // 2 - capacity.volume_address_space
    capacity.allocation_limit = max(0, room) // ALLOCATION_UNIT * ALLOCATION_UNIT
    return capacity
