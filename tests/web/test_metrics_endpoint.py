from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.exposition import choose_encoder
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text
from starlette.types import ASGIApp

from exporter.web.metrics import _understood

Serving = Callable[[ASGIApp], AbstractAsyncContextManager[httpx.AsyncClient]]
Exporter = Any

pytestmark = pytest.mark.anyio

HEADER = b"# HELP powerflex_up Whether\n# TYPE powerflex_up gauge\n"
SAMPLE = b'powerflex_up{system="a"} 1\n'
BODY = HEADER + SAMPLE
OWN = b"# HELP powerflex_exporter_own Own part\n# TYPE powerflex_exporter_own gauge\npowerflex_exporter_own 1.0\n"
EOF = b"# EOF\n"

TEXT = "text/plain; version=0.0.4"
OPENMETRICS = "application/openmetrics-text; version=1.0.0"
PROMETHEUS_2 = (
    "application/openmetrics-text;version=1.0.0;q=0.75,application/openmetrics-text;version=0.0.1;q=0.5,"
    "text/plain;version=0.0.4;q=0.4,*/*;q=0.1"
)
PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)
PROMETHEUS_3_TEXT_ONLY = "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "content_type", "end"),
    [
        pytest.param(None, TEXT, b"", id="nothing asked"),
        pytest.param("", TEXT, b"", id="an empty header"),
        pytest.param("*/*", TEXT, b"", id="curl"),
        pytest.param(BROWSER, TEXT, b"", id="a browser"),
        pytest.param(PROMETHEUS_2, OPENMETRICS, EOF, id="Prometheus 2"),
        pytest.param(PROMETHEUS_3, OPENMETRICS, EOF, id="Prometheus 3"),
        pytest.param(PROMETHEUS_3_TEXT_ONLY, "text/plain; version=1.0.0", b"", id="Prometheus 3, text alone"),
        pytest.param("text/plain;version=0.0.4", TEXT, b"", id="text 0.0.4"),
        pytest.param("application/openmetrics-text", OPENMETRICS, EOF, id="OpenMetrics of no version"),
        pytest.param("application/openmetrics-text;version=0.0.1", TEXT, b"", id="OpenMetrics too old"),
        pytest.param("application/vnd.google.protobuf;encoding=delimited", TEXT, b"", id="protobuf"),
        pytest.param("a;b;c,,;=;q", TEXT, b"", id="nonsense"),
    ],
)
async def test_the_format_that_was_asked_for(
    serving: Serving, exporter: Exporter, accept: str | None, content_type: str, end: bytes
) -> None:
    exporter.fill(BODY)
    async with serving(exporter.app()) as client:
        del client.headers["accept"]
        answer = await client.get("/metrics", headers={} if accept is None else {"Accept": accept})

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(content_type)
    assert answer.headers["content-type"].count("charset") == 1
    assert answer.content == BODY + OWN + end


@pytest.mark.parametrize(
    "accept",
    [
        "application/openmetrics-text;version=abc",
        "application/openmetrics-text;version=",
        "application/openmetrics-text;version=1.x.0",
        "text/plain;version=abc",
        "text/plain;version=9999999999999999999999",
        "application/openmetrics-text;version=1.0.0;escaping=nonsense",
        "text/plain;version=1.0.0;escaping=",
        'application/openmetrics-text;version="1.0.0"',
        "application/openmetrics-text;version=\u0661.0.0",
        "application/openmetrics-text;version=abc;version=1.0.0",
        "application/openmetrics-text;version;version=1.0.0",
        "text/plain;version=1.0.0;version=abc",
        "application/openmetrics-text;version=2.0.0 text/plain",
    ],
)
async def test_an_accept_header_of_nonsense_is_answered_all_the_same(
    serving: Serving, exporter: Exporter, accept: str
) -> None:
    exporter.fill(BODY)
    async with serving(exporter.app()) as client:
        answer = await client.get("/metrics", headers={b"Accept": accept.encode()})

    assert answer.status_code == 200
    assert answer.content.startswith(BODY + OWN)


_WORDS = st.sampled_from(
    [
        *("application/openmetrics-text", "text/plain", "*/*", ";", ";", ",", "=", "version", "version=", "escaping="),
        *("q=", "0.0.1", "0.0.4", "1.0.0", "2.0.0", "abc", '"', " ", "allow-utf-8", "\u00e4"),
    ]
)


@given(st.lists(_WORDS, max_size=20).map("".join))
@settings(max_examples=500)
def test_any_accept_header_gives_a_content_type_that_we_write(accept: str) -> None:
    _, content_type = choose_encoder(_understood(accept))

    versions = r"(text/plain; version=(0\.0\.4|1\.0\.0)|application/openmetrics-text; version=[12]\.0\.0)"
    assert re.fullmatch(versions + r"; charset=utf-8(; escaping=[a-z0-9-]+)?", content_type)


async def test_a_version_that_we_do_not_write_is_not_promised(serving: Serving, exporter: Exporter) -> None:
    exporter.fill(BODY)
    async with serving(exporter.app()) as client:
        answer = await client.get("/metrics", headers={"Accept": "application/openmetrics-text;version=77.0.0"})

    assert "77" not in answer.headers["content-type"]


async def test_each_format_is_read_by_its_parser(serving: Serving, exporter: Exporter) -> None:
    exporter.fill(BODY)
    async with serving(exporter.app()) as client:
        plain = await client.get("/metrics")
        strict = await client.get("/metrics", headers={"Accept": PROMETHEUS_3})

    assert [family.name for family in parse_text(plain.text)] == ["powerflex_up", "powerflex_exporter_own"]
    families = list(parse_openmetrics(strict.text))  # type: ignore[no-untyped-call]
    assert [family.name for family in families] == ["powerflex_up", "powerflex_exporter_own"]


@pytest.mark.parametrize("accept", ["*/*", PROMETHEUS_2, PROMETHEUS_3])
@pytest.mark.parametrize("size", [0, 1, 100, 200_000])
async def test_gzip_and_identity_hold_the_same(serving: Serving, exporter: Exporter, accept: str, size: int) -> None:
    blocks = [b"".join(b'powerflex_up{system="%d"} 1\n' % number for number in range(size)) for _ in range(2)]
    exporter.fill(*blocks)
    async with serving(exporter.app()) as client:
        plain = await client.get("/metrics", headers={"Accept": accept})
        async with client.stream("GET", "/metrics", headers={"Accept": accept, "Accept-Encoding": "gzip"}) as packed:
            raw = b"".join([piece async for piece in packed.aiter_raw()])

    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) == len(raw)
    assert gzip.decompress(raw) == plain.content
    assert plain.content.startswith(b"".join(blocks))
    assert plain.headers["content-type"] == packed.headers["content-type"]
    for answer in (plain, packed):
        assert {word.strip().lower() for word in answer.headers["vary"].split(",")} == {"accept", "accept-encoding"}


@pytest.mark.parametrize(
    ("accept_encoding", "takes_gzip"),
    [
        ("gzip", True),
        ("GZIP", True),
        ("gzip, deflate, br", True),
        ("deflate, br;q=1.0, gzip;q=0.8", True),
        ("gzip;q=1", True),
        ("gzip ; q=0.001", True),
        ("*", True),
        ("identity, *;q=0.5", True),
        ("", False),
        ("identity", False),
        ("deflate", False),
        ("br", False),
        ("gzip;q=0", False),
        ("gzip; q=0", False),
        ("gzip;q=0.0", False),
        ("gzip;Q=0.000", False),
        ("gzip ; q = 0", False),
        ("gzip;q=0.", False),
        ("*;q=0", False),
        ("gzip;q=0, *", False),
        ("*, gzip;q=0", False),
        ("*;q=0, gzip", True),
        ("identity;q=0, *;q=0, gzip;q=0.5", True),
        ("notgzip", False),
        ("gzipped", False),
    ],
)
async def test_who_takes_gzip(
    serving: Serving,
    exporter: Exporter,
    accept_encoding: str,
    takes_gzip: bool,
) -> None:
    exporter.fill(BODY)
    async with serving(exporter.app()) as client:
        answer = await client.get("/metrics", headers={"Accept-Encoding": accept_encoding})

    assert (answer.headers.get("content-encoding") == "gzip") is takes_gzip
    assert answer.content == BODY + OWN


async def test_who_asks_for_no_encoding_gets_none(serving: Serving, exporter: Exporter) -> None:
    exporter.fill(BODY)
    async with serving(exporter.app()) as client:
        del client.headers["accept-encoding"]
        answer = await client.get("/metrics")

    assert "content-encoding" not in answer.headers
    assert answer.content == BODY + OWN


async def test_head_has_the_headers_and_no_body(serving: Serving, exporter: Exporter) -> None:
    exporter.fill(BODY)
    async with serving(exporter.app()) as client:
        for encoding in ("gzip", "identity"):
            got = await client.get("/metrics", headers={"Accept-Encoding": encoding})
            head = await client.head("/metrics", headers={"Accept-Encoding": encoding})

            assert head.status_code == 200
            assert head.content == b""
            assert head.headers["content-type"] == got.headers["content-type"]
            assert head.headers.get("content-encoding") == got.headers.get("content-encoding")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_metrics_are_only_read(serving: Serving, exporter: Exporter, method: str) -> None:
    async with serving(exporter.app()) as client:
        answer = await client.request(method, "/metrics")

    assert answer.status_code == 405
    assert {word.strip() for word in answer.headers["allow"].split(",")} == {"GET", "HEAD"}


async def test_the_path_can_be_another(serving: Serving, exporter: Exporter) -> None:
    exporter.metrics_path = "/a/b-c"
    exporter.fill(BODY)
    async with serving(exporter.app()) as client:
        assert (await client.get("/a/b-c")).content == BODY + OWN
        assert (await client.get("/metrics")).status_code == 404


async def test_a_page_of_nothing_is_the_own_part(serving: Serving, exporter: Exporter) -> None:
    async with serving(exporter.app()) as client:
        assert (await client.get("/metrics")).content == OWN


async def test_a_new_page_is_served_at_once_and_one_under_way_stays_whole(serving: Serving, exporter: Exporter) -> None:
    old, new = SAMPLE * 400_000, SAMPLE * 10
    exporter.fill(old)
    async with serving(exporter.app()) as client, client.stream("GET", "/metrics") as slow:
        pieces = slow.aiter_raw()
        first = await anext(pieces)
        exporter.fill(new)
        assert (await client.get("/metrics")).content == new + OWN
        rest = b"".join([piece async for piece in pieces])

    assert first + rest == old + OWN


async def test_the_packed_page_is_one_member(serving: Serving, exporter: Exporter) -> None:
    exporter.fill(BODY, SAMPLE * 5000, b"")
    async with (
        serving(exporter.app()) as client,
        client.stream("GET", "/metrics", headers={"Accept-Encoding": "gzip"}) as packed,
    ):
        raw = b"".join([piece async for piece in packed.aiter_raw()])

    inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)
    assert inflater.decompress(raw) == BODY + SAMPLE * 5000 + OWN
    assert inflater.eof
    assert inflater.unused_data == b""
