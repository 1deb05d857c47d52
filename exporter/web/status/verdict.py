"""The answer at first sight: a tile for each question, in words and in a colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from exporter.web.status.findings import DiscrepancyRow, RouterRow, SuspensionRow
from exporter.web.status.pools import PoolRow
from exporter.web.status.sources import SourceRow
from exporter.web.status.words import number_of, percent


@dataclass(frozen=True, slots=True)
class Tile:
    """A question, its answer, and the section that says more; the state is good, warn, bad or unknown."""

    title: str
    state: str
    words: str
    section: str


def source_tile(sources: Sequence[SourceRow]) -> Tile:
    """Say whether all sources are read."""
    bad = [source.name for source in sources if source.state == "bad"]
    waiting = [source for source in sources if source.state == "waiting"]
    if bad:
        return Tile("Sources", "bad", f"in trouble: {', '.join(bad)}", "sources")
    if waiting:
        return Tile("Sources", "unknown", f"{len(sources) - len(waiting)} of {len(sources)} reached so far", "sources")
    return Tile("Sources", "good", f"{number_of(len(sources), 'is', 'are')} read", "sources")


def pool_tile(pools: Sequence[PoolRow]) -> Tile:
    """Name the fullest pool."""
    known = [pool for pool in pools if pool.fullest.ratio is not None]
    if not known:
        return Tile("Fullest pool", "unknown", "not known yet", "pools")
    fullest = max(known, key=lambda pool: pool.fullest.ratio or 0.0)
    states = {bar.state for pool in pools for bar in pool.bars}
    state = next(state for state in ("bad", "warn", "good") if state in states)
    share = percent(fullest.fullest.ratio or 0.0)
    return Tile("Fullest pool", state, f"{share}, {fullest.name} · {fullest.place}", "pools")


def router_tile(routers: Sequence[RouterRow], *, read: bool) -> Tile:
    """Say how many routers cannot write to their file systems."""
    read_only = sum(router.state == "bad" for router in routers)
    unknown = len(routers) - read_only
    if not read:
        return Tile("Routers", "unknown", "not known", "routers")
    if read_only:
        return Tile("Routers", "bad", f"{read_only} read-only, {unknown} unknown", "routers")
    if unknown:
        return Tile("Routers", "unknown", f"none read-only, {unknown} unknown", "routers")
    return Tile("Routers", "good", "all can write", "routers")


def discrepancy_tile(found: Sequence[DiscrepancyRow], suspended: Sequence[SuspensionRow], *, judged: bool) -> Tile:
    """Say how many volumes the two sides do not agree about."""
    count = sum(row.count for row in found)
    if count:
        return Tile("Discrepancies", "warn", number_of(count, "volume", "volumes"), "discrepancies")
    if suspended or not judged:
        return Tile("Discrepancies", "unknown", "not judged", "discrepancies")
    return Tile("Discrepancies", "good", "none", "discrepancies")
