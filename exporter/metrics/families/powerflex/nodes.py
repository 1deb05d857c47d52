"""Samples of storage nodes and their disks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from exporter.metrics.catalogue import powerflex as catalogue
from exporter.metrics.exposition import Sample, labels
from exporter.model.powerflex import NodesReading, ProtectionDomain, StoragePool
from exporter.views.nodes import is_healthy, is_in_maintenance
from exporter.views.pools import directory, domain_names

_UNKNOWN = "unknown"


def samples(
    name: str,
    reading: NodesReading | None,
    domains: tuple[ProtectionDomain, ...],
    known_pools: tuple[StoragePool, ...] | None,
    configured: tuple[str, ...],
) -> Iterator[Sample]:
    """Give the samples of one system's nodes, and of the disks in its watched pools."""
    if reading is None or known_pools is None:
        return
    named = domain_names(domains)
    for node in reading.nodes:
        domain = node.protection_domain_id or ""
        text = labels(catalogue.SDS_HEALTHY, name, node.id, node.name or node.id, named.get(domain, domain))
        if (healthy := is_healthy(node)) is not None:
            yield catalogue.SDS_HEALTHY, text, int(healthy)
        if (maintained := is_in_maintenance(node)) is not None:
            yield catalogue.SDS_IN_MAINTENANCE, text, int(maintained)
    pools = directory(known_pools, configured)
    disks = Counter(
        (device.storage_pool_id, device.error_state or _UNKNOWN)
        for device in reading.devices
        if device.storage_pool_id and pools.watches(device.storage_pool_id)
    )
    for (pool_id, state), count in disks.items():
        yield catalogue.DEVICES, labels(catalogue.DEVICES, name, pool_id, pools.name(pool_id), state), count
