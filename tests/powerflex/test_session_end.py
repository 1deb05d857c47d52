"""No session is left behind at the gateway, whatever was under way when it was given up."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import Callable
from typing import Any

import pytest

from exporter.errors import LoginError
from exporter.powerflex.source import PowerFlexSource
from exporter.simulator import Simulator, TokenLifetimes, default_scenario
from tests.powerflex.conftest import Client

LEGACY, BEARER = "pf-ams1", "pf-ams2"
LIST = "/api/types/StoragePool/instances"
SLOWLY: dict[str, Any] = {"action": "drip", "bytes": 50, "seconds": 0.1}
LOGIN: dict[str, dict[str, Any]] = {LEGACY: {"path": "/api/login"}, BEARER: {"path": "/rest/auth/login", "skip": 1}}
SYSTEMS = pytest.mark.parametrize("system", [LEGACY, BEARER])


async def call(source: PowerFlexSource) -> bytes:
    return await source.gateway.call("GET", LIST)


async def until(happened: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not happened():  # noqa: ASYNC110 - a gateway tells nobody
            await asyncio.sleep(0.01)


async def give_up(task: asyncio.Task[Any]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@SYSTEMS
def test_a_login_that_is_answered_while_all_ends(client: Client, simulator: Simulator, system: str) -> None:
    gateway = simulator.gateways[system]
    gateway.faults.add(SLOWLY | LOGIN[system])

    async def use(source: PowerFlexSource) -> None:
        calling = asyncio.create_task(call(source))
        await until(lambda: len(gateway.machine.sessions))
        await give_up(calling)

    client.run(system, use)

    assert len(gateway.machine.sessions) == 0


@SYSTEMS
def test_a_login_that_is_answered_when_nobody_waits_any_more_is_for_the_next_call(
    client: Client, simulator: Simulator, system: str
) -> None:
    gateway = simulator.gateways[system]
    gateway.faults.add({"action": "delay", "seconds": 0.3, "times": 1} | LOGIN[system])

    async def use(source: PowerFlexSource) -> int:
        calling = asyncio.create_task(call(source))
        await asyncio.sleep(0.05)
        await give_up(calling)
        await until(lambda: source.gateway.session.logins)
        await call(source)
        return source.gateway.session.logins

    assert client.run(system, use) == 1
    assert len(gateway.machine.sessions) == 0


def test_a_refresh_that_is_answered_while_all_ends() -> None:
    with Simulator(default_scenario(live=False), lifetimes=TokenLifetimes(access=1)) as simulator:
        gateway = simulator.gateways[BEARER]
        gateway.faults.add(SLOWLY | {"path": "/rest/auth/update-token"})

        async def use(source: PowerFlexSource) -> None:
            await call(source)
            await asyncio.sleep(1)
            calling = asyncio.create_task(call(source))
            await until(lambda: gateway.requests.count("/rest/auth/update-token"))
            await asyncio.sleep(0.05)
            await give_up(calling)

        Client(simulator).run(BEARER, use)

        assert len(gateway.machine.sessions) == 0


@SYSTEMS
def test_a_session_that_is_logged_out_after_a_401(client: Client, simulator: Simulator, system: str) -> None:
    gateway = simulator.gateways[system]

    async def use(source: PowerFlexSource) -> None:
        session = source.gateway.session
        authorization = await session.authorization(LIST)
        rejecting = asyncio.create_task(session.reject(authorization, LIST))
        await asyncio.sleep(0)
        await give_up(rejecting)

    client.run(system, use)

    assert len(gateway.machine.sessions) == 0


@pytest.mark.parametrize("fault", [{"action": "status", "status": 503}, {"action": "drop"}], ids=["refused", "dropped"])
def test_a_session_that_cannot_be_refreshed(fault: dict[str, Any]) -> None:
    with Simulator(default_scenario(live=False), lifetimes=TokenLifetimes(access=1)) as simulator:
        gateway = simulator.gateways[BEARER]
        gateway.faults.add(fault | {"path": "/rest/auth/update-token"})

        async def use(source: PowerFlexSource) -> int:
            for _ in range(4):
                with contextlib.suppress(LoginError):
                    await call(source)
                await asyncio.sleep(1)
            return len(gateway.machine.sessions)

        assert Client(simulator).run(BEARER, use) <= 1


def test_connections_are_closed_where_the_logout_is_not_waited_for(client: Client, simulator: Simulator) -> None:
    gateway = simulator.gateways[LEGACY]

    async def use(source: PowerFlexSource) -> None:
        await asyncio.gather(*(call(source) for _ in range(5)))
        gateway.faults.add({"action": "hang", "path": "/api/logout"})
        closing = asyncio.create_task(source.close())
        await until(lambda: gateway.requests.count("/api/logout"))
        await give_up(closing)
        assert not source.gateway.transport._connections._open

    client.run(LEGACY, use, close=False)


def test_a_login_that_fails_while_nobody_waits_is_no_defect(client: Client, simulator: Simulator) -> None:
    gateway = simulator.gateways[LEGACY]
    gateway.faults.add({"action": "delay", "path": "/api/login", "seconds": 0.3, "times": 1})
    gateway.faults.add({"action": "status", "path": "/api/login", "status": 500, "times": 1})
    told: list[dict[str, Any]] = []

    async def use(source: PowerFlexSource) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
        calling = asyncio.create_task(call(source))
        await until(lambda: gateway.requests.count("/api/login"))
        await give_up(calling)
        await until(lambda: not source.gateway.session._under_way)
        await call(source)
        gc.collect()

    client.run(LEGACY, use)

    assert told == []
