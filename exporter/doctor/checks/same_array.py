"""Whether two configured systems are one array."""

from __future__ import annotations

from collections.abc import Iterable

from exporter.doctor.evidence import Case
from exporter.doctor.finding import Finding, error
from exporter.model.powerflex import SystemReading

_CHECK = "same array"


def check(case: Case) -> Iterable[Finding]:
    """Name each system that is the same array as one before it: its figures would count twice."""
    first: dict[str, str] = {}
    for system in case.systems:
        reading = system.reading("system", SystemReading)
        if reading is None:
            continue
        other = first.setdefault(reading.system_id, system.name)
        if other != system.name:
            yield error(
                system.name,
                _CHECK,
                f"this is the same array as {other}, so it is not served",
                "Remove one of the two; to report several pools, list them in storage_pools of the other.",
            )
