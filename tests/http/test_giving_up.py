"""A request that is given up, at whatever moment, holds no place: the next one is answered."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator

import pytest

from exporter.http.transport import Request, Transport

pytestmark = pytest.mark.anyio

_STEPS = 60
"""As many turns of the event loop as several requests take."""
_REQUEST = Request("GET", "/", "GET /")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Server:
    """A server that answers each request, and counts its connections."""

    def __init__(self) -> None:
        self.open = 0
        self.most = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        self.most = max(self.most, self.open)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nword")
        self.open -= 1
        writer.close()


@contextlib.asynccontextmanager
async def asking(server: Server, max_connections: int) -> AsyncIterator[Transport]:
    listening = await asyncio.start_server(server, "127.0.0.1", 0)
    transport = Transport(
        f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}",
        tls=ssl.create_default_context(),
        timeout=20.0,
        max_connections=max_connections,
        user_agent="test/1",
    )
    yield transport
    await transport.close()
    async with asyncio.timeout(20):
        while server.open:  # noqa: ASYNC110 - a socket tells nobody
            await asyncio.sleep(0.01)
    listening.close()
    await listening.wait_closed()


async def several(transport: Transport) -> None:
    for _ in range(3):
        await transport.request(_REQUEST)


@pytest.mark.parametrize("max_connections", [1, 3])
async def test_the_next_request_is_answered(max_connections: int) -> None:
    server = Server()
    async with asking(server, max_connections) as transport:
        for steps in range(_STEPS):
            tasks = [asyncio.create_task(several(transport)) for _ in range(2 * max_connections)]
            for _ in range(steps):
                await asyncio.sleep(0)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            answers = await asyncio.gather(*(transport.request(_REQUEST) for _ in range(max_connections)))
            assert [answer.body for answer in answers] == [b"word"] * max_connections
    assert server.most <= 2 * max_connections


async def test_connections_are_used_again() -> None:
    server = Server()
    async with asking(server, 3) as transport:
        await asyncio.gather(*(several(transport) for _ in range(3)))
        await several(transport)
        assert server.open == server.most <= 3
