"""Samples of protection domains and storage pools."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from exporter.metrics.catalogue import powerflex as catalogue
from exporter.metrics.catalogue.family import Family
from exporter.metrics.exposition import Sample, labels
from exporter.model.powerflex import PoolsReading, PoolStatistics, StoragePool
from exporter.views import capacity
from exporter.views.pools import directory, domain_names

_KIB = 1024
_ACTIVE = "Active"


def _bytes(of: Callable[[PoolStatistics], int | None]) -> Callable[[PoolStatistics], int | None]:
    def value(statistics: PoolStatistics) -> int | None:
        kib = of(statistics)
        return None if kib is None else kib * _KIB

    return value


def _rebuild_kib(of: PoolStatistics) -> int | None:
    parts = (of.forward_rebuild_capacity_kib, of.backward_rebuild_capacity_kib, of.normal_rebuild_capacity_kib)
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None


_STATISTICS: tuple[tuple[Family, Callable[[PoolStatistics], int | float | None]], ...] = (
    (catalogue.MAX_CAPACITY, _bytes(lambda of: of.max_capacity_kib)),
    (catalogue.SPARE_CAPACITY, _bytes(lambda of: of.spare_capacity_kib)),
    (catalogue.CAPACITY_IN_USE, _bytes(lambda of: of.capacity_in_use_kib)),
    (catalogue.NET_UNUSED_CAPACITY, _bytes(lambda of: of.net_unused_capacity_kib)),
    (catalogue.NET_CAPACITY_IN_USE, _bytes(lambda of: of.net_capacity_in_use_kib)),
    (catalogue.NET_PROVISIONED, _bytes(lambda of: of.net_provisioned_kib)),
    (catalogue.VOLUME_ADDRESS_SPACE, _bytes(lambda of: of.volume_address_space_kib)),
    (catalogue.SNAPSHOT_CAPACITY_IN_USE, _bytes(lambda of: of.snapshot_capacity_in_use_kib)),
    (catalogue.AVAILABLE_FOR_VOLUME_ALLOCATION, _bytes(lambda of: of.available_for_volume_allocation_kib)),
    (catalogue.FAILED_CAPACITY, _bytes(lambda of: of.failed_capacity_kib)),
    (catalogue.DEGRADED_FAILED_CAPACITY, _bytes(lambda of: of.degraded_failed_capacity_kib)),
    (catalogue.DEGRADED_HEALTHY_CAPACITY, _bytes(lambda of: of.degraded_healthy_capacity_kib)),
    (catalogue.REBUILD_CAPACITY, _bytes(_rebuild_kib)),
    (catalogue.REBALANCE_CAPACITY, _bytes(lambda of: of.rebalance_capacity_kib)),
    (
        catalogue.CLOUDSTACK_TOTAL,
        lambda of: capacity.cloudstack_total_bytes(of.max_capacity_kib, of.spare_capacity_kib),
    ),
    (
        catalogue.CLOUDSTACK_USED,
        lambda of: capacity.cloudstack_used_bytes(
            of.max_capacity_kib, of.spare_capacity_kib, of.net_unused_capacity_kib
        ),
    ),
    (catalogue.READ_IOPS, lambda of: capacity.iops(of.read)),
    (catalogue.WRITE_IOPS, lambda of: capacity.iops(of.write)),
    (catalogue.READ_BYTES_PER_SECOND, lambda of: capacity.bytes_per_second(of.read)),
    (catalogue.WRITE_BYTES_PER_SECOND, lambda of: capacity.bytes_per_second(of.write)),
    (catalogue.READ_LATENCY, lambda of: capacity.latency_seconds(of.read_latency)),
    (catalogue.WRITE_LATENCY, lambda of: capacity.latency_seconds(of.write_latency)),
)


def samples(name: str, reading: PoolsReading | None, configured: tuple[str, ...]) -> Iterator[Sample]:
    """Give the samples of one system's protection domains and of its watched pools."""
    if reading is None:
        return
    domains = domain_names(reading.domains)
    for domain in reading.domains:
        if domain.state is not None:
            text = labels(catalogue.PROTECTION_DOMAIN_ACTIVE, name, domain.id, domains[domain.id])
            yield catalogue.PROTECTION_DOMAIN_ACTIVE, text, int(domain.state == _ACTIVE)
    watched = directory(reading.pools, configured)
    for pool in reading.pools:
        if watched.watches(pool.id):
            yield from _pool(name, pool, domains.get(pool.protection_domain_id or "", pool.protection_domain_id or ""))
            yield from _statistics(name, pool, reading.statistics.get(pool.id))


def _pool(name: str, pool: StoragePool, domain: str) -> Iterator[Sample]:
    info = labels(
        catalogue.STORAGE_POOL_INFO,
        name,
        pool.id,
        pool.name,
        domain,
        pool.media_type or "",
        pool.data_layout or "",
        "" if pool.zero_padding is None else str(pool.zero_padding).lower(),
    )
    yield catalogue.STORAGE_POOL_INFO, info, 1
    for level, percent in (("high", pool.high_threshold_percent), ("critical", pool.critical_threshold_percent)):
        if percent is not None:
            family = catalogue.CAPACITY_ALERT_THRESHOLD
            yield family, labels(family, name, pool.id, pool.name, level), percent / 100


def _statistics(name: str, pool: StoragePool, statistics: PoolStatistics | None) -> Iterator[Sample]:
    if statistics is None:
        return
    text = labels(catalogue.MAX_CAPACITY, name, pool.id, pool.name)
    for family, value_of in _STATISTICS:
        value = value_of(statistics)
        if value is not None:
            yield family, text, value
