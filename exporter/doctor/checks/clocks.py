"""Whether the clocks agree."""

from __future__ import annotations

from collections.abc import Iterable

from exporter.cloudstack.signing import VALID_SECONDS
from exporter.doctor.evidence import Case
from exporter.doctor.finding import Finding, error, ok, warning

_CHECK = "clock"
_NOTABLE_SECONDS = 60.0
_MEND = "Put both on NTP."


def check(case: Case) -> Iterable[Finding]:
    """Compare the clock of each source with ours; a signature of CloudStack's API ends by its server's clock."""
    for source in case.sources:
        ahead = source.clock_ahead
        if ahead is None:
            continue
        words = f"is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} ours"
        if source in case.installations and ahead > VALID_SECONDS:
            yield error(source.name, _CHECK, f"{words}, and a signature is valid for {VALID_SECONDS:.0f} s", _MEND)
        elif abs(ahead) >= _NOTABLE_SECONDS:
            yield warning(source.name, _CHECK, words, _MEND)
        else:
            yield ok(source.name, _CHECK, "agrees with ours")
