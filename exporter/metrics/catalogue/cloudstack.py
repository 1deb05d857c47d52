"""The families of a CloudStack installation, from its API and from the join with PowerFlex."""

from __future__ import annotations

from exporter.metrics.catalogue.family import Family

_POOL = ("cloudstack", "pool_uuid", "cloudstack_pool", "system", "pool_id")
_ROUTER = ("cloudstack", "router_id", "router")
_TENANT = ("cloudstack", "domain", "account", "project", "system", "pool_id", "pool")

_JOIN_VOLUMES = "listVolumes: path = Volume: id"
_HEALTH_CHECKS = "listRouters, fetchhealthcheckresults=true: "

UP = Family(
    "cloudstack_up",
    "Whether the management server could be reached and answered the first call at the last try",
    ("cloudstack",),
    "boolean",
    "listZones",
)
POOL_INFO = Family(
    "cloudstack_powerflex_pool_info",
    "A CloudStack storage pool and the PowerFlex pool behind it; pool_key is what stands in the names on it",
    (*_POOL, "zone", "scope", "state", "pool_key"),
    "info",
    "listStoragePools: path = StoragePool: id",
    join="powerflex_storage_pool_info * on (system, pool_id) group_right () cloudstack_powerflex_pool_info",
)
POOL_UP = Family(
    "cloudstack_powerflex_pool_up",
    "Whether the CloudStack pool is in state Up",
    _POOL,
    "boolean",
    "listStoragePools: state",
)
POOL_TOTAL = Family(
    "cloudstack_powerflex_pool_total_bytes",
    "Total of the pool as CloudStack has it in its database",
    _POOL,
    "bytes",
    "listStoragePools: disksizetotal",
    join=(
        "cloudstack_powerflex_pool_total_bytes"
        " - on (system, pool_id) group_left () powerflex_storage_pool_cloudstack_total_bytes"
    ),
)
POOL_USED = Family(
    "cloudstack_powerflex_pool_used_bytes",
    "Used space of the pool as CloudStack has it in its database",
    _POOL,
    "bytes",
    "listStoragePools: disksizeused",
    join=(
        "cloudstack_powerflex_pool_used_bytes"
        " - on (system, pool_id) group_left () powerflex_storage_pool_cloudstack_used_bytes"
    ),
)
POOL_ALLOCATED = Family(
    "cloudstack_powerflex_pool_allocated_bytes",
    "Space of the pool that CloudStack has given away, by virtual size",
    _POOL,
    "bytes",
    "listStoragePools: disksizeallocated",
)
POOL_OVERPROVISIONING = Family(
    "cloudstack_powerflex_pool_overprovisioning_ratio",
    "How many times its total CloudStack gives away of the pool",
    _POOL,
    "ratio",
    "listStoragePools: overprovisionfactor",
)
POOL_DISABLE_THRESHOLD = Family(
    "cloudstack_powerflex_pool_disable_threshold_ratio",
    "Share of the pool from which CloudStack places no more volumes on it",
    (*_POOL, "capacity"),
    "ratio",
    "listConfigurations: pool.storage.capacity.disablethreshold, pool.storage.allocated.capacity.disablethreshold",
)
VOLUMES = Family(
    "cloudstack_powerflex_volumes",
    "Volumes of the pool by whether both sides know them",
    (*_POOL, "state"),
    "volumes",
    _JOIN_VOLUMES,
)
DISCREPANCIES = Family(
    "cloudstack_powerflex_discrepancies",
    "Discrepancies that have lasted longer than reconciliation.grace",
    (*_POOL, "reason"),
    "discrepancies",
    _JOIN_VOLUMES,
)
RECLAIMABLE = Family(
    "cloudstack_powerflex_reclaimable_bytes",
    "Used size of the V-Trees of orphans that hold no volume known to CloudStack, those of unknown size left out",
    _POOL,
    "bytes",
    _JOIN_VOLUMES,
)
RECLAIMABLE_UNKNOWN = Family(
    "cloudstack_powerflex_reclaimable_unknown",
    "V-Trees of orphans whose used size is not known",
    _POOL,
    "V-Trees",
    _JOIN_VOLUMES,
)
DETACHED_VOLUMES = Family(
    "cloudstack_powerflex_detached_volumes",
    "Ready volumes that belong to no VM",
    _POOL,
    "volumes",
    "listVolumes: state, virtualmachineid",
)
DETACHED_USED_SIZE = Family(
    "cloudstack_powerflex_detached_used_size_bytes",
    "Used size of the V-Trees of Ready volumes that belong to no VM, those of unknown size left out",
    _POOL,
    "bytes",
    _JOIN_VOLUMES,
)
DETACHED_USED_SIZE_UNKNOWN = Family(
    "cloudstack_powerflex_detached_used_size_unknown",
    "V-Trees of Ready volumes that belong to no VM whose used size is not known",
    _POOL,
    "V-Trees",
    _JOIN_VOLUMES,
)
DISCREPANCY = Family(
    "cloudstack_powerflex_discrepancy",
    "1 for each discrepancy that has lasted longer than reconciliation.grace, at most 1,000 of them",
    ("cloudstack", "system", "pool_id", "pool", "volume_id", "volume", "reason"),
    "boolean",
    _JOIN_VOLUMES,
)
RECONCILIATION_SUSPENDED = Family(
    "cloudstack_powerflex_reconciliation_suspended",
    "Whether nobody is accused just now, and for which reason; while 1 the verdicts of that pair are absent",
    ("cloudstack", "system", "reason"),
    "boolean",
    "the age and completeness of both volume lists",
)
VOLUME_INFO = Family(
    "cloudstack_powerflex_volume_info",
    "Whose volume a PowerFlex volume is",
    (
        "cloudstack",
        "volume_uuid",
        "name",
        "system",
        "volume_id",
        "volume_type",
        "state",
        "vm",
        "account",
        "domain",
        "project",
        "zone",
        "offering",
    ),
    "info",
    "listVolumes: id, name, path, type, state, vmname, account, domainpath, project, zonename",
    join=(
        "powerflex_volume_virtual_size_bytes * on (system, volume_id)"
        " group_left (cloudstack, name, vm, account, domain, project) cloudstack_powerflex_volume_info"
    ),
)
TENANT_VIRTUAL_SIZE = Family(
    "cloudstack_tenant_virtual_size_bytes",
    "Virtual size of a tenant's volumes that are on the array",
    _TENANT,
    "bytes",
    "Volume: sizeInKb; listVolumes: path, account, domainpath, project",
)
TENANT_USED_SIZE = Family(
    "cloudstack_tenant_used_size_bytes",
    "Used size of the V-Trees of a tenant's volumes, those of unknown size left out",
    _TENANT,
    "bytes",
    "VTree: netProvisionedAddressesInKb; listVolumes: path, account, domainpath, project",
)
TENANT_USED_SIZE_UNKNOWN = Family(
    "cloudstack_tenant_used_size_unknown",
    "V-Trees of a tenant's volumes whose used size is not known",
    _TENANT,
    "V-Trees",
    "VTree: netProvisionedAddressesInKb; listVolumes: path, account, domainpath, project",
)
TENANT_VOLUMES = Family(
    "cloudstack_tenant_volumes",
    "A tenant's volumes that are on the array",
    _TENANT,
    "volumes",
    "listVolumes: path, account, domainpath, project",
)
HOST_INFO = Family(
    "cloudstack_host_info",
    "A KVM host",
    ("cloudstack", "host", "zone", "state"),
    "info",
    "listHosts: name, zonename, state",
)
HOST_SDC_CONNECTED = Family(
    "cloudstack_host_sdc_connected",
    "Whether the SDC of the host is connected to the MDM; joined by IP address, else by name",
    ("cloudstack", "host", "system", "sdc_id"),
    "boolean",
    "listHosts: ipaddress, name; Sdc: sdcIp, name, mdmConnectionState",
    join="cloudstack_host_sdc_connected * on (system, sdc_id) group_left (sdc) powerflex_sdc_info",
)
ROUTER_INFO = Family(
    "cloudstack_router_info",
    "A virtual router",
    (*_ROUTER, "zone", "host", "vpc", "network", "version", "redundant_state", "requires_upgrade"),
    "info",
    "listRouters",
    join=("cloudstack_router_running * on (cloudstack, router_id) group_left (zone, host) cloudstack_router_info"),
)
ROUTER_RUNNING = Family(
    "cloudstack_router_running",
    "Whether the router is in state Running",
    _ROUTER,
    "boolean",
    "listRouters: state",
)
ROUTER_FILESYSTEM_WRITABLE = Family(
    "cloudstack_router_filesystem_writable",
    "Whether the router can write to its file system: 1 writable, 0 read-only; absent when that is not known",
    _ROUTER,
    "boolean",
    _HEALTH_CHECKS + "filesystem.writable.test",
    join=(
        "cloudstack_router_filesystem_writable * on (cloudstack, router_id)"
        " group_left (zone, host) cloudstack_router_info"
    ),
)
ROUTER_FILESYSTEM_CHECK_TIMESTAMP = Family(
    "cloudstack_router_filesystem_check_timestamp_seconds",
    "When the router's file system was last tested, however long ago",
    _ROUTER,
    "unix seconds",
    _HEALTH_CHECKS + "filesystem.writable.test, lastupdated",
)
ROUTER_HEALTH_CHECK_SUCCESS = Family(
    "cloudstack_router_health_check_success",
    "Whether the router's health check succeeded: 1 success, 0 failed or warning; absent when that is not known",
    (*_ROUTER, "check", "check_type"),
    "boolean",
    _HEALTH_CHECKS + "checkname, checktype, success, status",
)
ROUTER_HEALTH_CHECKS = Family(
    "cloudstack_router_health_checks",
    "Health checks of Running routers by what they say",
    ("cloudstack", "zone", "check", "status"),
    "routers",
    _HEALTH_CHECKS + "checkname, success, status",
)
ROUTERS = Family(
    "cloudstack_routers",
    "Running routers by the state of their file system",
    ("cloudstack", "zone", "filesystem"),
    "routers",
    _HEALTH_CHECKS + "filesystem.writable.test",
)
SETTING_INFO = Family(
    "cloudstack_setting_info",
    "The effective value of a CloudStack setting that bears on storage or routers",
    ("cloudstack", "name", "value", "scope", "scope_id"),
    "info",
    "listConfigurations: name, value, scope",
)
