"""The figures of every object of a system at one moment: worked out when asked for, and then kept."""

from collections.abc import Iterable
from functools import cached_property

from exporter.simulator.scenario.array import Device, Sds
from exporter.simulator.scenario.capacity import Capacity, capacity_of, share_of
from exporter.simulator.scenario.census import Census
from exporter.simulator.scenario.load import Load


class Figures:
    """Capacities and loads by object id."""

    def __init__(self, census: Census) -> None:
        self.census = census

    @cached_property
    def pool_space(self) -> dict[str, Capacity]:
        """Per storage pool."""
        return {key: capacity_of(self.census, pool) for key, pool in self.census.system.storage_pools.items()}

    @cached_property
    def pool_load(self) -> dict[str, Load]:
        """Per storage pool, as clients see it."""
        return {
            key: self.census.load_of_all(self.census.volumes_by_pool[key]) for key in self.census.system.storage_pools
        }

    @cached_property
    def device_space(self) -> dict[str, Capacity]:
        """Per device: its part of the pool. Spare space is the pool's affair, a device knows none."""
        result = {key: Capacity(maximum=device.capacity_kib) for key, device in self.census.system.devices.items()}
        for pool_id, whole in self.pool_space.items():
            before = 0
            for device in self.census.devices_by_pool[pool_id]:
                after = before + device.capacity_kib
                share = share_of(whole, before, after, whole.maximum)
                share.maximum, share.spare = device.capacity_kib, 0
                result[device.id] = share
                before = after
        return result

    def device_load(self, device: Device) -> Load:
        """Return an even part of the pool's load."""
        if device.storage_pool_id is None:
            return Load()
        whole = self.pool_load[device.storage_pool_id]
        count = len(self.census.devices_by_pool[device.storage_pool_id])
        return Load(
            reads=whole.reads // count,
            read_kib=whole.read_kib // count,
            read_microseconds=whole.read_microseconds // count,
            writes=whole.writes // count,
            write_kib=whole.write_kib // count,
            write_microseconds=whole.write_microseconds // count,
        )

    def node_space(self, node: Sds) -> Capacity:
        """Return what a node's disks in pools hold."""
        devices = self.census.devices_by_node[node.id]
        return _sum(self.device_space[device.id] for device in devices if device.storage_pool_id is not None)

    def node_load(self, node: Sds) -> Load:
        """Return what a node's disks do."""
        total = Load()
        for device in self.census.devices_by_node[node.id]:
            total.add(self.device_load(device))
        return total

    def space_of_pools(self, pool_ids: Iterable[str]) -> Capacity:
        """Several pools together: a protection domain's, or all."""
        return _sum(self.pool_space[pool_id] for pool_id in pool_ids)

    def load_of_pools(self, pool_ids: Iterable[str]) -> Load:
        """Return the load of several pools together."""
        total = Load()
        for pool_id in pool_ids:
            total.add(self.pool_load[pool_id])
        return total


def _sum(parts: Iterable[Capacity]) -> Capacity:
    total = Capacity()
    for part in parts:
        total.add(part)
    return total
