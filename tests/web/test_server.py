from __future__ import annotations

import asyncio
import contextlib
import socket
import statistics
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from exporter.errors import ConfigError
from exporter.web.server import ListenAddress, WebServer, bind

Serving = Callable[[ASGIApp], AbstractAsyncContextManager[httpx.AsyncClient]]
Exporter = Any

needs_ipv6 = pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="no IPv6 here")


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        (":10445", "", 10445),
        ("127.0.0.1:10445", "127.0.0.1", 10445),
        ("0.0.0.0:80", "0.0.0.0", 80),
        ("localhost:0", "localhost", 0),
        ("[::1]:10445", "::1", 10445),
        ("[::]:65535", "::", 65535),
        ("[fe80::1%eth0]:80", "fe80::1%eth0", 80),
        ("exporter.example:1", "exporter.example", 1),
    ],
)
def test_addresses_to_listen_on(text: str, host: str, port: int) -> None:
    address = ListenAddress.parse(text)

    assert address == ListenAddress(host, port)
    assert str(address) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":",
        "10445",
        "localhost",
        "127.0.0.1:",
        "127.0.0.1:65536",
        "127.0.0.1:99999999999999999999",
        "127.0.0.1:-1",
        "127.0.0.1:+1",
        "127.0.0.1: 80",
        "127.0.0.1:8 0",
        "127.0.0.1:http",
        "127.0.0.1:1_0",
        "127.0.0.1:٣",
        "127.0.0.1:²",
        "::1:10445",
        "::1",
        "[::1]",
        "[::1",
        "::1]:80",
        "[::1:80",
        "http://localhost:80",
        "[]:80",
        "[localhost]:80",
    ],
)
def test_what_is_no_address_to_listen_on(text: str) -> None:
    with pytest.raises(ValueError, match="no address to listen on"):
        ListenAddress.parse(text)


def test_any_free_port() -> None:
    with contextlib.closing(bind(ListenAddress("127.0.0.1", 0))) as listening:
        assert listening.getsockname()[1] > 0


@pytest.mark.parametrize(
    ("has", "listens"),
    [
        pytest.param([("::1", 0, 0, 0)], "::1", id="IPv6 alone"),
        pytest.param([("::1", 0, 0, 0), ("127.0.0.1", 0)], "127.0.0.1", id="both"),
    ],
)
def test_a_name_with_several_addresses(
    monkeypatch: pytest.MonkeyPatch, has: list[tuple[str | int, ...]], listens: str
) -> None:
    families = {4: socket.AF_INET6, 2: socket.AF_INET}
    found = [(families[len(one)], socket.SOCK_STREAM, socket.IPPROTO_TCP, "", one) for one in has]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

    with contextlib.closing(bind(ListenAddress("a.name", 0))) as listening:
        assert listening.getsockname()[0] == listens


def test_a_port_that_is_taken_is_a_fault_of_the_configuration() -> None:
    with contextlib.closing(bind(ListenAddress("127.0.0.1", 0))) as listening:
        taken = ListenAddress("127.0.0.1", listening.getsockname()[1])
        with pytest.raises(ConfigError, match=rf"cannot listen on {taken}: .*in use.*--web\.listen-address"):
            bind(taken)


@pytest.mark.parametrize(
    "host",
    [
        pytest.param("192.0.2.1", id="an address of somebody else"),
        pytest.param("no-such-host.invalid", id="a name that nobody has"),
        pytest.param("2001:db8::1", id="an IPv6 address of somebody else"),
        pytest.param("not::an::address", id="no IPv6 address"),
        pytest.param("x" * 64, id="a label too long"),
        pytest.param("a..b", id="an empty label"),
        pytest.param(".", id="a dot"),
    ],
)
def test_an_address_that_cannot_be_had_is_a_fault_of_the_configuration(host: str) -> None:
    with pytest.raises(ConfigError, match="cannot listen on"):
        bind(ListenAddress(host, 0))


async def get(url: str, path: str = "/-/healthy") -> int:
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=20) as client:
        return (await client.get(path)).status_code


@contextlib.asynccontextmanager
async def listening_on(exporter: Exporter, *addresses: ListenAddress) -> AsyncIterator[list[int]]:
    sockets = [bind(address) for address in addresses]
    server = WebServer(exporter.app(), sockets)
    server.start()
    try:
        yield [listening.getsockname()[1] for listening in sockets]
    finally:
        await server.stop()


@needs_ipv6
@pytest.mark.anyio
async def test_without_a_host_both_families_are_served(exporter: Exporter) -> None:
    async with listening_on(exporter, ListenAddress("", 0)) as (port,):
        assert await get(f"http://127.0.0.1:{port}") == 200
        assert await get(f"http://[::1]:{port}") == 200


@needs_ipv6
@pytest.mark.anyio
async def test_an_ipv6_address_alone(exporter: Exporter) -> None:
    async with listening_on(exporter, ListenAddress.parse("[::1]:0")) as (port,):
        assert await get(f"http://[::1]:{port}") == 200
        with pytest.raises(httpx.ConnectError):
            await get(f"http://127.0.0.1:{port}")


@pytest.mark.anyio
async def test_several_addresses_at_once(exporter: Exporter) -> None:
    address = ListenAddress("127.0.0.1", 0)
    async with listening_on(exporter, address, address) as ports:
        assert len(set(ports)) == 2
        assert [await get(f"http://127.0.0.1:{port}") for port in ports] == [200, 200]


@pytest.mark.anyio
async def test_after_the_stop_nobody_listens(exporter: Exporter) -> None:
    async with listening_on(exporter, ListenAddress("127.0.0.1", 0)) as (port,):
        assert await get(f"http://127.0.0.1:{port}") == 200

    with pytest.raises(httpx.ConnectError):
        await get(f"http://127.0.0.1:{port}")


@pytest.mark.anyio
async def test_a_server_that_is_stopped_at_once_ends(exporter: Exporter) -> None:
    server = WebServer(exporter.app(), [bind(ListenAddress("127.0.0.1", 0))])
    server.start()

    async with asyncio.timeout(20):
        await server.stop()


@pytest.mark.anyio
async def test_an_idle_connection_does_not_hold_up_the_stop(exporter: Exporter) -> None:
    async with listening_on(exporter, ListenAddress("127.0.0.1", 0)) as (port,):
        idle = await asyncio.open_connection("127.0.0.1", port)
        assert await get(f"http://127.0.0.1:{port}") == 200
    idle[1].close()
    with contextlib.suppress(ConnectionError):
        await idle[1].wait_closed()


@pytest.mark.anyio
async def test_health_and_readiness(serving: Serving, exporter: Exporter) -> None:
    async with serving(exporter.app()) as client:
        healthy, waiting = await client.get("/-/healthy"), await client.get("/-/ready")
        exporter.ready = True
        ready = await client.get("/-/ready")

    assert [answer.status_code for answer in (healthy, waiting, ready)] == [200, 503, 200]
    assert "not tried every collector" in waiting.text
    assert all(answer.headers["content-type"].startswith("text/plain") for answer in (healthy, waiting, ready))


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/-/", 404),
        ("GET", "/-/reload", 405),
        ("GET", "/METRICS", 404),
        ("GET", "/metrics/", 404),
        ("GET", "/metrics%00", 404),
        ("HEAD", "/", 200),
        ("HEAD", "/-/healthy", 200),
        ("HEAD", "/nothing", 404),
        ("POST", "/", 405),
        ("POST", "/-/healthy", 405),
        ("DELETE", "/-/ready", 405),
        ("POST", "/status.css", 405),
        ("TRACE", "/", 405),
    ],
)
async def test_paths_and_methods(serving: Serving, exporter: Exporter, method: str, path: str, status: int) -> None:
    async with serving(exporter.app()) as client:
        answer = await client.request(method, path)

    assert answer.status_code == status
    assert "server" not in answer.headers
    assert method != "HEAD" or answer.content == b""


@pytest.mark.anyio
async def test_a_second_answer_on_a_connection_does_not_wait_for_the_receipt_of_its_head(exporter: Exporter) -> None:
    async with listening_on(exporter, ListenAddress("127.0.0.1", 0)) as (port,):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        seconds = []
        for _ in range(50):
            started = time.perf_counter()
            writer.write(b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n")
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            await reader.readexactly(length)
            seconds.append(time.perf_counter() - started)
        writer.close()
    # 40 ms if they waited; a millisecond or so as they do not. A busy machine holds up some of them, not the most.
    assert statistics.median(seconds) < 0.03


async def talk(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    with contextlib.suppress(ConnectionError):
        await writer.drain()
    answer = b""
    with contextlib.suppress(ConnectionError):
        async with asyncio.timeout(20):
            answer = await reader.read(65536)
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
    return answer


@pytest.mark.anyio
@pytest.mark.parametrize(
    "request_bytes",
    [
        pytest.param(b"nonsense\r\n\r\n", id="no HTTP"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 50 + b"\r\n\r\n", id="TLS"),
        pytest.param(b"GET / HTTP/1.1\r\nX: " + b"y" * 100_000 + b"\r\n\r\n", id="a header too long"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", id="no host"),
    ],
)
async def test_a_request_that_is_none_is_refused_and_the_next_is_served(
    exporter: Exporter, request_bytes: bytes
) -> None:
    async with listening_on(exporter, ListenAddress("127.0.0.1", 0)) as (port,):
        answer = await talk(port, request_bytes)

        assert answer == b"" or answer.split(b" ")[1].startswith(b"4")
        assert await get(f"http://127.0.0.1:{port}") == 200


@pytest.mark.anyio
@pytest.mark.parametrize(
    "target",
    [
        "/status.css/../../../../etc/passwd",
        "/../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/..%2f..%2fetc/passwd",
        "//etc/passwd",
        "/status.css/..;/config",
        "/status.css/../config",
        "/templates/status.html",
        "/%0d%0aSet-Cookie:%20planted=1",
        "/metrics/%0d%0aSet-Cookie:%20planted=1",
        "/metrics/",
        "//planted.example/%2e%2e",
        "http://planted.example/metrics",
    ],
)
async def test_no_path_leads_elsewhere_and_nothing_of_a_request_comes_back(exporter: Exporter, target: str) -> None:
    request = f"GET {target} HTTP/1.1\r\nHost: planted.example\r\nConnection: close\r\n\r\n"
    async with listening_on(exporter, ListenAddress("127.0.0.1", 0)) as (port,):
        answer = await talk(port, request.encode())

    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 404 ")
    assert b"planted" not in answer
    assert b"root:" not in body


@pytest.mark.anyio
@pytest.mark.parametrize("size", [300_000, 3_000_000])
@pytest.mark.parametrize(
    "head", [b"GET / HTTP/1.1\r\nHost: x\r\nX: %s\r\n\r\n", b"GET /%s HTTP/1.1\r\nHost: x\r\n\r\n"]
)
async def test_a_head_that_is_too_long_is_refused_with_words(exporter: Exporter, head: bytes, size: int) -> None:
    async with listening_on(exporter, ListenAddress("127.0.0.1", 0)) as (port,):
        answer = await talk(port, head % (b"y" * size))

    assert answer.startswith(b"HTTP/1.1 431 ")
    assert answer.endswith(b"\r\n\r\nThe head of the request is longer than 16384 bytes.\n")


@pytest.mark.anyio
async def test_a_body_that_makes_no_sense_breaks_off_the_answer(
    exporter: Exporter, caplog: pytest.LogCaptureFixture
) -> None:
    exporter.fill(b"powerflex_up 1\n" * 2_000_000)
    head = b"GET /metrics HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with listening_on(exporter, ListenAddress("127.0.0.1", 0)) as (port,):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head)
        await asyncio.sleep(0.3)
        writer.write(b"no size of a chunk\r\n")
        await asyncio.sleep(0.3)
        assert await get(f"http://127.0.0.1:{port}") == 200
        writer.close()

    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


@pytest.mark.anyio
async def test_headers_of_a_proxy_are_not_believed(serving: Serving, exporter: Exporter) -> None:
    async with serving(exporter.app()) as client:
        answer = await client.get("/metrics/", headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "1.2.3.4"})

    assert answer.status_code in {307, 404}
    assert not answer.headers.get("location", "").startswith("https")
