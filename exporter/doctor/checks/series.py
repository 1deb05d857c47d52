"""Whether all volumes get the series of their own that they should have."""

from __future__ import annotations

from collections.abc import Iterable

from exporter.doctor.evidence import Case
from exporter.doctor.finding import Finding, warning
from exporter.model.powerflex import VolumesReading
from exporter.views.naming import parse_name

_CHECK = "series"


def check(case: Case) -> Iterable[Finding]:
    """Warn where there are more volumes than `volumes.max_volumes`."""
    volumes = case.config.volumes
    if volumes.series == "none":
        return
    watched = case.directories()
    wanted = {
        system.name: sum(
            volumes.series == "all" or parse_name(one.name) is not None
            for one in watched[system.name].watched_of(reading.volumes)
        )
        for system in case.systems
        if system.name in watched and (reading := system.reading("volumes", VolumesReading)) is not None
    }
    if sum(wanted.values()) > volumes.max_volumes:
        largest = max(wanted, key=wanted.__getitem__)
        yield warning(
            largest,
            _CHECK,
            f"{sum(wanted.values())} volumes should have series of their own, and {volumes.max_volumes} get them",
            "Raise volumes.max_volumes, see docs/sizing.md; the sums hold all of them either way.",
        )
