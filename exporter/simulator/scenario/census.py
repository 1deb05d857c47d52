"""Who belongs to whom on a system at one moment: the indexes that every list and statistic needs."""

from collections import defaultdict
from dataclasses import dataclass, field

from exporter.simulator.scenario.array import Device, Sds, StoragePool, System, Volume, VTree
from exporter.simulator.scenario.load import Load, load_of


@dataclass(slots=True)
class Census:
    """Indexes over one system. Taken anew whenever the world has changed."""

    system: System
    tick: int
    volumes_by_vtree: dict[str, list[Volume]] = field(default_factory=lambda: defaultdict(list))
    volumes_by_pool: dict[str, list[Volume]] = field(default_factory=lambda: defaultdict(list))
    volumes_by_sdc: dict[str, list[Volume]] = field(default_factory=lambda: defaultdict(list))
    children: dict[str, list[Volume]] = field(default_factory=lambda: defaultdict(list))
    vtrees_by_pool: dict[str, list[VTree]] = field(default_factory=lambda: defaultdict(list))
    devices_by_pool: dict[str, list[Device]] = field(default_factory=lambda: defaultdict(list))
    devices_by_node: dict[str, list[Device]] = field(default_factory=lambda: defaultdict(list))
    pools_by_domain: dict[str, list[StoragePool]] = field(default_factory=lambda: defaultdict(list))
    nodes_by_domain: dict[str, list[Sds]] = field(default_factory=lambda: defaultdict(list))
    loads: dict[str, Load] = field(default_factory=dict)
    """Per volume; a volume that no connected SDC has mapped is idle."""

    def used_kib(self, vtree: VTree) -> int:
        """Return the used size of a V-Tree: netProvisionedAddressesInKb."""
        return sum(volume.written_kib for volume in self.volumes_by_vtree[vtree.id])

    def descendants(self, volume: Volume) -> list[Volume]:
        """Return the snapshots of a volume and theirs."""
        found: list[Volume] = []
        for child in self.children[volume.id]:
            found.append(child)
            found.extend(self.descendants(child))
        return found

    def roots(self, vtree: VTree) -> list[Volume]:
        """Return the members without an ancestor: the base volume, or the snapshots that outlived it."""
        return [volume for volume in self.volumes_by_vtree[vtree.id] if volume.ancestor_volume_id is None]

    def load_of_all(self, volumes: list[Volume]) -> Load:
        """Return the loads of several volumes added up."""
        total = Load()
        for volume in volumes:
            total.add(self.loads[volume.id])
        return total


def take_census(system: System, tick: int) -> Census:
    """Index a system as it is now."""
    census = Census(system, tick)
    for volume in system.volumes.values():
        census.volumes_by_vtree[volume.vtree_id].append(volume)
        census.volumes_by_pool[volume.storage_pool_id].append(volume)
        for mapping in volume.mappings or []:
            census.volumes_by_sdc[mapping.sdc_id].append(volume)
        if volume.ancestor_volume_id is not None:
            census.children[volume.ancestor_volume_id].append(volume)
        census.loads[volume.id] = _load(system, volume, tick)
    for vtree in system.vtrees.values():
        census.vtrees_by_pool[vtree.storage_pool_id].append(vtree)
    for device in system.devices.values():
        census.devices_by_node[device.sds_id].append(device)
        if device.storage_pool_id is not None:
            census.devices_by_pool[device.storage_pool_id].append(device)
    for pool in system.storage_pools.values():
        census.pools_by_domain[pool.protection_domain_id].append(pool)
    for node in system.nodes.values():
        census.nodes_by_domain[node.protection_domain_id].append(node)
    return census


def _load(system: System, volume: Volume, tick: int) -> Load:
    connected = [m for m in volume.mappings or [] if system.sdcs[m.sdc_id].connected]
    if not connected:
        return Load()
    return load_of(volume, system.storage_pools[volume.storage_pool_id].media_type, tick)
