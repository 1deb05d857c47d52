"""What the statistics of one object say. Properties that nothing here speaks of are zero, idle or empty."""

from collections.abc import Callable
from typing import Any

from exporter.simulator.gateway.statistics.figures import Figures
from exporter.simulator.gateway.statistics.samples import IDLE, disk_data, user_data
from exporter.simulator.gateway.statistics.space import health, space
from exporter.simulator.scenario.array import Device, ProtectionDomain, Sdc, Sds, StoragePool, System, Volume, VTree


def _volume(figures: Figures, volume: Volume) -> dict[str, Any]:
    census = figures.census
    mapped = [mapping.sdc_id for mapping in volume.mappings or []]
    children = [child.id for child in census.children[volume.id]]
    descendants = [child.id for child in census.descendants(volume)]
    return {
        **user_data(census.loads[volume.id]),
        "numOfMappedSdcs": len(mapped),
        "mappedSdcIds": mapped,
        "numOfChildVolumes": len(children),
        "childVolumeIds": children,
        "numOfDescendantVolumes": len(descendants),
        "descendantVolumeIds": descendants,
        "registrationKey": None,
        "reservationType": "NotReserved",
        "initiatorSdcId": None,
        "replicationState": "UnmarkedForReplication",
        "replicationJournalVolume": False,
    }


def _vtree(figures: Figures, vtree: VTree) -> dict[str, Any]:
    members = figures.census.volumes_by_vtree[vtree.id]
    used = figures.census.used_kib(vtree)
    snapshots = sum(volume.written_kib for volume in members if volume.volume_type == "Snapshot")
    return {
        "netProvisionedAddressesInKb": used,
        "provisionedAddressesInKb": 2 * used,
        "netCapacityInUseInKb": used,
        "baseNetCapacityInUseInKb": used - snapshots,
        "snapNetCapacityInUseInKb": snapshots,
        "numOfVolumes": len(members),
        "volumeIds": [volume.id for volume in members],
    }


def _sdc(figures: Figures, sdc: Sdc) -> dict[str, Any]:
    volumes = figures.census.volumes_by_sdc[sdc.id]
    # A volume that two SDCs have mapped is written to by the first of them.
    own = [volume for volume in volumes if (volume.mappings or [])[0].sdc_id == sdc.id]
    return {
        **user_data(figures.census.load_of_all(own)),
        "numOfMappedVolumes": len(volumes),
        "volumeIds": [volume.id for volume in volumes],
    }


def _pools(figures: Figures, pool_ids: list[str]) -> dict[str, Any]:
    capacity, load = figures.space_of_pools(pool_ids), figures.load_of_pools(pool_ids)
    volumes = [volume for pool_id in pool_ids for volume in figures.census.volumes_by_pool[pool_id]]
    kinds = [volume.volume_type for volume in volumes]
    return {
        **space(capacity),
        **health(capacity),
        **user_data(load),
        **disk_data(load),
        "numOfVolumes": len(volumes),
        "numOfSnapshots": kinds.count("Snapshot"),
        "numOfThinBaseVolumes": kinds.count("ThinProvisioned"),
        "numOfThickBaseVolumes": kinds.count("ThickProvisioned"),
        "numOfUnmappedVolumes": sum(not volume.mappings for volume in volumes),
        "numOfVtrees": sum(len(figures.census.vtrees_by_pool[pool_id]) for pool_id in pool_ids),
        "numOfDevices": sum(len(figures.census.devices_by_pool[pool_id]) for pool_id in pool_ids),
    }


def _storage_pool(figures: Figures, pool: StoragePool) -> dict[str, Any]:
    census = figures.census
    migrating = [vtree.id for vtree in census.vtrees_by_pool[pool.id] if vtree.migration is not None]
    return {
        **_pools(figures, [pool.id]),
        "volumeIds": [volume.id for volume in census.volumes_by_pool[pool.id]],
        "vtreeIds": [vtree.id for vtree in census.vtrees_by_pool[pool.id]],
        "deviceIds": [device.id for device in census.devices_by_pool[pool.id]],
        "migratingVtreeIds": migrating,
        "numOfMigratingVtrees": len(migrating),
        "numOfOutgoingMigrations": len(migrating),
        "persistentChecksumBuilderProgress": 100.0,
    }


def _protection_domain(figures: Figures, domain: ProtectionDomain) -> dict[str, Any]:
    pool_ids = [pool.id for pool in figures.census.pools_by_domain[domain.id]]
    node_ids = [node.id for node in figures.census.nodes_by_domain[domain.id]]
    return {
        **_pools(figures, pool_ids),
        "numOfStoragePools": len(pool_ids),
        "storagePoolIds": pool_ids,
        "numOfSds": len(node_ids),
        "sdsIds": node_ids,
    }


def _system(figures: Figures, system: System) -> dict[str, Any]:
    return {
        **_pools(figures, list(system.storage_pools)),
        "numOfDevices": len(system.devices),
        "numOfProtectionDomains": len(system.protection_domains),
        "protectionDomainIds": list(system.protection_domains),
        "numOfStoragePools": len(system.storage_pools),
        "numOfSds": len(system.nodes),
        "numOfSdc": len(system.sdcs),
        "sdcIds": list(system.sdcs),
        "numOfVtreeMigrationsInSystem": sum(vtree.migration is not None for vtree in system.vtrees.values()),
        "numDevErrors": sum(device.error_state == "Error" for device in system.devices.values()),
        "numSdSdcDisconnections": sum(not sdc.connected for sdc in system.sdcs.values()),
        "numSdsReconnections": sum(node.connection_state != "Connected" for node in system.nodes.values()),
    }


def _sds(figures: Figures, node: Sds) -> dict[str, Any]:
    devices = figures.census.devices_by_node[node.id]
    caches = [device.id for device in devices if device.storage_pool_id is None]
    return {
        **space(figures.node_space(node)),
        **disk_data(figures.node_load(node)),
        "numOfDevices": len(devices),
        "deviceIds": [device.id for device in devices],
        "accelerationDeviceIds": caches,
    }


def _device(figures: Figures, device: Device) -> dict[str, Any]:
    load = figures.device_load(device)
    return {
        **space(figures.device_space[device.id]),
        **disk_data(load),
        "avgReadLatencyInMicrosec": load.read_microseconds // max(1, load.reads),
        "avgWriteLatencyInMicrosec": load.write_microseconds // max(1, load.writes),
        "avgReadSizeInBytes": load.read_kib * 1024 // max(1, load.reads),
        "avgWriteSizeInBytes": load.write_kib * 1024 // max(1, load.writes),
        "BackgroundScannedInMB": device.capacity_kib // 1024,
    }


_VALUES: dict[str, Callable[[Figures, Any], dict[str, Any]]] = {
    "System": _system,
    "ProtectionDomain": _protection_domain,
    "StoragePool": _storage_pool,
    "Volume": _volume,
    "VTree": _vtree,
    "Sdc": _sdc,
    "Sds": _sds,
    "Device": _device,
}


def statistics_of(figures: Figures, kind: str, record: Any, wanted: frozenset[str]) -> dict[str, Any]:  # noqa: ANN401
    """Return the wanted properties of one object."""
    values = _VALUES[kind](figures, record)
    return {name: values[name] if name in values else _nothing(name) for name in wanted}


def _nothing(name: str) -> Any:  # noqa: ANN401  # whatever the property's type is
    if name.endswith("Bwc") or "Latency" in name:
        return IDLE
    if name.endswith(("Ids", "registrationKeys")):
        return []
    return 0
