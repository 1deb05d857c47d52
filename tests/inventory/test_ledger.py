from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.inventory.ledger import Ledger, settle, step
from exporter.model.findings import Finding, Pair, Reason, Suspension, Verdict

PAIR = Pair("ams", "pf1")
OTHER = Pair("ams", "pf2")
ALL = frozenset(Reason)
SUSPENDED = Verdict(PAIR, frozenset({Suspension.POWERFLEX_STALE}))


def finding(volume_id: str, reason: Reason = Reason.ORPHANED) -> Finding:
    return Finding(reason, volume_id, f"vol-1-abcd-{volume_id}", "uuid", "p1")


def verdict(*findings: Finding, pair: Pair = PAIR, judged: frozenset[Reason] = ALL) -> Verdict:
    return Verdict(pair, judged=judged, findings=findings, matched={"uuid": 7})


def shown(ledger: Ledger, now: float, *findings: Finding, grace: float = 30) -> list[str]:
    return [each.volume_id for each in settle(ledger, verdict(*findings), now, grace).findings]


def test_nothing_may_be_shown_until_the_grace_is_over() -> None:
    found = verdict(finding("a"))
    ledger = step(Ledger(), [found], 100)
    assert settle(ledger, found, 129, 30) == replace(found, judged=frozenset(), findings=())
    assert settle(ledger, found, 130, 30) == found


def test_without_a_grace_a_single_verdict_is_shown_at_once() -> None:
    found = verdict(finding("a"))
    assert settle(step(Ledger(), [found], 100), found, 100, 0) == found


def test_a_verdict_that_was_never_noted_is_not_shown() -> None:
    assert settle(Ledger(), verdict(finding("a")), 100, 0).judged == frozenset()


def test_a_finding_counts_from_the_step_that_found_it_first() -> None:
    ledger = step(Ledger(), [verdict()], 0)
    ledger = step(ledger, [verdict(finding("a"))], 100)
    ledger = step(ledger, [verdict(finding("a"), finding("b"))], 120)
    assert shown(ledger, 129, finding("a"), finding("b")) == []
    assert shown(ledger, 130, finding("a"), finding("b")) == ["a"]
    assert shown(ledger, 150, finding("a"), finding("b")) == ["a", "b"]


def test_a_finding_that_went_away_begins_anew() -> None:
    ledger = step(Ledger(), [verdict(finding("a"))], 0)
    ledger = step(ledger, [verdict()], 60)
    ledger = step(ledger, [verdict(finding("a"))], 70)
    assert shown(ledger, 99, finding("a")) == []
    assert shown(ledger, 100, finding("a")) == ["a"]


def test_the_same_volume_has_a_time_for_each_reason() -> None:
    missing = finding("a", Reason.MISSING)
    ledger = step(Ledger(), [verdict(missing)], 0)
    ledger = step(ledger, [verdict(missing, finding("a", Reason.CLAIMED_TWICE))], 20)
    found = settle(ledger, verdict(missing, finding("a", Reason.CLAIMED_TWICE)), 30, 30).findings
    assert found == (missing,)


def test_the_same_volume_id_has_a_time_for_each_pair() -> None:
    ledger = step(Ledger(), [verdict(finding("a")), verdict(pair=OTHER)], 0)
    ledger = step(ledger, [verdict(finding("a")), verdict(finding("a"), pair=OTHER)], 20)
    assert settle(ledger, verdict(finding("a")), 30, 30).findings == (finding("a"),)
    assert settle(ledger, verdict(finding("a"), pair=OTHER), 30, 30).findings == ()


def test_while_a_pair_is_suspended_its_time_stands_still() -> None:
    ledger = step(Ledger(), [verdict(finding("a"))], 0)
    ledger = step(ledger, [SUSPENDED], 20)
    ledger = step(ledger, [SUSPENDED], 500)
    assert settle(ledger, SUSPENDED, 500, 30) == SUSPENDED
    ledger = step(ledger, [verdict(finding("a"))], 1000)
    assert shown(ledger, 1009, finding("a")) == []
    assert shown(ledger, 1010, finding("a")) == ["a"]


def test_what_had_lasted_before_an_outage_counts_right_after_it() -> None:
    ledger = step(Ledger(), [verdict(finding("a"))], 0)
    ledger = step(ledger, [SUSPENDED], 40)
    ledger = step(ledger, [verdict(finding("a"), finding("new"))], 1000)
    settled = settle(ledger, verdict(finding("a"), finding("new")), 1000, 30)
    assert settled.judged == ALL
    assert settled.findings == (finding("a"),)


def test_a_pair_that_is_suspended_from_the_start_waits_for_its_own_grace() -> None:
    ledger = step(Ledger(), [SUSPENDED], 0)
    ledger = step(ledger, [verdict()], 500)
    assert settle(ledger, verdict(), 529, 30).judged == frozenset()
    assert settle(ledger, verdict(), 530, 30).judged == ALL


def test_a_reason_that_cannot_be_judged_stands_still_alone() -> None:
    dead = finding("a", Reason.MAPPED_TO_DEAD_SDC)
    blind = ALL - {Reason.MAPPED_TO_DEAD_SDC}
    ledger = step(Ledger(), [verdict(dead, finding("b"))], 0)
    ledger = step(ledger, [verdict(finding("b"), judged=blind)], 20)
    assert settle(ledger, verdict(finding("b"), judged=blind), 30, 30).judged == blind
    ledger = step(ledger, [verdict(dead, finding("b"))], 100)
    assert settle(ledger, verdict(dead, finding("b")), 100, 30).findings == (finding("b"),)
    assert settle(ledger, verdict(dead, finding("b")), 110, 30).findings == (finding("b"), dead)


def test_a_pair_without_a_verdict_is_forgotten() -> None:
    ledger = step(Ledger(), [verdict(finding("a"))], 0)
    ledger = step(ledger, [], 40)
    assert ledger == Ledger()


def test_the_oldest_findings_come_first_so_that_a_limit_keeps_them() -> None:
    ledger = step(Ledger(), [verdict(finding("b"), finding("c"))], 0)
    ledger = step(ledger, [verdict(finding("a"), finding("b"), finding("c"))], 10)
    assert shown(ledger, 50, finding("a"), finding("c"), finding("b")) == ["b", "c", "a"]


def test_the_ledger_is_not_changed_by_a_step() -> None:
    before = step(Ledger(), [verdict(finding("a"))], 0)
    copy = Ledger(dict(before.tracks))
    step(before, [verdict()], 10)
    assert before == copy


@given(st.lists(st.tuples(st.integers(1, 20), st.sampled_from(["there", "gone", "suspended"])), max_size=30))
def test_a_finding_is_shown_when_it_was_seen_for_the_grace_without_a_break(steps: list[tuple[int, str]]) -> None:
    """The naive account: judged seconds are added up step by step, and begin anew when the finding is gone."""
    grace, now, ledger = 30, 0, Ledger()
    judged, seen, last = 0, 0, "suspended"
    for seconds, state in steps:
        now += seconds
        judged += 0 if last == "suspended" else seconds
        seen = 0 if state == "gone" else seen + (seconds if last == "there" else 0)
        last = state
        given_now = {"there": verdict(finding("a")), "gone": verdict(), "suspended": SUSPENDED}[state]
        ledger = step(ledger, [given_now], now)
        settled = settle(ledger, given_now, now, grace)
        assert bool(settled.judged) == (state != "suspended" and judged >= grace)
        assert bool(settled.findings) == (state == "there" and judged >= grace and seen >= grace)


@pytest.mark.parametrize("grace", [0, 30])
def test_what_is_not_about_time_is_left_as_it_was(grace: float) -> None:
    found = verdict(finding("a"))
    settled = settle(step(Ledger(), [found], 0), found, 10, grace)
    assert (settled.pair, settled.suspended, settled.matched) == (PAIR, frozenset(), {"uuid": 7})
