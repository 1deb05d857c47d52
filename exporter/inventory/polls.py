"""How the polls of each collector went."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass


@dataclass(slots=True)
class PollRecord:
    """How the polls of one collector of one source went.

    Attributes:
        success: whether the last poll succeeded; None before the first has ended.
        error: what the last poll failed of, in words.
        duration: seconds that the last poll took.
        ended: unix seconds at which the last poll ended.
        last_success: unix seconds at which a poll last succeeded.
        total: polls that ended.
        failures: polls that failed.
    """

    success: bool | None = None
    error: str | None = None
    duration: float | None = None
    ended: float | None = None
    last_success: float | None = None
    total: int = 0
    failures: int = 0

    def note(self, *, error: str | None, duration: float, ended: float) -> None:
        """Note the end of a poll at that unix second; without an error it succeeded."""
        self.success = error is None
        self.error = error
        self.duration = duration
        self.ended = ended
        self.total += 1
        if error is None:
            self.last_success = ended
        else:
            self.failures += 1

    def revoke(self, error: str) -> None:
        """Count the last poll as failed after all."""
        self.success = False
        self.error = error
        self.failures += 1


@dataclass(frozen=True, slots=True)
class PollRecords:
    """The records of all collectors, by source and collector."""

    records: dict[tuple[str, str], PollRecord]

    @classmethod
    def of(cls, collectors: Iterable[tuple[str, str]]) -> PollRecords:
        """Return the empty records of these collectors."""
        return cls({collector: PollRecord() for collector in collectors})

    def take_over(self, former: PollRecords, kept: Collection[str]) -> None:
        """Go on with the former records of the sources that are kept; of others only the counts go on."""
        for (source, collector), record in former.records.items():
            if (source, collector) in self.records:
                counted = PollRecord(total=record.total, failures=record.failures)
                self.records[source, collector] = record if source in kept else counted

    @property
    def all_tried(self) -> bool:
        """Whether a poll of every collector has ended, whatever came of it."""
        return all(record.success is not None for record in self.records.values())
