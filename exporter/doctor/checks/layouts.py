"""Whether CloudStack's arithmetic is right for the pools."""

from __future__ import annotations

from collections.abc import Iterable

from exporter.doctor.evidence import Case
from exporter.doctor.finding import Finding, warning
from exporter.model.powerflex import PoolsReading
from exporter.views.capacity import halving_applies

_CHECK = "data layout"


def check(case: Case) -> Iterable[Finding]:
    """Warn of pools that are not known to mirror, with a CloudStack pool on them: CloudStack halves each capacity."""
    for installation, system, placed in case.pairs():
        reading = system.reading("pools", PoolsReading)
        for pool in reading.pools if reading else ():
            if not halving_applies(pool.data_layout) and any(one.pool.path == pool.id for one in placed):
                yield warning(
                    system.name,
                    _CHECK,
                    f"pool {pool.name} is {pool.data_layout}, and {installation.name} halves its capacity all the same",
                    "Believe the array's figures there; docs/reading-the-numbers.md tells why.",
                )
