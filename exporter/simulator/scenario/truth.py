"""A summary of the scenario, to compare what an exporter says with."""

from collections import Counter
from typing import Any

from exporter.simulator.scenario.capacity import capacity_of
from exporter.simulator.scenario.census import Census
from exporter.simulator.scenario.world import World


def truth_of(world: World) -> dict[str, Any]:
    """Return sums per system and pool, in KiB, with the special objects by name."""
    with world.lock:
        return {
            "now": world.now,
            "elapsed": world.elapsed,
            "live": world.live,
            "landmarks": dict(world.landmarks),
            "systems": {key: _system(world.census(key)) for key in world.systems},
            "cloudstack": {
                name: {
                    "identifier": installation.identifier,
                    "volumes": len(installation.volumes),
                    "machines": len(installation.machines),
                    "routers": len(installation.routers),
                    "routers_read_only": [r.machine.name for r in installation.routers.values() if r.read_only],
                    "discrepancies": dict(Counter(found.reason for found in installation.discrepancies)),
                    "pools": {pool.uuid: pool.name for pool in installation.pools.values()},
                }
                for name, installation in world.installations.items()
            },
        }


def _system(census: Census) -> dict[str, Any]:
    system = census.system
    return {
        "id": system.id,
        "volumes": len(system.volumes),
        "vtrees": len(system.vtrees),
        "sdcs": len(system.sdcs),
        "sdcs_connected": sum(sdc.connected for sdc in system.sdcs.values() if sdc.nqn is None),
        "storage_pools": {key: _pool(census, key) for key in system.storage_pools},
    }


def _pool(census: Census, key: str) -> dict[str, Any]:
    pool = census.system.storage_pools[key]
    capacity = capacity_of(census, pool)
    volumes = census.volumes_by_pool[key]
    return {
        "name": pool.name,
        "protection_domain": census.system.protection_domains[pool.protection_domain_id].name,
        "max_kib": capacity.maximum,
        "spare_kib": capacity.spare,
        "in_use_kib": capacity.in_use,
        "net_unused_kib": capacity.unused // 2,
        "virtual_kib": capacity.volume_address_space,
        "used_kib": capacity.net_provisioned,
        "volumes": len(volumes),
        "volumes_by_prefix": dict(Counter((volume.name or "").partition("-")[0] for volume in volumes)),
    }
