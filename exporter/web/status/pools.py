"""How full the storage pools are, as either side counts it, with the thresholds of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from exporter.model.powerflex import PoolsReading, PoolStatistics, StoragePool
from exporter.model.snapshot import CloudStackSnapshot, PowerFlexSnapshot
from exporter.views import capacity
from exporter.views.agreement import belief
from exporter.views.pools import directory, domain_names
from exporter.web.status.words import age, human_bytes, percent

WORSE = ("good", "unknown", "warn", "bad")
"""The states, the better ones first."""

_KIB = 1024
_PERCENT = 100


@dataclass(frozen=True, slots=True)
class Mark:
    """A threshold on a bar, as a share of 0 to 1; the state is that of a bar that has reached it."""

    name: str
    share: float
    state: str

    @property
    def words(self) -> str:
        """The threshold, to be read."""
        return f"{self.name} {percent(self.share)}"


@dataclass(frozen=True, slots=True)
class Bar:
    """How full something is: used and total in bytes, None where unknown, and the thresholds from the lowest on."""

    label: str
    used: int | None
    total: int | None
    marks: tuple[Mark, ...] = ()

    @property
    def ratio(self) -> float | None:
        """Used to total, None where that is unknown."""
        return None if self.used is None or not self.total else self.used / self.total

    @property
    def share(self) -> float | None:
        """The ratio, kept within 0 and 1 to be drawn."""
        return None if self.ratio is None else min(max(self.ratio, 0.0), 1.0)

    @property
    def state(self) -> str:
        """That of the highest threshold that is reached; good below all, unknown where the ratio is."""
        if self.ratio is None:
            return "unknown"
        reached = [mark.state for mark in self.marks if self.ratio >= mark.share]
        return reached[-1] if reached else "good"

    @property
    def words(self) -> str:
        """The figures, to be read."""
        if self.used is None or self.total is None:
            return "unknown"
        share = "" if self.ratio is None else f" ({percent(self.ratio, 1)})"
        return f"{human_bytes(self.used)} of {human_bytes(self.total)}{share}"


@dataclass(frozen=True, slots=True)
class PoolRow:
    """A storage pool as both sides count it.

    Attributes:
        system: the configured system.
        domain: its protection domain, empty where that is unknown.
        name: its name.
        age: how old its figures are, to be read.
        bars: how full it is, by either count.
        layout: its data layout, where CloudStack's halving is wrong for it.
    """

    system: str
    domain: str
    name: str
    age: str
    bars: tuple[Bar, ...]
    layout: str | None

    @property
    def place(self) -> str:
        """The system, and the protection domain where it is known: the names of pools repeat across them."""
        return f"{self.system} · {self.domain}" if self.domain else self.system

    @property
    def worst(self) -> Bar:
        """The bar in the worst state, of these the fullest."""
        return max(self.bars, key=lambda bar: (WORSE.index(bar.state), bar.ratio or 0.0))


def pool_rows(
    systems: Iterable[PowerFlexSnapshot], installations: Iterable[CloudStackSnapshot], now: float
) -> list[PoolRow]:
    """Return a row for each watched pool that was read; `now` is the monotonic second of the page."""
    placement = _placement_marks(installations)
    return [
        row
        for system in systems
        if system.pools is not None
        for row in _rows(system, system.pools, placement, age(now - system.pools.taken_at.monotonic))
    ]


def _rows(
    system: PowerFlexSnapshot, reading: PoolsReading, placement: Mapping[str, tuple[Mark, ...]], read: str
) -> Iterator[PoolRow]:
    watches = directory(reading.pools, system.storage_pools).watches
    domains = domain_names(reading.domains)
    for pool in reading.pools:
        if watches(pool.id):
            yield PoolRow(
                system=system.name,
                domain=domains.get(pool.protection_domain_id or "", ""),
                name=pool.name,
                age=read,
                bars=_bars(
                    reading.statistics.get(pool.id, PoolStatistics()), _array_marks(pool), placement.get(pool.id, ())
                ),
                layout=None if capacity.halving_applies(pool.data_layout) else pool.data_layout,
            )


def _bars(of: PoolStatistics, array: tuple[Mark, ...], placement: tuple[Mark, ...]) -> tuple[Bar, ...]:
    gross = None
    if of.max_capacity_kib is not None and of.spare_capacity_kib is not None:
        gross = (of.max_capacity_kib - of.spare_capacity_kib) * _KIB
    in_use = None if of.capacity_in_use_kib is None else of.capacity_in_use_kib * _KIB
    return (
        Bar("PowerFlex, raw", in_use, gross, array),
        Bar(
            "CloudStack",
            capacity.cloudstack_used_bytes(of.max_capacity_kib, of.spare_capacity_kib, of.net_unused_capacity_kib),
            capacity.cloudstack_total_bytes(of.max_capacity_kib, of.spare_capacity_kib),
            placement,
        ),
    )


def _array_marks(pool: StoragePool) -> tuple[Mark, ...]:
    thresholds = (("high", pool.high_threshold_percent, "warn"), ("critical", pool.critical_threshold_percent, "bad"))
    return tuple(Mark(name, percent / _PERCENT, state) for name, percent, state in thresholds if percent)


def _placement_marks(installations: Iterable[CloudStackSnapshot]) -> dict[str, tuple[Mark, ...]]:
    """Return where each installation stops placing volumes on each PowerFlex pool, the lowest threshold first."""
    found: defaultdict[str, set[tuple[float, str]]] = defaultdict(set)
    for installation in installations:
        for row in installation.inventory.pools if installation.inventory else ():
            threshold = belief(row, installation.settings).used_threshold_ratio
            if threshold:
                found[row.path].add((threshold, installation.name))
    return {
        path: tuple(Mark(f"{name} places nothing from", threshold, "bad") for threshold, name in sorted(marks))
        for path, marks in found.items()
    }
