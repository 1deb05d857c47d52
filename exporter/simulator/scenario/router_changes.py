"""Changes to routers, hosts and settings, by name; operations like those of `changes.py`.

A router is named by its UUID, an installation by its name (`cloudstack`).
"""

from typing import TYPE_CHECKING, Any, get_args

from exporter.simulator.scenario.changes import ChangeError, register
from exporter.simulator.scenario.cloud import Installation, volume_id_of
from exporter.simulator.scenario.health_checks import catch_up, fetch_all
from exporter.simulator.scenario.router import CloudRouter, Connection, Status
from exporter.simulator.scenario.rows import map_to_host
from exporter.simulator.scenario.settings import SETTINGS

if TYPE_CHECKING:
    from exporter.simulator.scenario.world import World


@register
def set_router_filesystem(world: "World", *, router: str, read_only: bool) -> dict[str, Any]:
    """Remount a router's file system. CloudStack learns of it at its next collection."""
    _, record = _router(world, router)
    record.read_only = read_only
    return {"router": router, "read_only": read_only}


@register
def set_router_reachable(
    world: "World", *, router: str, reachable: bool, connection: Connection = "refused"
) -> dict[str, Any]:
    """Cut a router off, in one of the ways of `Connection`, or join it again."""
    if connection not in get_args(Connection):
        raise ChangeError(f"connection must be one of {', '.join(get_args(Connection))}")
    _, record = _router(world, router)
    record.connection = "ok" if reachable else connection
    return {"router": router, "connection": record.connection}


@register
def set_router_check(
    world: "World", *, router: str, check: str, status: Status = "FAILED", details: str = "simulated failure"
) -> dict[str, Any]:
    """Let one check inside a router come out so, from now on; a name that is not known is a check of its own."""
    if status not in get_args(Status):
        raise ChangeError(f"status must be one of {', '.join(get_args(Status))}")
    _, record = _router(world, router)
    record.failing.pop(check, None)
    if status != "SUCCESS":
        record.failing[check] = (status, details)
    return {"router": router, "check": check, "status": status}


@register
def stop_router(world: "World", *, router: str) -> dict[str, Any]:
    """Stop a router. Its results stay as they are."""
    installation, record = _router(world, router)
    record.machine.state, record.machine.host_uuid = "Stopped", None
    _unmap(world, installation, record)
    return {"router": router, "state": "Stopped"}


@register
def start_router(world: "World", *, router: str) -> dict[str, Any]:
    """Start a router on a host that is up, with its root disk mapped there."""
    installation, record = _router(world, router)
    _unmap(world, installation, record)
    host = next(host for host in installation.hosts.values() if host.zone == record.zone and not host.cut_off)
    record.machine.state, record.machine.host_uuid = "Running", host.uuid
    for row in installation.volumes.values():
        if row.machine_uuid == record.uuid:
            map_to_host(world, installation, row, host)
    return {"router": router, "state": "Running", "host": host.uuid}


@register
def corrupt_health_checks(world: "World", *, router: str) -> dict[str, Any]:
    """Leave rows of before the upgrade to 4.22, which that release cannot read, until they are rewritten."""
    _, record = _router(world, router)
    record.unreadable = True
    return {"router": router}


@register
def stale_health_checks(world: "World", *, cloudstack: str, stale: bool = True) -> dict[str, Any]:
    """Stop collecting the results of all routers, as one that hangs can do, or go on."""
    catch_up(world)
    installation = world.installations[cloudstack]
    installation.fetching = not stale
    installation.last_fetch = world.elapsed
    return {"cloudstack": cloudstack, "stale": stale}


@register
def fetch_health_checks(world: "World", *, cloudstack: str) -> dict[str, Any]:
    """Collect the results of all routers now."""
    installation = world.installations[cloudstack]
    installation.last_fetch = world.elapsed
    fetch_all(installation, world.now + installation.clock_skew_seconds)
    return {"cloudstack": cloudstack}


@register
def set_fetch_interval(world: "World", *, cloudstack: str, seconds: float | None) -> dict[str, Any]:
    """Collect every so many seconds; null for what the setting says."""
    catch_up(world)
    world.installations[cloudstack].fetch_seconds = seconds
    return {"cloudstack": cloudstack, "seconds": seconds}


@register
def set_host_state(world: "World", *, host: str, state: str = "Up", resource_state: str = "Enabled") -> dict[str, Any]:
    """Set what the management server makes of a host; its SDC is another matter."""
    catch_up(world)
    for installation in world.installations.values():
        if host in installation.hosts:
            record = installation.hosts[host]
            record.state, record.resource_state = state, resource_state
            return {"host": host, "state": state, "resource_state": resource_state}
    raise KeyError(host)


@register
def set_setting(
    world: "World", *, cloudstack: str, name: str, value: str | None, scope_id: str | None = None
) -> dict[str, Any]:
    """Set a setting, globally or for a zone or pool by its UUID; null resets it. It holds at once, dynamic or not."""
    catch_up(world)
    installation = world.installations[cloudstack]
    if name not in SETTINGS:
        raise ChangeError(f"no setting {name!r}")
    if name == "custom.cs.identifier":
        installation.identifier = value or ""
    elif scope_id is not None:
        _put(installation.scoped_settings, (scope_id, name), value)
    else:
        _put(installation.settings, name, value)
    return {"cloudstack": cloudstack, "name": name, "value": value}


@register
def set_clock_skew(world: "World", *, cloudstack: str, seconds: int) -> dict[str, Any]:
    """Set a management server's clock so far ahead of the others'."""
    world.installations[cloudstack].clock_skew_seconds = seconds
    return {"cloudstack": cloudstack, "seconds": seconds}


def _put(table: dict[Any, str], key: object, value: str | None) -> None:
    if value is None:
        table.pop(key, None)
    else:
        table[key] = value


def _router(world: "World", router: str) -> tuple[Installation, CloudRouter]:
    """Return a router with its installation, after the collections that were due before the change."""
    catch_up(world)
    for installation in world.installations.values():
        if router in installation.routers:
            return installation, installation.routers[router]
    raise KeyError(router)


def _unmap(world: "World", installation: Installation, router: CloudRouter) -> None:
    for row in installation.volumes.values():
        if row.machine_uuid != router.uuid:
            continue
        key = volume_id_of(row)
        volume = world.systems[installation.pools[row.pool_uuid].system].volumes.get(key)
        if volume is not None:
            volume.mappings = []
        installation.discrepancies -= {
            found
            for found in installation.discrepancies
            if found.volume_id == key and found.reason in ("mapped_to_dead_sdc", "mapped_to_many")
        }
