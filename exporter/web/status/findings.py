"""What was found of routers and of volumes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from exporter.metrics.families.group import Judged
from exporter.model.findings import Reason

AT_RISK = frozenset({Reason.MISSING, Reason.CLAIMED_TWICE, Reason.UNMAPPED_WHILE_RUNNING, Reason.MAPPED_TO_MANY})
"""The reasons of which our rules make a critical alert."""


@dataclass(frozen=True, slots=True)
class RouterRow:
    """A router that cannot write to its file system, or of which that is not known though it runs."""

    cloudstack: str
    name: str
    zone: str
    state: str
    words: str


@dataclass(frozen=True, slots=True)
class DiscrepancyRow:
    """How many discrepancies of one reason there are between an installation and a system."""

    pair: str
    reason: str
    count: int

    @property
    def words(self) -> str:
        """The reason, to be read."""
        return self.reason.replace("_", " ")

    @property
    def state(self) -> str:
        """Bad where data is at risk."""
        return "bad" if self.reason in AT_RISK else "warn"


@dataclass(frozen=True, slots=True)
class SuspensionRow:
    """A pair that is not judged just now, and why."""

    pair: str
    reasons: str


def router_rows(cloudstack: str, judged: Judged) -> list[RouterRow]:
    """Return the routers that cannot write, then those of which it is not known."""
    rows = [
        RouterRow(
            cloudstack,
            health.router.name or health.router.id,
            health.router.zone or "",
            "unknown" if health.filesystem_writable is None else "bad",
            "unknown" if health.filesystem_writable is None else "read-only",
        )
        for health in judged.routers or ()
        if health.running and not health.filesystem_writable
    ]
    return sorted(rows, key=lambda row: (row.state, row.name))


def discrepancy_rows(judged: Judged) -> list[DiscrepancyRow]:
    """Return the discrepancies that count, by pair and reason."""
    return [
        DiscrepancyRow(" on ".join(verdict.pair), reason.value, count)
        for verdict in judged.verdicts
        for reason, count in sorted(Counter(finding.reason for finding in verdict.findings).items())
    ]


def is_all_judged(judged: Judged) -> bool:
    """Return whether there are pairs, and every reason was judged for each of them."""
    return bool(judged.verdicts) and all(verdict.judged == frozenset(Reason) for verdict in judged.verdicts)


def suspension_rows(judged: Judged) -> list[SuspensionRow]:
    """Return the pairs of which nothing is said, and why."""
    return [
        SuspensionRow(" on ".join(verdict.pair), ", ".join(sorted(verdict.suspended)).replace("_", " "))
        for verdict in judged.verdicts
        if verdict.suspended
    ]
