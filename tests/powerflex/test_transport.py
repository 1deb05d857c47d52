"""One request, within bounds of time and size, over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import socket
import ssl
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.errors import PollError, RequestError, TooLargeError, UnreachableError
from exporter.http import transport as transport_module
from exporter.powerflex.transport import Answer, Transport
from exporter.simulator import Simulator, default_scenario

SYSTEM = "pf-ams1"
PATH = "/api/version"
T = TypeVar("T")


def run(url: str, tls: ssl.SSLContext, use: Callable[[Transport], Awaitable[T]], timeout: float = 10.0) -> T:
    async def main() -> T:
        transport = Transport(url, tls=tls, timeout=timeout, max_connections=2, user_agent="test/1")
        try:
            return await use(transport)
        finally:
            await transport.close()

    return asyncio.run(main())


async def get(transport: Transport) -> Answer:
    return await transport.send("GET", PATH)


def trusting(simulator: Simulator) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=simulator.ca_file)


def unverified() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def test_an_answer_is_given_whatever_its_status_and_counted() -> None:
    with Simulator(default_scenario(live=False)) as simulator:

        async def use(transport: Transport) -> tuple[int, dict[str, int]]:
            answer = await get(transport)
            return answer.status, dict(transport.requests)

        assert run(simulator.gateways[SYSTEM].url, trusting(simulator), use) == (401, {"401": 1})


def test_a_body_of_200_goes_to_the_sink_and_any_other_stays_with_the_answer() -> None:
    with Simulator(default_scenario(live=False)) as simulator:
        taken = bytearray()

        async def use(transport: Transport) -> tuple[Answer, Answer, bytes]:
            refusal = await transport.send("GET", PATH, sink=taken.extend)
            refused = bytes(taken)
            simulator.gateways[SYSTEM].faults.add({"action": "status", "status": 200, "body": "x" * 200_000})
            body = await transport.send("GET", PATH, sink=taken.extend)
            return refusal, body, refused

        refusal, answer, before = run(simulator.gateways[SYSTEM].url, trusting(simulator), use)

    assert (refusal.status, before) == (401, b"")
    assert refusal.body != b""
    assert (answer.status, answer.body, bytes(taken)) == (200, b"", b"x" * 200_000)


@pytest.mark.parametrize("verify", [True, False])
def test_the_end_of_the_certificate_is_known_even_where_it_is_not_verified(verify: bool) -> None:
    with Simulator(default_scenario(live=False)) as simulator:
        gateway = simulator.gateways[SYSTEM]
        served = x509.load_pem_x509_certificate(ssl.get_server_certificate((gateway.host, gateway.port)).encode())

        async def use(transport: Transport) -> float | None:
            await get(transport)
            return transport.certificate_expiry

        expiry = run(gateway.url, trusting(simulator) if verify else unverified(), use)

    assert expiry == served.not_valid_after_utc.timestamp()
    assert datetime.fromtimestamp(expiry, UTC) > datetime.now(UTC)


@pytest.mark.parametrize("fault", ["other_host", "expired"])
def test_a_certificate_that_does_not_verify_is_refused(fault: str) -> None:
    with Simulator(default_scenario(live=False), certificate_fault=fault) as simulator:  # type: ignore[arg-type]

        async def use(transport: Transport) -> None:
            with pytest.raises(UnreachableError, match=r"(?i)certificate"):
                await get(transport)

        run(simulator.gateways[SYSTEM].url, trusting(simulator), use)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"action": "hang"}, "gave no whole answer within 0.5 s"),
        ({"action": "drip", "seconds": 0.1, "bytes": 1}, "gave no whole answer within 0.5 s"),
        ({"action": "drop"}, "broke off"),
        ({"action": "truncate", "bytes": 5}, "broke off"),
    ],
)
def test_an_answer_that_does_not_come_whole_is_an_error_in_time(fault: dict[str, object], error: str) -> None:
    with Simulator(default_scenario(live=False)) as simulator:

        async def use(transport: Transport) -> dict[str, int]:
            await get(transport)
            simulator.gateways[SYSTEM].faults.add(fault)
            # The connection is there: on a busy machine the handshake alone may take as long.
            transport._timeout = 0.5
            with pytest.raises(RequestError, match=error):
                await get(transport)
            return dict(transport.requests)

        assert run(simulator.gateways[SYSTEM].url, trusting(simulator), use) == {"401": 1, "none": 1}


def test_an_answer_beyond_the_bound_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport_module, "_MAX_HELD_BYTES", 1000)
    with Simulator(default_scenario(live=False)) as simulator:
        simulator.gateways[SYSTEM].faults.add({"action": "body", "body": "x" * 2000})

        async def use(transport: Transport) -> None:
            with pytest.raises(TooLargeError, match="more than 1000 bytes"):
                await get(transport)

        run(simulator.gateways[SYSTEM].url, trusting(simulator), use)


def test_a_redirect_is_not_followed() -> None:
    with Simulator(default_scenario(live=False)) as simulator:
        elsewhere = simulator.gateways["pf-ams2"]
        simulator.gateways[SYSTEM].faults.add(
            {"action": "status", "status": 301, "headers": {"Location": f"{elsewhere.url}{PATH}"}}
        )

        async def use(transport: Transport) -> int:
            return (await transport.send("GET", PATH, authorization="Basic c2VjcmV0")).status

        assert run(simulator.gateways[SYSTEM].url, trusting(simulator), use) == 301
        assert elsewhere.requests.entries == []


@pytest.mark.parametrize("url", ["https://127.0.0.1:1", "https://gateway.invalid"])
def test_where_nobody_listens_the_source_is_unreachable(url: str) -> None:
    async def use(transport: Transport) -> None:
        with pytest.raises(UnreachableError, match="cannot connect"):
            await get(transport)

    run(url, unverified(), use)


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["127.0.0.1", "127.0.0.2"]])
def test_the_reason_is_told_why_no_address_can_be_connected_to(
    monkeypatch: pytest.MonkeyPatch, addresses: list[str]
) -> None:
    find = socket.getaddrinfo

    def find_all(host: str | bytes, *more: Any) -> list[Any]:  # noqa: ANN401 - handed through
        hosts = addresses if host in {"gateway.example", b"gateway.example"} else [host]
        return [found for each in hosts for found in find(each, *more)]

    monkeypatch.setattr(socket, "getaddrinfo", find_all)

    async def use(transport: Transport) -> str:
        with pytest.raises(UnreachableError) as caught:
            await get(transport)
        return str(caught.value)

    with socket.socket() as refusing:
        refusing.bind(("127.0.0.1", 0))
        port = refusing.getsockname()[1]
        assert run(f"https://gateway.example:{port}", unverified(), use) == "cannot connect: Connection refused"


def test_plain_http_is_for_a_lab_and_works() -> None:
    with Simulator(default_scenario(live=False), tls=False) as simulator:

        async def use(transport: Transport) -> tuple[int, float | None]:
            return (await get(transport)).status, transport.certificate_expiry

        assert run(simulator.gateways[SYSTEM].url, unverified(), use) == (401, None)


def test_no_error_holds_the_authorization() -> None:
    with Simulator(default_scenario(live=False)) as simulator:
        simulator.gateways[SYSTEM].faults.add({"action": "drop"})

        async def use(transport: Transport) -> str:
            with pytest.raises(PollError) as caught:
                await transport.send("GET", PATH, authorization="Basic c2VjcmV0LW1hcmtlcg==")
            return str(caught.value)

        assert "c2VjcmV0" not in run(simulator.gateways[SYSTEM].url, trusting(simulator), use)


@contextlib.asynccontextmanager
async def raw_server(*answers: bytes, tls: ssl.SSLContext | None = None) -> AsyncIterator[tuple[str, list[bytes]]]:
    """Answer one request after the other with these bytes, and give the URL and the heads of the requests."""
    heads: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            for answer in answers:
                heads.append(await reader.readuntil(b"\r\n\r\n"))
                writer.write(answer)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", ssl=tls)
    async with server:
        yield f"http{'s' if tls else ''}://127.0.0.1:{server.sockets[0].getsockname()[1]}", heads


def whole(body: bytes, *headers: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers, "", ""]).encode() + body


def ask_raw(*answers: bytes, tls: ssl.SSLContext | None = None) -> tuple[list[Answer], list[bytes], float | None]:
    async def main() -> tuple[list[Answer], list[bytes], float | None]:
        async with raw_server(*answers, tls=tls) as (url, heads):
            transport = Transport(url, tls=unverified(), timeout=10, max_connections=1, user_agent="test")
            try:
                given = [await get(transport) for _ in answers]
            finally:
                await transport.close()
            return given, heads, transport.certificate_expiry

    return asyncio.run(main())


@given(st.binary(max_size=300_000), st.integers(1, 9))
@settings(max_examples=20)
def test_a_packed_body_is_unpacked(body: bytes, level: int) -> None:
    (answer,), (head,), _ = ask_raw(whole(gzip.compress(body * 3, level), "Content-Encoding: GZip"))

    assert answer.body == body * 3
    assert b"\r\nAccept-Encoding: gzip\r\n" in head


@pytest.mark.parametrize(
    ("packed", "encoding", "error"),
    [
        (gzip.compress(b"[]" * 1000)[:-9], "gzip", "broke off: the gzip of its body has no end"),
        (b"[]", "gzip", "broke off: Error -3"),
        (zlib.compress(b"[]"), "deflate", "an encoding that was not asked for: deflate"),
        (gzip.compress(gzip.compress(b"[]")), "gzip, gzip", "an encoding that was not asked for: gzip, gzip"),
    ],
    ids=["cut", "not packed", "deflate", "packed twice"],
)
def test_a_body_that_cannot_be_unpacked_is_an_error(packed: bytes, encoding: str, error: str) -> None:
    with pytest.raises(RequestError, match=error):
        ask_raw(whole(packed, f"Content-Encoding: {encoding}"))


def test_a_bomb_is_refused_before_it_takes_the_memory() -> None:
    bomb = whole(gzip.compress(bytes(200 << 20)), "Content-Encoding: gzip")
    tracemalloc.start()
    try:
        with pytest.raises(TooLargeError, match="more than 67108864 bytes"):
            ask_raw(bomb)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    # What is held whole may have 64 MiB; it grows by an eighth at a time.
    assert peak < 150 << 20


def test_cookies_are_not_kept() -> None:
    answers = [whole(b"[]", f"Set-Cookie: number{number}=x") for number in range(3)]
    _, heads, _ = ask_raw(*answers)

    assert len(heads) == 3
    assert not [head for head in heads if b"cookie" in head.lower()]


def test_a_certificate_whose_end_is_no_date_has_none(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gateway")])
    dates = datetime(2020, 1, 1, tzinfo=UTC), datetime(2033, 11, 22, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 5, *dates)
    der = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    assert der.count(b"331122000000Z") == 1
    file = tmp_path / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(ssl.DER_cert_to_PEM_cert(der.replace(b"331122000000Z", b"331322000000Z")).encode() + private)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(file)

    answers, _, expiry = ask_raw(whole(b"[]"), whole(b"[]"), tls=tls)

    assert [answer.status for answer in answers] == [200, 200]
    assert expiry is None
