"""Samples of each volume that has series of its own.

There can be hundreds of thousands of them, so whole lines are written here, some hundred volumes at a time, and each
volume's labels are escaped once. The used size is by itself: it is read at another time than the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from msgspec import UNSET

from exporter.metrics.catalogue import powerflex as catalogue
from exporter.metrics.exposition import Lines, escape, escape_all, pairs
from exporter.model.powerflex import StoragePool, UsedSizesReading, Volume, VolumesReading
from exporter.views.pools import directory
from exporter.views.survey import Names, survey
from exporter.views.volumes import provisioning

_KIB = 1024
_AT_ONCE = 512
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
    labels, info = _Labels(name, known_pools), _Info(survey(volumes).names)
    for some in _parts(volumes.volumes, selected):
        infos, sizes, mappings = [], [], []
        for volume, text, more in zip(some, labels.of(some), info.of(some), strict=True):
            infos.append(f"{_INFO}{{{text},{more}}} 1\n")
            sizes.append(f"{_VIRTUAL_SIZE}{{{text}}} {volume.size_kib * _KIB}\n")
            if volume.mapped_sdcs is not UNSET:
                mappings.append(f"{_MAPPED_SDCS}{{{text}}} {len(volume.mapped_sdcs or ())}\n")
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
    used_kib = used_sizes.used_kib
    labels = _Labels(name, known_pools)
    for some in _parts(volumes.volumes, selected.intersection(survey(volumes).owners.values())):
        sizes = [used_kib.get(volume.vtree_id) for volume in some]
        yield Lines(
            catalogue.VOLUME_USED_SIZE,
            [
                f"{_USED_SIZE}{{{text}}} {size * _KIB}\n"
                for text, size in zip(labels.of(some), sizes, strict=True)
                if size is not None
            ],
        )


def _parts(volumes: list[Volume], chosen: frozenset[str]) -> Iterator[list[Volume]]:
    for start in range(0, len(volumes), _AT_ONCE):
        yield [volume for volume in volumes[start : start + _AT_ONCE] if volume.id in chosen]


class _Labels:
    """Writes the labels that all families of a volume have, as they stand between braces."""

    def __init__(self, name: str, known_pools: tuple[StoragePool, ...]) -> None:
        self._name = name
        self._names = directory(known_pools, ())
        self._pools: dict[str, str] = {}

    def of(self, volumes: Sequence[Volume]) -> list[str]:
        for pool_id in {volume.storage_pool_id for volume in volumes} - self._pools.keys():
            self._pools[pool_id] = pairs(_POOL_LABELS, (self._name, pool_id, self._names.name(pool_id)))
        pools = self._pools
        ids = escape_all([volume.id for volume in volumes])
        names = escape_all([volume.name or "" for volume in volumes])
        return [
            f'{pools[volume.storage_pool_id]},volume_id="{volume_id}",volume="{name}"'
            for volume, volume_id, name in zip(volumes, ids, names, strict=True)
        ]


class _Info:
    """Writes the labels that the info has beyond those."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._escape = cache(escape)

    def of(self, volumes: Sequence[Volume]) -> Iterator[str]:
        kinds = {volume.volume_type: volume for volume in volumes}
        provisionings = {kind: escape(provisioning(volume)) for kind, volume in kinds.items()}
        trees = escape_all([volume.vtree_id for volume in volumes])
        for volume, tree in zip(volumes, trees, strict=True):
            name = self._names[volume.name]
            named = (
                f'kind="{name.kind}",installation="{self._escape(name.installation)}",'
                f'pool_key="{name.pool_key}",resource_id="{name.resource_id}"'
                if name
                else 'kind="other",installation="",pool_key="",resource_id=""'
            )
            yield f'{named},vtree_id="{tree}",provisioning="{provisionings[volume.volume_type]}"'
