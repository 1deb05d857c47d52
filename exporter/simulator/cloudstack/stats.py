"""What a management server remembers of its arrays between two rounds of its collectors."""

from collections import defaultdict

from exporter.simulator.scenario.array import Volume
from exporter.simulator.scenario.capacity import capacity_of
from exporter.simulator.scenario.cloud import CloudPool, Installation
from exporter.simulator.scenario.settings import setting_value
from exporter.simulator.scenario.world import World

_KIB = 1024


class StatsCollector:
    """Pool sizes, allocations and volume sizes, each as old as its interval allows."""

    def __init__(self, world: World, installation: Installation) -> None:
        self._world = world
        self._installation = installation
        self._rounds: dict[str, int] = {}
        self._pools: dict[str, tuple[int, int]] = {}
        self._allocated: dict[str, int] = {}
        self._physical: dict[str, int] = {}

    def pool_bytes(self, pool: CloudPool) -> tuple[int, int]:
        """Return a pool's total and used bytes, as CloudStack computes them; refreshed every storage.stats.interval."""
        if self._due("storage.stats.interval"):
            self._pools = {each.uuid: self._measure(each) for each in self._installation.pools.values()}
        return self._pools.get(pool.uuid, (0, 0))

    def allocated_bytes(self, pool_uuid: str) -> int:
        """Return the nominal sizes of what is placed on a pool; refreshed every capacity.check.period."""
        if self._due("capacity.check.period"):
            self._allocated = self._add_up()
        return self._allocated.get(pool_uuid, 0)

    def physical_bytes(self, volume_id: str) -> int | None:
        """Return the used size of a volume's V-Tree; refreshed every volume.stats.interval."""
        if self._due("volume.stats.interval"):
            self._physical = {}
            for key in {pool.system for pool in self._installation.pools.values()}:
                self._physical |= _used_sizes(list(self._world.systems[key].volumes.values()))
        return self._physical.get(volume_id)

    def _due(self, setting: str) -> bool:
        """Say whether a round is due, and count it as done."""
        every = max(1.0, float(setting_value(self._installation, setting)) / 1000)
        current = int(self._world.elapsed // every)
        if self._rounds.get(setting) == current:
            return False
        self._rounds[setting] = current
        return True

    def _measure(self, pool: CloudPool) -> tuple[int, int]:
        census = self._world.census(pool.system)
        capacity = capacity_of(census, census.system.storage_pools[pool.powerflex_pool_id])
        total = (capacity.maximum - capacity.spare) // 2 * _KIB
        return total, total - capacity.unused // 2 * _KIB

    def _add_up(self) -> dict[str, int]:
        """Volumes in state Ready, their snapshots, and templates; a machine's snapshots count in full as well."""
        sums: dict[str, int] = defaultdict(int)
        installation = self._installation
        for row in (*installation.volumes.values(), *installation.elsewhere.values()):
            if row.state == "Ready":
                sums[row.pool_uuid] += row.size_bytes
        for snapshot in installation.snapshots.values():
            sums[snapshot.pool_uuid] += snapshot.size_bytes
        for template in installation.templates.values():
            sums[template.pool_uuid] += template.size_bytes
        return sums


def _used_sizes(volumes: list[Volume]) -> dict[str, int]:
    trees: dict[str, int] = defaultdict(int)
    for volume in volumes:
        trees[volume.vtree_id] += volume.written_kib * _KIB
    return {volume.id: trees[volume.vtree_id] for volume in volumes}
