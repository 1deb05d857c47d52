"""Every field that is read, and what is seen when its value is wrong: the table that the tests hold true."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from msgspec import Raw

from tests.faults.calls import BULK

Form = Literal["text", "number", "fraction", "flag", "time", "object"]
Seen = Literal["fails", "left out and counted", "left out", "taken"]

EVERY_FORM: tuple[Form, ...] = ("text", "number", "fraction", "flag", "time", "object")
_NUMBERS: tuple[Form, ...] = ("number", "fraction")
_SURPRISE = [["surprise"]]


class Value(NamedTuple):
    """A value that is wrong, or strange.

    Attributes:
        name: what it is called.
        value: the value; it is nothing where the field is missing.
        forms: the forms of the fields that are given it.
        seen: what is seen of it in a field that may be left out.
        everywhere: whether every object has it, or the first alone.
        as_if: the value that it amounts to, where it is taken.
    """

    name: str
    value: object
    forms: tuple[Form, ...]
    seen: Seen
    everywhere: bool = False
    as_if: object = None

    @property
    def is_missing(self) -> bool:
        return self.name == "missing"


VALUES = (
    Value("a wrong type", _SURPRISE, EVERY_FORM, "left out and counted", everywhere=True),
    Value("null", None, EVERY_FORM, "left out", everywhere=True),
    Value("missing", None, EVERY_FORM, "left out", everywhere=True),
    Value("an empty text", "", ("text",), "taken"),
    Value("a word that nobody knows", "Surprise", ("text",), "taken"),
    Value("a word where none can be", "Surprise", ("number", "fraction", "flag", "time"), "left out and counted"),
    Value("a number as text", "7", _NUMBERS, "taken", as_if=7),
    Value("a fraction", 1.5, ("number",), "left out and counted"),
    Value("a negative number", -1, _NUMBERS, "left out and counted"),
    Value("2^63", 2**63, ("number",), "left out and counted"),
    Value("2^64 as text", str(2**64), ("number",), "left out and counted"),
    Value("1e400", Raw(b"1e400"), _NUMBERS, "left out and counted"),
    Value("1e400 as text", "1e400", _NUMBERS, "left out and counted"),
    Value('"NaN"', "NaN", _NUMBERS, "left out"),
    Value('"Unlimited"', "Unlimited", _NUMBERS, "left out"),
    Value('"Infinity"', "Infinity", _NUMBERS, "left out and counted"),
)


class Field(NamedTuple):
    """A field that is read.

    Attributes:
        path: what a fault rule finds its call by.
        kind: what it is counted as.
        name: the field.
        metrics: patterns of the metrics that may change when it is wrong.
        collectors: those that read it.
        source: whose call it is.
        form: what it holds.
        otherwise: what is seen of the values of these names, which this field takes otherwise than most.
        strict: whether it is an id or a size, so that every fault in it fails the poll.
    """

    path: str
    kind: str
    name: str
    metrics: tuple[str, ...]
    collectors: tuple[str, ...]
    source: str
    form: Form = "text"
    otherwise: Mapping[str, Seen] = {}
    strict: bool = False

    def __str__(self) -> str:
        return f"{self.name} of {self.kind} at {self.source}"

    def values(self) -> Iterator[tuple[Value, Seen]]:
        """Give the values that are tried in this field, and what is seen of each."""
        return ((value, seen) for value in VALUES if (seen := self.seen(value)))

    def seen(self, value: Value) -> Seen | None:
        """Return what is seen of that value in this field; None where it is not tried."""
        if self.form not in value.forms:
            return None
        if self.strict and (value.seen != "taken" or value.value == ""):
            return "fails"
        return self.otherwise.get(value.name, value.seen)

    def rule(self, value: Value) -> dict[str, Any]:
        """Return how the simulator gives the field that value."""
        return {
            "action": "remove_field" if value.is_missing else "set_field",
            "path": self.path,
            "field": self.name,
            "value": value.value,
            "objects": "all" if value.everywhere else "first",
        }


_COLLECTORS = {
    "System": "system",
    "ProtectionDomain": "pools",
    "StoragePool": "pools",
    "Volume": "volumes",
    "VTree": "vtrees",
    "Sdc": "sdcs",
    "Sds": "nodes",
    "Device": "nodes",
    "Alert": "alerts",
}


def _listed(kind: str, name: str, *metrics: str, **more: Any) -> Field:  # noqa: ANN401 - attributes of any type
    field = Field(f"/api/types/{kind}/instances", kind, name, metrics, (_COLLECTORS[kind],), "pf-ams1")
    return field._replace(**more)


def _figure(kind: str, name: str, *metrics: str, form: Form = "number") -> Field:
    collector = {"StoragePool": "pools", "VTree": "used_sizes", "Sdc": "sdcs"}[kind]
    return Field(BULK, kind, name, metrics, (collector,), "pf-ams1", form)


def _of_pool(name: str, *metrics: str, form: Form = "number") -> Field:
    return _figure("StoragePool", name, *(f"powerflex_storage_pool_{metric}" for metric in metrics), form=form)


def _alert(name: str) -> Field:
    return Field("/rest/v1/alerts", "Alert", name, ("powerflex_alerts",), ("alerts",), "pf-ams2")


_USED = ("powerflex_volume*_used_size_*", "cloudstack_*_used_size_*", "cloudstack_powerflex_reclaimable_*")
_SDC = ("powerflex_sdc_*", "cloudstack_host_sdc_connected")
_SDS = ("powerflex_sds_healthy", "powerflex_sds_in_maintenance")
_MIGRATION = ("powerflex_vtree_migrating", "powerflex_vtree_migrations")
_CLUSTER = "powerflex_mdm_cluster_"
_THRESHOLD = "powerflex_storage_pool_capacity_alert_threshold_ratio"
_VERDICTS = (
    "cloudstack_powerflex_discrepanc*",
    "cloudstack_powerflex_reclaimable_*",
    "cloudstack_powerflex_reconciliation_suspended",
    "cloudstack_powerflex_volumes",
)

OF_GATEWAY = (
    _listed("System", "id", "powerflex_system_info", strict=True),
    _listed("ProtectionDomain", "id", "powerflex_*", strict=True),
    _listed("StoragePool", "id", "*", strict=True),
    _listed("StoragePool", "name", "*", strict=True),
    _listed("Volume", "id", "*", strict=True),
    _listed("Volume", "storagePoolId", "*", strict=True),
    _listed("Volume", "vtreeId", "*", strict=True),
    _listed("Volume", "sizeInKb", "*", strict=True, form="number"),
    _listed("VTree", "id", *_MIGRATION, strict=True),
    _listed("VTree", "storagePoolId", *_MIGRATION, strict=True),
    _listed("Sdc", "id", *_SDC, *_VERDICTS, strict=True),
    _listed("Sds", "id", *_SDS, strict=True),
    _listed("Device", "id", strict=True),
    _listed("System", "systemVersionName", "powerflex_system_info"),
    _listed(
        "System",
        "capacityTimeLeftInDays",
        "powerflex_license_remaining_days",
        form="number",
        otherwise={"a negative number": "taken"},  # it has ended
    ),
    _listed("System", "mdmCluster", f"{_CLUSTER}*", form="object"),
    _listed("System", "clusterState", f"{_CLUSTER}healthy", f"{_CLUSTER}info"),
    _listed("System", "clusterMode", f"{_CLUSTER}info"),
    _listed("System", "goodNodesNum", f"{_CLUSTER}nodes_good", form="number"),
    _listed("ProtectionDomain", "protectionDomainState", "powerflex_protection_domain_active"),
    _listed("ProtectionDomain", "name", "powerflex_protection_domain_active", "powerflex_storage_pool_info", *_SDS),
    _listed("StoragePool", "protectionDomainId", "powerflex_storage_pool_info"),
    _listed("StoragePool", "mediaType", "powerflex_storage_pool_info"),
    _listed("StoragePool", "dataLayout", "powerflex_storage_pool_info"),
    _listed("StoragePool", "zeroPaddingEnabled", "powerflex_storage_pool_info", form="flag"),
    _listed("StoragePool", "capacityAlertHighThreshold", _THRESHOLD, form="number"),
    _listed("StoragePool", "capacityAlertCriticalThreshold", _THRESHOLD, form="number"),
    _of_pool("maxCapacityInKb", "max_capacity_bytes", "cloudstack_total_bytes", "cloudstack_used_bytes"),
    _of_pool("spareCapacityInKb", "spare_capacity_bytes", "cloudstack_total_bytes", "cloudstack_used_bytes"),
    _of_pool("capacityInUseInKb", "capacity_in_use_bytes"),
    _of_pool("netUnusedCapacityInKb", "net_unused_capacity_bytes", "cloudstack_used_bytes"),
    _of_pool("netCapacityInUseInKb", "net_capacity_in_use_bytes"),
    _of_pool("volumeAddressSpaceInKb", "volume_address_space_bytes"),
    _of_pool("snapCapacityInUseInKb", "snapshot_capacity_in_use_bytes"),
    _of_pool("capacityAvailableForVolumeAllocationInKb", "available_for_volume_allocation_bytes"),
    _of_pool("failedCapacityInKb", "failed_capacity_bytes"),
    _of_pool("degradedFailedCapacityInKb", "degraded_failed_capacity_bytes"),
    _of_pool("degradedHealthyCapacityInKb", "degraded_healthy_capacity_bytes"),
    _of_pool("fwdRebuildCapacityInKb", "rebuild_capacity_bytes"),
    _of_pool("bckRebuildCapacityInKb", "rebuild_capacity_bytes"),
    _of_pool("normRebuildCapacityInKb", "rebuild_capacity_bytes"),
    _of_pool("rebalanceCapacityInKb", "rebalance_capacity_bytes"),
    _of_pool("userDataReadBwc", "read_iops", "read_bytes_per_second", form="object"),
    _of_pool("userDataWriteBwc", "write_iops", "write_bytes_per_second", form="object"),
    _of_pool("userDataSdcReadLatency", "read_latency_seconds", form="object"),
    _of_pool("userDataSdcWriteLatency", "write_latency_seconds", form="object"),
    _figure("VTree", "netProvisionedAddressesInKb", *_USED),
    _of_pool("netProvisionedAddressesInKb", "net_provisioned_bytes"),
    _figure("Sdc", "numOfMappedVolumes", "powerflex_sdc_mapped_volumes"),
    _listed("Volume", "name", "powerflex_volume*", *_VERDICTS, "cloudstack_powerflex_volume_info"),
    _listed("Volume", "volumeType", "powerflex_volume_info", *_VERDICTS),
    _listed("Volume", "ancestorVolumeId", *_USED, *_VERDICTS),
    _listed("Volume", "creationTime", *_USED, form="number"),
    _listed("Volume", "mappedSdcInfo", "powerflex_volume_mapped_sdcs", *_VERDICTS, form="object"),
    _listed("Volume", "limitIops", *_VERDICTS, form="number"),
    _listed("Volume", "limitBwInMbps", *_VERDICTS, form="number"),
    _listed("VTree", "vtreeMigrationInfo", *_MIGRATION, form="object"),
    _listed("VTree", "migrationStatus", *_MIGRATION),
    _listed("Sdc", "name", *_SDC),
    _listed("Sdc", "sdcIp", *_SDC),
    _listed("Sdc", "sdcIps", *_SDC, form="object"),
    _listed("Sdc", "sdcGuid", "powerflex_sdc_info"),
    _listed("Sdc", "versionInfo", "powerflex_sdc_info"),
    _listed("Sdc", "osType", "powerflex_sdc_info"),
    _listed("Sdc", "hostType", *_SDC, source="pf-ams2"),
    _listed("Sdc", "mdmConnectionState", "powerflex_sdc_connected", "cloudstack_host_sdc_connected", *_VERDICTS),
    _listed("Sdc", "sdcApproved", "powerflex_sdc_approved", form="flag"),
    _listed("Sds", "name", *_SDS),
    _listed("Sds", "protectionDomainId", *_SDS),
    _listed("Sds", "sdsState", "powerflex_sds_healthy"),
    _listed("Sds", "membershipState", "powerflex_sds_healthy"),
    _listed("Sds", "mdmConnectionState", "powerflex_sds_healthy"),
    _listed("Sds", "maintenanceState", "powerflex_sds_in_maintenance"),
    _listed("Device", "storagePoolId", "powerflex_devices"),
    _listed("Device", "errorState", "powerflex_devices"),
    _listed("Alert", "id"),
    _listed("Alert", "severity", "powerflex_alerts"),
    _listed("Alert", "alertType", "powerflex_alerts"),
    _alert("id"),
    _alert("severity"),
    _alert("name"),
    _alert("cleared_timestamp"),
)

_READERS = {
    "zone": ("inventory",),
    "storagepool": ("inventory",),
    "host": ("inventory",),
    "diskoffering": ("inventory",),
    "volume": ("volumes",),
    "configuration": ("settings",),
    "router": ("routers",),
    "healthcheck": ("routers",),
}
_COMMANDS = {
    "zone": "listZones",
    "storagepool": "listStoragePools",
    "host": "listHosts",
    "diskoffering": "listDiskOfferings",
    "volume": "listVolumes",
    "configuration": "listConfigurations",
    "router": "listRouters",
    "healthcheck": "listRouters",
}
_POOL = "cloudstack_powerflex_pool_"
_DETACHED = "cloudstack_powerflex_detached_*"
_TENANT = "cloudstack_tenant_*"
_VOLUME_INFO = "cloudstack_powerflex_volume_info"
_ANY_WHOLE_NUMBER: Mapping[str, Seen] = {"a negative number": "taken", "2^63": "taken", "2^64 as text": "taken"}
_ROUTER = (
    "cloudstack_routers",
    "cloudstack_router_info",
    "cloudstack_router_running",
    "cloudstack_router_filesystem_*",
    "cloudstack_router_health_check_success",
    "cloudstack_router_health_checks",
)


def _row(kind: str, name: str, *metrics: str, **more: Any) -> Field:  # noqa: ANN401 - attributes of any type
    field = Field(f"command={_COMMANDS[kind]}", kind, name, metrics, _READERS[kind], "ams")
    return field._replace(**more)


OF_SERVER = (
    _row("zone", "id", strict=True),
    _row("storagepool", "id", "*", strict=True),
    _row("storagepool", "path", "*", strict=True),
    _row("host", "id", "cloudstack_host_*", *_ROUTER, strict=True),
    _row("diskoffering", "id", *_VERDICTS, strict=True),
    _row("volume", "id", *_VERDICTS, _TENANT, _VOLUME_INFO, strict=True),
    _row("volume", "size", *_VERDICTS, _TENANT, strict=True, form="number"),
    _row("configuration", "name", "cloudstack_setting_info", f"{_POOL}*", *_VERDICTS, strict=True),
    _row("router", "id", *_ROUTER, strict=True),
    _row("healthcheck", "checkname", *_ROUTER, strict=True),
    _row("zone", "name"),
    _row("storagepool", "name", f"{_POOL}*", *_VERDICTS, _DETACHED),
    _row("storagepool", "provider", f"{_POOL}*", *_VERDICTS, _DETACHED, _TENANT, _VOLUME_INFO),
    _row("storagepool", "zoneid", f"{_POOL}disable_threshold_ratio"),
    _row("storagepool", "zonename", f"{_POOL}info"),
    _row("storagepool", "scope", f"{_POOL}info"),
    _row("storagepool", "state", f"{_POOL}info", f"{_POOL}up"),
    _row("storagepool", "disksizetotal", f"{_POOL}total_bytes", form="number"),
    _row("storagepool", "disksizeused", f"{_POOL}used_bytes", form="number", otherwise={"a negative number": "taken"}),
    _row("storagepool", "disksizeallocated", f"{_POOL}allocated_bytes", form="number"),
    _row(
        "storagepool",
        "overprovisionfactor",
        f"{_POOL}overprovisioning_ratio",
        form="fraction",
        otherwise={"a negative number": "taken", '"Infinity"': "left out"},
    ),
    _row("host", "name", "cloudstack_host_*"),
    _row("host", "zonename", "cloudstack_host_info"),
    _row("host", "hypervisor", "cloudstack_host_*", *_ROUTER),
    _row("host", "state", "cloudstack_host_info", *_ROUTER),
    _row("host", "resourcestate"),
    _row("host", "ipaddress", "cloudstack_host_sdc_connected"),
    _row("diskoffering", "details", *_VERDICTS, form="object"),
    _row("diskoffering", "bandwidthLimitInMbps", *_VERDICTS, form="number", otherwise=_ANY_WHOLE_NUMBER),
    _row("diskoffering", "iopsLimit", *_VERDICTS, form="number", otherwise=_ANY_WHOLE_NUMBER),
    _row("volume", "name", _VOLUME_INFO, *_VERDICTS),
    _row("volume", "state", *_VERDICTS, _DETACHED, _TENANT, _VOLUME_INFO),
    _row("volume", "path", *_VERDICTS, _DETACHED, _TENANT, _VOLUME_INFO),
    _row("volume", "storageid", *_VERDICTS, _DETACHED, _TENANT, _VOLUME_INFO),
    _row("volume", "type", _VOLUME_INFO, *_VERDICTS),
    _row("volume", "virtualmachineid", _DETACHED, *_VERDICTS),
    _row("volume", "vmname", _VOLUME_INFO),
    _row("volume", "vmstate", *_VERDICTS),
    _row("volume", "account", _TENANT, _VOLUME_INFO),
    _row("volume", "domain", _TENANT, _VOLUME_INFO),
    _row("volume", "domainpath", _TENANT, _VOLUME_INFO),
    _row("volume", "project", _TENANT, _VOLUME_INFO),
    _row("volume", "zonename", _VOLUME_INFO),
    _row("volume", "diskofferingid", *_VERDICTS),
    _row("volume", "diskofferingname", _VOLUME_INFO),
    _row("volume", "serviceofferingname", _VOLUME_INFO),
    _row("volume", "maxiops", *_VERDICTS, form="number", otherwise=_ANY_WHOLE_NUMBER),
    _row("configuration", "value", "cloudstack_setting_info", f"{_POOL}disable_threshold_ratio", *_VERDICTS),
    _row("router", "name", *_ROUTER),
    _row("router", "state", *_ROUTER),
    _row("router", "zonename", *_ROUTER),
    _row("router", "hostid", *_ROUTER),
    _row("router", "hostname", "cloudstack_router_info"),
    _row("router", "hostcontrolstate", *_ROUTER),
    _row("router", "vpcname", "cloudstack_router_info"),
    _row("router", "guestnetworkname", "cloudstack_router_info"),
    _row("router", "version", "cloudstack_router_info"),
    _row("router", "redundantstate", "cloudstack_router_info"),
    _row("router", "requiresupgrade", "cloudstack_router_info", form="flag"),
    _row("router", "healthcheckresults", *_ROUTER, form="object", otherwise={"a wrong type": "fails"}),
    _row("healthcheck", "checktype", *_ROUTER),
    _row("healthcheck", "success", *_ROUTER, form="flag"),
    _row("healthcheck", "status", *_ROUTER, source="lab"),
    _row("healthcheck", "lastupdated", *_ROUTER, form="time"),
    _row("healthcheck", "details", *_ROUTER),
)

FIELDS = (*OF_GATEWAY, *OF_SERVER)
