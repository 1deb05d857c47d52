"""The page: every inventory sample, rendered when something changed and compressed once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from exporter.metrics.catalogue import CLOUDSTACK, POWERFLEX
from exporter.metrics.catalogue.family import Family
from exporter.metrics.deflate import Block, BlockWriter
from exporter.metrics.exposition import Lines, Sample, header
from exporter.metrics.families import cloudstack, powerflex
from exporter.metrics.families.group import Judged, World
from exporter.model.powerflex import Volume
from exporter.model.snapshot import CloudStackSnapshot, PowerFlexSnapshot
from exporter.views.pools import directory
from exporter.views.selection import Selection, Series, candidates, select
from exporter.views.survey import survey

_LINES_AT_ONCE = 4096


@dataclass(frozen=True, slots=True)
class Page:
    """What is served, all but the exporter's own part.

    Attributes:
        blocks: the text, to be joined in this order.
        series: how many samples there are.
        volumes_without_series: volumes of watched pools that are in the sums alone.
        render_seconds: how long the rendering took.
    """

    blocks: tuple[Block, ...] = ()
    series: int = 0
    volumes_without_series: int = 0
    render_seconds: float = 0.0

    @property
    def size(self) -> int:
        """The length of the text in bytes."""
        return sum(block.size for block in self.blocks)


class _Rendered(NamedTuple):
    block: Block
    series: int


class _Cached(NamedTuple):
    inputs: tuple[Any, ...]
    families: dict[Family, _Rendered]


class _Candidates(NamedTuple):
    inputs: tuple[Any, ...]
    watched: Sequence[Volume]


class PageRenderer:
    """Renders the page, each group of a system anew only when what it reads has changed.

    Args:
        series: which volumes may have series of their own.
        max_volumes: how many of them have.
    """

    def __init__(self, series: Series, max_volumes: int) -> None:
        self._series = series
        self._max_volumes = max_volumes
        self._selection: Selection = {}
        self._present: dict[str, _Candidates] = {}
        self._served: set[str] = set()
        self._cache: dict[tuple[str, str], _Cached] = {}
        self._headers: dict[Family, Block] = {}

    def take_over(self, former: PageRenderer) -> None:
        """Go on with the former choice of volumes, unless fewer may have series now."""
        if self._max_volumes >= former._max_volumes:
            self._selection = former._selection

    def render(
        self,
        systems: Iterable[PowerFlexSnapshot],
        installations: Iterable[CloudStackSnapshot] = (),
        judged: Mapping[str, Judged] | None = None,
    ) -> Page:
        """Return the page of these snapshots. It is long work where many volumes changed."""
        started = time.perf_counter()
        world = World(tuple(systems), tuple(installations), judged or {})
        watched = self._select(world.systems)
        world = replace(world, selection=self._selection)
        parts = [*self._powerflex(world), *self._cloudstack(world)]
        blocks: list[Block] = []
        series = 0
        for family in POWERFLEX + CLOUDSTACK:
            rendered = [part[family] for part in parts if family in part]
            if rendered:
                blocks.append(self._header(family))
                blocks += (one.block for one in rendered)
                series += sum(one.series for one in rendered)
        return Page(
            blocks=tuple(blocks),
            series=series,
            volumes_without_series=watched - sum(len(self._selection.get(name, ())) for name in self._present),
            render_seconds=time.perf_counter() - started,
        )

    def _powerflex(self, world: World) -> Iterator[dict[Family, _Rendered]]:
        for system in world.systems:
            for group in powerflex.GROUPS:
                yield self._group((group.name, system.name), group.inputs(world, system), group.samples)

    def _cloudstack(self, world: World) -> Iterator[dict[Family, _Rendered]]:
        for installation in world.installations:
            for group in cloudstack.GROUPS:
                yield self._group((group.name, installation.name), group.inputs(world, installation), group.samples)

    def _group(
        self, key: tuple[str, str], inputs: tuple[Any, ...], samples: Callable[..., Iterable[Sample | Lines]]
    ) -> dict[Family, _Rendered]:
        cached = self._cache.get(key)
        if cached is None or cached.inputs != inputs:
            cached = self._cache[key] = _Cached(inputs, _render(samples(key[1], *inputs)))
        return cached.families

    def _select(self, systems: tuple[PowerFlexSnapshot, ...]) -> int:
        """Choose the volumes with series of their own, and return how many are watched in all."""
        known = {system.name: system for system in systems if system.volumes and system.known_pools is not None}
        present = {name: self._candidates(system) for name, system in known.items()}
        # A system keeps its places through an outage, but not when it is refused or no longer configured. One that is
        # refused has no pools; neither has one whose pools could never be read, but that one has its volumes.
        served = {system.name for system in systems if system.known_pools or system.volumes}
        if (present, served) != (self._present, self._served):
            former = {name: kept for name, kept in self._selection.items() if name in served}
            places = sum(len(one.watched) for one in present.values())
            places += sum(len(kept) for name, kept in former.items() if name not in present)
            ids = {name: self._ids(one, crowded=places > self._max_volumes) for name, one in present.items()}
            self._selection = select(former, ids, self._max_volumes)
            self._present, self._served = present, served
        return sum(len(one.watched) for one in present.values())

    def _candidates(self, system: PowerFlexSnapshot) -> _Candidates:
        inputs = (system.volumes, system.known_pools)
        former = self._present.get(system.name)
        if former is not None and former.inputs == inputs:
            return former
        pools = directory(system.known_pools or (), system.storage_pools)
        volumes = system.volumes.volumes if system.volumes else []
        return _Candidates(inputs, pools.watched_of(volumes))

    def _ids(self, of: _Candidates, *, crowded: bool) -> list[str]:
        (reading, _) = of.inputs
        return candidates(of.watched, self._series, survey(reading).names.__getitem__, ordered=crowded)

    def _header(self, family: Family) -> Block:
        if family not in self._headers:
            self._headers[family] = _block(header(family))
        return self._headers[family]


def _render(samples: Iterable[Sample | Lines]) -> dict[Family, _Rendered]:
    writers: dict[Family, _FamilyWriter] = {}
    for sample in samples:
        family = sample[0]
        writer = writers.get(family)
        if writer is None:
            writer = writers[family] = _FamilyWriter(family.name)
        if isinstance(sample, Lines):
            writer.add_lines(sample.lines)
        else:
            writer.add(sample[1], sample[2])
    return {family: writer.finish() for family, writer in writers.items() if writer.series}


class _FamilyWriter:
    def __init__(self, name: str) -> None:
        self._name = name
        self._lines: list[str] = []
        self.series = 0
        self._block = BlockWriter()

    def add(self, labels: str, value: float) -> None:
        self._lines.append(f"{self._name}{labels} {value}\n")
        self.series += 1
        if len(self._lines) == _LINES_AT_ONCE:
            self._flush()

    def add_lines(self, lines: list[str]) -> None:
        self._flush()
        self._block.write("".join(lines).encode())
        self.series += len(lines)

    def finish(self) -> _Rendered:
        self._flush()
        return _Rendered(self._block.finish(), self.series)

    def _flush(self) -> None:
        self._block.write("".join(self._lines).encode())
        self._lines.clear()


def _block(text: str) -> Block:
    writer = BlockWriter()
    writer.write(text.encode())
    return writer.finish()
