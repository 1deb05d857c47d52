"""The groups of a CloudStack installation."""

from __future__ import annotations

from exporter.metrics.families.cloudstack import hosts, pools, routers, settings, tenants, verdicts, volume_info
from exporter.metrics.families.group import CloudStackGroup, Judged, World
from exporter.model.cloudstack import StoragePool, VolumesReading
from exporter.model.snapshot import CloudStackSnapshot, PowerFlexSnapshot
from exporter.views.joins import PlacedPool, directories, place_pools

_NOTHING = Judged()


def _judged(world: World, of: CloudStackSnapshot) -> Judged:
    return world.judged.get(of.name, _NOTHING)


def _placed(world: World, pools: tuple[StoragePool, ...] | None) -> tuple[PlacedPool, ...]:
    return place_pools(pools or (), directories(world.systems))


def _placed_for_good(world: World, of: CloudStackSnapshot) -> tuple[PlacedPool, ...]:
    """Return the placed pools, those on no system only once every system was asked for its pools, or is refused."""
    all_asked = all(system.known_pools is not None or system.up is False for system in world.systems)
    placed = _placed(world, of.inventory.pools if of.inventory else ())
    return tuple(pool for pool in placed if all_asked or pool.system is not None)


def _names(world: World) -> tuple[tuple[str, dict[str, str]], ...]:
    return tuple((name, pools.names) for name, pools in directories(world.systems).items())


def _without_states(world: World) -> tuple[PowerFlexSnapshot, ...]:
    """Return of each system what a join with CloudStack's volumes needs, so that nothing else counts as a change."""
    return tuple(
        PowerFlexSnapshot(
            system.name,
            system.storage_pools,
            known_pools=system.known_pools,
            volumes=system.volumes,
            used_sizes=system.used_sizes,
        )
        for system in world.systems
    )


def _claimed_earlier(
    world: World, of: CloudStackSnapshot
) -> tuple[tuple[VolumesReading | None, tuple[PlacedPool, ...]], ...]:
    names = [installation.name for installation in world.installations]
    return tuple(
        (installation.volumes, _placed(world, installation.known_pools))
        for installation in world.installations[: names.index(of.name)]
    )


def _for_tenants(of: CloudStackSnapshot) -> CloudStackSnapshot:
    return CloudStackSnapshot(of.name, known_pools=of.known_pools, volumes=of.volumes)


GROUPS: tuple[CloudStackGroup, ...] = (
    CloudStackGroup("settings", lambda _, of: (of.up, of.settings), settings.samples),
    CloudStackGroup(
        "pools",
        lambda world, of: (_placed_for_good(world, of), of.settings),
        pools.samples,
    ),
    CloudStackGroup(
        "verdicts",
        lambda world, of: (
            _judged(world, of).verdicts,
            _judged(world, of).listed,
            _placed(world, of.known_pools),
            _names(world),
            tuple((system.name, system.used_sizes) for system in world.systems),
        ),
        verdicts.samples,
    ),
    CloudStackGroup("detached", lambda world, of: (_for_tenants(of), _without_states(world)), pools.detached_samples),
    CloudStackGroup(
        "volume_info",
        lambda world, of: (
            of.volumes,
            _placed(world, of.known_pools),
            world.selection,
            _claimed_earlier(world, of),
        ),
        volume_info.samples,
    ),
    CloudStackGroup("tenants", lambda world, of: (_for_tenants(of), _without_states(world)), tenants.samples),
    CloudStackGroup(
        "hosts",
        lambda world, of: (
            of.inventory.hosts if of.inventory else (),
            tuple((system.name, system.sdcs) for system in world.systems),
        ),
        hosts.samples,
    ),
    CloudStackGroup("routers", lambda world, of: (_judged(world, of).routers,), routers.samples),
)
