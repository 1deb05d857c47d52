"""Puts a volume on an array and writes CloudStack's row for it."""

from typing import TYPE_CHECKING

from exporter.simulator.scenario.array import GIB, Mapping, Volume
from exporter.simulator.scenario.changes import add_volume
from exporter.simulator.scenario.cloud import CloudHost, CloudMachine, CloudPool, CloudVolume, Installation
from exporter.simulator.scenario.ids import stable_uuid

if TYPE_CHECKING:
    from exporter.simulator.scenario.world import World


def place_volume(  # noqa: PLR0913  # all of them are what a volume is
    world: "World",
    installation: Installation,
    pool: CloudPool,
    number: int,
    *,
    account: str,
    machine: CloudMachine | None = None,
    kind: str = "DATADISK",
    size_gib: int = 8,
    used_gib: float = 2.5,
    state: str = "Ready",
    age_days: float = 60,
) -> CloudVolume:
    """Make a volume under the name that CloudStack gives it, with its row; the number is the row's database id."""
    name = f"vol-{number}-{pool.key}-{installation.identifier}"
    made = add_volume(world, pool=pool.powerflex_pool_id, name=name, size_gib=size_gib, used_gib=used_gib)["volume"]
    volume = world.systems[pool.system].volumes[made]
    volume.creation_time = world.now - int(age_days * 86400)
    row = CloudVolume(
        number,
        stable_uuid(f"{installation.name} volume {number}"),
        f"ROOT-{machine.id}" if machine and kind == "ROOT" else f"DATA-{number}",
        pool.uuid,
        f"{made}:{name}",
        volume.size_kib * 1024,
        account,
        machine.uuid if machine else None,
        kind,
        state,
        created=volume.creation_time,
    )
    installation.volumes[row.uuid] = row
    return row


def array_volume(world: "World", installation: Installation, row: CloudVolume) -> Volume:
    """Return the volume that a row names. KeyError if it is not on the array of the row's pool."""
    return world.systems[installation.pools[row.pool_uuid].system].volumes[(row.path or "").partition(":")[0]]


def map_to_host(  # noqa: PLR0913  # a volume, a host, and the limits
    world: "World",
    installation: Installation,
    row: CloudVolume,
    host: CloudHost,
    *,
    limit_iops: int = 0,
    limit_bw_in_mbps: int = 0,
) -> None:
    """Map a row's volume to a host's SDC, beside those it is mapped to."""
    volume = array_volume(world, installation, row)
    system = world.systems[installation.pools[row.pool_uuid].system]
    sdc = next(sdc for sdc in system.sdcs.values() if host.name == sdc.name or host.ip == sdc.ip)
    volume.mappings = [*(volume.mappings or []), Mapping(sdc.id, limit_iops, limit_bw_in_mbps)]


def gib_in_bytes(gib: int) -> int:
    """Return GiB as bytes."""
    return gib * GIB * 1024
