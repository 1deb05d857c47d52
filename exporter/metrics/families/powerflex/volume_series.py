"""Samples of each volume that has series of its own.

There can be hundreds of thousands of them, so whole lines are written here, some thousand volumes at a time, and each
volume's labels are escaped once. The used size is by itself: it is read at another time than the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from msgspec import UNSET

from exporter.metrics.catalogue import powerflex as catalogue
from exporter.metrics.exposition import Lines, escape, pairs
from exporter.model.powerflex import StoragePool, UsedSizesReading, Volume, VolumesReading
from exporter.views.naming import CloudStackName
from exporter.views.pools import directory
from exporter.views.survey import survey
from exporter.views.volumes import provisioning

_KIB = 1024
_AT_ONCE = 4096
_POOL_LABELS = catalogue.VOLUME_VIRTUAL_SIZE.labels[:3]
_INFO = catalogue.VOLUME_INFO.name
_VIRTUAL_SIZE = catalogue.VOLUME_VIRTUAL_SIZE.name
_MAPPED_SDCS = catalogue.VOLUME_MAPPED_SDCS.name
_USED_SIZE = catalogue.VOLUME_USED_SIZE.name


def samples(
    name: str,
    volumes: VolumesReading | None,
    known_pools: tuple[StoragePool, ...] | None,
    selected: frozenset[str],
) -> Iterator[Lines]:
    """Give the samples of one system's selected volumes, all but the used size."""
    if volumes is None or known_pools is None:
        return
    names = survey(volumes).names
    labels_of = _labels_of(name, known_pools)
    chosen = (volume for volume in volumes.volumes if volume.id in selected)
    while some := list(islice(chosen, _AT_ONCE)):
        infos, sizes, mappings = [], [], []
        for volume in some:
            labels = labels_of(volume)
            infos.append(f"{_INFO}{{{labels},{_info(volume, names[volume.name])}}} 1\n")
            sizes.append(f"{_VIRTUAL_SIZE}{{{labels}}} {volume.size_kib * _KIB}\n")
            if volume.mapped_sdcs is not UNSET:
                mappings.append(f"{_MAPPED_SDCS}{{{labels}}} {len(volume.mapped_sdcs or ())}\n")
        yield Lines(catalogue.VOLUME_INFO, infos)
        yield Lines(catalogue.VOLUME_VIRTUAL_SIZE, sizes)
        yield Lines(catalogue.VOLUME_MAPPED_SDCS, mappings)


def used_sizes(
    name: str,
    volumes: VolumesReading | None,
    used_sizes: UsedSizesReading | None,
    known_pools: tuple[StoragePool, ...] | None,
    selected: frozenset[str],
) -> Iterator[Lines]:
    """Give the used sizes of one system's selected volumes, each V-Tree's on the volume that stands for it."""
    if volumes is None or known_pools is None or used_sizes is None:
        return
    owners, used_kib = survey(volumes).owners, used_sizes.used_kib
    labels_of = _labels_of(name, known_pools)
    owning = (
        volume
        for volume in volumes.volumes
        if volume.id in selected and owners[volume.vtree_id] == volume.id and volume.vtree_id in used_kib
    )
    while some := list(islice(owning, _AT_ONCE)):
        yield Lines(
            catalogue.VOLUME_USED_SIZE,
            [f"{_USED_SIZE}{{{labels_of(volume)}}} {used_kib[volume.vtree_id] * _KIB}\n" for volume in some],
        )


def _labels_of(name: str, known_pools: tuple[StoragePool, ...]) -> Callable[[Volume], str]:
    """Return what gives the labels that all families have, as they stand between braces."""
    pools = directory(known_pools, ())
    of_pool: dict[str, str] = {}

    def labels_of(volume: Volume) -> str:
        pool_id = volume.storage_pool_id
        if pool_id not in of_pool:
            of_pool[pool_id] = pairs(_POOL_LABELS, (name, pool_id, pools.name(pool_id)))
        return f'{of_pool[pool_id]},volume_id="{escape(volume.id)}",volume="{escape(volume.name or "")}"'

    return labels_of


def _info(volume: Volume, name: CloudStackName | None) -> str:
    named = (
        f'kind="{name.kind}",installation="{escape(name.installation)}",'
        f'pool_key="{name.pool_key}",resource_id="{name.resource_id}"'
        if name
        else 'kind="other",installation="",pool_key="",resource_id=""'
    )
    return f'{named},vtree_id="{escape(volume.vtree_id)}",provisioning="{escape(provisioning(volume))}"'
