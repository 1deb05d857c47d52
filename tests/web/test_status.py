from __future__ import annotations

import html
import re
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from starlette.types import ASGIApp

from exporter import __version__
from exporter.inventory.polls import PollRecords
from exporter.metrics.families.group import Judged
from exporter.model import cloudstack
from exporter.model.findings import Pair, Reason, Verdict
from exporter.model.instant import now
from exporter.model.powerflex import PoolsReading, PoolStatistics, ProtectionDomain, StoragePool, SystemReading
from exporter.model.snapshot import CloudStackSnapshot, PowerFlexSnapshot
from exporter.web.status.findings import AT_RISK, DiscrepancyRow, RouterRow, is_all_judged
from exporter.web.status.pools import Bar, Mark, PoolRow, pool_rows
from exporter.web.status.sources import SourceRow
from exporter.web.status.verdict import Tile, discrepancy_tile, pool_tile, router_tile, source_tile
from exporter.web.status.words import age, human_bytes

Serving = Callable[[ASGIApp], AbstractAsyncContextManager[httpx.AsyncClient]]
Exporter = Any

RULES = Path(__file__).parents[2] / "alerts" / "rules"

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
    assert links[:2] == ["/metrics", "/config"]
    assert all(re.fullmatch(r"https://github\.com/.+/docs/[a-z-]+\.md", link or "") for link in links[2:4])
    assert links[4:] == ["#sources", "#pools"]
    assert "Sources 0 of 1 reached so far" in tags.text
    assert "Storage pools not known yet" in tags.text


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
    bars = [attributes for tag, attributes in tags.seen if tag == "svg"]
    assert [bar["class"] for bar in bars] == ["good", "good"]
    assert bars[0]["aria-label"] == "PowerFlex, raw: 50.0 GiB of 100.0 GiB (50.0 %)"
    assert [one["width"] for tag, one in tags.seen if tag == "rect" and one["class"] == "used"] == ["500", "200"]
    assert [one["x1"] for tag, one in tags.seen if tag == "line"] == ["800"]
    assert "high 80 %" in tags.text
    assert "Storage pools 50 %, gold · pf · domain" in tags.text
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
    assert "svg" not in {tag for tag, _ in tags.seen}
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
    assert re.search(r"\bin \d+ s\b", tags.text)
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
    ("used", "total", "share", "state", "words"),
    [
        (None, 1024, None, "unknown", "unknown"),
        (1024, None, None, "unknown", "unknown"),
        (0, 0, None, "unknown", "0 B of 0 B"),
        (0, 1024, 0.0, "good", "0 B of 1.0 KiB (0.0 %)"),
        (767, 1024, 0.7490234375, "good", "767 B of 1.0 KiB (74.9 %)"),
        (768, 1024, 0.75, "warn", "768 B of 1.0 KiB (75.0 %)"),
        (896, 1024, 0.875, "bad", "896 B of 1.0 KiB (87.5 %)"),
        (2048, 1024, 1.0, "bad", "2.0 KiB of 1.0 KiB (200.0 %)"),
        (-1024, 1024, 0.0, "good", "-1.0 KiB of 1.0 KiB (-100.0 %)"),
    ],
)
def test_bars(used: int | None, total: int | None, share: float | None, state: str, words: str) -> None:
    bar = Bar("", used, total, (Mark("high", 0.75, "warn"), Mark("critical", 0.875, "bad")))

    assert (bar.share, bar.state, bar.words) == (share, state, words)


def router(state: str) -> RouterRow:
    return RouterRow("ams", "r-1-VM", "zone", state, "")


def of_bar(ratio: float | None, high: float = 1.0) -> PoolRow:
    used = None if ratio is None else round(1000 * ratio)
    return PoolRow("pf", "", "gold", "1 s", (Bar("", used, 1000, (Mark("high", high, "warn"),)),), None)


FOUND = DiscrepancyRow("ams on pf", "orphaned", 1)
MISSING = DiscrepancyRow("ams on pf", "missing", 2)


@pytest.mark.parametrize(
    ("tile", "state", "words"),
    [
        (router_tile([], unread=["ams"]), "unknown", "0 unknown, none known of ams"),
        (router_tile([], unread=[]), "good", "all can write"),
        (router_tile([router("unknown")], unread=[]), "unknown", "1 unknown"),
        (router_tile([router("bad"), router("unknown")], unread=[]), "bad", "1 read-only, 1 unknown"),
        (router_tile([router("bad")], unread=["lab"]), "bad", "1 read-only, 0 unknown, none known of lab"),
        (discrepancy_tile([], all_judged=False), "unknown", "not all judged"),
        (discrepancy_tile([], all_judged=True), "good", "none"),
        (discrepancy_tile([FOUND], all_judged=False), "warn", "1, not all judged"),
        (discrepancy_tile([FOUND, FOUND], all_judged=True), "warn", "2"),
        (discrepancy_tile([FOUND, MISSING], all_judged=True), "bad", "3, 2 with data at risk"),
        (discrepancy_tile([MISSING], all_judged=False), "bad", "2, 2 with data at risk, not all judged"),
        (pool_tile([]), "unknown", "not known yet"),
        (pool_tile([of_bar(0.5), of_bar(None)]), "unknown", "unknown, gold · pf"),
        (pool_tile([of_bar(0.72, 0.7), of_bar(0.8)]), "warn", "72 %, gold · pf"),
        (pool_tile([of_bar(0.5, 0.7), of_bar(0.6, 0.7)]), "good", "60 %, gold · pf"),
        (source_tile([SourceRow("a", "good", "", [])]), "good", "1 is read"),
        (source_tile([SourceRow("a", "waiting", "", []), SourceRow("b", "bad", "", [])]), "bad", "in trouble: b"),
        (source_tile([SourceRow("a", "waiting", "", [])]), "unknown", "0 of 1 reached so far"),
    ],
)
def test_the_answers_at_first_sight(tile: Tile, state: str, words: str) -> None:
    assert (tile.state, tile.words) == (state, words)


def test_data_is_at_risk_where_a_critical_alert_says_so() -> None:
    groups = yaml.safe_load((RULES / "volumes.yaml").read_text())["groups"]
    critical = [rule["expr"] for group in groups for rule in group["rules"] if rule["labels"]["severity"] == "critical"]

    assert {reason for of in critical for reason in re.findall('reason="(.+?)"', of)} == AT_RISK


def test_nothing_is_judged_where_a_reason_or_every_pair_is_missing() -> None:
    pair = Pair("ams", "pf")
    whole = Verdict(pair, judged=frozenset(Reason))
    part = Verdict(pair, judged=frozenset(Reason) - {Reason.MAPPED_TO_DEAD_SDC})

    assert is_all_judged(Judged(verdicts=(whole, whole)))
    assert not is_all_judged(Judged(verdicts=(whole, part)))
    assert not is_all_judged(Judged())


def test_cloudstack_marks_where_it_stops_placing_volumes() -> None:
    pool = StoragePool(id="p1", name="gold")
    rows = [cloudstack.StoragePool(id=f"uuid-{path}", path=path) for path in ("p1", "p2")]
    inventory = cloudstack.InventoryReading(taken_at=now(), zones=(), pools=tuple(rows), hosts=(), offerings=())
    name = "pool.storage.capacity.disablethreshold"
    settings = cloudstack.SettingsReading(
        taken_at=now(),
        settings=(
            cloudstack.Setting(name=name, value="0.85", scope="global"),
            cloudstack.Setting(name=name, value="0.7", scope="storagepool", scope_id="uuid-p1"),
        ),
    )
    installations = [
        CloudStackSnapshot(name="ams", inventory=inventory, settings=settings),
        CloudStackSnapshot(name="lab", inventory=inventory),
    ]
    system = PowerFlexSnapshot(name="pf", pools=pools(pool, max_capacity_kib=200, spare_capacity_kib=0))

    (row,) = pool_rows([system], installations, now().monotonic + 200)

    assert [mark.words for mark in row.bars[1].marks] == ["ams places nothing from 70 %"]
    assert (row.place, row.age) == ("pf", "3 min")
