"""CloudStack's volume list, by the PowerFlex volumes that it claims.

CloudStack keeps the PowerFlex id in a volume's `path`, before the first colon. The name behind the colon is not
compared: after a live migration it is an old one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from exporter.model.cloudstack import Volume, VolumesReading
from exporter.views.naming import parse_name
from exporter.views.remembered import PerReading

READY = "Ready"
_MIGRATING = "Migrating"
_DYING = frozenset({"Destroy", "Destroying", "Expunging", "Expunged"})


@dataclass(frozen=True, slots=True)
class Claims:
    """The rows of one installation's volume list.

    Attributes:
        by_id: the rows that carry a PowerFlex id, on whatever pool and in whatever state; most often one.
        by_pool: the rows of each CloudStack pool, by its UUID.
        ids: the PowerFlex ids that the rows of each CloudStack pool carry.
        without_id: the rows without a path.
        migrating: the database ids of the volumes in migration, as the names in their paths tell them.
        leading: what `leading_rows` has said so far, by the pools that were asked for.
    """

    by_id: Mapping[str, list[Volume]]
    by_pool: Mapping[str, list[Volume]]
    ids: Mapping[str, set[str]]
    without_id: list[Volume]
    migrating: frozenset[int]
    leading: dict[frozenset[str], dict[str, Volume]] = field(default_factory=dict)


def claims_of(rows: Iterable[Volume]) -> Claims:
    """Sort a volume list by what its rows claim."""
    by_id: defaultdict[str, list[Volume]] = defaultdict(list)
    by_pool: defaultdict[str, list[Volume]] = defaultdict(list)
    ids: defaultdict[str, set[str]] = defaultdict(set)
    without_id = []
    migrating = []
    for row in rows:
        pool = row.pool_id or ""
        by_pool[pool].append(row)
        if row.state == _MIGRATING:
            migrating.append(row)
        volume_id = row.powerflex_id
        if volume_id is None:
            without_id.append(row)
        else:
            by_id[volume_id].append(row)
            ids[pool].add(volume_id)
    return Claims(dict(by_id), dict(by_pool), dict(ids), without_id, _numbers(migrating))


@PerReading
def claims_in(reading: VolumesReading) -> Claims:
    """Sort the volume list of a reading."""
    return claims_of(reading.volumes)


def is_dying(row: Volume) -> bool:
    """Return whether the row is being destroyed or expunged, or waits for it."""
    return row.state in _DYING


def leading_row(rows: list[Volume]) -> Volume:
    """Return the row that stands for the volume where several carry its id.

    One that is Ready comes first, then one that is not being destroyed, then the lowest UUID.
    """
    return min(rows, key=lambda row: (row.state != READY, is_dying(row), row.id))


def leading_rows(claims: Claims, pools: Iterable[str]) -> dict[str, Volume]:
    """Return the leading row of each PowerFlex id among the rows of these CloudStack pools.

    Given the pools of one system, these are the rows that know that system's volumes.
    """
    here = frozenset(pools)
    if here not in claims.leading:
        claims.leading[here] = _leading_rows(claims, here)
    return claims.leading[here]


def _numbers(rows: Iterable[Volume]) -> frozenset[int]:
    names = [parse_name((row.path or "").partition(":")[2]) for row in rows]
    return frozenset(name.resource_id for name in names if name is not None)


def _leading_rows(claims: Claims, here: frozenset[str]) -> dict[str, Volume]:
    result = {}
    for pool in here:
        for volume_id in claims.ids.get(pool, ()):
            rows = claims.by_id[volume_id]
            result[volume_id] = rows[0] if len(rows) == 1 else leading_row([row for row in rows if row.pool_id in here])
    return result
