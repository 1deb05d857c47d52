"""Gateways to talk to: the simulator's, on real sockets, and our client for them."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import pytest

from exporter.powerflex.gateway import Gateway
from exporter.powerflex.session import Auth, Credentials, Session
from exporter.powerflex.source import PowerFlexSource
from exporter.powerflex.transport import Transport
from exporter.simulator import Simulator, default_scenario

T = TypeVar("T")
Use = Callable[[PowerFlexSource], Awaitable[T]]


class Client:
    """Opens our client to a simulated gateway for the length of one coroutine."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.tokens: list[str] = []

    def run(
        self,
        system: str,
        use: Use[T],
        *,
        auth: Auth = "auto",
        password: Callable[[], str] | None = None,
        timeout: float = 10.0,
        close: bool = True,
        storage_pools: tuple[str, ...] = (),
    ) -> T:
        """Run `use` with a source that talks to that system, and close it."""

        async def main() -> T:
            gateway = self.simulator.gateways[system]
            transport = Transport(
                gateway.url,
                tls=ssl.create_default_context(cafile=self.simulator.ca_file),
                timeout=timeout,
                max_connections=8,
                user_agent="test",
            )
            credentials = Credentials(gateway.username, password or (lambda: gateway.password))
            session = Session(transport, credentials, auth, self.tokens.append)
            source = PowerFlexSource(system, Gateway(transport, session), storage_pools=storage_pools)
            try:
                return await use(source)
            finally:
                await (source.gateway.close() if close else transport.close())

        return asyncio.run(main())


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """A simulator whose figures stand still."""
    with Simulator(default_scenario(live=False)) as running:
        yield running


@pytest.fixture
def client(simulator: Simulator) -> Client:
    return Client(simulator)
