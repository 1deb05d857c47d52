"""Samples of the array itself."""

from __future__ import annotations

from collections.abc import Iterator

from exporter.metrics.catalogue import powerflex as catalogue
from exporter.metrics.exposition import Sample, labels
from exporter.model.powerflex import SystemReading

_CLUSTER_HEALTHY = "ClusteredNormal"


def samples(name: str, up: bool | None, reading: SystemReading | None) -> Iterator[Sample]:  # noqa: FBT001 - an input
    """Give the samples of one system."""
    system = labels(catalogue.UP, name)
    if up is not None:
        yield catalogue.UP, system, int(up)
    if reading is None:
        return
    info = labels(catalogue.SYSTEM_INFO, name, reading.system_id, reading.version or "", reading.api_version or "")
    yield catalogue.SYSTEM_INFO, info, 1
    if reading.cluster_state is not None:
        yield catalogue.MDM_CLUSTER_HEALTHY, system, int(reading.cluster_state == _CLUSTER_HEALTHY)
        cluster = labels(catalogue.MDM_CLUSTER_INFO, name, reading.cluster_state, reading.cluster_mode or "")
        yield catalogue.MDM_CLUSTER_INFO, cluster, 1
    if reading.cluster_nodes_good is not None:
        yield catalogue.MDM_CLUSTER_NODES_GOOD, system, reading.cluster_nodes_good
    if reading.license_remaining_days is not None:
        yield catalogue.LICENSE_REMAINING_DAYS, system, reading.license_remaining_days
