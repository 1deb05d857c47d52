"""Whether CloudStack shows us all of its volumes."""

from __future__ import annotations

from collections.abc import Iterable

from exporter.doctor.evidence import Case
from exporter.doctor.finding import Finding, error, ok
from exporter.model.cloudstack import VolumesReading
from exporter.views.claims import READY, claims_in

_CHECK = "volume list"


def check(case: Case) -> Iterable[Finding]:
    """Judge whether the list is whole and holds the ids: else nobody is called missing or orphaned."""
    for installation in case.installations:
        reading = installation.reading("volumes", VolumesReading)
        if reading is None:
            continue
        without_path = sum(row.state == READY for row in claims_in(reading).without_id)
        if without_path:
            yield error(
                installation.name,
                _CHECK,
                f"{without_path} of {len(reading.volumes)} volumes come without their path",
                "Use the keys of a root admin: others are not told which PowerFlex volume is whose.",
            )
        elif not reading.complete:
            yield error(
                installation.name,
                _CHECK,
                "it is incomplete: the server counts other rows than it lists",
                "Use the keys of a root admin; if they are, run doctor again, as the list may have changed meanwhile.",
            )
        else:
            yield ok(installation.name, _CHECK, f"{len(reading.volumes)} volumes, all with their path")
