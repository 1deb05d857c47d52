"""CloudStack's volume list, by the PowerFlex volumes that it claims.

CloudStack keeps the PowerFlex id in a volume's `path`, before the first colon. The name behind the colon is not
compared: after a live migration it is an old one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from exporter.model.cloudstack import Volume

READY = "Ready"
_DYING = frozenset({"Destroy", "Destroying", "Expunging", "Expunged"})


@dataclass(frozen=True, slots=True)
class Claims:
    """The rows of one installation's volume list.

    Attributes:
        by_id: the rows that carry a PowerFlex id, on whatever pool and in whatever state; most often one.
        by_pool: the rows of each CloudStack pool, by its UUID.
    """

    by_id: Mapping[str, list[Volume]]
    by_pool: Mapping[str, list[Volume]]

    def ids_on(self, pools: Iterable[str]) -> set[str]:
        """Return the PowerFlex ids that rows of these CloudStack pools carry."""
        rows = (row for uuid in pools for row in self.by_pool.get(uuid, ()))
        return {volume_id for row in rows if (volume_id := row.powerflex_id)}


def claims_of(rows: Iterable[Volume]) -> Claims:
    """Sort a volume list by what its rows claim."""
    by_id: defaultdict[str, list[Volume]] = defaultdict(list)
    by_pool: defaultdict[str, list[Volume]] = defaultdict(list)
    for row in rows:
        if volume_id := row.powerflex_id:
            by_id[volume_id].append(row)
        if row.pool_id:
            by_pool[row.pool_id].append(row)
    return Claims(dict(by_id), dict(by_pool))


def is_dying(row: Volume) -> bool:
    """Return whether the row is being destroyed or expunged, or waits for it."""
    return row.state in _DYING


def leading_row(rows: list[Volume]) -> Volume:
    """Return the row that stands for the volume where several carry its id.

    One that is Ready comes first, then one that is not being destroyed, then the lowest UUID.
    """
    if len(rows) == 1:
        return rows[0]
    return min(rows, key=lambda row: (row.state != READY, is_dying(row), row.id))


def leading_rows(claims: Claims, pools: Iterable[str]) -> dict[str, Volume]:
    """Return the leading row of each PowerFlex id among the rows of these CloudStack pools.

    Given the pools of one system, these are the rows that know that system's volumes.
    """
    here = frozenset(pools)
    return {
        volume_id: leading_row([row for row in claims.by_id[volume_id] if row.pool_id in here])
        for volume_id in claims.ids_on(here)
    }
