"""The default scenario: what two CloudStack installations and some strangers keep on two PowerFlex systems.

`ams` (identifier 10ee) has pools on both systems, `lab` (identifier lab-2) on both as well. Most of it is in
order; what is not is listed in the world's landmarks.
"""

import time
from dataclasses import replace
from functools import partial

from exporter.simulator.scenario.array import Mapping, StoragePool, System
from exporter.simulator.scenario.changes import (
    add_volume,
    connect_sdc,
    disconnect_sdc,
    finish_migration,
    map_volume,
    remove_volume,
    snapshot_volume,
    start_migration,
    unmap_volume,
)
from exporter.simulator.scenario.cloud import CloudPool, CloudVolume, Installation, volume_id_of
from exporter.simulator.scenario.cloud_changes import leak_volume
from exporter.simulator.scenario.cloud_oddities import add_cloud_oddities, note_discrepancies
from exporter.simulator.scenario.fleet import add_fleets
from exporter.simulator.scenario.furnish import furnish
from exporter.simulator.scenario.hardware import add_hardware_trouble, fit_devices, make_ams1, make_ams2
from exporter.simulator.scenario.ids import object_id, stable_uuid
from exporter.simulator.scenario.router_changes import set_router_filesystem
from exporter.simulator.scenario.tenants import TenantBuilder
from exporter.simulator.scenario.world import Event, World

USERNAME = "monitor"
PASSWORD = "Simulated-P@ss"  # noqa: S105  # it opens nothing but the simulator
FROZEN_START = 1_790_000_000
"""The epoch second at which a frozen scenario stands still."""

_STRANGERS: tuple[str | None, ...] = (
    None,
    None,
    'db "prod"\\ü',
    "",
    "esx-datastore-01",
    "esx-datastore-02",
    "k8s-1f0c7a92b4",
    "k8s-77ab03de51",
    "backup proxy #1",
    "vol-12-zzzz-10ee",
    "tmpl-x-6aef-10ee",
    "vol-7-6aef-e77f",
    "snap-new",
    "a-name-of-thirty-one-characters",
)


def default_scenario(*, live: bool = True, speed: float = 1.0, seed: int = 1, started: int | None = None) -> World:
    """Build the default scenario.

    Args:
        live: let the time run. A frozen scenario is the same in every run, with the same seed.
        speed: seconds that pass in the scenario per real second.
        seed: another seed gives other sizes and owners; ids and names stay.
        started: epoch seconds at which it begins; now, for a frozen scenario always the same moment.

    """
    if started is None:
        started = int(time.time()) if live else FROZEN_START
    ams1, ams2 = make_ams1(started), make_ams2(started)
    world = World({"pf-ams1": ams1, "pf-ams2": ams2}, {}, started, live=False, speed=speed)
    fast, slow, scratch = ams1.storage_pools.values()
    mirrored, fine, empty = ams2.storage_pools.values()

    ams = TenantBuilder(world, _ams(fast, slow, mirrored), seed)
    ams.fill(fast, volumes=132, templates=6, snapshots=30, vm_snapshots=5)
    ams.fill(slow, volumes=64, templates=2, snapshots=8, vm_snapshots=0)
    ams.fill(mirrored, volumes=78, templates=4, snapshots=14, vm_snapshots=0)
    lab = TenantBuilder(world, _lab(scratch, fine), seed + 1)
    lab.fill(scratch, volumes=20, templates=0, snapshots=0, vm_snapshots=0)
    lab.fill(fine, volumes=62, templates=3, snapshots=8, vm_snapshots=3)
    for number, name in enumerate(_STRANGERS):
        thick = number % 5 == 4  # noqa: PLR2004  # every fifth
        add_volume(
            world,
            pool=scratch.id,
            name=name,
            size_gib=16 * (number + 1),
            used_gib=3 * number,
            volume_type="ThickProvisioned" if thick else "ThinProvisioned",
        )
    _map_stranger(ams1)
    world.landmarks = _oddities(world, ams, fast, slow) | {
        "fast_pool": fast.id,
        "slow_pool": slow.id,
        "scratch_pool": scratch.id,
        "mirrored_pool": mirrored.id,
        "fine_pool": fine.id,
        "empty_pool": empty.id,
    }
    for installation in world.installations.values():
        furnish(world, installation, live=live)
    world.landmarks |= add_fleets(world)
    world.landmarks |= add_cloud_oddities(world)
    note_discrepancies(world)
    for system, pool, per_node, fill_percent in (
        (ams1, fast, 4, 62),
        (ams1, slow, 6, 88),
        (ams1, scratch, 2, 23),
        (ams2, mirrored, 4, 71),
        (ams2, fine, 2, 45),
        (ams2, empty, 1, 100),
    ):
        fit_devices(system, pool, per_node=per_node, fill_percent=fill_percent)
    world.landmarks |= add_hardware_trouble(started, ams1, ams2)
    world.events = _events(world, ams.pool_of(fast))
    world.live = live
    return world


def _ams(fast: StoragePool, slow: StoragePool, mirrored: StoragePool) -> Installation:
    pools = (
        CloudPool(1, "5c1d6aef-2b7e-4d55-9a33-0f6f0b1b7c01", "ams-fast", "ams", "pf-ams1", fast.id),
        CloudPool(2, "9e02b1d4-77c0-4f0e-8d62-3b1a5c9e4f02", "ams-slow", "ams", "pf-ams1", slow.id),
        CloudPool(5, "c77a03f9-1e8b-4a9c-b5d0-6c2f7e1d8a05", "ams-mirrored", "ams-west", "pf-ams2", mirrored.id),
    )
    return Installation(
        name="ams",
        identifier="10ee",
        version="4.20.1.0",
        zone="ams",
        accounts={"acme": "/ROOT/acme", "globex": "/ROOT/globex", "initech": "/ROOT/acme/initech", "admin": "/ROOT"},
        pools={pool.uuid: pool for pool in pools},
    )


def _lab(scratch: StoragePool, fine: StoragePool) -> Installation:
    pools = (
        CloudPool(3, "1b44e8a0-5d3c-4c1b-a7f6-9d8e2b4c6a03", "lab-scratch", "lab", "pf-ams1", scratch.id),
        CloudPool(4, "d9037f21-8a6e-4b2d-93c5-1f7a0e5d3b04", "lab-nvme", "lab", "pf-ams2", fine.id),
    )
    return Installation(
        name="lab",
        identifier="lab-2",
        version="4.22.0.0",
        zone="lab",
        accounts={"test": "/ROOT/test", "admin": "/ROOT"},
        pools={pool.uuid: pool for pool in pools},
    )


def _map_stranger(system: System) -> None:
    """One of the strangers' volumes is in use by the SDC that nobody approved."""
    outsider = next(sdc for sdc in system.sdcs.values() if not sdc.approved)
    volume = next(volume for volume in system.volumes.values() if volume.name == "esx-datastore-01")
    volume.mappings = [Mapping(outsider.id)]


def _oddities(world: World, ams: TenantBuilder, fast: StoragePool, slow: StoragePool) -> dict[str, str]:
    """Make what an operator should hear about, on the two `cspool` pools. Returns the landmarks."""
    system = world.systems["pf-ams1"]
    rows = [row for row in ams.installation.volumes.values() if row.pool_uuid == ams.pool_of(fast).uuid]
    # The second half has no snapshots.
    mapped = [row for row in rows[70:-1] if system.volumes[volume_id_of(row)].mappings]
    found: dict[str, str] = {}

    for number in range(3):
        name = f"vol-{9000 + number}-{ams.pool_of(fast).key}-10ee"
        found[f"orphaned_volume_{number + 1}"] = add_volume(
            world, pool=fast.id, name=name, size_gib=64, used_gib=11 * (number + 1)
        )["volume"]

    base = rows[-1]
    base_id = volume_id_of(base)
    for number in range(2):
        name = f"snap-{9100 + number}-{ams.pool_of(fast).key}-10ee"
        made = snapshot_volume(world, volume=base_id, name=name)
        system.volumes[made["volume"]].written_kib = 1024 * 1024 * (number + 1)
        system.volumes[made["volume"]].creation_time -= 86400 * (2 - number)
        found[f"snapshot_without_base_{number + 1}"] = made["volume"]
    found["vtree_without_base"] = system.volumes[base_id].vtree_id
    remove_volume(world, volume=base_id)
    del ams.installation.volumes[base.uuid]

    unnamed = snapshot_volume(world, volume=volume_id_of(rows[4]), name=None)
    found["unnamed_snapshot"] = unnamed["volume"]

    moving = system.volumes[volume_id_of(rows[7])]
    start_migration(world, vtree=moving.vtree_id, pool=slow.id)
    found["migrating_vtree"] = moving.vtree_id

    twice = system.volumes[volume_id_of(mapped[0])]
    own = [mapping.sdc_id for mapping in twice.mappings or []]
    other = next(sdc for sdc in system.sdcs.values() if sdc.connected and sdc.id not in own)
    map_volume(world, volume=twice.id, sdc=other.id)
    found["volume_mapped_twice"] = twice.id

    unmap_volume(world, volume=volume_id_of(mapped[1]))
    found["unmapped_volume_of_running_vm"] = volume_id_of(mapped[1])

    lost = CloudVolume(
        id=9200,
        uuid=stable_uuid("missing volume"),
        name="DATA-9200",
        pool_uuid=ams.pool_of(fast).uuid,
        path=f"{object_id('volume', 0xFFFF)}:vol-9200-{ams.pool_of(fast).key}-10ee",
        size_bytes=32 * 2**30,
        account="globex",
    )
    ams.installation.volumes[lost.uuid] = lost
    found["missing_volume"] = object_id("volume", 0xFFFF)

    rows[10].pool_uuid = ams.pool_of(slow).uuid
    found["volume_in_another_pool"] = volume_id_of(rows[10])
    rows[11].size_bytes += 8 * 2**30
    found["volume_of_another_size"] = volume_id_of(rows[11])
    twin = replace(rows[12], id=9201, uuid=stable_uuid("volume claimed twice"), name="DATA-9201")
    ams.installation.volumes[twin.uuid] = twin
    found["volume_claimed_twice"] = volume_id_of(twin)
    found["volume_renamed_after_migration"] = _migrate_live(world, ams, mapped[2], slow)
    return found


def _migrate_live(world: World, ams: TenantBuilder, row: CloudVolume, pool: StoragePool) -> str:
    """Move a running machine's volume: its name gets the new pool's key, CloudStack's path keeps the old name."""
    system = world.systems[ams.pool_of(pool).system]
    volume = system.volumes[volume_id_of(row)]
    start_migration(world, vtree=volume.vtree_id, pool=pool.id)
    finish_migration(world, vtree=volume.vtree_id)
    volume.name = f"vol-{row.id}-{ams.pool_of(pool).key}-{ams.installation.identifier}"
    row.pool_uuid = ams.pool_of(pool).uuid
    return volume.id


def _events(world: World, pool: CloudPool) -> list[Event]:
    """Return what happens by itself in the first minutes of a live scenario."""
    clients = world.systems[pool.system].sdcs.values()
    sdc = next(sdc.id for sdc in clients if sdc.connected and sdc.name is not None)
    router = world.landmarks["vpc_router"]
    return [
        Event(120, partial(disconnect_sdc, sdc=sdc)),
        Event(180, partial(leak_volume, pool=pool.uuid, number=9300, size_gib=96, used_gib=17)),
        Event(240, partial(set_router_filesystem, router=router, read_only=True)),
        Event(900, partial(connect_sdc, sdc=sdc)),
    ]
