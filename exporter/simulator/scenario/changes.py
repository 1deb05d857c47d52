"""Changes to the scenario, by name: what an operator, CloudStack or bad luck does to an array.

A change is a mapping with the key `op` and the operands below; sizes are GiB where the operand says so.
Objects are named by id alone, ids being unique over all systems.
"""

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from exporter.simulator.scenario.array import (
    ALLOCATION_UNIT,
    GIB,
    LONGEST_NAME,
    Alert,
    System,
    Volume,
    VTree,
    VTreeMigration,
)
from exporter.simulator.scenario.array import Mapping as VolumeMapping
from exporter.simulator.scenario.ids import object_id, stable_uuid

if TYPE_CHECKING:
    from exporter.simulator.scenario.world import World


Operation = Callable[..., dict[str, Any]]


class ChangeError(ValueError):
    """A change that cannot be made: its text says why."""


def apply_change(world: "World", change: Mapping[str, Any]) -> dict[str, Any]:
    """Make one change. Returns what came of it, such as the id of a new object.

    Raises:
        ChangeError: unknown operation, wrong operands, or an object that does not exist.

    """
    operands = dict(change)
    name = operands.pop("op", None)
    operation = _OPERATIONS.get(name) if isinstance(name, str) else None
    if operation is None:
        raise ChangeError(f"unknown operation {name!r}; known: {', '.join(sorted(_OPERATIONS))}")
    try:
        inspect.signature(operation).bind(world, **operands)
    except TypeError as error:
        raise ChangeError(f"{name}: {error}") from error
    with world.lock:
        try:
            return operation(world, **operands)
        except KeyError as error:
            raise ChangeError(f"{name}: no object {error}") from error
        finally:
            world.touch()


def register(function: Operation) -> Operation:
    """Make a function of another module known as an operation, by its name."""
    _OPERATIONS[function.__name__] = function
    return function


def set_field(world: "World", *, object: str, field: str, value: Any) -> dict[str, Any]:  # noqa: A002, ANN401
    """Set one attribute of any record, PowerFlex's or CloudStack's."""
    for table in world.tables():
        if object in table:
            record = table[object]
            break
    else:
        raise ChangeError(f"no object {object!r}")
    known = {item.name: getattr(record, item.name) for item in dataclasses.fields(record)}
    if field not in known:
        raise ChangeError(f"{type(record).__name__} has no {field!r}; it has {', '.join(known)}")
    if known[field] is not None and value is not None and type(known[field]) is not type(value):
        raise ChangeError(f"{field} is a {type(known[field]).__name__}")
    setattr(record, field, value)
    return {"object": object, field: value}


def add_volume(  # noqa: PLR0913  # all of them are what a volume is
    world: "World",
    *,
    pool: str,
    name: str | None,
    size_gib: int = 8,
    used_gib: float = 0,
    sdc: str | None = None,
    volume_type: str = "ThinProvisioned",
) -> dict[str, Any]:
    """Make a base volume with a V-Tree of its own, rounded up to 8 GiB as the array does."""
    if name is not None and len(name) > LONGEST_NAME:
        raise ChangeError(f"LONG_NAME: {name!r} has more than {LONGEST_NAME} characters")
    system = _system_with(world, "storage_pools", pool)
    vtree = VTree(object_id(f"vtree {system.key}", system.next_number("vtree")), pool, None)
    volume = Volume(
        id=object_id(f"volume {system.key}", system.next_number("volume")),
        name=name,
        storage_pool_id=pool,
        vtree_id=vtree.id,
        size_kib=-(-size_gib * GIB // ALLOCATION_UNIT) * ALLOCATION_UNIT,
        creation_time=world.now,
        volume_type=volume_type,
        written_kib=int(used_gib * GIB),
    )
    if volume_type == "ThickProvisioned":
        volume.written_kib = volume.size_kib
    vtree.base_volume_id = volume.id
    system.vtrees[vtree.id] = vtree
    system.volumes[volume.id] = volume
    if sdc is not None:
        map_volume(world, volume=volume.id, sdc=sdc)
    return {"volume": volume.id, "vtree": vtree.id}


def snapshot_volume(world: "World", *, volume: str, name: str | None, group: str | None = None) -> dict[str, Any]:
    """Take a snapshot; every one belongs to a consistency group."""
    system = world.system_of_volume(volume)
    source = system.volumes[volume]
    number = system.next_number("volume")
    snapshot = Volume(
        id=object_id(f"volume {system.key}", number),
        name=name,
        storage_pool_id=source.storage_pool_id,
        vtree_id=source.vtree_id,
        size_kib=source.size_kib,
        creation_time=world.now,
        volume_type="Snapshot",
        ancestor_volume_id=source.id,
        consistency_group_id=group or object_id(f"group {system.key}", number),
    )
    system.volumes[snapshot.id] = snapshot
    return {"volume": snapshot.id, "group": snapshot.consistency_group_id}


def remove_volume(world: "World", *, volume: str) -> dict[str, Any]:
    """Remove one volume and leave its snapshots in place (removeMode ONLY_ME).

    Its snapshots move up to its own ancestor; the data that they share with it stays, with the first of them.
    """
    system = world.system_of_volume(volume)
    gone = system.volumes.pop(volume)
    vtree = system.vtrees[gone.vtree_id]
    heirs = [other for other in system.volumes.values() if other.ancestor_volume_id == volume]
    for heir in heirs:
        heir.ancestor_volume_id = gone.ancestor_volume_id
    if heirs and gone.volume_type != "Snapshot":
        heirs[0].written_kib += gone.written_kib
    if vtree.base_volume_id == volume:
        vtree.base_volume_id = None
    if not any(other.vtree_id == vtree.id for other in system.volumes.values()):
        del system.vtrees[vtree.id]
    return {"volume": volume}


def set_volume_size(world: "World", *, volume: str, size_gib: int) -> dict[str, Any]:
    """Set the virtual size, rounded up to 8 GiB."""
    record = world.system_of_volume(volume).volumes[volume]
    record.size_kib = -(-size_gib * GIB // ALLOCATION_UNIT) * ALLOCATION_UNIT
    return {"volume": volume, "size_kib": record.size_kib}


def map_volume(
    world: "World", *, volume: str, sdc: str, limit_iops: int = 0, limit_bw_in_mbps: int = 0
) -> dict[str, Any]:
    """Map a volume to an SDC, beside those it is mapped to already."""
    system = world.system_of_volume(volume)
    record = system.volumes[volume]
    system.sdcs[sdc]  # must exist
    others = [mapping for mapping in record.mappings or [] if mapping.sdc_id != sdc]
    record.mappings = [*others, VolumeMapping(sdc, limit_iops, limit_bw_in_mbps)]
    return {"volume": volume, "sdc": sdc}


def unmap_volume(world: "World", *, volume: str, sdc: str | None = None) -> dict[str, Any]:
    """Unmap a volume from one SDC, or from all."""
    record = world.system_of_volume(volume).volumes[volume]
    record.mappings = [m for m in record.mappings or [] if sdc is not None and m.sdc_id != sdc]
    return {"volume": volume}


def disconnect_sdc(world: "World", *, sdc: str) -> dict[str, Any]:
    """Cut an SDC off."""
    _system_with(world, "sdcs", sdc).sdcs[sdc].connected = False
    return {"sdc": sdc}


def connect_sdc(world: "World", *, sdc: str) -> dict[str, Any]:
    """Bring an SDC back."""
    _system_with(world, "sdcs", sdc).sdcs[sdc].connected = True
    return {"sdc": sdc}


def delete_pool(world: "World", *, pool: str) -> dict[str, Any]:
    """Remove a storage pool with its volumes and devices."""
    system = _system_with(world, "storage_pools", pool)
    del system.storage_pools[pool]
    for table in (system.volumes, system.vtrees, system.devices):
        for key in [key for key, record in table.items() if record.storage_pool_id == pool]:
            del table[key]
    return {"pool": pool}


def start_migration(
    world: "World", *, vtree: str, pool: str, status: str = "MigrationNormal", queue_position: int = 0
) -> dict[str, Any]:
    """Send a V-Tree on its way to another pool. Its volumes show the source pool until it has arrived."""
    system = _system_with(world, "vtrees", vtree)
    system.storage_pools[pool]  # must exist
    record = system.vtrees[vtree]
    record.migration = VTreeMigration(status, record.storage_pool_id, pool, queue_position)
    return {"vtree": vtree, "status": status}


def finish_migration(world: "World", *, vtree: str) -> dict[str, Any]:
    """Let a V-Tree arrive: the ids stay, the pool changes."""
    system = _system_with(world, "vtrees", vtree)
    record = system.vtrees[vtree]
    if record.migration is None:
        raise ChangeError(f"V-Tree {vtree} is in no migration")
    record.storage_pool_id = record.migration.destination_pool_id
    record.migration = None
    for volume in system.volumes.values():
        if volume.vtree_id == vtree:
            volume.storage_pool_id = record.storage_pool_id
    return {"vtree": vtree, "pool": record.storage_pool_id}


def set_mdm_cluster(
    world: "World", *, system: str, state: str, good_nodes: int | None = None, good_replicas: int | None = None
) -> dict[str, Any]:
    """Set the state of a system's MDM cluster; the system is named by its key."""
    cluster = world.systems[system].mdm
    cluster.state = state
    cluster.good_nodes = cluster.good_nodes if good_nodes is None else good_nodes
    cluster.good_replicas = cluster.good_replicas if good_replicas is None else good_replicas
    return {"system": system, "state": state}


def add_alert(  # noqa: PLR0913  # all of them are what an alert is
    world: "World", *, system: str, kind: str, severity: str, object_type: str = "System", object_id: str | None = None
) -> dict[str, Any]:
    """Raise an alert on a system, in the words of its generation."""
    record = world.systems[system]
    uuid = stable_uuid(f"{system}/{kind}/{len(record.alerts)}/{world.revision}")
    record.alerts[uuid] = Alert(
        uuid, kind, severity, object_type, object_id or record.id, object_id or record.key, world.now
    )
    return {"alert": uuid}


def clear_alert(world: "World", *, alert: str) -> dict[str, Any]:
    """Remove an alert."""
    del _system_with(world, "alerts", alert).alerts[alert]
    return {"alert": alert}


def pause(world: "World") -> dict[str, Any]:
    """Stop the time."""
    world.pause()
    return {"live": False}


def resume(world: "World") -> dict[str, Any]:
    """Let the time run."""
    world.resume()
    return {"live": True}


def advance(world: "World", *, seconds: float) -> dict[str, Any]:
    """Let so much time pass at once."""
    world.advance(seconds)
    return {"elapsed": world.elapsed}


def _system_with(world: "World", table: str, key: str) -> System:
    for system in world.systems.values():
        if key in getattr(system, table):
            return system
    raise KeyError(key)


_OPERATIONS: dict[str, Operation] = {
    "set": set_field,
    **{
        operation.__name__: operation
        for operation in (
            add_volume,
            snapshot_volume,
            remove_volume,
            set_volume_size,
            map_volume,
            unmap_volume,
            disconnect_sdc,
            connect_sdc,
            delete_pool,
            start_migration,
            finish_migration,
            set_mdm_cluster,
            add_alert,
            clear_alert,
            pause,
            resume,
            advance,
        )
    },
}
