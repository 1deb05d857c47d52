"""The answer at first sight: a tile for each question, in words and in a colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from exporter.web.status.findings import DiscrepancyRow, RouterRow
from exporter.web.status.pools import WORSE, PoolRow
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
    """Name the pool in the worst state, of these the fullest."""
    if not pools:
        return Tile("Storage pools", "unknown", "not known yet", "pools")
    worst = max(pools, key=lambda pool: (WORSE.index(pool.worst.state), pool.worst.ratio or 0.0))
    share = "unknown" if worst.worst.ratio is None else percent(worst.worst.ratio)
    return Tile("Storage pools", worst.worst.state, f"{share}, {worst.name} · {worst.place}", "pools")


def router_tile(routers: Sequence[RouterRow], *, unread: Sequence[str]) -> Tile:
    """Say how many routers cannot write to their file systems.

    Args:
        routers: those that cannot, and those of which it is not known.
        unread: the installations whose routers are not known at all.
    """
    read_only = sum(router.state == "bad" for router in routers)
    unknown = len(routers) - read_only
    rest = f"{unknown} unknown" + (f", none known of {', '.join(unread)}" if unread else "")
    if read_only:
        return Tile("Routers", "bad", f"{read_only} read-only, {rest}", "routers")
    if unknown or unread:
        return Tile("Routers", "unknown", rest, "routers")
    return Tile("Routers", "good", "all can write", "routers")


def discrepancy_tile(found: Sequence[DiscrepancyRow], *, all_judged: bool) -> Tile:
    """Say how many discrepancies there are; that there are none is known only where everything was judged."""
    count = sum(row.count for row in found)
    at_risk = sum(row.count for row in found if row.state == "bad")
    rest = "" if all_judged else ", not all judged"
    if at_risk:
        return Tile("Discrepancies", "bad", f"{count}, {at_risk} with data at risk{rest}", "discrepancies")
    if count:
        return Tile("Discrepancies", "warn", f"{count}{rest}", "discrepancies")
    if not all_judged:
        return Tile("Discrepancies", "unknown", "not all judged", "discrepancies")
    return Tile("Discrepancies", "good", "none", "discrepancies")
