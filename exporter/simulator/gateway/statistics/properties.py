"""Which properties the statistics of a type have, per release."""

import functools

from exporter.simulator.gateway.personality import Personality
from exporter.simulator.gateway.statistics import names

_UP_TO_SYSTEM = names.EVERYWHERE | names.POOLS_AND_ABOVE
_ALL_CACHES = names.CACHE_DEVICES | names.CACHE_NODES
_COUNTS_OF_A_DOMAIN = {
    "numOfDevices",
    "numOfSds",
    "numOfStoragePools",
    "numOfFaultSets",
    "numOfAccelerationPools",
    "sdsIds",
    "storagePoolIds",
}
_BLOCKS: dict[str, frozenset[str]] = {
    "System": _UP_TO_SYSTEM | _ALL_CACHES | names.SYSTEM_ONLY | {"numOfDevices"},
    "ProtectionDomain": _UP_TO_SYSTEM | _ALL_CACHES | _COUNTS_OF_A_DOMAIN,
    "StoragePool": _UP_TO_SYSTEM | names.POOL_ONLY | {"numOfDevices", "deviceIds", "spSdsIds"},
    "Sds": names.EVERYWHERE | _ALL_CACHES | names.SDS_ONLY | {"numOfDevices"},
    "Device": names.EVERYWHERE | names.CACHE_DEVICES | names.DEVICE_ONLY,
    "Volume": names.VOLUME,
    "VTree": names.VTREE,
    "Sdc": names.SDC,
    "FaultSet": names.EVERYWHERE,
    "RfcacheDevice": names.CACHE_DEVICES,
    "Sdr": names.SDR,
    "SnapshotPolicy": names.SNAPSHOT_POLICY,
}
_COUNT_CAPACITY = {"System", "ProtectionDomain", "StoragePool", "Sds", "Device", "FaultSet"}

STATISTICS_TYPES = tuple(_BLOCKS)
"""The types that querySelectedStatistics knows."""


@functools.cache
def properties_of(kind: str, personality: Personality) -> frozenset[str]:
    """Return the property names of a type in a release."""
    result = _BLOCKS[kind]
    if kind in _COUNT_CAPACITY:
        if personality.background_scan_names:
            result |= names.BACKGROUND_SCAN
        else:
            # Dropped at 3.5.1.5; a 4.5 system lists it again, and clients ask 3.6 for it.
            result = (result | names.BEFORE_BACKGROUND_SCAN) - {"thinCapacityInUseInKb"}
    if personality.bearer_login and kind in {"System", "ProtectionDomain", "StoragePool"}:
        result |= names.FROM_4_0
    if personality.bearer_login and kind == "System":
        result |= names.SYSTEM_FROM_4_0
    return result
