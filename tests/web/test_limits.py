from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from exporter.web import connection as web_connection
from exporter.web import limits
from exporter.web.limits import RequestLimits
from exporter.web.server import ListenAddress, WebServer, bind
from exporter.web.web_config import WebConfig

pytestmark = pytest.mark.anyio

Serving = Callable[[ASGIApp], AbstractAsyncContextManager[httpx.AsyncClient]]
Exporter = Any


class Gate:
    """An application that answers when it is let."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.waiting += 1
        try:
            await self.open.wait()
            await PlainTextResponse("done")(scope, receive, send)
        finally:
            self.waiting -= 1

    async def until(self, waiting: int) -> None:
        async with asyncio.timeout(20):
            while self.waiting != waiting:  # noqa: ASYNC110 - what is waited for tells nobody
                await asyncio.sleep(0.01)


def limited(app: ASGIApp, max_requests: int) -> RequestLimits:
    return RequestLimits(app, max_requests=max_requests, exempt=frozenset({"/-/healthy"}))


async def test_requests_beyond_the_limit_are_refused_and_the_watchdog_never_is(serving: Serving) -> None:
    gate = Gate()
    async with serving(limited(gate, 2)) as client, asyncio.TaskGroup() as tasks:
        first = [tasks.create_task(client.get("/metrics")) for _ in range(2)]
        await gate.until(2)

        refused = await client.get("/metrics")
        watchdog = tasks.create_task(client.get("/-/healthy"))
        await gate.until(3)
        also_refused = await client.get("/-/ready")
        gate.open.set()

    assert refused.status_code == 503
    assert "--web.max-requests" in refused.text
    assert "2" in refused.text
    assert also_refused.status_code == 503
    assert [task.result().text for task in (*first, watchdog)] == ["done"] * 3


async def test_a_place_is_free_again_when_a_request_ended(serving: Serving) -> None:
    gate = Gate()
    gate.open.set()
    async with serving(limited(gate, 1)) as client:
        answers = [(await client.get("/metrics")).status_code for _ in range(5)]

    assert answers == [200] * 5


async def test_a_refusal_takes_no_place(serving: Serving) -> None:
    gate = Gate()
    async with serving(limited(gate, 1)) as client, asyncio.TaskGroup() as tasks:
        tasks.create_task(client.get("/metrics"))
        await gate.until(1)
        assert [(await client.get("/metrics")).status_code for _ in range(3)] == [503] * 3
        gate.open.set()
        await gate.until(0)
        assert (await client.get("/metrics")).status_code == 200


async def test_nought_is_no_limit(serving: Serving) -> None:
    gate = Gate()
    async with serving(limited(gate, 0)) as client, asyncio.TaskGroup() as tasks:
        answers = [tasks.create_task(client.get("/metrics")) for _ in range(60)]
        await gate.until(60)
        gate.open.set()

    assert {task.result().status_code for task in answers} == {200}


async def test_an_application_that_fails_leaves_its_place(serving: Serving) -> None:
    failing = True

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if failing:
            raise RuntimeError("a defect")
        await PlainTextResponse("done")(scope, receive, send)

    async with serving(limited(app, 1)) as client:
        assert (await client.get("/metrics")).status_code == 500
        failing = False
        assert (await client.get("/metrics")).status_code == 200


async def test_the_exporter_itself_has_the_limit(serving: Serving, exporter: Exporter) -> None:
    exporter.max_requests = 1
    exporter.fill(b"powerflex_up 1\n" * 2_000_000)
    async with serving(exporter.app()) as client, client.stream("GET", "/metrics") as slow:
        assert slow.status_code == 200
        assert (await client.get("/metrics")).status_code == 503
        assert (await client.get("/")).status_code == 503
        assert (await client.get("/-/healthy")).status_code == 200


ENCODINGS = pytest.mark.parametrize("encoding", ["identity", "gzip"])
NOISE = random.Random(0).randbytes(10_000_000).hex().encode()
"""Compressed it is still more than what the sockets hold."""


def dawdler(client: httpx.AsyncClient, encoding: str) -> socket.socket:
    """Ask for the page, and read none of it."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect((client.base_url.host, client.base_url.port or 0))
    connection.sendall(f"GET /metrics HTTP/1.1\r\nHost: x\r\nAccept-Encoding: {encoding}\r\n\r\n".encode())
    return connection


class Watched:
    """An application, and how many requests it was given and has done with."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.begun = 0
        self.ended = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.begun += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self.ended += 1

    async def until(self, *, begun: int = 0, ended: int = 0) -> None:
        async with asyncio.timeout(30):
            while self.begun < begun or self.ended < ended:  # noqa: ASYNC110 - what is waited for tells nobody
                await asyncio.sleep(0.01)


@ENCODINGS
async def test_who_does_not_read_is_dropped_and_leaves_the_place(
    serving: Serving,
    exporter: Exporter,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    encoding: str,
) -> None:
    monkeypatch.setattr(limits, "_LONGEST_ANSWER_SECONDS", 0.3)
    exporter.max_requests = 1
    exporter.fill(NOISE)
    watched = Watched(exporter.app())
    async with serving(watched) as client:
        with contextlib.closing(await asyncio.to_thread(dawdler, client, encoding)):
            await watched.until(ended=1)
            # Who reads has time, on a busy machine as well.
            monkeypatch.setattr(limits, "_LONGEST_ANSWER_SECONDS", 60.0)
            assert (await client.get("/")).status_code == 200

    assert [record.getMessage() for record in caplog.records if record.exc_info] == [], "that is no defect of ours"


@ENCODINGS
async def test_who_hangs_up_leaves_the_place(serving: Serving, exporter: Exporter, encoding: str) -> None:
    exporter.max_requests = 1
    exporter.fill(NOISE)
    watched = Watched(exporter.app())
    async with serving(watched) as client:
        with contextlib.closing(await asyncio.to_thread(dawdler, client, encoding)):
            await watched.until(begun=1)
        await watched.until(ended=1)
        assert (await client.get("/")).status_code == 200


def hasty(client: httpx.AsyncClient, encoding: str) -> None:
    """Ask for the page, read a little, and hang up at once."""
    with dawdler(client, encoding) as connection:
        connection.recv(1 << 16)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@ENCODINGS
async def test_who_hangs_up_is_not_told_of(
    serving: Serving, exporter: Exporter, caplog: pytest.LogCaptureFixture, encoding: str
) -> None:
    exporter.fill(NOISE)
    async with serving(exporter.app()) as client:
        await asyncio.gather(*(asyncio.to_thread(hasty, client, encoding) for _ in range(100)))
        assert (await client.get("/-/healthy")).status_code == 200

    assert [record.getMessage() for record in caplog.records if record.levelname != "INFO"] == []


@ENCODINGS
async def test_who_never_reads_does_not_keep_the_connection(
    exporter: Exporter, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    monkeypatch.setattr(limits, "_LONGEST_ANSWER_SECONDS", 0.3)
    exporter.fill(NOISE)
    listening = bind(ListenAddress("127.0.0.1", 0))
    watched = Watched(exporter.app())
    server = WebServer(watched, [listening])
    server.start()
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=30) as client:
            with contextlib.closing(await asyncio.to_thread(dawdler, client, encoding)):
                await watched.until(ended=1)
                async with asyncio.timeout(30):
                    while server._server.server_state.connections:  # noqa: ASYNC110 - as above
                        await asyncio.sleep(0.05)
    finally:
        await server.stop()


def flooder(client: httpx.AsyncClient) -> socket.socket:
    """Ask one thing after another until nothing more is taken, and read no answer."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect((client.base_url.host, client.base_url.port or 0))
    connection.settimeout(0.5)
    with contextlib.suppress(OSError):
        while True:
            connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 1000)
    return connection


@pytest.mark.parametrize("refused", ["for its password", "for the limit"])
async def test_who_reads_no_refusal_is_dropped_as_well(
    exporter: Exporter, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    monkeypatch.setattr(limits, "_LONGEST_ANSWER_SECONDS", 0.3)
    app: ASGIApp = exporter.app()
    if refused == "for its password":
        exporter.web_config = WebConfig(users={"ops": "a hash"})
    else:
        app = limited(app, 1)
        app._open = 1
    listening = bind(ListenAddress("127.0.0.1", 0))
    for buffer in (socket.SO_SNDBUF, socket.SO_RCVBUF):
        listening.setsockopt(socket.SOL_SOCKET, buffer, 4096)
    server = WebServer(app, [listening])
    server.start()
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}") as client:
            with contextlib.closing(await asyncio.to_thread(flooder, client)):
                async with asyncio.timeout(30):
                    while server._server.server_state.connections:  # noqa: ASYNC110 - as above
                        await asyncio.sleep(0.05)
    finally:
        await server.stop()


@ENCODINGS
async def test_little_is_held_for_who_does_not_read(exporter: Exporter, encoding: str) -> None:
    exporter.fill(NOISE)
    listening = bind(ListenAddress("127.0.0.1", 0))
    watched = Watched(exporter.app())
    server = WebServer(watched, [listening])
    server.start()
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=30) as client:
            with contextlib.closing(await asyncio.to_thread(dawdler, client, encoding)):
                await watched.until(begun=1)
                (connection,) = server._server.server_state.connections
                assert isinstance(connection, H11Protocol)
                async with asyncio.timeout(30):
                    while not connection.transport.get_write_buffer_size():  # noqa: ASYNC110 - as above
                        await asyncio.sleep(0.01)
                await asyncio.sleep(0.5)
                assert 0 < connection.transport.get_write_buffer_size() < 1_000_000
    finally:
        await server.stop()


async def test_the_stop_breaks_off_who_does_not_read(
    serving: Serving, exporter: Exporter, caplog: pytest.LogCaptureFixture
) -> None:
    exporter.fill(NOISE)
    watched = Watched(exporter.app())
    async with serving(watched) as client:
        slow = await asyncio.to_thread(dawdler, client, "gzip")
        await watched.until(begun=1)

    with contextlib.closing(slow):
        assert watched.ended == 1
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


async def test_connections_that_ask_nothing_give_way(exporter: Exporter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_connection, "_MAX_CONNECTIONS", 20)
    listening = bind(ListenAddress("127.0.0.1", 0))
    port = listening.getsockname()[1]
    server = WebServer(exporter.app(), [listening])
    server.start()
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            for head in (b"", b"GET /metr", b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\nGET"):
                async with contextlib.AsyncExitStack() as stack:
                    for _ in range(50):
                        _, writer = await asyncio.open_connection("127.0.0.1", port)
                        stack.callback(writer.close)
                        writer.write(head)
                    await asyncio.sleep(0.1)
                    assert (await client.get("/metrics")).status_code == 200
                    assert len(server._server.server_state.connections) <= 20
    finally:
        await server.stop()


async def test_connections_that_take_no_answers_give_way(exporter: Exporter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_connection, "_MAX_CONNECTIONS", 3)
    listening = bind(ListenAddress("127.0.0.1", 0))
    for buffer in (socket.SO_SNDBUF, socket.SO_RCVBUF):
        listening.setsockopt(socket.SOL_SOCKET, buffer, 4096)
    server = WebServer(exporter.app(), [listening])
    server.start()
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=30) as client:
            with contextlib.ExitStack() as stack:
                for flooding in await asyncio.gather(*(asyncio.to_thread(flooder, client) for _ in range(3))):
                    stack.enter_context(contextlib.closing(flooding))
                assert (await client.get("/metrics")).status_code == 200
                assert len(server._server.server_state.connections) == 3
    finally:
        await server.stop()


async def test_connections_that_come_all_at_once_are_no_more_than_there_may_be(
    exporter: Exporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_connection, "_MAX_CONNECTIONS", 20)
    seen = []
    make = web_connection.Connection.connection_made

    def connection_made(connection: web_connection.Connection, transport: asyncio.Transport) -> None:
        make(connection, transport)
        seen.append(len(connection.connections))

    monkeypatch.setattr(web_connection.Connection, "connection_made", connection_made)
    listening = bind(ListenAddress("127.0.0.1", 0))
    server = WebServer(exporter.app(), [listening])
    server.start()
    try:
        await asyncio.sleep(0.1)
        with contextlib.ExitStack() as stack:
            for _ in range(60):
                client = stack.enter_context(socket.socket())
                client.setblocking(False)
                client.connect_ex(listening.getsockname())
            async with asyncio.timeout(30):
                while len(seen) < 60:  # noqa: ASYNC110 - as above
                    await asyncio.sleep(0.05)
    finally:
        await server.stop()
    assert max(seen) == 20
