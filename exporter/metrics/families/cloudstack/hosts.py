"""Samples of KVM hosts and their SDCs."""

from __future__ import annotations

from collections.abc import Iterator

from exporter.metrics.catalogue import cloudstack as catalogue
from exporter.metrics.exposition import Sample, labels
from exporter.model.cloudstack import Host
from exporter.model.powerflex import SdcsReading
from exporter.views.joins import join_hosts


def samples(name: str, hosts: tuple[Host, ...], sdcs: tuple[tuple[str, SdcsReading | None], ...]) -> Iterator[Sample]:
    """Give the samples of one installation's hosts; two of one name, zone and state are one series."""
    infos = {labels(catalogue.HOST_INFO, name, _name(host), host.zone or "", host.state or ""): 1 for host in hosts}
    for info, value in infos.items():
        yield catalogue.HOST_INFO, info, value
    for system, reading in sdcs:
        joined = join_hosts(hosts, reading.sdcs if reading else ())
        by_labels = {
            labels(catalogue.HOST_SDC_CONNECTED, name, _name(host), system, joined[host.id].id): joined[host.id]
            for host in hosts
            if host.id in joined
        }
        for text, sdc in by_labels.items():
            if sdc.connected is not None:
                yield catalogue.HOST_SDC_CONNECTED, text, int(sdc.connected)


def _name(host: Host) -> str:
    return host.name or host.id
