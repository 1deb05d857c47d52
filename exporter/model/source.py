"""What the exporter counts of its dealings with one source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class SourceCounts:
    """Counts since the start, and two facts of this moment.

    Attributes:
        requests: requests sent, by HTTP status; `none` where there was no whole answer.
        renewals: renewals of the session.
        ignored: optional fields passed over because of a wrong type, by (type, field).
        rejected: statistics properties that the gateway refuses now, as (type, property).
        certificate_expiry: when the source's certificate ends, in unix seconds; None before one was seen.
    """

    requests: Mapping[str, int]
    renewals: int
    ignored: Mapping[tuple[str, str], int]
    rejected: list[tuple[str, str]]
    certificate_expiry: float | None

    def after(self, former: SourceCounts | None) -> SourceCounts:
        """Return these counts as going on from those of a former source of the same name."""
        if former is None:
            return self
        return replace(
            self,
            requests=Counter(self.requests) + Counter(former.requests),
            renewals=self.renewals + former.renewals,
            ignored=Counter(self.ignored) + Counter(former.ignored),
        )
