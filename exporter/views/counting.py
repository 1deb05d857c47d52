"""On which CloudStack pool a finding counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from exporter.model.powerflex import Volume
from exporter.views.joins import PlacedPool
from exporter.views.naming import parse_name


@dataclass(frozen=True, slots=True)
class PairPools:
    """The pools of one installation on one system, each list in CloudStack's order."""

    by_uuid: Mapping[str, PlacedPool]
    by_path: Mapping[str, list[PlacedPool]]
    by_key: Mapping[str, list[PlacedPool]]

    def counting_pool(self, volume: Volume, named: PlacedPool | None = None) -> PlacedPool | None:
        """Return the CloudStack pool that a finding about a volume of the array counts on.

        That is the one on the PowerFlex pool in which the volume lies. Where several are on it, the one that
        CloudStack names for the volume, else the one whose key is in the volume's name, else the first. Where none
        is on it, the first pool with the key in the volume's name, else the one that CloudStack names.

        Args:
            volume: the volume of the array.
            named: the pool that CloudStack names for it, if CloudStack knows it.
        """
        here = self.by_path.get(volume.storage_pool_id, [])
        if named in here:
            return named
        name = parse_name(volume.name)
        of_key = self.by_key.get(name.pool_key, []) if name else []
        for pool in (*(pool for pool in here if pool in of_key), *here, *of_key):
            return pool
        return named


def pair_pools(pools: Iterable[PlacedPool]) -> PairPools:
    """Sort the pools of one installation on one system."""
    by_uuid: dict[str, PlacedPool] = {}
    by_path: defaultdict[str, list[PlacedPool]] = defaultdict(list)
    by_key: defaultdict[str, list[PlacedPool]] = defaultdict(list)
    for pool in pools:
        by_uuid[pool.pool.id] = pool
        by_path[pool.pool.path].append(pool)
        by_key[pool.key].append(pool)
    return PairPools(by_uuid, dict(by_path), dict(by_key))
