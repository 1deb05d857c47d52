"""Every series that a Prometheus with our scrapes and our rules has, and the labels of each."""

from __future__ import annotations

from functools import cache

from prometheus_client import REGISTRY

from exporter.metrics.catalogue import ALL
from tests.alerts.conftest import alerts, all_rules
from tests.promql import Labels, examine, waves

TARGET: Labels = frozenset({"job", "instance"})
_OF_A_SCRAPE = (
    "up",
    "scrape_duration_seconds",
    "scrape_samples_scraped",
    "scrape_samples_post_metric_relabeling",
    "scrape_series_added",
)


@cache
def known_series() -> dict[str, Labels]:
    """Give the labels of each series by its name; those of `ALERTS` are the labels of all alerts together."""
    known = {family.name: TARGET | set(family.labels) for family in ALL}
    known |= dict.fromkeys(_OF_A_SCRAPE, TARGET)
    for family in REGISTRY.collect():  # process_* and python_*, which the exporter has from prometheus_client
        known |= {sample.name: TARGET | set(sample.labels) for sample in family.samples}
    for wave in waves(rule.text for rule in all_rules() if "record" in rule.text):
        for rule in wave:
            labels, _ = examine(rule["expr"], known)
            known[rule["record"]] = labels | set(rule.get("labels", {}))
    of_alerts = {"alertname", "alertstate"}.union(
        *(examine(alert.expression, known)[0] | set(alert.text["labels"]) for alert in alerts())
    )
    return known | {"ALERTS": frozenset(of_alerts), "ALERTS_FOR_STATE": frozenset(of_alerts - {"alertstate"})}
