"""Samples of CloudStack's storage pools: what it believes of them, and what lies on them unused."""

from __future__ import annotations

from collections.abc import Iterator

from exporter.metrics.catalogue import cloudstack as catalogue
from exporter.metrics.exposition import Sample, labels
from exporter.model.cloudstack import SettingsReading
from exporter.model.snapshot import CloudStackSnapshot, PowerFlexSnapshot
from exporter.views.agreement import belief
from exporter.views.detached import detached_volumes
from exporter.views.joins import PlacedPool, directories, place_pools


def pool_labels(name: str, placed: PlacedPool) -> tuple[str, ...]:
    """Return the labels by which a CloudStack pool joins with the PowerFlex pool behind it."""
    return name, placed.pool.id, placed.pool.name or "", placed.system or "", placed.pool.path


def samples(name: str, pools: tuple[PlacedPool, ...], settings: SettingsReading | None) -> Iterator[Sample]:
    """Give what one installation believes of its watched pools."""
    for placed in pools:
        if placed.watched or placed.system is None:
            yield from _pool(name, placed, settings)


def detached_samples(
    name: str, installation: CloudStackSnapshot, systems: tuple[PowerFlexSnapshot, ...]
) -> Iterator[Sample]:
    """Give the volumes of no VM on one installation's watched pools."""
    detached = detached_volumes(installation, systems)
    for placed in place_pools(installation.known_pools or (), directories(systems)):
        sums = detached.get(placed.pool.id)
        if sums is None:
            continue
        text = labels(catalogue.DETACHED_VOLUMES, *pool_labels(name, placed))
        yield catalogue.DETACHED_VOLUMES, text, sums.volumes
        if sums.used_bytes is not None:
            yield catalogue.DETACHED_USED_SIZE, text, sums.used_bytes
        yield catalogue.DETACHED_USED_SIZE_UNKNOWN, text, sums.used_unknown


def _pool(name: str, placed: PlacedPool, settings: SettingsReading | None) -> Iterator[Sample]:
    pool, common = placed.pool, pool_labels(name, placed)
    info = labels(catalogue.POOL_INFO, *common, pool.zone or "", pool.scope or "", pool.state or "", placed.key)
    yield catalogue.POOL_INFO, info, 1
    believed = belief(pool, settings)
    text = labels(catalogue.POOL_UP, *common)
    for family, value in (
        (catalogue.POOL_UP, None if believed.up is None else int(believed.up)),
        (catalogue.POOL_TOTAL, believed.total_bytes),
        (catalogue.POOL_USED, believed.used_bytes),
        (catalogue.POOL_ALLOCATED, believed.allocated_bytes),
        (catalogue.POOL_OVERPROVISIONING, believed.overprovisioning_ratio),
    ):
        if value is not None:
            yield family, text, value
    for capacity, ratio in (
        ("used", believed.used_threshold_ratio),
        ("allocated", believed.allocated_threshold_ratio),
    ):
        if ratio is not None:
            threshold = labels(catalogue.POOL_DISABLE_THRESHOLD, *common, capacity)
            yield catalogue.POOL_DISABLE_THRESHOLD, threshold, ratio
