"""Volume and VTree objects."""

from typing import Any

from exporter.simulator.gateway.links import links_of
from exporter.simulator.gateway.personality import Personality
from exporter.simulator.scenario.array import Mapping, Volume, VTree
from exporter.simulator.scenario.census import Census


def volume_object(census: Census, volume: Volume, personality: Personality) -> dict[str, Any]:
    """Return a Volume as GET /api/types/Volume/instances lists it; sizes in KiB, creation time in epoch seconds."""
    pool = census.system.storage_pools[volume.storage_pool_id]
    compressing = pool.data_layout == "FineGranularity"
    result: dict[str, Any] = {
        "managedBy": "ScaleIO",
        "originalExpiryTime": 0,
        "retentionLevels": [],
        "snplIdOfSourceVolume": None,
        "volumeReplicationState": "UnmarkedForReplication",
        "mappedSdcInfo": _mappings(census, volume, personality),
        "replicationJournalVolume": False,
        "replicationTimeStamp": 0,
        "name": volume.name,
        "creationTime": volume.creation_time,
        "storagePoolId": volume.storage_pool_id,
        "dataLayout": pool.data_layout,
        "compressionMethod": "Normal" if compressing else "Invalid",
        "vtreeId": volume.vtree_id,
        "sizeInKb": volume.size_kib,
        "accessModeLimit": "ReadWrite",
        "pairIds": None,
        "volumeType": volume.volume_type,
        "consistencyGroupId": volume.consistency_group_id,
        "ancestorVolumeId": volume.ancestor_volume_id,
        "notGenuineSnapshot": False,
        "secureSnapshotExpTime": 0,
        "useRmcache": False,
        "snplIdOfAutoSnapshot": None,
        "lockedAutoSnapshot": False,
        "lockedAutoSnapshotMarkedForRemoval": False,
        "autoSnapshotGroupId": None,
        "timeStampIsAccurate": False,
        "id": volume.id,
        "links": links_of(
            "Volume",
            volume.id,
            vtreeId=volume.vtree_id,
            storagePoolId=volume.storage_pool_id,
            ancestorVolumeId=volume.ancestor_volume_id,
        ),
    }
    if personality.nvme:
        result["volumeClass"] = "defaultclass"
        result["nsid"] = int(volume.id[8:], 16) + 1
    return result


def _mappings(census: Census, volume: Volume, personality: Personality) -> list[dict[str, Any]] | None:
    if volume.mappings is None:
        return None
    return [_mapping(census, mapping, personality) for mapping in volume.mappings]


def _mapping(census: Census, mapping: Mapping, personality: Personality) -> dict[str, Any]:
    sdc = census.system.sdcs[mapping.sdc_id]
    result: dict[str, Any] = {
        "limitIops": mapping.limit_iops,
        "limitBwInMbps": mapping.limit_bw_in_mbps,
        "isDirectBufferMapping": False,
        "sdcId": sdc.id,
        "sdcIp": sdc.ip,
        "sdcName": sdc.name,
        "accessMode": mapping.access_mode,
    }
    if personality.nvme:
        result["nqn"] = sdc.nqn
        result["hostType"] = "NVMeHost" if sdc.nqn else "SdcHost"
    return result


def vtree_object(census: Census, vtree: VTree, personality: Personality) -> dict[str, Any]:
    """Return a VTree.

    Where the base volume is gone, `baseVolumeId` is null and `rootVolumes` names the snapshots that are left
    without an ancestor; no record of that case is known.
    """
    del personality  # the same in every release
    pool = census.system.storage_pools[vtree.storage_pool_id]
    migration = vtree.migration
    return {
        "storagePoolId": vtree.storage_pool_id,
        "dataLayout": pool.data_layout,
        "compressionMethod": "Normal" if pool.data_layout == "FineGranularity" else "Invalid",
        "baseVolumeId": vtree.base_volume_id,
        "rootVolumes": [volume.id for volume in census.roots(vtree)],
        "inDeletion": False,
        "vtreeMigrationInfo": {
            "sourceStoragePoolId": migration.source_pool_id if migration else None,
            "destinationStoragePoolId": migration.destination_pool_id if migration else None,
            "migrationStatus": migration.status if migration else "NotInMigration",
            "migrationQueuePosition": migration.queue_position if migration else 0,
            "migrationPauseReason": None,
            "thicknessConversionType": "NoConversion",
        },
        "name": None,
        "id": vtree.id,
        "links": links_of("VTree", vtree.id, baseVolumeId=vtree.base_volume_id, storagePoolId=vtree.storage_pool_id),
    }
