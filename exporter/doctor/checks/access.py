"""Whether the source can be reached, and lets us in."""

from __future__ import annotations

from collections.abc import Iterable

from exporter.doctor.evidence import Case
from exporter.doctor.finding import Finding, error, ok
from exporter.doctor.mends import mend_of
from exporter.errors import words_of

_CHECK = "access"


def check(case: Case) -> Iterable[Finding]:
    """Tell of each source what it says it is, or why nothing can be asked of it."""
    for source in case.sources:
        if source.access is not None:
            yield error(source.name, _CHECK, words_of(source.access), mend_of(source.access, source.entry))
        else:
            yield ok(source.name, _CHECK, f"lets us in, {source.version or 'version not told'}")
