"""Whether every collector can read what it is there for."""

from __future__ import annotations

from collections.abc import Iterable

from exporter.doctor.evidence import Case
from exporter.doctor.finding import Finding, error, ok
from exporter.doctor.mends import mend_of
from exporter.errors import words_of

_CHECK = "collectors"


def check(case: Case) -> Iterable[Finding]:
    """Tell of each collector that failed, and what its source has to grant or to mend."""
    for source in case.sources:
        for collector, failure in source.failures.items():
            yield error(source.name, _CHECK, f"{collector}: {words_of(failure)}", mend_of(failure, source.entry))
        if source.readings and not source.failures:
            yield ok(source.name, _CHECK, f"read: {', '.join(sorted(source.readings))}")
