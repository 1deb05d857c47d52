"""Samples of SDCs."""

from __future__ import annotations

from collections.abc import Iterator

from exporter.metrics.catalogue import powerflex as catalogue
from exporter.metrics.exposition import Sample, labels
from exporter.model.powerflex import SdcsReading


def samples(name: str, reading: SdcsReading | None) -> Iterator[Sample]:
    """Give the samples of one system's SDCs."""
    for sdc in reading.sdcs if reading else ():
        ip = sdc.ip or ""
        called = sdc.name or ip
        text = labels(catalogue.SDC_CONNECTED, name, sdc.id, called)
        info = labels(catalogue.SDC_INFO, name, sdc.id, called, ip, sdc.guid or "", sdc.version or "", sdc.os or "")
        yield catalogue.SDC_INFO, info, 1
        if sdc.connected is not None:
            yield catalogue.SDC_CONNECTED, text, int(sdc.connected)
        if sdc.approved is not None:
            yield catalogue.SDC_APPROVED, text, int(sdc.approved)
        if sdc.mapped_volumes is not None:
            yield catalogue.SDC_MAPPED_VOLUMES, text, sdc.mapped_volumes
