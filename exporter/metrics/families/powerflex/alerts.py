"""Samples of the array's own alerts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from exporter.metrics.catalogue import powerflex as catalogue
from exporter.metrics.exposition import Sample, labels
from exporter.model.powerflex import AlertsReading


def samples(name: str, reading: AlertsReading | None) -> Iterator[Sample]:
    """Give the counts of one system's open alerts."""
    counts = Counter((alert.severity, alert.type) for alert in reading.alerts) if reading else Counter()
    for (severity, kind), count in counts.items():
        yield catalogue.ALERTS, labels(catalogue.ALERTS, name, severity, kind), count
