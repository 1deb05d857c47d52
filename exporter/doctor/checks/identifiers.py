"""Whether the names on the array carry the identifiers and keys that we would know as ours."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from exporter.doctor.evidence import Case, Installation, System
from exporter.doctor.finding import Finding, ok, warning
from exporter.model import cloudstack, powerflex
from exporter.views.claims import claims_in
from exporter.views.joins import PlacedPool
from exporter.views.naming import CloudStackName, parse_name
from exporter.views.reconciliation import IDENTIFIER_SETTING

_CHECK = "identifier"


def check(case: Case) -> Iterable[Finding]:
    """Compare the names of volumes that CloudStack knows with its identifier and its pools' keys.

    What carries another identifier or key is never found to be orphaned.
    """
    users: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for installation, system, placed in case.pairs():
        settings = installation.reading("settings", cloudstack.SettingsReading)
        current = settings.value(IDENTIFIER_SETTING) if settings else None
        if current is not None:
            ours = {current, *installation.entry.identifiers}
            for identifier in ours:
                users[system.name, identifier].append(installation.name)
            yield from _of_pair(installation, system, _known_names(installation, system, placed), ours, placed)
    for (system_name, identifier), names in users.items():
        if len(names) > 1:
            yield warning(
                system_name,
                _CHECK,
                f"{' and '.join(names)} both take the identifier {identifier!r}",
                (
                    "Volumes of the one can pass for orphans of the other. Take it out of the identifiers of one of "
                    "them; where one is a copy of the other's database, leave the copy out of this configuration. "
                    "docs/reconciliation.md says more, under Two installations on one array."
                ),
            )


def _known_names(installation: Installation, system: System, placed: tuple[PlacedPool, ...]) -> list[CloudStackName]:
    """Return the names that CloudStack gave, of the volumes of the array that it still knows on these pools."""
    array = system.reading("volumes", powerflex.VolumesReading)
    rows = installation.reading("volumes", cloudstack.VolumesReading)
    if array is None or rows is None:
        return []
    ids = claims_in(rows).ids
    known = {volume_id for one in placed for volume_id in ids.get(one.pool.id, ())}
    return [name for volume in array.volumes if volume.id in known and (name := parse_name(volume.name)) is not None]


def _of_pair(
    installation: Installation,
    system: System,
    names: list[CloudStackName],
    ours: set[str],
    placed: tuple[PlacedPool, ...],
) -> Iterable[Finding]:
    foreign = Counter(name.installation for name in names if name.installation not in ours)
    for identifier, count in sorted(foreign.items()):
        yield warning(
            installation.name,
            _CHECK,
            f"{count} of its volumes on {system.name} carry the identifier {identifier!r}, which is not its own",
            f"Where {IDENTIFIER_SETTING} was that once, add it to identifiers: else what leaked under it is not found.",
        )
    keys = {one.key for one in placed}
    strange = Counter(name.pool_key for name in names if name.pool_key not in keys)
    for key, count in sorted(strange.items()):
        yield warning(
            installation.name,
            _CHECK,
            f"{count} of its volumes on {system.name} carry the key {key!r}, which none of its pools has",
            "A pool was removed and added anew: what leaked under its old key has to be looked for by name.",
        )
    if names and not foreign and not strange:
        yield ok(installation.name, _CHECK, f"the names of its {len(names)} volumes on {system.name} are as expected")
