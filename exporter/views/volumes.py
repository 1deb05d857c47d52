"""Volumes: what they are to CloudStack, which of them stands for its V-Tree, and their sums."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from exporter.model.powerflex import Volume
from exporter.views.naming import Kind, NameReader, parse_name

_PROVISIONING = {"ThinProvisioned": "thin", "ThickProvisioned": "thick", "Snapshot": "snapshot"}
_NEVER = 2**63


class Group(NamedTuple):
    """What volumes are summed by; `installation` is empty for kind other."""

    pool_id: str
    kind: Kind
    installation: str


@dataclass(slots=True)
class GroupSums:
    """The sums of one group.

    Attributes:
        volumes: how many volumes there are.
        virtual_kib: the sum of their virtual sizes.
        used_kib: the sum of the used sizes of the V-Trees that they own; None where none is known.
        used_unknown: V-Trees that they own whose used size is not known.
    """

    volumes: int = 0
    virtual_kib: int = 0
    used_kib: int | None = None
    used_unknown: int = 0


def group_of(volume: Volume, read_name: NameReader = parse_name) -> Group:
    """Return the group of a volume, by its pool and its name."""
    name = read_name(volume.name)
    if name is None:
        return Group(volume.storage_pool_id, Kind.OTHER, "")
    return Group(volume.storage_pool_id, name.kind, name.installation)


def provisioning(volume: Volume) -> str:
    """Return thin, thick or snapshot; what the array calls otherwise, by its own word in lower case."""
    kind = volume.volume_type or ""
    return _PROVISIONING.get(kind, kind.lower())


def tree_owners(volumes: Iterable[Volume]) -> dict[str, str]:
    """Return for each V-Tree id the id of the one volume that its used size is shown on.

    That is the base volume, which has no ancestor; where it is gone, the eldest
    that is left, by creation time and then by id.
    """
    owners: dict[str, Volume] = {}
    for volume in volumes:
        owner = owners.setdefault(volume.vtree_id, volume)
        if owner is not volume and _seniority(volume) < _seniority(owner):
            owners[volume.vtree_id] = volume
    return {tree: owner.id for tree, owner in owners.items()}


def sums(
    volumes: Iterable[Volume],
    owners: Mapping[str, str],
    used_kib: Mapping[str, int],
    read_name: NameReader = parse_name,
) -> dict[Group, GroupSums]:
    """Return the sums of each group.

    Args:
        volumes: all that are to be counted.
        owners: what `tree_owners` says of the whole array.
        used_kib: the used size of each V-Tree, where it is known.
        read_name: reads the volumes' names.
    """
    result: dict[Group, GroupSums] = {}
    known: dict[tuple[str, Kind | None, str], GroupSums] = {}
    for volume in volumes:
        name = read_name(volume.name)
        key = (volume.storage_pool_id, name.kind, name.installation) if name else (volume.storage_pool_id, None, "")
        group = known.get(key)
        if group is None:
            group = known[key] = result[group_of(volume, read_name)] = GroupSums()
        group.volumes += 1
        group.virtual_kib += volume.size_kib
        if owners[volume.vtree_id] == volume.id:
            used = used_kib.get(volume.vtree_id)
            if used is None:
                group.used_unknown += 1
            else:
                group.used_kib = (group.used_kib or 0) + used
    return result


def _seniority(volume: Volume) -> tuple[bool, int, str]:
    created = _NEVER if volume.creation_time is None else volume.creation_time
    return bool(volume.ancestor_volume_id), created, volume.id
