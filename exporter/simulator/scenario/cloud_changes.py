"""Changes to CloudStack's side of the scenario, by name: what operators, users and bad luck do to it.

They are operations like those of `changes.py`. An installation is named by its name (`cloudstack`), everything else
by its id; a volume by its UUID, or by its PowerFlex id. What a change makes of the differences between CloudStack
and its arrays is noted.
"""

from typing import TYPE_CHECKING, Any

from exporter.simulator.scenario.array import System
from exporter.simulator.scenario.changes import ChangeError, add_volume, register, remove_volume
from exporter.simulator.scenario.cloud import CloudVolume, Installation, volume_id_of
from exporter.simulator.scenario.discrepancy import Discrepancy, Reason
from exporter.simulator.scenario.rows import gib_in_bytes

if TYPE_CHECKING:
    from exporter.simulator.scenario.world import World

_OF_READY_VOLUMES: tuple[Reason, ...] = (
    "missing",
    "pool_mismatch",
    "size_mismatch",
    "unmapped_while_running",
    "mapped_to_dead_sdc",
    "mapped_to_many",
    "qos_mismatch",
)


@register
def leak_volume(
    world: "World", *, pool: str, number: int = 9400, size_gib: int = 40, used_gib: float = 5
) -> dict[str, Any]:
    """Leave a volume on the array that no row names, under CloudStack's name; the pool is CloudStack's, by UUID."""
    installation = _installation_with(world, "pools", pool)
    row = installation.pools[pool]
    name = f"vol-{number}-{row.key}-{installation.identifier}"
    made = add_volume(world, pool=row.powerflex_pool_id, name=name, size_gib=size_gib, used_gib=used_gib)
    _note(installation, row.system, made["volume"], "orphaned")
    return made


@register
def delete_cloudstack_volume(world: "World", *, volume: str) -> dict[str, Any]:
    """Remove CloudStack's row alone: the volume stays on the array, and its snapshots with it."""
    installation, row = _row(world, volume)
    system = world.systems[installation.pools[row.pool_uuid].system]
    del installation.volumes[row.uuid]
    key = volume_id_of(row)
    _forget(installation, key, *_OF_READY_VOLUMES, "claimed_twice")
    still_claimed = any(volume_id_of(other) == key for other in installation.volumes.values())
    if not still_claimed and key in system.volumes:
        _note(installation, system.key, key, "orphaned")
        _note_snapshots(installation, system, system.volumes[key].vtree_id)
    return {"volume": row.uuid, "powerflex_id": key}


@register
def delete_powerflex_volume(world: "World", *, volume: str) -> dict[str, Any]:
    """Remove the volume from the array alone, not its snapshots: the row stays, and names nothing."""
    installation, row = _row(world, volume)
    system = world.systems[installation.pools[row.pool_uuid].system]
    key = volume_id_of(row)
    tree = system.volumes[key].vtree_id
    remove_volume(world, volume=key)
    _forget(installation, key, *_OF_READY_VOLUMES)
    if row.state == "Ready":
        _note(installation, system.key, key, "missing")
    _note_snapshots(installation, system, tree)
    return {"volume": row.uuid, "powerflex_id": key}


@register
def set_volume_state(world: "World", *, volume: str, state: str) -> dict[str, Any]:
    """Set the state of a row. Only volumes in state Ready are judged; what was noted of others is forgotten."""
    installation, row = _row(world, volume)
    row.state = state
    if state != "Ready":
        _forget(installation, volume_id_of(row), *_OF_READY_VOLUMES)
    if state in ("Destroy", "Expunging", "Expunged", "Destroying"):
        _forget(installation, volume_id_of(row), "claimed_twice")
    return {"volume": row.uuid, "state": state}


@register
def resize_row(world: "World", *, volume: str, size_gib: int) -> dict[str, Any]:
    """Set the size that CloudStack believes in."""
    installation, row = _row(world, volume)
    row.size_bytes = gib_in_bytes(size_gib)
    system = world.systems[installation.pools[row.pool_uuid].system]
    key = volume_id_of(row)
    _forget(installation, key, "size_mismatch")
    if row.state == "Ready" and key in system.volumes and system.volumes[key].size_kib * 1024 != row.size_bytes:
        _note(installation, system.key, key, "size_mismatch")
    return {"volume": row.uuid, "size": row.size_bytes}


def _installation_with(world: "World", table: str, key: str) -> Installation:
    for installation in world.installations.values():
        if key in getattr(installation, table):
            return installation
    raise KeyError(key)


def _row(world: "World", volume: str) -> tuple[Installation, CloudVolume]:
    for installation in world.installations.values():
        for row in installation.volumes.values():
            if volume in (row.uuid, volume_id_of(row)):
                return installation, row
    raise ChangeError(f"no row of volume {volume!r}")


def _note(installation: Installation, system: str, volume_id: str, reason: Reason) -> None:
    installation.discrepancies.add(Discrepancy(installation.name, system, volume_id, reason))


def _forget(installation: Installation, volume_id: str, *reasons: Reason) -> None:
    installation.discrepancies -= {
        found for found in installation.discrepancies if found.volume_id == volume_id and found.reason in reasons
    }


def _note_snapshots(installation: Installation, system: System, vtree_id: str) -> None:
    """Note the installation's snapshots in a V-Tree that holds none of its volumes any more."""
    members = [volume for volume in system.volumes.values() if volume.vtree_id == vtree_id]
    known = {volume_id_of(row) for row in installation.volumes.values()}
    if any(volume.id in known for volume in members):
        return
    keys = {pool.key for pool in installation.pools.values() if pool.system == system.key}
    tails = tuple(f"-{key}-{installation.identifier}" for key in keys)
    for volume in members:
        name = volume.name or ""
        if name.startswith(("snap-", "vmsnap-")) and name.endswith(tails):
            _note(installation, system.key, volume.id, "orphaned_snapshot")
