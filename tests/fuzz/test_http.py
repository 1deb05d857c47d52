"""Whatever comes back over the socket, a request ends in an answer or in an error of a poll."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import ssl

from hypothesis import example, given
from hypothesis import strategies as st

from exporter.errors import PollError
from exporter.http.transport import Answer, Request, Transport

_MOST_BYTES = 5_000
_TLS = ssl.create_default_context()
_STATUS_LINES = st.sampled_from(
    [
        *(f"HTTP/1.1 {status} Words" for status in (100, 101, 200, 204, 206, 301, 304, 401, 407, 429, 500, 999)),
        *("HTTP/1.0 200 OK", "HTTP/2 200", "HTTP/1.1 200", "HTTP/1.1 20 OK", "HTTP/1.1 -1 OK", "200 OK", "", "{}"),
    ]
)
_HEADERS = st.sampled_from(
    [
        *(f"Content-Length: {length}" for length in (0, 2, 5, 300, -1, "1e3", 2**70, "2, 2")),
        *(f"Content-Encoding: {coding}" for coding in ("gzip", "identity", "br", "gzip, gzip", "deflate", "\x7f")),
        *("Transfer-Encoding: chunked", "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: \xe4"),
        *("Date: Thu, 26 Nov 2026 03:00:00 GMT", "Date: Mon, 99 Foo 99999 99:99:99 GMT", "Date: \xff", "Date:"),
        *("Location: http://[::1", "Location: //\x00", "Set-Cookie: a=b; Domain=localhost", "Set-Cookie: =;=;"),
        *("Connection: close", "Connection: upgrade", "no colon", " folded", "Name : space", "X: " + "y" * 200_000),
    ]
)
_BODIES = st.one_of(
    st.binary(max_size=300),
    st.binary(max_size=300).map(gzip.compress),
    st.binary(max_size=300).map(lambda body: b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)),
    st.just(gzip.compress(bytes(100 * _MOST_BYTES))),
    st.just(b"ffffffffffffffffffffffff\r\n"),
)


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    """What a broken server, or something that is none, may send."""
    head = "\r\n".join([draw(_STATUS_LINES), *draw(st.lists(_HEADERS, max_size=4)), "", ""]).encode("latin-1")
    sent = bytearray(head + draw(_BODIES))
    for position in draw(st.lists(st.integers(0, len(sent)), max_size=3)):
        sent[position : position + 1] = draw(st.binary(max_size=2))
    return bytes(sent[: draw(st.none() | st.integers(0, len(sent)))])


async def _ask(sent: bytes) -> Answer:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(sent)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1")
    async with server:
        transport = Transport(
            f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}",
            tls=_TLS,
            timeout=20,
            max_connections=1,
            user_agent="test",
            max_answer_bytes=_MOST_BYTES,
        )
        try:
            return await transport.request(Request("GET", "/", "GET /"))
        finally:
            assert sum(transport.requests.values()) == 1
            await transport.close()


@given(answers())
@example(b"")
def test_a_request_ends_in_an_answer_or_in_an_error_of_a_poll(sent: bytes) -> None:
    try:
        answer = asyncio.run(_ask(sent))
    except PollError:
        return
    assert len(answer.body) <= _MOST_BYTES
    assert answer.status >= 100
