"""What several views need to know of a list of volumes, found out once for each reading."""

from __future__ import annotations

from dataclasses import dataclass

from exporter.model.powerflex import VolumesReading
from exporter.views.naming import CloudStackName, parse_name
from exporter.views.remembered import PerReading
from exporter.views.volumes import tree_owners

_SOME = 100

Names = dict[str | None, CloudStackName | None]


@dataclass(frozen=True, slots=True)
class Survey:
    """What follows from the volumes of an array.

    Attributes:
        names: what each name says to CloudStack, by the name.
        owners: what `tree_owners` says.
    """

    names: Names
    owners: dict[str, str]


@PerReading
def survey(reading: VolumesReading) -> Survey:
    """Look at every volume of an array."""
    known = _names_known_of(reading)
    names = {
        volume.name: known[volume.name] if volume.name in known else parse_name(volume.name)
        for volume in reading.volumes
    }
    return Survey(names, tree_owners(reading.volumes))


def _names_known_of(reading: VolumesReading) -> Names:
    """Return the names that were read in the former reading of the same array, where it is still there."""
    some = [volume.name for volume in reading.volumes[:_SOME]]
    formers = [former.names for former in survey.results()]
    return max(formers, key=lambda names: sum(name in names for name in some), default={})
