"""Which alert silences which, asked of a real Alertmanager."""

from __future__ import annotations

import itertools

import pytest

from tests.alerts.conftest import alerts
from tests.known_series import known_series
from tests.programs import until
from tests.promql import examine

from .alertmanager import Alertmanager, Labels, key

DOWN = {"PowerFlexExporterDown", "PowerFlexExporterPageEmpty", "PowerFlexGatewayDown", "CloudStackAPIDown"}
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
        ("PowerFlexGatewayDown", GATEWAY, OF_THE_EXPORTER | OF_ROUTERS),
        ("CloudStackAPIDown", API, OF_THE_EXPORTER | OF_THE_ARRAY),
    ],
)
def test_what_is_down_silences_what_hangs_on_it(
    alertmanager: Alertmanager, name: str, labels: Labels, spared: set[str]
) -> None:
    values = {"instance": "one", "system": "pf-ams1", "cloudstack": "ams", "source": "ams", **labels}
    hanging = [
        {label: values.get(label, "some") for label in examine(alert.expression, known_series())[0]}
        | {"alertname": alert.name, "severity": alert.severity}
        for alert in HANGING
    ]
    _, *silencing = inhibitors(alertmanager, of(name, "critical", labels), *hanging)

    silenced = {one["alertname"] for one, names in zip(hanging, silencing, strict=True) if name in names}
    heard = {one["alertname"] for one, names in zip(hanging, silencing, strict=True) if name not in names}
    assert heard == spared
    assert silenced == {alert.name for alert in HANGING} - spared


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
