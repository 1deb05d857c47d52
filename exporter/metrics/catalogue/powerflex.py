"""The families of a PowerFlex system, all polled from its gateway."""

from __future__ import annotations

from exporter.metrics.catalogue.family import Family

_SYSTEM = ("system",)
_POOL = ("system", "pool_id", "pool")
_VOLUME = (*_POOL, "volume_id", "volume")
_GROUP = (*_POOL, "kind", "installation")
_SDC = ("system", "sdc_id", "sdc")

_POOL_STATISTICS = "querySelectedStatistics, StoragePool: "

UP = Family(
    "powerflex_up",
    "Whether the gateway could be reached and gave a session at the last try",
    _SYSTEM,
    "boolean",
    "GET /api/login or POST /rest/auth/login",
)
SYSTEM_INFO = Family(
    "powerflex_system_info",
    "The array: its id, its software and the version of its REST API",
    (*_SYSTEM, "system_id", "version", "api_version"),
    "info",
    "System: id, systemVersionName; GET /api/version",
)
MDM_CLUSTER_HEALTHY = Family(
    "powerflex_mdm_cluster_healthy",
    "Whether the MDM cluster is in state ClusteredNormal",
    _SYSTEM,
    "boolean",
    "System: mdmCluster.clusterState",
)
MDM_CLUSTER_INFO = Family(
    "powerflex_mdm_cluster_info",
    "The state and mode of the MDM cluster",
    (*_SYSTEM, "state", "mode"),
    "info",
    "System: mdmCluster.clusterState, mdmCluster.clusterMode",
)
MDM_CLUSTER_NODES_GOOD = Family(
    "powerflex_mdm_cluster_nodes_good",
    "MDM cluster nodes in good health",
    _SYSTEM,
    "nodes",
    "System: mdmCluster.goodNodesNum",
)
LICENSE_REMAINING_DAYS = Family(
    "powerflex_license_remaining_days",
    "Days until the licence ends; absent when it does not",
    _SYSTEM,
    "days",
    "System: capacityTimeLeftInDays",
)
PROTECTION_DOMAIN_ACTIVE = Family(
    "powerflex_protection_domain_active",
    "Whether the protection domain is in state Active",
    (*_SYSTEM, "protection_domain_id", "protection_domain"),
    "boolean",
    "ProtectionDomain: protectionDomainState",
)

STORAGE_POOL_INFO = Family(
    "powerflex_storage_pool_info",
    "The storage pool; CloudStack's halving is true of the data layouts MediumGranularity and FineGranularity alone",
    (*_POOL, "protection_domain", "media_type", "data_layout", "zero_padding"),
    "info",
    "StoragePool: name, protectionDomainId, mediaType, dataLayout (genType EC: ErasureCoding), zeroPaddingEnabled",
)


def _pool_bytes(name: str, text: str, fields: str) -> Family:
    return Family(f"powerflex_storage_pool_{name}_bytes", text, _POOL, "bytes", _POOL_STATISTICS + fields)


MAX_CAPACITY = _pool_bytes("max_capacity", "Raw capacity of the pool's disks", "maxCapacityInKb")
SPARE_CAPACITY = _pool_bytes("spare_capacity", "Raw capacity set aside for rebuilds", "spareCapacityInKb")
CAPACITY_IN_USE = _pool_bytes("capacity_in_use", "Raw capacity in use, all copies counted", "capacityInUseInKb")
NET_UNUSED_CAPACITY = _pool_bytes(
    "net_unused_capacity", "Unused capacity as a user sees it, one copy counted", "netUnusedCapacityInKb"
)
NET_CAPACITY_IN_USE = _pool_bytes(
    "net_capacity_in_use", "Capacity in use as a user sees it, one copy counted", "netCapacityInUseInKb"
)
NET_PROVISIONED = _pool_bytes(
    "net_provisioned", "Space with data written, one copy counted, snapshots included", "netProvisionedAddressesInKb"
)
VOLUME_ADDRESS_SPACE = _pool_bytes(
    "volume_address_space", "Sum of the virtual sizes of the pool's volumes and snapshots", "volumeAddressSpaceInKb"
)
SNAPSHOT_CAPACITY_IN_USE = _pool_bytes(
    "snapshot_capacity_in_use", "Raw capacity in use by snapshots", "snapCapacityInUseInKb"
)
AVAILABLE_FOR_VOLUME_ALLOCATION = _pool_bytes(
    "available_for_volume_allocation",
    "Space that the array would still give to new volumes",
    "capacityAvailableForVolumeAllocationInKb",
)
FAILED_CAPACITY = _pool_bytes("failed_capacity", "Capacity that has failed", "failedCapacityInKb")
DEGRADED_FAILED_CAPACITY = _pool_bytes(
    "degraded_failed_capacity", "Degraded capacity: the copies that have failed", "degradedFailedCapacityInKb"
)
DEGRADED_HEALTHY_CAPACITY = _pool_bytes(
    "degraded_healthy_capacity", "Degraded capacity: the copies that are left", "degradedHealthyCapacityInKb"
)
REBUILD_CAPACITY = _pool_bytes(
    "rebuild_capacity",
    "Capacity to be rebuilt: forward, backward and normal",
    "fwdRebuildCapacityInKb + bckRebuildCapacityInKb + normRebuildCapacityInKb",
)
REBALANCE_CAPACITY = _pool_bytes("rebalance_capacity", "Capacity to be rebalanced", "rebalanceCapacityInKb")
CLOUDSTACK_TOTAL = _pool_bytes(
    "cloudstack_total",
    "Total of the pool as CloudStack counts it: half of what is not spare, truncated to KiB",
    "(maxCapacityInKb - spareCapacityInKb) / 2",
)
CLOUDSTACK_USED = _pool_bytes(
    "cloudstack_used",
    "Used space of the pool as CloudStack counts it: its total less the net unused, which may be negative",
    "(maxCapacityInKb - spareCapacityInKb) / 2 - netUnusedCapacityInKb",
)
CAPACITY_ALERT_THRESHOLD = Family(
    "powerflex_storage_pool_capacity_alert_threshold_ratio",
    "Share of the capacity in use from which the array raises its own alert",
    (*_POOL, "level"),
    "ratio",
    "StoragePool: capacityAlertHighThreshold, capacityAlertCriticalThreshold",
)


def _pool_load(name: str, text: str, unit: str, fields: str) -> Family:
    return Family(f"powerflex_storage_pool_{name}", text, _POOL, unit, _POOL_STATISTICS + fields)


READ_IOPS = _pool_load("read_iops", "Reads by SDCs per second, over a window of the array", "1/s", "userDataReadBwc")
WRITE_IOPS = _pool_load(
    "write_iops", "Writes by SDCs per second, over a window of the array", "1/s", "userDataWriteBwc"
)
READ_BYTES_PER_SECOND = _pool_load(
    "read_bytes_per_second", "Bytes read by SDCs per second, over a window of the array", "bytes/s", "userDataReadBwc"
)
WRITE_BYTES_PER_SECOND = _pool_load(
    "write_bytes_per_second",
    "Bytes written by SDCs per second, over a window of the array",
    "bytes/s",
    "userDataWriteBwc",
)
READ_LATENCY = _pool_load(
    "read_latency_seconds",
    "Mean time of a read as SDCs see it; absent when there was none",
    "seconds",
    "userDataSdcReadLatency",
)
WRITE_LATENCY = _pool_load(
    "write_latency_seconds",
    "Mean time of a write as SDCs see it; absent when there was none",
    "seconds",
    "userDataSdcWriteLatency",
)

VOLUMES = Family(
    "powerflex_volumes",
    "Volumes, templates and snapshots, by what their name says to CloudStack",
    _GROUP,
    "volumes",
    "Volume: name, storagePoolId",
)
VOLUMES_VIRTUAL_SIZE = Family(
    "powerflex_volumes_virtual_size_bytes",
    "Sum of the virtual sizes of a group of volumes",
    _GROUP,
    "bytes",
    "Volume: sizeInKb",
)
VOLUMES_USED_SIZE = Family(
    "powerflex_volumes_used_size_bytes",
    "Sum of the used sizes of the V-Trees that a group of volumes owns, those of unknown size left out",
    _GROUP,
    "bytes",
    "querySelectedStatistics, VTree: netProvisionedAddressesInKb",
)
VOLUMES_USED_SIZE_UNKNOWN = Family(
    "powerflex_volumes_used_size_unknown",
    "V-Trees of a group of volumes whose used size is not known",
    _GROUP,
    "V-Trees",
    "querySelectedStatistics, VTree: netProvisionedAddressesInKb",
)
VOLUME_INFO = Family(
    "powerflex_volume_info",
    "A volume, template or snapshot, with what its name says to CloudStack",
    (*_VOLUME, "kind", "installation", "pool_key", "resource_id", "vtree_id", "provisioning"),
    "info",
    "Volume: id, name, vtreeId, volumeType",
)
VOLUME_VIRTUAL_SIZE = Family(
    "powerflex_volume_virtual_size_bytes", "Virtual size of the volume", _VOLUME, "bytes", "Volume: sizeInKb"
)
VOLUME_USED_SIZE = Family(
    "powerflex_volume_used_size_bytes",
    "Used size of the volume's whole V-Tree, snapshots included; on one volume of the tree alone",
    _VOLUME,
    "bytes",
    "querySelectedStatistics, VTree: netProvisionedAddressesInKb",
)
VOLUME_MAPPED_SDCS = Family(
    "powerflex_volume_mapped_sdcs", "SDCs that the volume is mapped to", _VOLUME, "SDCs", "Volume: mappedSdcInfo"
)
VTREE_MIGRATING = Family(
    "powerflex_vtree_migrating",
    "1 for each V-Tree that is in migration",
    (*_POOL, "vtree_id"),
    "boolean",
    "VTree: vtreeMigrationInfo.migrationStatus",
)
VTREE_MIGRATIONS = Family(
    "powerflex_vtree_migrations",
    "V-Trees in migration, by its status",
    (*_POOL, "status"),
    "V-Trees",
    "VTree: vtreeMigrationInfo.migrationStatus",
)

SDC_INFO = Family(
    "powerflex_sdc_info",
    "An SDC, the PowerFlex client of a host; one without a name is called by its IP address",
    (*_SDC, "ip", "guid", "version", "os"),
    "info",
    "Sdc: id, name, sdcIp, sdcGuid, versionInfo, osType",
)
SDC_CONNECTED = Family(
    "powerflex_sdc_connected",
    "Whether the SDC is connected to the MDM",
    _SDC,
    "boolean",
    "Sdc: mdmConnectionState",
)
SDC_APPROVED = Family(
    "powerflex_sdc_approved", "Whether the SDC may connect in restricted mode", _SDC, "boolean", "Sdc: sdcApproved"
)
SDC_MAPPED_VOLUMES = Family(
    "powerflex_sdc_mapped_volumes",
    "Volumes mapped to the SDC",
    _SDC,
    "volumes",
    "querySelectedStatistics, Sdc: numOfMappedVolumes",
)
_SDS = ("system", "sds_id", "sds", "protection_domain")
SDS_HEALTHY = Family(
    "powerflex_sds_healthy",
    "Whether the storage node is connected to the MDM, joined and normal",
    _SDS,
    "boolean",
    "Sds: mdmConnectionState, membershipState, sdsState",
)
SDS_IN_MAINTENANCE = Family(
    "powerflex_sds_in_maintenance",
    "Whether the storage node is in maintenance, or on its way in or out",
    _SDS,
    "boolean",
    "Sds: maintenanceState",
)
DEVICES = Family(
    "powerflex_devices",
    "Disks of the pool by error state",
    (*_POOL, "state"),
    "disks",
    "Device: storagePoolId, errorState",
)
ALERTS = Family(
    "powerflex_alerts",
    "Open alerts of the array, in the words of PowerFlex 4.x",
    ("system", "alert_severity", "alert_type"),
    "alerts",
    "GET /api/types/Alert/instances (3.x), GET /rest/v1/alerts (4.x)",
)
