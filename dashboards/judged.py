"""Sums of what was found. None is 0 unless everybody was judged: who is not may hide something."""

from __future__ import annotations

CHOICE = 'cloudstack=~"$cloudstack", system=~"$system"'
SUSPENDED = f"cloudstack_powerflex_reconciliation_suspended{{{CHOICE}}}"

_PAIR = "cloudstack, system"
_PAIRS = f"count(group by ({_PAIR}) ({SUSPENDED}))"

REASONS_BY_SEVERITY = {
    1: "missing|claimed_twice|unmapped_while_running|mapped_to_many",
    2: "orphaned|orphaned_snapshot|pool_mismatch|size_mismatch|mapped_to_dead_sdc",
    3: "qos_mismatch",
}
"""By the severity of the alert."""


def of_reasons(reasons: str, name: str = "discrepancies") -> str:
    """Select what was found for one of these reasons."""
    return f'cloudstack_powerflex_{name}{{{CHOICE}, reason=~"{reasons}"}}'


def found(reasons: str) -> str:
    """Count what was found for one of these reasons. It is 0 only where each pair was judged for each of them."""
    of = of_reasons(reasons)
    judged = f"count(group by ({_PAIR}, reason) ({of})) == {len(reasons.split('|'))} * {_PAIRS}"
    return f"sum({of}) > 0 or sum({of}) and ({judged})"


def found_by_reason() -> str:
    """Count what was found for each reason. It is 0 only where each pair was judged for it."""
    of = f"cloudstack_powerflex_discrepancies{{{CHOICE}}}"
    judged = f"count by (reason) (group by ({_PAIR}, reason) ({of})) == on () group_left () {_PAIRS}"
    return f"sum by (reason) ({of}) > 0 or sum by (reason) ({of}) and ({judged})"


def found_on_pools(series: str) -> str:
    """Sum what each pool of a pair has. It is 0 only where each pair has told it."""
    return f"sum({series}) > 0 or sum({series}) and (count(group by ({_PAIR}) ({series})) == {_PAIRS})"
