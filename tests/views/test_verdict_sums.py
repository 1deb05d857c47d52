from __future__ import annotations

from exporter.model.findings import Finding, Pair, Reason, Suspension, Verdict
from exporter.views.verdict_sums import Reclaimable, VerdictSums, verdict_sums

PAIR = Pair("ams", "pf1")
EVERY = frozenset(Reason)


def finding(volume_id: str, reason: Reason, pool: str = "u1", tree: str | None = None) -> Finding:
    return Finding(reason, volume_id, "", pool, "p1", tree)


def verdict(*findings: Finding, judged: frozenset[Reason] = EVERY) -> Verdict:
    return Verdict(PAIR, judged=judged, findings=findings, matched={"u1": 3, "u2": 0})


def zeros(**counts: int) -> dict[Reason, int]:
    return {reason: counts.get(reason.value, 0) for reason in Reason}


def test_every_reason_counts_on_its_pool_and_a_zero_is_a_zero() -> None:
    found = verdict(
        finding("a", Reason.MISSING), finding("b", Reason.MISSING), finding("b", Reason.CLAIMED_TWICE, "u2")
    )
    assert verdict_sums(found, {}) == {
        "u1": VerdictSums(3, zeros(missing=2), Reclaimable(0, 0)),
        "u2": VerdictSums(0, zeros(claimed_twice=1), Reclaimable(0, 0)),
    }


def test_what_was_not_judged_is_not_counted() -> None:
    judged = frozenset({Reason.MISSING, Reason.ORPHANED})
    sums = verdict_sums(verdict(judged=judged), {})["u1"]
    assert sums == VerdictSums(3, {Reason.ORPHANED: 0, Reason.MISSING: 0}, None)
    assert verdict_sums(verdict(judged=frozenset()), {}) == {}
    assert verdict_sums(Verdict(PAIR, frozenset({Suspension.CLOUDSTACK_STALE})), {}) == {}


def test_a_tree_is_reclaimed_once_with_all_its_orphans() -> None:
    found = verdict(
        finding("a", Reason.ORPHANED, tree="t1"),
        finding("b", Reason.ORPHANED_SNAPSHOT, tree="t1"),
        finding("c", Reason.ORPHANED_SNAPSHOT, tree="t2"),
        finding("d", Reason.ORPHANED, "u2", tree="t1"),
        finding("e", Reason.ORPHANED, "u2", tree=None),
    )
    sums = verdict_sums(found, {"t1": 5, "t2": 7})
    assert sums["u1"].reclaimable == Reclaimable((5 + 7) * 1024, 0)
    assert sums["u2"].reclaimable == Reclaimable(0, 0)


def test_a_tree_of_unknown_size_is_counted_beside_the_sum() -> None:
    found = verdict(finding("a", Reason.ORPHANED, tree="t1"), finding("b", Reason.ORPHANED, tree="t2"))
    assert verdict_sums(found, {"t2": 0})["u1"].reclaimable == Reclaimable(0, 1)
    assert verdict_sums(found, {})["u1"].reclaimable == Reclaimable(None, 2)
