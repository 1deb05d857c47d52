"""Every field in which the gateway can be wrong: identities and sizes fail the poll, any other field is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from tests.faults.conftest import Bench

BULK = "/api/instances/querySelectedStatistics"
_POOL = "powerflex_storage_pool_"
_USED = ("powerflex_volume_used_size_bytes", "powerflex_volumes_used_size_bytes", "powerflex_volumes_used_size_unknown")
_ALL_VOLUME_FAMILIES = (
    "powerflex_volumes",
    "powerflex_volumes_virtual_size_bytes",
    *_USED,
    "powerflex_volume_info",
    "powerflex_volume_virtual_size_bytes",
    "powerflex_volume_mapped_sdcs",
)


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


class Field(NamedTuple):
    """A field: the call that has it, what it is counted as, and the families that may change when it is wrong."""

    call: str
    kind: str
    name: str
    families: tuple[str, ...]
    system: str = "pf-ams1"
    is_number: bool = False

    @property
    def path(self) -> str:
        return self.call if self.call.startswith("/") else f"/api/types/{self.call}/instances"

    @property
    def collectors(self) -> tuple[str, ...]:
        return ("pools", "sdcs", "used_sizes") if self.call == BULK else (_COLLECTORS[self.kind],)


def _listed(kind: str, name: str, *families: str, system: str = "pf-ams1", is_number: bool = False) -> Field:
    return Field(kind, kind, name, families, system, is_number)


def _figure(name: str, *families: str, is_number: bool = True) -> Field:
    return Field(BULK, "StoragePool", name, tuple(f"{_POOL}{family}" for family in families), is_number=is_number)


OPTIONAL = [
    _listed("System", "systemVersionName", "powerflex_system_info"),
    _listed("System", "capacityTimeLeftInDays", "powerflex_license_remaining_days", is_number=True),
    _listed(
        "System",
        "mdmCluster",
        "powerflex_mdm_cluster_healthy",
        "powerflex_mdm_cluster_info",
        "powerflex_mdm_cluster_nodes_good",
    ),
    _listed("System", "clusterState", "powerflex_mdm_cluster_healthy", "powerflex_mdm_cluster_info"),
    _listed("System", "clusterMode", "powerflex_mdm_cluster_info"),
    _listed("System", "goodNodesNum", "powerflex_mdm_cluster_nodes_good", is_number=True),
    _listed("ProtectionDomain", "protectionDomainState", "powerflex_protection_domain_active"),
    _listed(
        "ProtectionDomain",
        "name",
        "powerflex_protection_domain_active",
        "powerflex_storage_pool_info",
        "powerflex_sds_healthy",
        "powerflex_sds_in_maintenance",
    ),
    _listed("StoragePool", "protectionDomainId", "powerflex_storage_pool_info"),
    _listed("StoragePool", "mediaType", "powerflex_storage_pool_info"),
    _listed("StoragePool", "dataLayout", "powerflex_storage_pool_info"),
    _listed("StoragePool", "zeroPaddingEnabled", "powerflex_storage_pool_info"),
    _listed("StoragePool", "capacityAlertHighThreshold", f"{_POOL}capacity_alert_threshold_ratio", is_number=True),
    _listed("StoragePool", "capacityAlertCriticalThreshold", f"{_POOL}capacity_alert_threshold_ratio", is_number=True),
    _figure("maxCapacityInKb", "max_capacity_bytes", "cloudstack_total_bytes", "cloudstack_used_bytes"),
    _figure("spareCapacityInKb", "spare_capacity_bytes", "cloudstack_total_bytes", "cloudstack_used_bytes"),
    _figure("capacityInUseInKb", "capacity_in_use_bytes"),
    _figure("netUnusedCapacityInKb", "net_unused_capacity_bytes", "cloudstack_used_bytes"),
    _figure("netCapacityInUseInKb", "net_capacity_in_use_bytes"),
    _figure("volumeAddressSpaceInKb", "volume_address_space_bytes"),
    _figure("snapCapacityInUseInKb", "snapshot_capacity_in_use_bytes"),
    _figure("capacityAvailableForVolumeAllocationInKb", "available_for_volume_allocation_bytes"),
    _figure("failedCapacityInKb", "failed_capacity_bytes"),
    _figure("degradedFailedCapacityInKb", "degraded_failed_capacity_bytes"),
    _figure("degradedHealthyCapacityInKb", "degraded_healthy_capacity_bytes"),
    _figure("fwdRebuildCapacityInKb", "rebuild_capacity_bytes"),
    _figure("bckRebuildCapacityInKb", "rebuild_capacity_bytes"),
    _figure("normRebuildCapacityInKb", "rebuild_capacity_bytes"),
    _figure("rebalanceCapacityInKb", "rebalance_capacity_bytes"),
    _figure("userDataReadBwc", "read_iops", "read_bytes_per_second", is_number=False),
    _figure("userDataWriteBwc", "write_iops", "write_bytes_per_second", is_number=False),
    _figure("userDataSdcReadLatency", "read_latency_seconds", is_number=False),
    _figure("userDataSdcWriteLatency", "write_latency_seconds", is_number=False),
    Field(
        BULK,
        "VTree",
        "netProvisionedAddressesInKb",
        (f"{_POOL}net_provisioned_bytes", *_USED),
        is_number=True,
    ),
    Field(BULK, "Sdc", "numOfMappedVolumes", ("powerflex_sdc_mapped_volumes",), is_number=True),
    _listed("Volume", "name", *_ALL_VOLUME_FAMILIES),
    _listed("Volume", "volumeType", "powerflex_volume_info"),
    _listed("Volume", "ancestorVolumeId", *_USED),
    _listed("Volume", "creationTime", *_USED, is_number=True),
    _listed("Volume", "mappedSdcInfo", "powerflex_volume_mapped_sdcs"),
    _listed("VTree", "vtreeMigrationInfo", "powerflex_vtree_migrating", "powerflex_vtree_migrations"),
    _listed("VTree", "migrationStatus", "powerflex_vtree_migrating", "powerflex_vtree_migrations"),
    _listed(
        "Sdc",
        "name",
        "powerflex_sdc_info",
        "powerflex_sdc_connected",
        "powerflex_sdc_approved",
        "powerflex_sdc_mapped_volumes",
    ),
    _listed(
        "Sdc",
        "sdcIp",
        "powerflex_sdc_info",
        "powerflex_sdc_connected",
        "powerflex_sdc_approved",
        "powerflex_sdc_mapped_volumes",
    ),
    _listed("Sdc", "sdcGuid", "powerflex_sdc_info"),
    _listed("Sdc", "versionInfo", "powerflex_sdc_info"),
    _listed("Sdc", "osType", "powerflex_sdc_info"),
    _listed("Sdc", "mdmConnectionState", "powerflex_sdc_connected"),
    _listed("Sdc", "sdcApproved", "powerflex_sdc_approved"),
    _listed("Sds", "name", "powerflex_sds_healthy", "powerflex_sds_in_maintenance"),
    _listed("Sds", "protectionDomainId", "powerflex_sds_healthy", "powerflex_sds_in_maintenance"),
    _listed("Sds", "sdsState", "powerflex_sds_healthy"),
    _listed("Sds", "membershipState", "powerflex_sds_healthy"),
    _listed("Sds", "mdmConnectionState", "powerflex_sds_healthy"),
    _listed("Sds", "maintenanceState", "powerflex_sds_in_maintenance"),
    _listed("Device", "storagePoolId", "powerflex_devices"),
    _listed("Device", "errorState", "powerflex_devices"),
    _listed("Alert", "severity", "powerflex_alerts"),
    _listed("Alert", "alertType", "powerflex_alerts"),
    Field("/rest/v1/alerts", "Alert", "severity", ("powerflex_alerts",), "pf-ams2"),
    Field("/rest/v1/alerts", "Alert", "name", ("powerflex_alerts",), "pf-ams2"),
    Field("/rest/v1/alerts", "Alert", "cleared_timestamp", ("powerflex_alerts",), "pf-ams2"),
]

STRICT = [
    ("System", "id", "system"),
    ("ProtectionDomain", "id", "pools"),
    ("StoragePool", "id", "pools"),
    ("StoragePool", "name", "pools"),
    ("Volume", "id", "volumes"),
    ("Volume", "storagePoolId", "volumes"),
    ("Volume", "vtreeId", "volumes"),
    ("Volume", "sizeInKb", "volumes"),
    ("VTree", "id", "vtrees"),
    ("VTree", "storagePoolId", "vtrees"),
    ("Sdc", "id", "sdcs"),
    ("Sds", "id", "nodes"),
    ("Device", "id", "nodes"),
]

_SURPRISE = [["surprise"]]
_WRONG_NUMBERS = ("twelve", -1, 1.5, str(2**64))
_UNKNOWN_NUMBERS = ("NaN", "Unlimited")


def _ids(field: Field) -> str:
    return f"{field.name} of {field.kind} at {field.system}"


def _changed(bench: Bench, field: Field, value: object, *, objects: str = "all") -> tuple[set[str], float]:
    """Let the gateway answer a field so; return which families changed, and how many fields were counted as ignored."""
    driven, sound = bench.driven, bench.sound
    other = "pf-ams1" if field.system == "pf-ams2" else "pf-ams2"
    counter = {"source": field.system, "type": field.kind, "field": field.name}
    before = driven.scrape().total("powerflex_exporter_fields_ignored_total", **counter)
    gateway = bench.server(field.system)
    rule = {"action": "set_field", "path": field.path, "field": field.name, "value": value, "objects": objects}
    gateway.faults.add(rule)
    faulty = driven.poll(*field.collectors, source=field.system)
    gateway.faults.clear()
    assert faulty.failing(field.system) == faulty.failing(other) == set()
    assert faulty.value("powerflex_up", system=field.system) == 1
    assert faulty.differs(other, sound) == set()
    assert [line for line in bench.log.new() if "level=error" in line] == []
    counted = faulty.total("powerflex_exporter_fields_ignored_total", **counter) - before
    return faulty.differs(field.system, sound), counted


def _heal(bench: Bench, field: Field) -> None:
    healed = bench.driven.poll(*field.collectors, source=field.system)
    assert healed.differs(field.system, bench.sound) == set()


@pytest.mark.parametrize("field", OPTIONAL, ids=_ids)
def test_a_field_of_a_wrong_type_is_left_out_and_counted_and_null_is_no_fault(bench: Bench, field: Field) -> None:
    changed, counted = _changed(bench, field, _SURPRISE)
    assert changed <= set(field.families)
    assert counted > 0
    changed, counted = _changed(bench, field, None)
    assert changed <= set(field.families)
    assert counted == 0
    _heal(bench, field)


@pytest.mark.parametrize("field", [field for field in OPTIONAL if field.is_number], ids=_ids)
def test_a_number_that_is_none_is_left_out_and_counted_and_an_unknown_one_is_no_fault(
    bench: Bench, field: Field
) -> None:
    """Only the first object is wrong, each time in another way."""
    for value in _WRONG_NUMBERS:
        if value == -1 and field.name == "capacityTimeLeftInDays":
            continue  # a licence that has ended
        changed, counted = _changed(bench, field, value, objects="first")
        assert changed <= set(field.families), value
        # Two types have this property; the first object is one of either.
        assert counted == 1, value
    for words in _UNKNOWN_NUMBERS:
        changed, counted = _changed(bench, field, words)
        assert changed <= set(field.families), words
        assert counted == 0, words
    _heal(bench, field)


@pytest.mark.parametrize("value", [None, _SURPRISE, ""], ids=repr)
@pytest.mark.parametrize(("kind", "field", "collector"), STRICT)
def test_a_fault_in_an_identity_or_a_size_fails_the_poll(
    bench: Bench, kind: str, field: str, collector: str, value: object
) -> None:
    gateway = bench.server("pf-ams1")
    path = f"/api/types/{kind}/instances"
    gateway.faults.add({"action": "set_field", "path": path, "field": field, "value": value, "objects": "first"})
    faulty = bench.driven.poll(collector, source="pf-ams1")
    gateway.faults.clear()
    assert faulty.failing("pf-ams1") == {collector}
    assert faulty.differs("pf-ams1", bench.sound) == set()
    (line,) = (line for line in bench.log.new() if "level=warning" in line)
    assert field in line
    assert f"collector={collector}" in line
    assert bench.driven.poll(collector, source="pf-ams1").failing("pf-ams1") == set()


def test_fields_that_nobody_knows_change_nothing(bench: Bench) -> None:
    gateway = bench.server("pf-ams2")
    news = {"surprise": {"deep": [1, {"id": "x"}]}, "Überraschung": "\x00"}
    for field in ("links", "name"):  # the name of a system is not read
        gateway.faults.add(
            {"action": "set_field", "path": "/api/types/System/instances", "field": field, "value": news}
        )
    for kind in ("ProtectionDomain", "StoragePool", "Volume", "VTree", "Sdc", "Sds", "Device"):
        path = f"/api/types/{kind}/instances"
        gateway.faults.add({"action": "set_field", "path": path, "field": "links", "value": news})
    gateway.faults.add({"action": "set_field", "path": "/rest/v1/alerts", "field": "details", "value": news})
    faulty = bench.driven.poll()
    gateway.faults.clear()
    assert faulty.failing("pf-ams2") == set()
    assert faulty.differs("pf-ams2", bench.sound) == set()


@pytest.mark.parametrize("paging", [None, "many", {"total_instances": "NaN"}, {"total_instances": {}}], ids=repr)
def test_paging_words_that_cannot_be_understood_leave_the_alerts_as_they_are(bench: Bench, paging: object) -> None:
    gateway = bench.server("pf-ams2")
    alerts = [{"severity": "MAJOR", "name": "SDS_DISCONNECTED"}]
    gateway.faults.add({"action": "body", "path": "/rest/v1/alerts", "body": {"results": alerts, "paging": paging}})
    faulty = bench.driven.poll("alerts", source="pf-ams2")
    gateway.faults.clear()
    assert faulty.failing("pf-ams2") == set()
    assert faulty.value("powerflex_alerts", system="pf-ams2", alert_type="sds_disconnected") == 1
    bench.driven.poll("alerts", source="pf-ams2")


def test_alerts_that_the_gateway_pages_are_counted_on_every_page(bench: Bench) -> None:
    gateway = bench.server("pf-ams2")
    alerts = [{"severity": "MAJOR", "name": "SDS_DISCONNECTED"}]
    further = {"results": alerts, "paging": {"next": "/rest/v1/alerts?offset=1", "total_instances": 3}}
    last = {"results": [{"severity": "MINOR", "name": "SDS_DISCONNECTED"}]}
    gateway.faults.add({"action": "body", "path": "/rest/v1/alerts", "body": further, "times": 2})
    gateway.faults.add({"action": "body", "path": "/rest/v1/alerts", "body": last, "skip": 2})
    paged = bench.driven.poll("alerts", source="pf-ams2")
    gateway.faults.clear()
    assert paged.failing("pf-ams2") == set()
    counts = {"high": 2, "medium": 1}
    for severity, count in counts.items():
        assert paged.value("powerflex_alerts", system="pf-ams2", alert_severity=severity) == count
    bench.driven.poll("alerts", source="pf-ams2")


def test_pages_of_alerts_without_end_fail_the_poll(bench: Bench) -> None:
    gateway = bench.server("pf-ams2")
    endless = {"results": [], "paging": {"next": "/rest/v1/alerts?offset=0"}}
    gateway.faults.add({"action": "body", "path": "/rest/v1/alerts", "body": endless})
    faulty = bench.driven.poll("alerts", source="pf-ams2")
    gateway.faults.clear()
    assert faulty.failing("pf-ams2") == {"alerts"}
    bench.driven.poll("alerts", source="pf-ams2")


@pytest.mark.parametrize(
    ("kind", "collector"),
    [
        ("ProtectionDomain", "pools"),
        ("StoragePool", "pools"),
        ("Volume", "volumes"),
        ("VTree", "vtrees"),
        ("Sdc", "sdcs"),
        ("Sds", "nodes"),
        ("Device", "nodes"),
    ],
)
def test_an_object_that_is_listed_twice_fails_the_poll(bench: Bench, kind: str, collector: str) -> None:
    gateway = bench.server("pf-ams1")
    twice = {"id": "00000001", "name": "twice", "storagePoolId": "1", "vtreeId": "1", "sizeInKb": 8388608}
    gateway.faults.add({"action": "body", "path": f"/api/types/{kind}/instances", "body": [twice, twice]})
    faulty = bench.driven.poll(collector, source="pf-ams1")
    gateway.faults.clear()
    assert faulty.failing("pf-ams1") == {collector}
    assert faulty.differs("pf-ams1", bench.sound) == set()
    bench.driven.poll(collector, source="pf-ams1")
