"""A connection that is given up in the midst of the TLS handshake is closed."""

from __future__ import annotations

import asyncio
import contextlib
import ssl

import pytest

from exporter.errors import UnreachableError
from exporter.http.transport import Request, Transport

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Mute:
    """A server that takes connections, and what is sent, and says nothing."""

    def __init__(self) -> None:
        self.open = 0
        self.greeted = asyncio.Event()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        with contextlib.suppress(ConnectionError):
            while await reader.read(4096):
                self.greeted.set()
        self.open -= 1
        writer.close()


@pytest.mark.parametrize("gives_up", ["is cancelled", "times out"])
async def test_a_handshake_that_is_given_up_leaves_no_connection(gives_up: str) -> None:
    mute = Mute()
    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    transport = Transport(
        f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}",
        tls=ssl.create_default_context(),
        timeout=60.0 if gives_up == "is cancelled" else 5.0,
        max_connections=1,
        user_agent="test/1",
    )
    asking = asyncio.create_task(transport.request(Request("GET", "/", "GET /")))
    await mute.greeted.wait()
    assert mute.open == 1

    if gives_up == "is cancelled":
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    else:
        with pytest.raises(UnreachableError):
            await asking

    async with asyncio.timeout(20):
        while mute.open:  # noqa: ASYNC110 - a socket tells nobody
            await asyncio.sleep(0.01)
    await transport.close()
    server.close()
    await server.wait_closed()
