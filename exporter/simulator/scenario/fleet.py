"""CloudStack's own machines: sixty virtual routers, and a console proxy and a secondary storage VM in every zone."""

from typing import TYPE_CHECKING

from exporter.simulator.scenario.cloud import CloudHost, CloudMachine, CloudPool, Installation
from exporter.simulator.scenario.health_checks import record_results
from exporter.simulator.scenario.ids import stable_uuid
from exporter.simulator.scenario.router import CloudRouter
from exporter.simulator.scenario.rows import map_to_host, place_volume

if TYPE_CHECKING:
    from exporter.simulator.scenario.world import World

_FLEETS = (("ams", "ams", 1, 101, 36), ("ams", "ams-west", 3, 141, 12), ("lab", "lab", 1, 201, 12))
"""Installation, zone, the database ids of the first system VM and router, and how many routers there are."""
_LAST_FETCH_SECONDS = 120
"""How long ago the management servers last collected, when the scenario begins."""
_HOUR, _DAY = 3600, 86400
_DOWN_HOST = "kvm-a08"


def add_fleets(world: "World") -> dict[str, str]:
    """Add routers and system VMs, each with its root disk on PowerFlex. Returns the landmarks."""
    _lose_host(world)
    for name, zone, system_machine, first, count in _FLEETS:
        installation = world.installations[name]
        _add_system_machines(world, installation, zone, system_machine)
        for number in range(first, first + count):
            _add_router(world, installation, zone, number)
    balancer = _add_router(world, world.installations["ams"], "ams", 139, letter="b", kind="InternalLoadBalancerVm")
    balancer.role = "INTERNAL_LB_VM"
    landmarks = _make_special(world) | {"internal_load_balancer": balancer.uuid}
    for installation in world.installations.values():
        installation.last_fetch = -_LAST_FETCH_SECONDS
        for router in installation.routers.values():
            if router.running and not router.results:
                record_results(router, world.started - _LAST_FETCH_SECONDS, reached=True)
    world.installations["ams"].routers[landmarks["new_router"]].results = []
    return landmarks


def _lose_host(world: "World") -> None:
    """One host is down; its SDC is gone on both arrays."""
    host = next(host for host in world.installations["ams"].hosts.values() if host.name == _DOWN_HOST)
    host.state = "Down"
    for system in world.systems.values():
        for sdc in system.sdcs.values():
            if sdc.ip == host.ip:
                sdc.connected = False


def _pool_in(installation: Installation, zone: str) -> CloudPool:
    """Return the pool that CloudStack's own machines of a zone are on."""
    pools = [pool for pool in installation.pools.values() if pool.zone == zone]
    return next((pool for pool in pools if pool.name == "lab-nvme"), pools[0])


def _host_for(world: "World", installation: Installation, zone: str, number: int) -> CloudHost:
    system = world.systems[_pool_in(installation, zone).system]
    connected = {sdc.ip for sdc in system.sdcs.values() if sdc.connected and sdc.approved}
    hosts = [host for host in installation.hosts.values() if host.zone == zone and host.ip in connected]
    return hosts[number % len(hosts)]


def _add_machine(  # noqa: PLR0913  # what a machine is
    world: "World", installation: Installation, zone: str, number: int, *, name: str, kind: str, account: str
) -> CloudMachine:
    host = _host_for(world, installation, zone, number)
    uuid = stable_uuid(f"{installation.name} {name}")
    machine = CloudMachine(number, uuid, name, account, host.uuid, kind=kind)
    installation.machines[uuid] = machine
    row = place_volume(
        world,
        installation,
        _pool_in(installation, zone),
        5000 + number,
        account=account,
        machine=machine,
        kind="ROOT",
        age_days=40 + number % 90,
    )
    map_to_host(world, installation, row, host)
    return machine


def _add_system_machines(world: "World", installation: Installation, zone: str, number: int) -> None:
    for offset, letter, kind in ((0, "v", "ConsoleProxy"), (1, "s", "SecondaryStorageVm")):
        _add_machine(
            world,
            installation,
            zone,
            number + offset,
            name=f"{letter}-{number + offset}-VM",
            kind=kind,
            account="system",
        )


def _add_router(  # noqa: PLR0913  # a router, or what is made like one
    world: "World",
    installation: Installation,
    zone: str,
    number: int,
    *,
    letter: str = "r",
    kind: str = "DomainRouter",
) -> CloudRouter:
    accounts = sorted(set(installation.accounts) - {"system"})
    account = accounts[number % len(accounts)]
    name = f"{letter}-{number}-VM"
    machine = _add_machine(world, installation, zone, number, name=name, kind=kind, account=account)
    router = CloudRouter(
        machine,
        zone,
        installation.version,
        world.started - (40 + number % 90) * _DAY,
        network=f"{account}-net-{number}",
    )
    installation.routers[machine.uuid] = router
    return router


def _make_special(world: "World") -> dict[str, str]:
    """Make of some routers what an operator must be able to tell apart."""
    ams, lab = world.installations["ams"], world.installations["lab"]
    by_name = {router.machine.name: router for router in (*ams.routers.values(), *lab.routers.values())}
    old_green = world.started - 5 * _DAY
    by_name["r-101-VM"].read_only = True
    by_name["r-102-VM"].connection = "refused"
    stopped, lost = by_name["r-103-VM"], by_name["r-104-VM"]
    record_results(stopped, old_green, reached=True)
    stopped.machine.state, stopped.machine.host_uuid = "Stopped", None
    _row_of(world, ams, stopped, None)
    record_results(lost, world.started - 3 * _HOUR, reached=True)
    down = next(host for host in ams.hosts.values() if host.name == _DOWN_HOST)
    lost.machine.host_uuid = down.uuid
    dead_volume = _row_of(world, ams, lost, down)
    primary, backup = by_name["r-105-VM"], by_name["r-106-VM"]
    primary.redundant_state, backup.redundant_state = "PRIMARY", "BACKUP"
    backup.network, backup.machine.account = primary.network, primary.machine.account
    for name in ("r-107-VM", "r-207-VM"):
        by_name[name].vpc, by_name[name].network = f"{by_name[name].machine.account}-vpc", None
    by_name["r-108-VM"].version = "4.18.2.5"
    by_name["r-109-VM"].failing["disk_space_check.py"] = ("FAILED", "Insufficient free space is 61.29 MB")
    by_name["r-110-VM"].created = world.started - 90
    by_name["r-111-VM"].project = "apollo"
    by_name["r-202-VM"].failing["webserver.service"] = (
        "WARNING",
        f"service down at last check {world.started - _HOUR}",
    )
    by_name["r-203-VM"].failing["dns_check.py"] = ("FAILED", "Missing entries in /etc/hosts -\n10.1.203.7 vm-4007")
    return {
        "read_only_router": by_name["r-101-VM"].uuid,
        "unreachable_router": by_name["r-102-VM"].uuid,
        "stopped_router": stopped.uuid,
        "router_on_down_host": lost.uuid,
        "primary_router": primary.uuid,
        "backup_router": backup.uuid,
        "vpc_router": by_name["r-107-VM"].uuid,
        "outdated_router": by_name["r-108-VM"].uuid,
        "router_with_full_disk": by_name["r-109-VM"].uuid,
        "new_router": by_name["r-110-VM"].uuid,
        "project_router": by_name["r-111-VM"].uuid,
        "router_with_warning": by_name["r-202-VM"].uuid,
        "router_with_failed_check": by_name["r-203-VM"].uuid,
        "down_host": down.uuid,
        "volume_on_dead_sdc": dead_volume,
    }


def _row_of(world: "World", installation: Installation, router: CloudRouter, host: CloudHost | None) -> str:
    """Map a router's root disk to a host's SDC alone, or to none. Returns the PowerFlex id."""
    row = next(row for row in installation.volumes.values() if row.machine_uuid == router.uuid)
    volume = world.systems[installation.pools[row.pool_uuid].system].volumes[(row.path or "").partition(":")[0]]
    volume.mappings = []
    if host is not None:
        map_to_host(world, installation, row, host)
    return volume.id
