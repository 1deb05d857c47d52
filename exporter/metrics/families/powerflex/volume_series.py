"""Samples of each volume that has series of its own."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import UNSET

from exporter.metrics.catalogue import powerflex as catalogue
from exporter.metrics.exposition import Sample, escape, pairs
from exporter.model.powerflex import StoragePool, UsedSizesReading, Volume, VolumesReading
from exporter.views.naming import parse_name
from exporter.views.pools import directory
from exporter.views.volumes import provisioning, tree_owners

_KIB = 1024
_POOL_LABELS = catalogue.VOLUME_VIRTUAL_SIZE.labels[:3]
_OTHER = ("other", "", "", "")


def samples(
    name: str,
    volumes: VolumesReading | None,
    used_sizes: UsedSizesReading | None,
    known_pools: tuple[StoragePool, ...] | None,
    selected: frozenset[str],
) -> Iterator[Sample]:
    """Give the samples of one system's selected volumes; each volume's labels are escaped once."""
    if volumes is None or known_pools is None:
        return
    pools = directory(known_pools, ())
    owners = tree_owners(volumes.volumes)
    used_kib = used_sizes.used_kib if used_sizes else {}
    pool_labels: dict[str, str] = {}
    for volume in volumes.volumes:
        if volume.id not in selected:
            continue
        pool_id = volume.storage_pool_id
        if pool_id not in pool_labels:
            pool_labels[pool_id] = pairs(_POOL_LABELS, (name, pool_id, pools.name(pool_id)))
        inner = f'{pool_labels[pool_id]},volume_id="{escape(volume.id)}",volume="{escape(volume.name or "")}"'
        text = f"{{{inner}}}"
        yield catalogue.VOLUME_INFO, f"{{{inner},{_info(volume)}}}", 1
        yield catalogue.VOLUME_VIRTUAL_SIZE, text, volume.size_kib * _KIB
        if owners[volume.vtree_id] == volume.id and volume.vtree_id in used_kib:
            yield catalogue.VOLUME_USED_SIZE, text, used_kib[volume.vtree_id] * _KIB
        if volume.mapped_sdcs is not UNSET:
            yield catalogue.VOLUME_MAPPED_SDCS, text, len(volume.mapped_sdcs or ())


def _info(volume: Volume) -> str:
    name = parse_name(volume.name)
    kind, installation, pool_key, resource_id = (
        (name.kind, escape(name.installation), name.pool_key, name.resource_id) if name else _OTHER
    )
    return (
        f'kind="{kind}",installation="{installation}",pool_key="{pool_key}",resource_id="{resource_id}",'
        f'vtree_id="{escape(volume.vtree_id)}",provisioning="{escape(provisioning(volume))}"'
    )
