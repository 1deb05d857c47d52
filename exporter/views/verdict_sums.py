"""A verdict in figures, for each CloudStack pool."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from exporter.model.findings import Reason, Verdict

_KIB = 1024
_ORPHANS = frozenset({Reason.ORPHANED, Reason.ORPHANED_SNAPSHOT})


@dataclass(frozen=True, slots=True)
class Reclaimable:
    """What could be had back by deleting the orphans.

    Attributes:
        used_bytes: the sum of the used sizes of their V-Trees; None where there are trees and none is known.
        unknown: trees whose used size is not known.
    """

    used_bytes: int | None
    unknown: int


@dataclass(frozen=True, slots=True)
class VerdictSums:
    """The figures of one CloudStack pool.

    Attributes:
        matched: volumes that both sides know.
        discrepancies: findings by reason, with a 0 where there is none; a reason that was not judged is not in it.
        reclaimable: None where orphans were not judged.
    """

    matched: int
    discrepancies: Mapping[Reason, int]
    reclaimable: Reclaimable | None


def verdict_sums(verdict: Verdict, used_kib: Mapping[str, int]) -> dict[str, VerdictSums]:
    """Return the figures of each watched pool of the pair, by its UUID; of none where nothing was judged.

    Args:
        verdict: what may be shown.
        used_kib: the used size of each V-Tree of the system, where it is known.
    """
    if not verdict.judged:
        return {}
    counts = {uuid: Counter[Reason]() for uuid in verdict.matched}
    for finding in verdict.findings:
        counts[finding.pool_uuid][finding.reason] += 1
    reclaimable = _reclaimable(verdict, used_kib)
    return {
        uuid: VerdictSums(
            verdict.matched[uuid],
            {reason: counts[uuid][reason] for reason in Reason if reason in verdict.judged},
            reclaimable.get(uuid, Reclaimable(0, 0)) if verdict.judged >= _ORPHANS else None,
        )
        for uuid in verdict.matched
    }


def _reclaimable(verdict: Verdict, used_kib: Mapping[str, int]) -> dict[str, Reclaimable]:
    # A tree counts once, on one pool: that of its orphan with the lowest id.
    homes: dict[str, str] = {}
    for finding in sorted(verdict.findings, key=lambda finding: finding.volume_id):
        if finding.reason in _ORPHANS and finding.reclaimable_tree is not None:
            homes.setdefault(finding.reclaimable_tree, finding.pool_uuid)
    trees: defaultdict[str, list[int | None]] = defaultdict(list)
    for tree, uuid in homes.items():
        trees[uuid].append(used_kib.get(tree))
    return {uuid: _sum(sizes) for uuid, sizes in trees.items()}


def _sum(sizes: list[int | None]) -> Reclaimable:
    known = [size for size in sizes if size is not None]
    return Reclaimable(sum(known) * _KIB if known else None, len(sizes) - len(known))
