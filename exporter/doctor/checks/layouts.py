"""Whether CloudStack's arithmetic is right for the pools."""

from __future__ import annotations

from collections.abc import Iterable

from exporter.doctor.evidence import Case
from exporter.doctor.finding import Finding, warning
from exporter.model.powerflex import PoolsReading
from exporter.powerflex.collectors.pools import ERASURE_CODED

_CHECK = "data layout"


def check(case: Case) -> Iterable[Finding]:
    """Warn of erasure-coded pools with a CloudStack pool on them: CloudStack halves their capacity all the same."""
    for installation, system, placed in case.pairs():
        reading = system.reading("pools", PoolsReading)
        for pool in reading.pools if reading else ():
            if pool.data_layout == ERASURE_CODED and any(one.pool.path == pool.id for one in placed):
                yield warning(
                    system.name,
                    _CHECK,
                    f"pool {pool.name} is erasure-coded, and {installation.name} halves its capacity all the same",
                    "Believe the array's figures there; docs/reading-the-numbers.md tells why.",
                )
