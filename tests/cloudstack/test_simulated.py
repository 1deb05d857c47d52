"""The client against simulated management servers of 4.20 and 4.22, and beside another client."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

import cs
import msgspec
import pytest

from exporter.cloudstack.api import CloudStackApi, Credentials
from exporter.cloudstack.collectors import COLLECTORS, inventory, routers, settings, volumes
from exporter.cloudstack.health_checks import CONNECTIVITY, FILESYSTEM_WRITABLE
from exporter.cloudstack.router_checks import run_fresh
from exporter.cloudstack.source import CloudStackSource
from exporter.errors import LoginError, RequestError
from exporter.http.transport import Transport
from exporter.model.cloudstack import CheckStatus, Router, RouterCheck
from exporter.simulator import Simulator, default_scenario
from exporter.simulator.cloudstack.server import ManagementServer
from tests.cloudstack.conftest import Client

T = TypeVar("T")

OLD, NEW = "ams", "lab"
SERVERS = pytest.mark.parametrize("name", [OLD, NEW])


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(default_scenario(live=False), tls=False) as running:
        yield running


def run(server: ManagementServer, use: Callable[[CloudStackSource], Awaitable[T]], user: str = "admin") -> T:
    keys = server.users[user]
    return Client(server.url, keys.api_key, keys.secret_key).run(use)


def other_client(server: ManagementServer, page_size: int = 500) -> Callable[..., list[dict[str, Any]]]:
    client = cs.CloudStack(endpoint=server.url, key=server.api_key, secret=server.secret_key, method="post")

    def listed(command: str, **parameters: object) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = getattr(client, command)(fetch_list=True, pagesize=page_size, **parameters)
        return found

    return listed


def of_check(checks: tuple[RouterCheck, ...], name: str) -> RouterCheck | None:
    return next((check for check in checks if check.name == name), None)


def is_read_only(router: Router) -> bool:
    check = of_check(router.checks, FILESYSTEM_WRITABLE)
    return check is not None and check.status == CheckStatus.FAILED


@SERVERS
def test_every_collector_reads_without_passing_anything_over(simulator: Simulator, name: str) -> None:
    async def use(source: CloudStackSource) -> None:
        for collect in COLLECTORS.values():
            await collect(source)
        counts = source.counts()
        assert (dict(counts.ignored), set(counts.requests)) == ({}, {"200"})

    run(simulator.management_servers[name], use)


@SERVERS
@pytest.mark.parametrize("page_size", [500, 7])
def test_another_client_lists_the_same(simulator: Simulator, name: str, page_size: int) -> None:
    server = simulator.management_servers[name]
    server.machine.installation.settings["default.page.size"] = str(page_size)
    listed = other_client(server, page_size)
    whole = {"listall": True, "projectid": "-1"}

    places = run(server, inventory.collect)
    disks = run(server, volumes.collect)
    found = run(server, routers.collect).routers

    pools = [pool for pool in listed("listStoragePools") if pool["provider"] == "PowerFlex"]
    assert {(pool.id, pool.path, pool.total_bytes, pool.used_bytes) for pool in places.pools} == {
        (pool["id"], pool["path"], pool["disksizetotal"], pool["disksizeused"]) for pool in pools
    }
    assert [zone.id for zone in places.zones] == [zone["id"] for zone in listed("listZones")]
    assert [host.id for host in places.hosts] == [host["id"] for host in listed("listHosts", type="Routing")]
    assert [offering.id for offering in places.offerings] == [
        offering["id"] for offering in listed("listDiskOfferings", state="all", **whole)
    ]
    their_volumes = [
        volume
        for volume in listed("listVolumes", listsystemvms=True, **whole)
        if volume.get("storageid") in {pool["id"] for pool in pools}
    ]
    assert disks.complete
    assert {(volume.id, volume.path, volume.size_bytes, volume.state) for volume in disks.volumes} == {
        (volume["id"], volume.get("path"), volume["size"], volume["state"]) for volume in their_volumes
    }
    their_routers = listed("listRouters", fetchhealthcheckresults=True, **whole)
    assert [(router.id, router.state, len(router.checks)) for router in found] == [
        (router["id"], router["state"], len(router.get("healthcheckresults", []))) for router in their_routers
    ]


@SERVERS
@pytest.mark.parametrize("page_size", [500, 3])
def test_the_settings_are_those_that_the_server_has(simulator: Simulator, name: str, page_size: int) -> None:
    server = simulator.management_servers[name]
    installation = server.machine.installation
    installation.settings["default.page.size"] = str(page_size)
    zone = next(iter(installation.zones.values())).uuid
    installation.scoped_settings[zone, "pool.storage.capacity.disablethreshold"] = "0.7"
    pool = next(pool for pool in run(server, inventory.collect).pools if pool.zone_id == zone)

    reading = run(server, settings.collect)

    assert reading.value("custom.cs.identifier") == installation.identifier
    assert reading.value("router.health.checks.enabled") == "true"
    assert float(reading.value("storage.overprovisioning.factor", "storagepool", pool.id) or 0) == (
        pool.overprovisioning_factor
    )
    in_pool = reading.value("pool.storage.capacity.disablethreshold", "storagepool", pool.id)
    assert in_pool == (None if name == OLD else "0.7")
    assert reading.value("pool.storage.capacity.disablethreshold", "zone", zone) == "0.7"
    assert reading.value("pool.storage.capacity.disablethreshold") == "0.85"


@SERVERS
def test_a_read_only_file_system_is_told_from_a_router_that_cannot_be_reached(simulator: Simulator, name: str) -> None:
    server = simulator.management_servers[name]
    known = server.machine.installation.routers

    found = run(server, routers.collect).routers

    assert {router.id for router in found if is_read_only(router)} == {
        uuid
        for uuid, router in known.items()
        if any(check.name == FILESYSTEM_WRITABLE and check.status == "FAILED" for check in router.results)
    }
    for router in found:
        connectivity, filesystem = (of_check(router.checks, check) for check in (CONNECTIVITY, FILESYSTEM_WRITABLE))
        if connectivity and filesystem and connectivity.status != CheckStatus.SUCCESS:
            assert filesystem.status == CheckStatus.UNKNOWN


def test_one_result_of_before_an_upgrade_does_not_hide_the_other_routers(simulator: Simulator) -> None:
    server = simulator.management_servers[NEW]
    first, *others = run(server, routers.collect).routers
    server.machine.installation.routers[first.id].unreadable = True

    after = run(server, routers.collect).routers

    assert after == (msgspec.structs.replace(first, checks=()), *others)
    assert server.requests.count_calls("listRouters", fetchhealthcheckresults="true") == 2
    assert not server.requests.fresh_runs


@SERVERS
def test_a_fresh_run_says_what_is_so_now(simulator: Simulator, name: str) -> None:
    server = simulator.management_servers[name]
    healthy = next(
        router
        for router in run(server, routers.collect).routers
        if (router.state, router.host_control_state) == ("Running", "Enabled") and len(router.checks) > 2
    )

    async def use(source: CloudStackSource) -> list[CheckStatus]:
        results = []
        for read_only in (False, True):
            server.machine.installation.routers[healthy.id].read_only = read_only
            checks = await run_fresh(source, healthy.id, 10.0)
            results.append([check.status for check in checks if check.name == FILESYSTEM_WRITABLE])
        return [status for (status,) in results]

    assert run(server, use) == [CheckStatus.SUCCESS, CheckStatus.FAILED]
    assert server.requests.fresh_runs == {healthy.id: 2}


@SERVERS
def test_a_fresh_run_that_reaches_nobody_is_a_failure(simulator: Simulator, name: str) -> None:
    server = simulator.management_servers[name]
    router = next(router for router in run(server, routers.collect).routers if router.state == "Running")
    server.machine.installation.routers[router.id].connection = "silent"

    async def use(source: CloudStackSource) -> None:
        with pytest.raises(RequestError, match="Basic tests results unavailable"):
            await run_fresh(source, router.id, 10.0)

    run(server, use)


def test_wrong_keys_and_a_restart_keep_the_api_down_and_say_why(simulator: Simulator) -> None:
    server = simulator.management_servers[OLD]
    endpoint, right = server.url, server.secret_key

    async def refused(source: CloudStackSource) -> str:
        with pytest.raises(LoginError) as caught:
            await inventory.collect(source)
        return str(caught.value)

    wrong = Client(endpoint, server.api_key, f"not-{right}").run(refused)
    assert "the API key or the secret key is wrong" in wrong
    assert right not in wrong
    server.restart(starting_seconds=60)
    assert "HTML page" in Client(endpoint, server.api_key, right).run(refused)


def test_a_clock_that_is_late_is_named(simulator: Simulator) -> None:
    server = simulator.management_servers[OLD]

    async def use() -> None:
        transport = Transport(
            server.url, tls=ssl.create_default_context(), timeout=10.0, max_connections=1, user_agent="test/1"
        )
        credentials = Credentials(lambda: server.api_key, lambda: server.secret_key)
        late = CloudStackApi(transport, server.url, credentials, clock=lambda: time.time() - 900)
        with pytest.raises(RequestError, match=r"clock is \d+ s ahead of ours"):
            await late.call("listZones", {})
        await transport.close()

    asyncio.run(use())


def test_a_role_without_the_command_is_told_which_one_to_allow(simulator: Simulator) -> None:
    server = simulator.management_servers[OLD]

    async def use(source: CloudStackSource) -> None:
        await inventory.collect(source)
        with pytest.raises(RequestError, match="allow listRouters for the role of the API user"):
            await routers.collect(source)

    run(server, use, user="restricted")


def test_who_is_no_root_admin_has_no_complete_list(simulator: Simulator) -> None:
    server = simulator.management_servers[OLD]

    reading = run(server, volumes.collect, user="domain-admin")

    assert reading.volumes
    assert not reading.complete
