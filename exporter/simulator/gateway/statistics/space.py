"""Capacity figures under the gateway's property names, KiB throughout."""

from typing import Any

from exporter.simulator.gateway.statistics.samples import movement
from exporter.simulator.scenario.capacity import Capacity

_NO_NUMBER = "NaN"
"""What the gateway says where a ratio divides by zero: a text."""


def space(capacity: Capacity) -> dict[str, Any]:
    """Return the space of a pool, a node or a whole system. Names without "net" count both copies."""
    usable = capacity.maximum - capacity.spare
    overhead = 2 * capacity.net_metadata
    without_overhead = capacity.in_use - overhead
    snapshots = 2 * capacity.net_snapshots
    mirrored = without_overhead - 2 * capacity.fine_stored
    thin = without_overhead - capacity.thick_in_use - snapshots
    stored = capacity.net_provisioned - capacity.fine_written + capacity.fine_stored
    address_space = capacity.volume_address_space
    return {
        "maxCapacityInKb": capacity.maximum,
        "capacityLimitInKb": capacity.maximum,
        "spareCapacityInKb": capacity.spare,
        "maxUserDataCapacityInKb": usable,
        "netMaxUserDataCapacityInKb": usable // 2,
        "unusedCapacityInKb": capacity.unused,
        "netUnusedCapacityInKb": capacity.unused // 2,
        "capacityInUseInKb": capacity.in_use,
        "netCapacityInUseInKb": capacity.in_use // 2,
        "ActualNetCapacityInUseInKb": capacity.in_use // 2,
        "atRestCapacityInKb": capacity.in_use // 2,
        "capacityInUseNoOverheadInKb": without_overhead,
        "netCapacityInUseNoOverheadInKb": without_overhead // 2,
        "metadataOverheadInKb": overhead,
        "netMetadataOverheadInKb": capacity.net_metadata,
        "userDataCapacityInKb": without_overhead - snapshots,
        "netUserDataCapacityInKb": (without_overhead - snapshots) // 2,
        "userDataCapacityNoTrimInKb": without_overhead - snapshots,
        "netUserDataCapacityNoTrimInKb": (without_overhead - snapshots) // 2,
        "mgUserDdataCcapacityInKb": mirrored,
        "netMgUserDataCapacityInKb": mirrored // 2,
        "fglUserDataCapacityInKb": 2 * capacity.fine_stored,
        "netFglUserDataCapacityInKb": capacity.fine_stored,
        "fglCompressedDataSizeInKb": 2 * capacity.fine_stored,
        "netFglCompressedDataSizeInKb": capacity.fine_stored,
        "fglUncompressedDataSizeInKb": 2 * capacity.fine_written,
        "netFglUncompressedDataSizeInKb": capacity.fine_written,
        "provisionedAddressesInKb": 2 * capacity.net_provisioned,
        "netProvisionedAddressesInKb": capacity.net_provisioned,
        "snapshotCapacityInKb": snapshots,
        "netSnapshotCapacityInKb": capacity.net_snapshots,
        "snapCapacityInUseInKb": snapshots,
        "snapCapacityInUseOccupiedInKb": snapshots,
        "thickCapacityInUseInKb": capacity.thick_in_use,
        "thinCapacityInUseInKb": thin,
        "thinUserDataCapacityInKb": thin,
        "netThinUserDataCapacityInKb": thin // 2,
        "thinCapacityAllocatedInKb": capacity.thin_allocated,
        "thinCapacityAllocatedInKm": capacity.thin_allocated,
        "primaryVacInKb": address_space,
        "secondaryVacInKb": address_space,
        "inUseVacInKb": 2 * address_space,
        "protectedVacInKb": 2 * address_space,
        "compressionRatio": _ratio(capacity.net_provisioned, stored) if stored else 1.0,
        "compressedDataCompressionRatio": _ratio(capacity.fine_written, capacity.fine_stored),
        **movement(capacity.forward_rebuild, "fwdRebuild"),
        **movement(capacity.backward_rebuild, "bckRebuild"),
        **movement(capacity.normal_rebuild, "normRebuild"),
        **movement(capacity.rebalance, "rebalance"),
    }


def health(capacity: Capacity) -> dict[str, Any]:
    """Return what pools and those above them say besides: protection, movement, and room for more volumes."""
    address_space = capacity.volume_address_space
    moving = capacity.forward_rebuild + capacity.backward_rebuild + capacity.normal_rebuild + capacity.rebalance
    ratio = _ratio(address_space, capacity.net_provisioned)
    troubled = 2 * capacity.degraded + capacity.failed + capacity.in_maintenance
    return {
        "protectedCapacityInKb": max(0, capacity.in_use - troubled),
        "degradedHealthyCapacityInKb": capacity.degraded,
        "degradedFailedCapacityInKb": capacity.degraded,
        "failedCapacityInKb": capacity.failed,
        "inMaintenanceCapacityInKb": capacity.in_maintenance,
        "fwdRebuildCapacityInKb": capacity.forward_rebuild,
        "activeFwdRebuildCapacityInKb": capacity.forward_rebuild,
        "bckRebuildCapacityInKb": capacity.backward_rebuild,
        "activeBckRebuildCapacityInKb": capacity.backward_rebuild,
        "normRebuildCapacityInKb": capacity.normal_rebuild,
        "activeNormRebuildCapacityInKb": capacity.normal_rebuild,
        "rebalanceCapacityInKb": capacity.rebalance,
        "activeRebalanceCapacityInKb": capacity.rebalance,
        "movingCapacityInKb": moving,
        "activeMovingCapacityInKb": moving,
        "volumeAddressSpaceInKb": address_space,
        "vtreeAddresSpaceInKb": capacity.vtree_address_space,
        "capacityAvailableForVolumeAllocationInKb": capacity.available,
        "volumeAllocationLimitInKb": capacity.allocation_limit,
        "totalVolumeAllocationLimitInKb": capacity.allocation_limit + address_space,
        "thinAndSnapshotRatio": ratio,
        "overallUsageRatio": ratio,
        "aggregateCompressionLevel": "Normal" if capacity.fine_written else "Uncompressed",
    }


def _ratio(above: int, below: int) -> float | str:
    return round(above / below, 6) if below else _NO_NUMBER
