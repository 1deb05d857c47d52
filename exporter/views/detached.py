"""Volumes that belong to no VM: nobody's load, and yet somebody's space."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from exporter.model import cloudstack, powerflex
from exporter.model.snapshot import CloudStackSnapshot, PowerFlexSnapshot
from exporter.views.claims import READY, claims_in
from exporter.views.joins import directories, place_pools

_KIB = 1024


@dataclass(frozen=True, slots=True)
class Detached:
    """The detached volumes of one CloudStack pool.

    Attributes:
        volumes: rows in state Ready of no VM.
        used_bytes: the used size of their V-Trees, each once; None where there are volumes and none is known.
        used_unknown: V-Trees of unknown used size, and rows whose volume is not on the array.
    """

    volumes: int
    used_bytes: int | None
    used_unknown: int


def detached_volumes(installation: CloudStackSnapshot, systems: Sequence[PowerFlexSnapshot]) -> dict[str, Detached]:
    """Return the detached volumes of each watched CloudStack pool by its UUID.

    Of no pool where CloudStack's volume list is unknown or incomplete: a sum must not leave out what nobody counted.
    """
    if installation.volumes is None or not installation.volumes.complete:
        return {}
    claims = claims_in(installation.volumes)
    by_name = {system.name: system for system in systems}
    volumes = {system.name: _by_id(system) for system in systems}
    result: dict[str, Detached] = {}
    for placed in place_pools(installation.known_pools or (), directories(systems)):
        if placed.system is not None and placed.watched:
            used_sizes = by_name[placed.system].used_sizes
            rows = claims.by_pool.get(placed.pool.id, ())
            result[placed.pool.id] = _detached(
                [row for row in rows if row.state == READY and row.vm_id is None],
                volumes[placed.system],
                used_sizes.used_kib if used_sizes else {},
            )
    return result


def _by_id(system: PowerFlexSnapshot) -> dict[str, powerflex.Volume]:
    return {volume.id: volume for volume in system.volumes.volumes} if system.volumes else {}


def _detached(
    rows: list[cloudstack.Volume], volumes: Mapping[str, powerflex.Volume], used_kib: Mapping[str, int]
) -> Detached:
    found = [volumes.get(row.powerflex_id or "") for row in rows]
    sizes = [used_kib.get(tree) for tree in _trees(found)]
    known = [size for size in sizes if size is not None]
    unknown = len(sizes) - len(known) + found.count(None)
    return Detached(len(rows), sum(known) * _KIB if known or not unknown else None, unknown)


def _trees(volumes: Iterable[powerflex.Volume | None]) -> set[str]:
    return {volume.vtree_id for volume in volumes if volume is not None}
