"""The public contract: names and labels, written by hand. What stands here is not renamed without a major version."""

from __future__ import annotations

import re
import subprocess

import pytest

from exporter.metrics.catalogue import ALL, CLOUDSTACK, EXPORTER, POWERFLEX
from exporter.metrics.catalogue.family import Family

POOL = "system pool_id pool"
GROUP = "system pool_id pool kind installation"
VOLUME = "system pool_id pool volume_id volume"
SDC = "system sdc_id sdc"
SDS = "system sds_id sds protection_domain"
POLL = "source collector"
CLOUDSTACK_POOL = "cloudstack pool_uuid cloudstack_pool system pool_id"
TENANT = "cloudstack domain account project system pool_id pool"
ROUTER = "cloudstack router_id router"

CONTRACT = {
    "powerflex_up": "system",
    "powerflex_system_info": "system system_id version api_version",
    "powerflex_mdm_cluster_healthy": "system",
    "powerflex_mdm_cluster_info": "system state mode",
    "powerflex_mdm_cluster_nodes_good": "system",
    "powerflex_license_remaining_days": "system",
    "powerflex_protection_domain_active": "system protection_domain_id protection_domain",
    "powerflex_storage_pool_info": f"{POOL} protection_domain media_type data_layout zero_padding",
    "powerflex_storage_pool_max_capacity_bytes": POOL,
    "powerflex_storage_pool_spare_capacity_bytes": POOL,
    "powerflex_storage_pool_capacity_in_use_bytes": POOL,
    "powerflex_storage_pool_net_unused_capacity_bytes": POOL,
    "powerflex_storage_pool_net_capacity_in_use_bytes": POOL,
    "powerflex_storage_pool_net_provisioned_bytes": POOL,
    "powerflex_storage_pool_volume_address_space_bytes": POOL,
    "powerflex_storage_pool_snapshot_capacity_in_use_bytes": POOL,
    "powerflex_storage_pool_available_for_volume_allocation_bytes": POOL,
    "powerflex_storage_pool_failed_capacity_bytes": POOL,
    "powerflex_storage_pool_degraded_failed_capacity_bytes": POOL,
    "powerflex_storage_pool_degraded_healthy_capacity_bytes": POOL,
    "powerflex_storage_pool_rebuild_capacity_bytes": POOL,
    "powerflex_storage_pool_rebalance_capacity_bytes": POOL,
    "powerflex_storage_pool_cloudstack_total_bytes": POOL,
    "powerflex_storage_pool_cloudstack_used_bytes": POOL,
    "powerflex_storage_pool_capacity_alert_threshold_ratio": f"{POOL} level",
    "powerflex_storage_pool_read_iops": POOL,
    "powerflex_storage_pool_write_iops": POOL,
    "powerflex_storage_pool_read_bytes_per_second": POOL,
    "powerflex_storage_pool_write_bytes_per_second": POOL,
    "powerflex_storage_pool_read_latency_seconds": POOL,
    "powerflex_storage_pool_write_latency_seconds": POOL,
    "powerflex_volumes": GROUP,
    "powerflex_volumes_virtual_size_bytes": GROUP,
    "powerflex_volumes_used_size_bytes": GROUP,
    "powerflex_volumes_used_size_unknown": GROUP,
    "powerflex_volume_info": f"{VOLUME} kind installation pool_key resource_id vtree_id provisioning",
    "powerflex_volume_virtual_size_bytes": VOLUME,
    "powerflex_volume_used_size_bytes": VOLUME,
    "powerflex_volume_mapped_sdcs": VOLUME,
    "powerflex_vtree_migrating": f"{POOL} vtree_id",
    "powerflex_vtree_migrations": f"{POOL} status",
    "powerflex_sdc_info": f"{SDC} ip guid version os",
    "powerflex_sdc_connected": SDC,
    "powerflex_sdc_approved": SDC,
    "powerflex_sdc_mapped_volumes": SDC,
    "powerflex_sds_healthy": SDS,
    "powerflex_sds_in_maintenance": SDS,
    "powerflex_devices": f"{POOL} state",
    "powerflex_alerts": "system alert_severity alert_type",
    "cloudstack_up": "cloudstack",
    "cloudstack_powerflex_pool_info": f"{CLOUDSTACK_POOL} zone scope state pool_key",
    "cloudstack_powerflex_pool_up": CLOUDSTACK_POOL,
    "cloudstack_powerflex_pool_total_bytes": CLOUDSTACK_POOL,
    "cloudstack_powerflex_pool_used_bytes": CLOUDSTACK_POOL,
    "cloudstack_powerflex_pool_allocated_bytes": CLOUDSTACK_POOL,
    "cloudstack_powerflex_pool_overprovisioning_ratio": CLOUDSTACK_POOL,
    "cloudstack_powerflex_pool_disable_threshold_ratio": f"{CLOUDSTACK_POOL} capacity",
    "cloudstack_powerflex_volumes": f"{CLOUDSTACK_POOL} state",
    "cloudstack_powerflex_discrepancies": f"{CLOUDSTACK_POOL} reason",
    "cloudstack_powerflex_reclaimable_bytes": CLOUDSTACK_POOL,
    "cloudstack_powerflex_reclaimable_unknown": CLOUDSTACK_POOL,
    "cloudstack_powerflex_detached_volumes": CLOUDSTACK_POOL,
    "cloudstack_powerflex_detached_used_size_bytes": CLOUDSTACK_POOL,
    "cloudstack_powerflex_detached_used_size_unknown": CLOUDSTACK_POOL,
    "cloudstack_powerflex_discrepancy": "cloudstack system pool_id pool volume_id volume reason",
    "cloudstack_powerflex_reconciliation_suspended": "cloudstack system reason",
    "cloudstack_powerflex_volume_info": (
        "cloudstack volume_uuid name system volume_id volume_type state vm account domain project zone offering"
    ),
    "cloudstack_tenant_virtual_size_bytes": TENANT,
    "cloudstack_tenant_used_size_bytes": TENANT,
    "cloudstack_tenant_used_size_unknown": TENANT,
    "cloudstack_tenant_volumes": TENANT,
    "cloudstack_host_info": "cloudstack host zone state",
    "cloudstack_host_sdc_connected": "cloudstack host system sdc_id",
    "cloudstack_router_info": f"{ROUTER} zone host vpc network version redundant_state requires_upgrade",
    "cloudstack_router_running": ROUTER,
    "cloudstack_router_filesystem_writable": ROUTER,
    "cloudstack_router_filesystem_check_timestamp_seconds": ROUTER,
    "cloudstack_router_health_check_success": f"{ROUTER} check check_type",
    "cloudstack_router_health_checks": "cloudstack zone check status",
    "cloudstack_routers": "cloudstack zone filesystem",
    "cloudstack_setting_info": "cloudstack name value scope scope_id",
    "cloudstack_router_health_check_runs_total": "cloudstack",
    "cloudstack_router_health_check_run_failures_total": "cloudstack",
    "cloudstack_router_health_check_runs_suspended": "cloudstack",
    "powerflex_exporter_build_info": "version pythonversion",
    "powerflex_exporter_poll_success": POLL,
    "powerflex_exporter_poll_duration_seconds": POLL,
    "powerflex_exporter_poll_last_success_timestamp_seconds": POLL,
    "powerflex_exporter_polls_total": POLL,
    "powerflex_exporter_poll_failures_total": POLL,
    "powerflex_exporter_requests_total": "source code",
    "powerflex_exporter_session_renewals_total": "source",
    "powerflex_exporter_statistics_property_rejected": "source type property",
    "powerflex_exporter_fields_ignored_total": "source type field",
    "powerflex_exporter_source_certificate_expiry_timestamp_seconds": "source",
    "powerflex_exporter_series": "",
    "powerflex_exporter_volumes_without_series": "",
    "powerflex_exporter_page_bytes": "",
    "powerflex_exporter_page_render_duration_seconds": "",
    "powerflex_exporter_config_last_reload_successful": "",
    "powerflex_exporter_config_last_reload_success_timestamp_seconds": "",
}

SUFFIXES = {
    "bytes": "_bytes",
    "bytes/s": "_bytes_per_second",
    "1/s": "_iops",
    "seconds": "_seconds",
    "unix seconds": "_timestamp_seconds",
    "days": "_days",
    "ratio": "_ratio",
    "info": "_info",
}
"""How a family of that unit ends; a family of any other unit ends in none of these."""

SNAKE_CASE = re.compile("[a-z][a-z0-9]*(_[a-z0-9]+)*")
TARGET_LABELS = {"instance", "job", "le", "quantile"}

each_family = pytest.mark.parametrize("family", ALL, ids=lambda family: family.name)


def test_the_catalogue_keeps_the_contract() -> None:
    assert {family.name: " ".join(family.labels) for family in ALL} == CONTRACT


def test_no_family_is_declared_twice() -> None:
    assert len(ALL) == len(CONTRACT)


@each_family
def test_a_family_is_well_formed(family: Family) -> None:
    assert SNAKE_CASE.fullmatch(family.name)
    assert all(SNAKE_CASE.fullmatch(label) for label in family.labels)
    assert len(set(family.labels)) == len(family.labels)
    assert not TARGET_LABELS & set(family.labels)


@each_family
def test_a_family_says_what_it_is(family: Family) -> None:
    for text in (family.help, family.source, family.unit):
        assert text == text.strip()
        assert text
        assert not re.search(r"[|\\\n]", text), "neither the exposition nor the page escapes these"
    assert not family.help.endswith(".")
    assert family.help[0].isupper() or family.help[0].isdigit()


@each_family
def test_a_name_ends_as_its_unit_and_kind_demand(family: Family) -> None:
    assert family.name.endswith("_total") == (family.kind == "counter")
    suffix = SUFFIXES.get(family.unit)
    if suffix is not None:
        assert family.name.endswith(suffix)
    elif family.kind == "gauge":
        assert not family.name.endswith(tuple(SUFFIXES.values()))


def test_what_is_the_arrays_names_its_system_and_the_rest_does_not() -> None:
    assert all(family.labels[0] == "system" for family in POWERFLEX)
    assert not any("system" in family.labels for family in EXPORTER)


def test_what_cloudstack_says_names_its_installation_first() -> None:
    assert all(family.labels[0] == "cloudstack" for family in CLOUDSTACK)


def test_a_pool_of_cloudstack_carries_what_it_is_joined_by() -> None:
    pools = [family for family in CLOUDSTACK if "pool_uuid" in family.labels]

    assert all(" ".join(family.labels).startswith(CLOUDSTACK_POOL) for family in pools)
    assert {family.name for family in CLOUDSTACK if family.name.startswith("cloudstack_powerflex_")} - {
        family.name for family in pools
    } == {
        "cloudstack_powerflex_discrepancy",
        "cloudstack_powerflex_reconciliation_suspended",
        "cloudstack_powerflex_volume_info",
    }


def test_a_join_keeps_the_value_that_it_brings_labels_to() -> None:
    """By an info metric, which is 1: times a count, what is connected and has none would be as what is not."""
    multiplied = [family.join.split(" * ") for family in ALL if " * " in family.join]

    assert [sides for sides in multiplied if not any(re.search(r"_info$", side) for side in sides)] == []
    assert len(multiplied) == 5


def test_the_prometheus_linter_has_nothing_to_say_but_of_the_licences_days() -> None:
    lines = []
    for family in ALL:
        lines += [f"# HELP {family.name} {family.help}", f"# TYPE {family.name} {family.kind}"]
        values = ",".join(f'{label}="x"' for label in family.labels)
        lines.append(f"{family.name}{{{values}}} 1")
    exposition = "\n".join(lines) + "\n"

    lint = subprocess.run(
        ["promtool", "check", "metrics"], check=False, input=exposition, capture_output=True, text=True
    )

    words = [line for line in lint.stderr.splitlines() if "powerflex_license_remaining_days" not in line]
    assert (lint.stdout, words) == ("", [])
