"""Objects: lists, single objects, relationships, look-ups by name."""

from typing import Any

from exporter.simulator.gateway.bulk import query_type
from exporter.simulator.gateway.errors import GatewayError, no_such_object, not_found
from exporter.simulator.gateway.machine import GatewayMachine
from exporter.simulator.gateway.objects.alert import legacy_alerts
from exporter.simulator.gateway.objects.system import system_limits
from exporter.simulator.gateway.objects.types import EMPTY_TYPES, OBJECT_TYPES
from exporter.simulator.gateway.statistics.values import statistics_of


def list_type(machine: GatewayMachine, kind: str) -> list[dict[str, Any]]:
    """GET /api/types/T/instances."""
    if kind == "Alert" and not machine.personality.rest_alerts:
        return legacy_alerts(machine.system, machine.world.now)
    if kind in EMPTY_TYPES:
        return []
    if kind not in OBJECT_TYPES:
        raise not_found(f"type {kind}")
    return OBJECT_TYPES[kind].render_all(machine.census, machine.personality)


def list_everything(machine: GatewayMachine) -> dict[str, Any]:
    """GET /api/instances: every list at once; a kind of which there is nothing is null."""
    census = machine.census
    everything: dict[str, Any] = {
        "isDirty": False,
        "sessionTag": census.tick,
        "faultSetList": None,
        "rfcacheDeviceList": None,
    }
    for name, object_type in OBJECT_TYPES.items():
        rendered = object_type.render_all(census, machine.personality)
        everything[object_type.list_name] = rendered[0] if name == "System" else rendered or None
        everything[f"last{name}Version"] = machine.world.revision
    return everything


def single(machine: GatewayMachine, kind: str, key: str) -> dict[str, Any]:
    """GET /api/instances/T::id."""
    if kind in EMPTY_TYPES:
        raise no_such_object(kind, key)
    if kind not in OBJECT_TYPES:
        raise not_found(f"type {kind}")
    census = machine.census
    object_type = OBJECT_TYPES[kind]
    return object_type.render(census, object_type.find(census, key), machine.personality)


def related(machine: GatewayMachine, kind: str, key: str, name: str) -> Any:  # noqa: ANN401  # a list or statistics
    """GET /api/instances/T::id/relationships/R."""
    if kind not in OBJECT_TYPES:
        raise not_found(f"type {kind}")
    figures = machine.figures
    census = figures.census
    record = OBJECT_TYPES[kind].find(census, key)
    if name == "Statistics":
        return statistics_of(figures, kind, record, machine.properties(kind))
    system = census.system
    related_records: dict[tuple[str, str], list[Any]] = {
        ("System", "ProtectionDomain"): list(system.protection_domains.values()),
        ("System", "Sdc"): list(system.sdcs.values()),
        ("ProtectionDomain", "StoragePool"): census.pools_by_domain[key],
        ("ProtectionDomain", "Sds"): census.nodes_by_domain[key],
        ("StoragePool", "Volume"): census.volumes_by_pool[key],
        ("StoragePool", "VTree"): census.vtrees_by_pool[key],
        ("StoragePool", "Device"): census.devices_by_pool[key],
        ("VTree", "Volume"): census.volumes_by_vtree[key],
        ("Sdc", "Volume"): census.volumes_by_sdc[key],
        ("Sds", "Device"): census.devices_by_node[key],
    }
    if (kind, name) not in related_records:
        raise not_found(f"relationship {name} of {kind}")
    render = OBJECT_TYPES[name].render
    return [render(census, each, machine.personality) for each in related_records[kind, name]]


def type_action(machine: GatewayMachine, kind: str, action: str, body: dict[str, Any]) -> Any:  # noqa: ANN401
    """POST /api/types/T/instances/action/A."""
    if action == "querySelectedStatistics":
        return query_type(machine, kind, body)
    if action == "queryIdByKey" and kind in ("Volume", "Sdc", "StoragePool"):
        return _id_by_key(machine, kind, body)
    raise not_found(f"action {action} of {kind}")


def object_action(kind: str, action: str) -> Any:  # noqa: ANN401  # whatever the action answers
    """POST /api/instances/T/action/A."""
    if kind == "System" and action == "querySystemLimits":
        return system_limits()
    raise not_found(f"action {action} of {kind}")


def _id_by_key(machine: GatewayMachine, kind: str, body: dict[str, Any]) -> str:
    """Return an id: by name, for an SDC also by `ip` or `guid`, for a pool with `protectionDomainId` if given."""
    system = machine.system
    if kind == "Volume":
        found = [volume.id for volume in system.volumes.values() if volume.name == body.get("name")]
    elif kind == "Sdc":
        field = next((field for field in ("name", "ip", "guid") if field in body), "name")
        found = [sdc.id for sdc in system.sdcs.values() if getattr(sdc, field) == body.get(field)]
    else:
        domain = body.get("protectionDomainId")
        found = [
            pool.id
            for pool in system.storage_pools.values()
            if pool.name == body.get("name") and domain in (None, pool.protection_domain_id)
        ]
    if not found or not body:
        raise GatewayError(500, no_such_object(kind, "0").message, no_such_object(kind, "0").code)
    return found[0]
