"""The configured sources, and how the polls of their collectors go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from exporter.inventory.polls import PollRecord
from exporter.web.status.words import age


@dataclass(frozen=True, slots=True)
class CollectorRow:
    """A collector and how its polls go; the state is one of good, bad and waiting."""

    name: str
    state: str
    words: str
    next_poll: str


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A configured source and its collectors."""

    name: str
    state: str
    words: str
    collectors: list[CollectorRow]


def source_state(
    up: bool | None,  # noqa: FBT001 - as it is known
    connected: str,
    records: Mapping[str, PollRecord],
) -> tuple[str, str]:
    """Return the state of a source, and what to say of it.

    Args:
        up: whether it let us in at the last try; None before the first.
        connected: what to say while it does.
        records: how the polls of its collectors go.
    """
    failing = [name for name, record in records.items() if record.success is False]
    if up is None:
        return "waiting", "not reached yet"
    if not up:
        return "bad", "no connection or no session"
    if failing:
        return "bad", f"{connected}, failing: {', '.join(failing)}"
    return "good", connected


def collector_row(name: str, record: PollRecord, upcoming: float | None, now: float) -> CollectorRow:
    """Return the row of one collector, whose next poll is at the unix second `upcoming`, if one is planned."""
    last = "never succeeded" if record.last_success is None else f"read {age(now - record.last_success)} ago"
    next_poll = "" if upcoming is None else f"in {age(max(upcoming - now, 0))}"
    if record.success is None:
        return CollectorRow(name, "waiting", "not polled yet", next_poll)
    if record.error is not None:
        return CollectorRow(name, "bad", f"{record.error} ({last})", next_poll)
    return CollectorRow(name, "good", f"{last}, in {record.duration or 0:.2f} s", next_poll)
