"""What several views need to know of a list of volumes, found out once for each reading."""

from __future__ import annotations

from dataclasses import dataclass

from exporter.model.powerflex import VolumesReading
from exporter.views.naming import CloudStackName, parse_name
from exporter.views.remembered import per_reading
from exporter.views.volumes import tree_owners


@dataclass(frozen=True, slots=True)
class Survey:
    """What follows from the volumes of an array.

    Attributes:
        names: what each name says to CloudStack, by the name.
        owners: what `tree_owners` says.
    """

    names: dict[str | None, CloudStackName | None]
    owners: dict[str, str]


@per_reading
def survey(reading: VolumesReading) -> Survey:
    """Look at every volume of an array."""
    return Survey(
        {volume.name: parse_name(volume.name) for volume in reading.volumes},
        tree_owners(reading.volumes),
    )
