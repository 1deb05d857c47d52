"""Volumes and snapshots on the array that bear an installation's names and that the installation does not know."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass, field

from exporter.model.powerflex import Volume
from exporter.views.claims import Claims
from exporter.views.naming import Kind, NameReader

_LEAST_SUSPECT = 5
_SUSPECT_SHARE = 20
_SNAPSHOTS = frozenset({Kind.SNAPSHOT, Kind.VM_SNAPSHOT})


@dataclass(slots=True)
class Orphans:
    """What one installation has leaked on one system.

    Attributes:
        ours: volumes of the array, snapshots and templates left out, with an identifier and a pool key of ours.
        volumes: those of them that the volume list does not know.
        snapshots: snapshots and VM snapshots of ours whose V-Tree holds no volume that the list knows.
        known_trees: the V-Trees that hold a volume that the list knows, or the second one of a migration.
    """

    ours: int = 0
    volumes: list[Volume] = field(default_factory=list)
    snapshots: list[Volume] = field(default_factory=list)
    known_trees: frozenset[str] = frozenset()

    @property
    def too_many(self) -> bool:
        """Whether so many volumes are orphans that the list is more likely wrong than the array.

        That is at least 5, and more than 20 % of those with our identifier and key.
        """
        orphaned = len(self.volumes)
        return orphaned >= _LEAST_SUSPECT and 100 * orphaned > _SUSPECT_SHARE * self.ours


def find_orphans(
    volumes: Iterable[Volume],
    claims: Claims,
    identifiers: Container[str],
    keys: Container[str],
    read_name: NameReader,
) -> Orphans:
    """Find what bears our names and is not known.

    Templates are never orphans: no CloudStack API tells the ids of those that it keeps. Nor is a volume with the number
    of one in migration: from system to system it is copied, for hours, and the path names one of the two.

    Args:
        volumes: every volume of the array.
        claims: what the installation's whole volume list claims.
        identifiers: the current and the former values of its `custom.cs.identifier`.
        keys: the keys of its pools on this system.
        read_name: reads the volumes' names.
    """
    result = Orphans()
    trees, snapshots = set(), []
    for volume in volumes:
        is_known = volume.id in claims.by_id
        name = read_name(volume.name)
        if name is not None and name.installation in identifiers and name.pool_key in keys:
            if name.kind is Kind.VOLUME:
                result.ours += 1
                is_known = is_known or name.resource_id in claims.migrating
                if not is_known:
                    result.volumes.append(volume)
            elif name.kind in _SNAPSHOTS:
                snapshots.append(volume)
        if is_known:
            trees.add(volume.vtree_id)
    result.known_trees = frozenset(trees)
    result.snapshots = [volume for volume in snapshots if volume.vtree_id not in trees]
    return result
