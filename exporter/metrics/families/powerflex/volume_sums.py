"""Samples of the volumes of a pool, summed by kind and installation."""

from __future__ import annotations

from collections.abc import Iterator

from exporter.metrics.catalogue import powerflex as catalogue
from exporter.metrics.exposition import Sample, labels
from exporter.model.powerflex import StoragePool, UsedSizesReading, VolumesReading
from exporter.views.pools import directory
from exporter.views.survey import survey
from exporter.views.volumes import sums

_KIB = 1024


def samples(
    name: str,
    volumes: VolumesReading | None,
    used_sizes: UsedSizesReading | None,
    known_pools: tuple[StoragePool, ...] | None,
    configured: tuple[str, ...],
) -> Iterator[Sample]:
    """Give the sums of one system's watched pools."""
    if volumes is None or known_pools is None:
        return
    pools = directory(known_pools, configured)
    known = survey(volumes)
    groups = sums(
        pools.watched_of(volumes.volumes),
        known.owners,
        used_sizes.used_kib if used_sizes else {},
        known.names.__getitem__,
    )
    for group, total in groups.items():
        text = labels(catalogue.VOLUMES, name, group.pool_id, pools.name(group.pool_id), group.kind, group.installation)
        yield catalogue.VOLUMES, text, total.volumes
        yield catalogue.VOLUMES_VIRTUAL_SIZE, text, total.virtual_kib * _KIB
        if total.used_kib is not None:
            yield catalogue.VOLUMES_USED_SIZE, text, total.used_kib * _KIB
        yield catalogue.VOLUMES_USED_SIZE_UNKNOWN, text, total.used_unknown
