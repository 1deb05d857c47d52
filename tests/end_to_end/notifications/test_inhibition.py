"""Which alert silences which, asked of a real Alertmanager."""

from __future__ import annotations

import itertools
from fnmatch import fnmatch

import pytest

from tests.alerts.conftest import Rule, alerts, all_rules
from tests.faults.lists import LASTING
from tests.known_series import known_series
from tests.programs import until
from tests.promql import examine, names

from .alertmanager import Alertmanager, Labels, key

DOWN = {
    "PowerFlexExporterDown",
    "PowerFlexExporterPageEmpty",
    "PowerFlexGatewayDown",
    "PowerFlexGatewayUnreadable",
    "CloudStackAPIDown",
    "CloudStackAPIUnreadable",
}
OF_THE_EXPORTER = {"PowerFlexConfigReloadFailed", "PowerFlexCertificateExpiring"}
OF_POLLS = {"PowerFlexPollFailing", "PowerFlexDataStale"}
OF_THE_ARRAY = {
    "PowerFlexMdmClusterDegraded",
    "PowerFlexProtectionDomainInactive",
    "PowerFlexSdsUnhealthy",
    "PowerFlexDeviceErrors",
    "PowerFlexArrayCriticalAlerts",
    "PowerFlexLicenseExpiring",
    "PowerFlexSdcDisconnected",
    "PowerFlexSdcNotApproved",
    "PowerFlexVTreeMigrationStuck",
    "PowerFlexPoolNearlyFull",
    "PowerFlexPoolDegraded",
    "PowerFlexPoolFailedCapacity",
    "PowerFlexPoolRebuildStuck",
}
OF_ROUTERS = {
    "CloudStackRouterFilesystemReadOnly",
    "CloudStackRouterUnreachable",
    "CloudStackRouterResultsStale",
    "CloudStackRouterHealthCheckFailing",
    "CloudStackRouterHealthChecksDisabled",
}
OF_CLOUDSTACK_ALONE = {
    "CloudStackPoolNotUp",
    "PowerFlexPoolUsedAboveDisableThreshold",
    "PowerFlexPoolAllocatedAboveDisableThreshold",
    "PowerFlexPoolFillingUp",
}
"""They name a system, and rest on CloudStack's API; but the one that fills up may be the array's as well."""
OF_VOLUMES = {alert.name for alert in alerts() if alert.name.startswith("CloudStackVolume")}
HELD_BACK_AS_WELL = {
    # Volumes are not judged without the array's list, nor mappings to dead SDCs without the SDCs.
    ("powerflex", "volumes"): OF_VOLUMES,
    ("powerflex", "sdcs"): {"CloudStackVolumeMappedToDeadSdc"},
}
NOT_HELD_BACK = {
    # CloudStack's trend, which has the name of an installation, goes on; the array's has none, and is tried below.
    ("powerflex", "pools"): {"PowerFlexPoolFillingUp"},
    # The setting is asked for as an excuse alone.
    ("cloudstack", "settings"): {"CloudStackRouterResultsStale"},
}
HANGING = [alert for alert in alerts() if alert.name not in DOWN]
GATEWAY = {"system": "pf-ams1", "source": "pf-ams1"}
API = {"cloudstack": "ams", "source": "ams"}
POOL = {"system": "pf-ams1", "pool_id": "p1"}
CLOUDSTACKS = POOL | {"cloudstack": "ams", "pool_uuid": "u1"}
ROUTER = {"cloudstack": "ams", "router_id": "r1"}
PAIR = {"cloudstack": "ams", "system": "pf-ams1"}
COLLECTOR = {"source": "pf-ams1", "collector": "pools"}


def of(alertname: str, severity: str, labels: Labels, **others: str) -> Labels:
    return {"alertname": alertname, "severity": severity, "instance": "one", **labels, **others}


NUMBERS = itertools.count()


def inhibitors(alertmanager: Alertmanager, *alerts: Labels) -> list[set[str]]:
    """Let alerts fire; give the names of those that silence each.

    Alertmanager weighs alerts in their order: when the last one is silenced, it has weighed all.
    """
    number = str(next(NUMBERS))
    cause = of("CloudStackRouterFilesystemReadOnly", "critical", ROUTER, instance="control", router_id=number)
    consequence = of("CloudStackRouterUnreachable", "warning", ROUTER, instance="control", router_id=number)
    alertmanager.fire(*alerts, cause, consequence)
    until(lambda: alertmanager.inhibitors()[key(consequence)], "Alertmanager to have weighed the alerts")
    found = alertmanager.inhibitors()
    return [found[key(labels)] for labels in alerts]


@pytest.mark.parametrize(
    ("name", "labels", "spared"),
    [
        ("PowerFlexExporterDown", {}, set()),
        ("PowerFlexExporterPageEmpty", {}, OF_THE_EXPORTER | OF_POLLS),
        ("PowerFlexGatewayDown", GATEWAY, OF_THE_EXPORTER | OF_ROUTERS | OF_CLOUDSTACK_ALONE),
        ("PowerFlexGatewayUnreadable", GATEWAY, OF_THE_EXPORTER | OF_ROUTERS | OF_CLOUDSTACK_ALONE),
        ("CloudStackAPIDown", API, OF_THE_EXPORTER | OF_THE_ARRAY),
        ("CloudStackAPIUnreadable", API, OF_THE_EXPORTER | OF_THE_ARRAY),
    ],
)
def test_what_is_down_silences_what_hangs_on_it(
    alertmanager: Alertmanager, name: str, labels: Labels, spared: set[str]
) -> None:
    hanging = [hanging_alert(alert, labels) for alert in HANGING]
    _, *silencing = inhibitors(alertmanager, of(name, "critical", labels), *hanging)

    silenced = {one["alertname"] for one, by in zip(hanging, silencing, strict=True) if name in by}
    heard = {one["alertname"] for one, by in zip(hanging, silencing, strict=True) if name not in by}
    assert heard == spared
    assert silenced == {alert.name for alert in HANGING} - spared


def hanging_alert(alert: Rule, labels: Labels) -> Labels:
    """An alert with each label that it can have."""
    values = {"instance": "one", "system": "pf-ams1", "cloudstack": "ams", "source": "ams", **labels}
    return {label: values.get(label, "some") for label in examine(alert.expression, known_series())[0]} | {
        "alertname": alert.name,
        "severity": alert.severity,
    }


@pytest.mark.parametrize("name", ["PowerFlexPollFailing", "PowerFlexDataStale"])
@pytest.mark.parametrize(("kind", "collector"), LASTING, ids=[".".join(key) for key in LASTING])
def test_a_collector_that_fails_silences_what_rests_on_it_and_nothing_else(
    alertmanager: Alertmanager, name: str, kind: str, collector: str
) -> None:
    labels = (GATEWAY if kind == "powerflex" else API) | {"collector": collector}
    hanging = [hanging_alert(alert, labels) for alert in HANGING if alert.name not in OF_POLLS]
    _, *silencing = inhibitors(alertmanager, of(name, "warning", labels), *hanging)

    silenced = {one["alertname"] for one, by in zip(hanging, silencing, strict=True) if name in by}
    rest_on_it = {
        alert.name
        for alert in HANGING
        for series in asked_for(alert.expression)
        if any(fnmatch(series, pattern) for pattern in LASTING[kind, collector].ends)
    }
    assert silenced == (rest_on_it | HELD_BACK_AS_WELL.get((kind, collector), set())) - NOT_HELD_BACK.get(
        (kind, collector), set()
    )


RECORDED = {rule.name: rule.expression for rule in all_rules() if "record" in rule.text}


def asked_for(expression: str) -> set[str]:
    """The exporter's series that an expression asks for, by what is recorded as well."""
    return {
        series for name in names(expression) for series in (asked_for(RECORDED[name]) if name in RECORDED else {name})
    }


SILENCED = {
    "a gateway, without the exporter": (
        of("PowerFlexExporterDown", "critical", {}),
        of("PowerFlexGatewayDown", "critical", GATEWAY),
    ),
    "a gateway, without the page": (
        of("PowerFlexExporterPageEmpty", "critical", {}),
        of("PowerFlexGatewayDown", "critical", GATEWAY),
    ),
    "a discrepancy, without the page": (
        of("PowerFlexExporterPageEmpty", "critical", {}),
        of("CloudStackVolumeMissing", "critical", CLOUDSTACKS),
    ),
    "the page, without the exporter": (
        of("PowerFlexExporterDown", "critical", {}),
        of("PowerFlexExporterPageEmpty", "critical", {}),
    ),
    "an array's pool that fills up, without the gateway": (
        of("PowerFlexGatewayDown", "critical", GATEWAY),
        of("PowerFlexPoolFillingUp", "warning", POOL),
    ),
    "an array's pool that fills up, without what the gateway gives": (
        of("PowerFlexGatewayUnreadable", "critical", GATEWAY),
        of("PowerFlexPoolFillingUp", "warning", POOL),
    ),
    "a gateway that gives nothing, when it is gone": (
        of("PowerFlexGatewayDown", "critical", GATEWAY),
        of("PowerFlexGatewayUnreadable", "critical", GATEWAY),
    ),
    "an API that gives nothing, when it is gone": (
        of("CloudStackAPIDown", "critical", API),
        of("CloudStackAPIUnreadable", "critical", API),
    ),
    "a collector of a gateway that gives nothing": (
        of("PowerFlexGatewayUnreadable", "critical", GATEWAY),
        of("PowerFlexPollFailing", "warning", GATEWAY | COLLECTOR),
    ),
    "a collector of an unknown kind": (
        of("PowerFlexGatewayUnreadable", "critical", GATEWAY),
        of("PowerFlexPollFailing", "warning", COLLECTOR),
    ),
    "an array's pool that fills up, of which nothing is read": (
        of("PowerFlexPollFailing", "warning", GATEWAY | COLLECTOR),
        of("PowerFlexPoolFillingUp", "warning", POOL),
    ),
    "a warning of a pool": (
        of("PowerFlexPoolNearlyFull", "critical", POOL),
        of("PowerFlexPoolNearlyFull", "warning", POOL),
    ),
    "one node of several": (
        of("PowerFlexSdsUnhealthy", "critical", {"system": "pf-ams1", "protection_domain": "pd1"}),
        of("PowerFlexSdsUnhealthy", "warning", {"system": "pf-ams1", "protection_domain": "pd1", "sds_id": "s1"}),
    ),
    "a certificate": (
        of("PowerFlexCertificateExpiring", "critical", {"source": "ams"}),
        of("PowerFlexCertificateExpiring", "warning", {"source": "ams"}),
    ),
    "a discrepancy that is not judged any more": (
        of("CloudStackReconciliationSuspended", "warning", PAIR, reason="too_many_orphans"),
        of("CloudStackVolumeMissing", "critical", CLOUDSTACKS, reason="missing"),
    ),
    "old figures of a poll that fails": (
        of("PowerFlexPollFailing", "warning", COLLECTOR),
        of("PowerFlexDataStale", "warning", COLLECTOR),
    ),
    "a pool that is full fills up": (
        of("PowerFlexPoolUsedAboveDisableThreshold", "critical", CLOUDSTACKS),
        of("PowerFlexPoolFillingUp", "critical", CLOUDSTACKS),
    ),
    "a read-only router is out of reach": (
        of("CloudStackRouterFilesystemReadOnly", "critical", ROUTER),
        of("CloudStackRouterUnreachable", "warning", ROUTER, check="connectivity.test"),
    ),
    "a read-only router fails a check": (
        of("CloudStackRouterFilesystemReadOnly", "critical", ROUTER),
        of("CloudStackRouterHealthCheckFailing", "info", ROUTER, check="dhcp_check.py"),
    ),
}
HEARD = {
    "what the other exporter sees of it": (
        of("PowerFlexExporterDown", "critical", {}),
        of("CloudStackVolumeMissing", "critical", CLOUDSTACKS, instance="two"),
    ),
    "what the other exporter's page has of it": (
        of("PowerFlexExporterPageEmpty", "critical", {}),
        of("CloudStackVolumeMissing", "critical", CLOUDSTACKS, instance="two"),
    ),
    "the polls of the exporter whose page is empty": (
        of("PowerFlexExporterPageEmpty", "critical", {}),
        of("PowerFlexPollFailing", "warning", COLLECTOR),
    ),
    "the array, seen by the exporter that reaches its gateway": (
        of("PowerFlexGatewayDown", "critical", GATEWAY),
        of("PowerFlexPoolFailedCapacity", "critical", POOL, instance="two"),
    ),
    "another array": (
        of("PowerFlexGatewayDown", "critical", GATEWAY),
        of("PowerFlexPoolFailedCapacity", "critical", POOL, system="pf-ams2"),
    ),
    "a pool that is not up in CloudStack, without the gateway": (
        of("PowerFlexGatewayDown", "critical", GATEWAY),
        of("CloudStackPoolNotUp", "warning", CLOUDSTACKS),
    ),
    "a pool that fills up in CloudStack, without the gateway": (
        of("PowerFlexGatewayDown", "critical", GATEWAY),
        of("PowerFlexPoolFillingUp", "critical", CLOUDSTACKS),
    ),
    "a pool that fills up in CloudStack, while the array's are not read": (
        of("PowerFlexPollFailing", "warning", GATEWAY | COLLECTOR),
        of("PowerFlexPoolFillingUp", "critical", CLOUDSTACKS),
    ),
    "a pool that is not read at the other array": (
        of("PowerFlexPollFailing", "warning", GATEWAY | COLLECTOR),
        of("PowerFlexPoolFailedCapacity", "critical", POOL, system="pf-ams2"),
    ),
    "a pool that the other exporter reads": (
        of("PowerFlexPollFailing", "warning", GATEWAY | COLLECTOR),
        of("PowerFlexPoolFailedCapacity", "critical", POOL, instance="two"),
    ),
    "a volume of the other installation": (
        of("PowerFlexPollFailing", "warning", API, collector="volumes"),
        of("CloudStackVolumeMissing", "critical", CLOUDSTACKS, cloudstack="lab"),
    ),
    "what has no system, where the kind of the source is not known": (
        of("PowerFlexPollFailing", "warning", {"source": "lab"}, collector="inventory"),
        of("PowerFlexPoolFillingUp", "warning", POOL),
    ),
    "the polls of another source": (
        of("PowerFlexGatewayDown", "critical", GATEWAY),
        of("PowerFlexPollFailing", "warning", {"source": "ams"}),
    ),
    "another installation on the same array": (
        of("CloudStackAPIDown", "critical", API),
        of("CloudStackVolumesOrphaned", "warning", CLOUDSTACKS, cloudstack="lab"),
    ),
    "another pool": (
        of("PowerFlexPoolNearlyFull", "critical", POOL),
        of("PowerFlexPoolNearlyFull", "warning", POOL, pool_id="p2"),
    ),
    "another pool of CloudStack on the same pool": (
        of("PowerFlexPoolFillingUp", "critical", CLOUDSTACKS),
        of("PowerFlexPoolFillingUp", "warning", CLOUDSTACKS, pool_uuid="u2"),
    ),
    "another alert of the pool": (
        of("PowerFlexPoolNearlyFull", "critical", POOL),
        of("PowerFlexPoolDegraded", "warning", POOL),
    ),
    "a node of another protection domain": (
        of("PowerFlexSdsUnhealthy", "critical", {"system": "pf-ams1", "protection_domain": "pd1"}),
        of("PowerFlexSdsUnhealthy", "warning", {"system": "pf-ams1", "protection_domain": "pd2", "sds_id": "s9"}),
    ),
    "the certificate of another source": (
        of("PowerFlexCertificateExpiring", "critical", {"source": "ams"}),
        of("PowerFlexCertificateExpiring", "warning", {"source": "lab"}),
    ),
    "the licence of another array": (
        of("PowerFlexLicenseExpiring", "critical", {"system": "pf-ams1"}),
        of("PowerFlexLicenseExpiring", "warning", {"system": "pf-ams2"}),
    ),
    "a warning of the other exporter": (
        of("PowerFlexPoolNearlyFull", "critical", POOL),
        of("PowerFlexPoolNearlyFull", "warning", POOL, instance="two"),
    ),
    "the pool of another installation": (
        of("PowerFlexPoolFillingUp", "critical", CLOUDSTACKS),
        of("PowerFlexPoolFillingUp", "warning", CLOUDSTACKS, cloudstack="lab"),
    ),
    "a discrepancy of another installation": (
        of("CloudStackReconciliationSuspended", "warning", PAIR, reason="too_many_orphans"),
        of("CloudStackVolumeMissing", "critical", CLOUDSTACKS, cloudstack="lab"),
    ),
    "a discrepancy on another array": (
        of("CloudStackReconciliationSuspended", "warning", PAIR, reason="too_many_orphans"),
        of("CloudStackVolumeMissing", "critical", CLOUDSTACKS, system="pf-ams2"),
    ),
    "a discrepancy, seen by the other exporter": (
        of("CloudStackReconciliationSuspended", "warning", PAIR, reason="too_many_orphans"),
        of("CloudStackVolumeMissing", "critical", CLOUDSTACKS, instance="two"),
    ),
    "a pool of a pair that is not judged": (
        of("CloudStackReconciliationSuspended", "warning", PAIR, reason="too_many_orphans"),
        of("CloudStackPoolNotUp", "warning", CLOUDSTACKS),
    ),
    "old figures of another collector": (
        of("PowerFlexPollFailing", "warning", COLLECTOR),
        of("PowerFlexDataStale", "warning", COLLECTOR, collector="alerts"),
    ),
    "old figures of another source": (
        of("PowerFlexPollFailing", "warning", COLLECTOR),
        of("PowerFlexDataStale", "warning", COLLECTOR, source="pf-ams2"),
    ),
    "old figures of the other exporter": (
        of("PowerFlexPollFailing", "warning", COLLECTOR),
        of("PowerFlexDataStale", "warning", COLLECTOR, instance="two"),
    ),
    "another pool of CloudStack fills up": (
        of("PowerFlexPoolUsedAboveDisableThreshold", "critical", CLOUDSTACKS),
        of("PowerFlexPoolFillingUp", "critical", CLOUDSTACKS, pool_uuid="u2"),
    ),
    "a pool fills up for the other exporter": (
        of("PowerFlexPoolUsedAboveDisableThreshold", "critical", CLOUDSTACKS),
        of("PowerFlexPoolFillingUp", "critical", CLOUDSTACKS, instance="two"),
    ),
    "another router": (
        of("CloudStackRouterFilesystemReadOnly", "critical", ROUTER),
        of("CloudStackRouterUnreachable", "warning", ROUTER, router_id="r2"),
    ),
    "an alert of something else on the exporter's host": (
        of("PowerFlexExporterDown", "critical", {}),
        of("HostOutOfMemory", "warning", {}),
    ),
    "somebody else's warnings": (
        of("HostOutOfMemory", "critical", {}),
        of("HostOutOfMemory", "warning", {}),
    ),
}


@pytest.mark.parametrize("pair", [pytest.param(pair, id=name) for name, pair in SILENCED.items()])
def test_a_consequence_is_silenced(alertmanager: Alertmanager, pair: tuple[Labels, Labels]) -> None:
    assert inhibitors(alertmanager, *pair) == [set(), {pair[0]["alertname"]}]


@pytest.mark.parametrize("pair", [pytest.param(pair, id=name) for name, pair in HEARD.items()])
def test_what_is_no_consequence_is_heard(alertmanager: Alertmanager, pair: tuple[Labels, Labels]) -> None:
    assert inhibitors(alertmanager, *pair) == [set(), set()]


def test_without_any_exporter_nothing_is_heard_but_that(alertmanager: Alertmanager) -> None:
    gone = {"alertname": "PowerFlexExporterDown", "severity": "critical"}
    foreign = {"alertname": "HostOutOfMemory", "severity": "critical"}
    others = [of(alert.name, alert.severity, {}, instance=f"the former {alert.name}") for alert in HANGING]
    silencing = inhibitors(alertmanager, gone, foreign, *others)

    assert silencing == [set(), set(), *({"PowerFlexExporterDown"} for _ in others)]
