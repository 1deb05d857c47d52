"""Primary storage."""

from typing import Any

from exporter.simulator.cloudstack.call import Call
from exporter.simulator.cloudstack.commands.places import place_fields, zone_fields, zones_by_uuid
from exporter.simulator.cloudstack.listing import list_answer
from exporter.simulator.cloudstack.responses import given
from exporter.simulator.cloudstack.timestamps import timestamp
from exporter.simulator.scenario.cloud import CloudPool, OtherPool

_CAPABILITIES = {
    "CAN_CREATE_VOLUME_FROM_VOLUME": "true",
    "CAN_CREATE_VOLUME_FROM_SNAPSHOT": "true",
    "CAN_REVERT_VOLUME_TO_SNAPSHOT": "true",
    "STORAGE_SYSTEM_SNAPSHOT": "true",
}
_DAY = 86400


def list_storage_pools(call: Call) -> dict[str, Any]:
    """Answer listStoragePools."""
    installation = call.installation
    everything: list[CloudPool | OtherPool] = [*installation.pools.values(), *installation.other_pools.values()]
    wanted = call.record("id", installation.pools, installation.other_pools)
    zone = call.record("zoneid", zones_by_uuid(installation))
    keyword = (call.text("keyword") or "").lower()

    def matches(pool: CloudPool | OtherPool) -> bool:
        return (
            wanted in (None, pool)
            and (zone is None or zone.name == pool.zone)
            and call.text("name") in (None, pool.name)
            and call.text("path") in (None, pool.powerflex_pool_id if isinstance(pool, CloudPool) else pool.path)
            and (call.text("scope") or _scope(pool)).upper() == _scope(pool)
            and (call.text("status") or pool.state).lower() == pool.state.lower()
            and keyword in pool.name.lower()
        )

    pools = sorted(filter(matches, everything), key=lambda pool: pool.id)
    return list_answer(call, "storagepool", pools, lambda pool: _storage_pool(call, pool))


def _scope(pool: CloudPool | OtherPool) -> str:
    return "ZONE" if isinstance(pool, CloudPool) else pool.scope


def _storage_pool(call: Call, pool: CloudPool | OtherPool) -> dict[str, Any]:
    personality = call.machine.personality
    fields = _powerflex(call, pool) if isinstance(pool, CloudPool) else _other(call, pool)
    fields |= {
        "id": pool.uuid,
        "name": pool.name,
        **zone_fields(call.installation, pool.zone),
        "created": timestamp(call.installation, call.machine.world.started - (300 - pool.id) * _DAY),
        "hypervisor": "KVM",
        "state": pool.state,
        "scope": _scope(pool),
        "overprovisionfactor": str(float(call.machine.setting("storage.overprovisioning.factor", pool.uuid))),
        "capacitybytes": fields["disksizetotal"] if personality.tells_capacity else None,
        "istagarule": False,
    }
    return given(fields)


def _powerflex(call: Call, pool: CloudPool) -> dict[str, Any]:
    machine = call.machine
    system = machine.world.systems[pool.system]
    total, used = machine.stats.pool_bytes(pool)
    connected = sum(sdc.connected for sdc in system.sdcs.values() if sdc.nqn is None)
    first = next(iter(call.installation.pools.values())) is pool
    return {
        "ipaddress": pool.gateway_ip,
        "path": pool.powerflex_pool_id,
        "type": "PowerFlex",
        "provider": "PowerFlex",
        "disksizetotal": total,
        "disksizeused": used,
        "disksizeallocated": machine.stats.allocated_bytes(pool.uuid),
        "allocatediops": 0,
        "managed": True,
        "storagecapabilities": dict(_CAPABILITIES),
        "storagecustomstats": {"ConnectedSDCCount": str(connected)} if call.boolean("storagecustomstats") else None,
        "details": _details(call, pool) if first and machine.personality.tells_pool_details else None,
    }


def _details(call: Call, pool: CloudPool) -> dict[str, str]:
    """Return what a pool shows that was added before its release learned to hide it; the user name is encrypted."""
    system = call.machine.world.systems[pool.system]
    return {
        "powerflex.gw.url": f"https://{pool.gateway_ip}/api",
        "powerflex.gw.username": "nLq3vJ1m0mC7gk0zWJ5b7Q==",
        "powerflex.storagepool.name": system.storage_pools[pool.powerflex_pool_id].name,
        "powerflex.storagepool.system.id": system.id,
    }


def _other(call: Call, pool: OtherPool) -> dict[str, Any]:
    return {
        **(place_fields(pool.zone)),
        "ipaddress": pool.ip,
        "path": pool.path,
        "type": pool.kind,
        "provider": pool.provider,
        "disksizetotal": pool.total_bytes,
        "disksizeused": pool.used_bytes,
        "disksizeallocated": call.machine.stats.allocated_bytes(pool.uuid),
        "managed": False,
        "storagecapabilities": {"VOLUME_SNAPSHOT_QUIESCEVM": "false"},
    }
