from __future__ import annotations

import html
import re
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from exporter import __version__
from exporter.inventory.polls import PollRecords
from exporter.model.instant import now
from exporter.model.powerflex import PoolsReading, PoolStatistics, ProtectionDomain, StoragePool, SystemReading
from exporter.web.status import Bar, age, human_bytes

Serving = Callable[[ASGIApp], AbstractAsyncContextManager[httpx.AsyncClient]]
Exporter = Any

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;{{ 7 * 7 }}\r\n</td>"


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in {"meta", "link"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def parsed(page: str) -> Tags:
    tags = Tags()
    tags.feed(page)
    tags.close()
    assert tags.open == []
    return tags


def pools(*found: StoragePool, domain: str = "domain", **statistics: int) -> PoolsReading:
    return PoolsReading(
        taken_at=now(),
        domains=(ProtectionDomain(id="d1", name=domain),),
        pools=found,
        statistics={"p1": PoolStatistics(**statistics)},  # type: ignore[arg-type]
    )


@pytest.mark.anyio
async def test_before_anything_was_read(serving: Serving, exporter: Exporter) -> None:
    async with serving(exporter.app()) as client:
        answer = await client.get("/")

    tags = parsed(answer.text)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert f"Version {__version__}" in tags.text
    assert "No storage pool has been read yet." in tags.text
    assert "not reached yet" in tags.text
    assert tags.text.count("not polled yet") == 2
    links = [attributes.get("href") for tag, attributes in tags.seen if tag == "a"]
    assert links == ["/metrics", "/-/healthy", "/-/ready"]


@pytest.mark.anyio
async def test_nothing_from_elsewhere_is_loaded_and_nothing_runs(serving: Serving, exporter: Exporter) -> None:
    async with serving(exporter.app()) as client:
        answer = await client.get("/")
        style = await client.get("/status.css")

    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert "script-src" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    tags = parsed(answer.text)
    assert "style" not in {tag for tag, _ in tags.seen}
    assert not [attributes for _, attributes in tags.seen if "style" in attributes]
    assert [attributes["href"] for tag, attributes in tags.seen if tag == "link"] == ["status.css"]
    assert style.headers["content-type"].startswith("text/css")
    assert style.headers["x-content-type-options"] == "nosniff"
    assert "url(" not in style.text
    assert "@import" not in style.text


@pytest.mark.anyio
async def test_hostile_names_are_text_and_nothing_else(serving: Serving, make_exporter: type[Any]) -> None:
    exporter = make_exporter(name=HOSTILE, polls=PollRecords.of([(HOSTILE, "system")]))
    exporter.polls.records[HOSTILE, "system"].note(error=f"failed: {HOSTILE}", duration=1.0, ended=1.0)
    pool = StoragePool(id="p1", name=HOSTILE, protection_domain_id="d1", data_layout=HOSTILE)
    exporter.inventory.put(HOSTILE, "pools", pools(pool, domain=HOSTILE))
    exporter.inventory.put(
        HOSTILE,
        "system",
        SystemReading(
            taken_at=now(),
            system_id=HOSTILE,
            version=HOSTILE,
            api_version=HOSTILE,
            cluster_state=HOSTILE,
            cluster_mode=HOSTILE,
            cluster_nodes_good=None,
            license_remaining_days=None,
        ),
    )
    exporter.inventory.note_try(HOSTILE, "system", up=True)
    async with serving(exporter.app()) as client:
        answer = await client.get("/")

    tags = parsed(answer.text)
    assert not {"script", "img"} & {tag for tag, _ in tags.seen}
    assert not [name for _, attributes in tags.seen for name in attributes if name.startswith("on")]
    assert tags.text.count("<script>alert(1)</script>") >= 5
    assert "49" not in re.sub(r"\d+ (s|min|h) ago", "", tags.text)
    assert html.escape("<script>") in answer.text


@pytest.mark.anyio
async def test_a_pool_as_both_sides_count_it(serving: Serving, exporter: Exporter) -> None:
    gib = 1024**2  # in KiB
    pool = StoragePool(id="p1", name="gold", protection_domain_id="d1", high_threshold_percent=80)
    reading = pools(
        pool,
        max_capacity_kib=110 * gib,
        spare_capacity_kib=10 * gib,
        capacity_in_use_kib=50 * gib,
        net_unused_capacity_kib=40 * gib,
    )
    exporter.inventory.put("pf", "pools", reading)
    async with serving(exporter.app()) as client:
        tags = parsed((await client.get("/")).text)

    # (110 - 10) GiB are there, 50 used; CloudStack halves 100 to 50 and takes off 40.
    assert "50.0 GiB of 100.0 GiB (50.0 %)" in tags.text
    assert "10.0 GiB of 50.0 GiB (20.0 %)" in tags.text
    meters = [attributes for tag, attributes in tags.seen if tag == "meter"]
    assert [(meter["value"], meter["high"]) for meter in meters] == [("0.5", "0.8"), ("0.2", "0.8")]
    assert "halves" not in tags.text


@pytest.mark.anyio
async def test_a_pool_of_which_nothing_is_known_and_one_that_is_not_halved(
    serving: Serving, exporter: Exporter
) -> None:
    found = (StoragePool(id="p1", name="gold"), StoragePool(id="p2", name="coded", data_layout="ErasureCoding"))
    exporter.inventory.put("pf", "pools", pools(*found))
    async with serving(exporter.app()) as client:
        tags = parsed((await client.get("/")).text)

    assert tags.text.count("unknown") >= 4
    assert "meter" not in {tag for tag, _ in tags.seen}
    assert tags.text.count("Data layout ErasureCoding: CloudStack halves") == 1


@pytest.mark.anyio
async def test_pools_that_are_not_watched_are_not_shown(serving: Serving, make_exporter: type[Any]) -> None:
    exporter = make_exporter(storage_pools=("gold",))
    found = (StoragePool(id="p1", name="gold"), StoragePool(id="p2", name="silver"))
    exporter.inventory.put("pf", "pools", pools(*found))
    async with serving(exporter.app()) as client:
        page = (await client.get("/")).text

    assert "gold" in page
    assert "silver" not in page


@pytest.mark.anyio
async def test_how_the_collectors_fare(serving: Serving, exporter: Exporter) -> None:
    exporter.next_poll = time.time() + 100
    exporter.polls.records["pf", "system"].note(error=None, duration=0.5, ended=time.time() - 60)
    exporter.polls.records["pf", "pools"].note(error="HTTP 500", duration=0.5, ended=time.time())
    exporter.inventory.note_try("pf", "pools", up=True)
    async with serving(exporter.app()) as client:
        tags = parsed((await client.get("/")).text)
        exporter.inventory.note_try("pf", "pools", up=False)
        down = parsed((await client.get("/")).text)

    assert re.search(r"read \d+ s ago, in 0\.50 s", tags.text)
    assert "HTTP 500 (never succeeded)" in tags.text
    assert "failing: pools" in tags.text
    assert re.search(r"next in \d+ s", tags.text)
    assert "no connection or no session" in down.text


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 B"),
        (1, "1 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1536, "1.5 KiB"),
        (1024**2, "1.0 MiB"),
        (8 * 1024**3, "8.0 GiB"),
        (1024**4, "1.0 TiB"),
        (1024**5, "1.0 PiB"),
        (1024**6, "1.0 EiB"),
        (5000 * 1024**6, "5000.0 EiB"),
        (-5120, "-5.0 KiB"),
    ],
)
def test_bytes_as_one_reads_them(count: int, words: str) -> None:
    assert human_bytes(count) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "120 min"), (7200, "2.0 h")]
)
def test_ages_as_one_reads_them(seconds: float, words: str) -> None:
    assert age(seconds) == words


@pytest.mark.parametrize(
    ("used", "total", "share", "words"),
    [
        (None, 1024, None, "unknown"),
        (1024, None, None, "unknown"),
        (0, 0, None, "0 B of 0 B"),
        (0, 1024, 0.0, "0 B of 1.0 KiB (0.0 %)"),
        (512, 1024, 0.5, "512 B of 1.0 KiB (50.0 %)"),
        (2048, 1024, 1.0, "2.0 KiB of 1.0 KiB (200.0 %)"),
        (-1024, 1024, 0.0, "-1.0 KiB of 1.0 KiB (-100.0 %)"),
    ],
)
def test_bars(used: int | None, total: int | None, share: float | None, words: str) -> None:
    bar = Bar(used, total)

    assert (bar.share, bar.words) == (share, words)
