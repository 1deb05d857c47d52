from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator, MutableMapping
from typing import Any

import pytest
import structlog

from exporter import publish
from exporter.inventory.polls import PollRecords
from exporter.inventory.store import CloudStackEntry, Inventory, PowerFlexEntry
from exporter.metrics.deflate import text
from exporter.metrics.judgement import Judgement, OwnChecks
from exporter.metrics.page import Page, PageRenderer
from exporter.model.cloudstack import (
    CheckStatus,
    InventoryReading,
    Router,
    RouterCheck,
    RoutersReading,
    Setting,
    SettingsReading,
    StoragePool,
    VolumesReading,
)
from exporter.model.instant import now
from exporter.model.powerflex import AlertsReading, PoolsReading
from exporter.model.powerflex import StoragePool as Pool
from exporter.model.powerflex import Volume as ArrayVolume
from exporter.model.powerflex import VolumesReading as ArrayVolumes
from exporter.publish import Publisher
from tests.clock import Clock

pytestmark = pytest.mark.anyio

LogLines = list[MutableMapping[str, Any]]
COLLECTORS = [("pf1", "alerts"), ("ams", "routers")]
CHECKS = ("connectivity.test", "filesystem.writable.test")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def log_lines() -> Iterator[LogLines]:
    with structlog.testing.capture_logs() as captured:
        yield captured


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "_SETTLE_SECONDS", 0.01)
    monkeypatch.setattr(publish, "_STALE_CHECK_SECONDS", 60.0)


class Stage:
    """A publisher of one system and one installation."""

    def __init__(self, grace: float = 1800.0) -> None:
        limits = dict.fromkeys(("pools", "alerts", "volumes", "inventory", "settings", "routers"), 1000.0)
        self.inventory = Inventory((PowerFlexEntry("pf1", (), limits),), (CloudStackEntry("ams", (), limits),))
        self.polls = PollRecords.of(COLLECTORS)
        self.renderer = PageRenderer("all", 100)
        self.own: OwnChecks = {}
        self.publisher = Publisher(
            self.inventory, self.polls, self.renderer, Judgement(grace, 3600.0), lambda: self.own
        )

    def body(self) -> str:
        return b"".join(text(self.publisher.page.blocks)).decode()

    def tried(self, source: str, collector: str) -> None:
        self.inventory.note_try(source, collector, up=True)
        self.polls.records[source, collector].note(error=None, duration=0.0, ended=0.0)
        self.publisher.changed()

    def read_router(self) -> None:
        router = Router(id="r1", name="r-1-VM", state="Running")
        self.inventory.put("ams", "routers", RoutersReading(taken_at=now(), routers=(router,)))


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    made = Stage()
    yield made
    await made.publisher.stop()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60.0):
        while not holds():  # noqa: ASYNC110 - what is awaited is no event
            await asyncio.sleep(0.005)


async def test_before_the_first_page_there_is_an_empty_one(stage: Stage) -> None:
    assert (stage.publisher.page, stage.publisher.ready) == (Page(), False)


async def test_it_publishes_when_something_changed(stage: Stage) -> None:
    stage.publisher.start()
    stage.read_router()
    stage.tried("ams", "routers")

    await until(lambda: 'cloudstack_router_running{cloudstack="ams",router_id="r1",router="r-1-VM"} 1' in stage.body())


async def test_a_stop_that_is_given_up_itself_says_so(stage: Stage) -> None:
    stage.publisher.start()
    await asyncio.sleep(0)
    stopping = asyncio.create_task(stage.publisher.stop())
    await asyncio.sleep(0)
    stopping.cancel()

    with pytest.raises(asyncio.CancelledError):
        await stopping


async def test_nothing_is_rendered_while_nothing_changes(stage: Stage) -> None:
    stage.publisher.start()
    stage.read_router()
    await asyncio.sleep(0.1)

    assert stage.body() == ""


async def test_many_changes_make_one_page(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "_SETTLE_SECONDS", 0.5)
    rendered, render = [], stage.renderer.render

    def counted(*arguments: Any) -> Page:  # noqa: ANN401
        rendered.append(arguments)
        return render(*arguments)

    monkeypatch.setattr(stage.renderer, "render", counted)
    stage.publisher.start()
    for _ in range(100):
        stage.publisher.changed()
        await asyncio.sleep(0)
    await until(lambda: bool(rendered))
    await asyncio.sleep(1)

    assert len(rendered) == 1


async def test_what_grows_stale_is_dropped_though_nothing_changes(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr("exporter.model.instant.time", clock)
    monkeypatch.setattr(publish, "_STALE_CHECK_SECONDS", 0.05)
    stage.read_router()
    stage.publisher.start()
    await until(lambda: "cloudstack_router_info" in stage.body())
    clock.offset += 1001
    await until(lambda: "cloudstack_router_info" not in stage.body())


async def test_a_change_during_the_rendering_is_rendered_after_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on, render = threading.Event(), threading.Event(), stage.renderer.render

    def slow(*arguments: Any) -> Page:  # noqa: ANN401
        begun.set()
        assert go_on.wait(10.0)
        return render(*arguments)

    monkeypatch.setattr(stage.renderer, "render", slow)
    stage.publisher.start()
    stage.tried("pf1", "alerts")
    await until(begun.is_set)
    stage.read_router()
    stage.tried("ams", "routers")
    go_on.set()

    await until(lambda: "cloudstack_router_info" in stage.body())


async def test_the_event_loop_is_free_while_a_page_is_rendered(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    render = stage.renderer.render

    def noting(*arguments: Any) -> Page:  # noqa: ANN401
        seen.append(threading.get_ident())
        return render(*arguments)

    monkeypatch.setattr(stage.renderer, "render", noting)
    await stage.publisher.publish()

    assert seen != [threading.get_ident()]


async def test_it_survives_a_defect_in_the_rendering(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, log_lines: LogLines
) -> None:
    stage.publisher.start()
    stage.tried("pf1", "alerts")
    await until(lambda: 'powerflex_up{system="pf1"} 1' in stage.body())
    before, render = stage.publisher.page, stage.renderer.render

    def defective(*_: object) -> Page:
        raise ZeroDivisionError("in the rendering")

    monkeypatch.setattr(stage.renderer, "render", defective)
    stage.read_router()
    stage.tried("ams", "routers")
    await until(lambda: bool(log_lines))

    assert stage.publisher.page is before
    assert not stage.publisher.ready, "the page that would have made it ready could not be rendered"
    assert {line["log_level"] for line in log_lines} == {"error"}

    monkeypatch.setattr(stage.renderer, "render", render)
    stage.publisher.changed()
    await until(lambda: "cloudstack_router_info" in stage.body())
    assert stage.publisher.ready


async def test_a_page_that_can_no_longer_be_rendered_anew_does_not_pass_for_fresh(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exporter.publish._PAGE_KEPT_SECONDS", -1.0)
    stage.publisher.start()
    stage.tried("pf1", "alerts")
    await until(lambda: 'powerflex_up{system="pf1"} 1' in stage.body())
    assert stage.publisher.judged

    def defective(*_: object) -> Page:
        raise ZeroDivisionError("in the rendering")

    monkeypatch.setattr(stage.renderer, "render", defective)
    stage.publisher.changed()

    await until(lambda: stage.publisher.page == Page())
    assert stage.publisher.judged == {}


async def test_it_survives_a_defect_in_the_judgement(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, log_lines: LogLines
) -> None:
    def defective(*_: object) -> object:
        raise KeyError("in the comparison")

    with monkeypatch.context() as patch:
        patch.setattr("exporter.metrics.judgement.reconcile", defective)
        stage.publisher.start()
        stage.read_router()
        stage.tried("ams", "routers")
        await until(lambda: bool(log_lines))
        assert stage.publisher.page == Page()
    stage.publisher.changed()

    await until(lambda: "cloudstack_router_info" in stage.body())


class TestReady:
    async def test_it_is_ready_once_all_were_tried_and_a_page_tells_of_it(self, stage: Stage) -> None:
        await stage.publisher.publish()
        assert not stage.publisher.ready

        stage.tried("pf1", "alerts")
        await stage.publisher.publish()
        assert not stage.publisher.ready, "one collector was not tried"

        stage.tried("ams", "routers")
        assert not stage.publisher.ready, "no page was published since"

        await stage.publisher.publish()
        assert stage.publisher.ready

    async def test_a_poll_that_failed_was_tried_too_and_the_log_tells_of_it_once(self, stage: Stage) -> None:
        for record in stage.polls.records.values():
            record.note(error="unreachable", duration=0.0, ended=0.0)
        stage.tried("ams", "routers")

        with structlog.testing.capture_logs() as lines:
            await stage.publisher.publish()
            await stage.publisher.publish()

        assert stage.publisher.ready
        collectors = len(stage.polls.records)
        told = {"event": "ready", "log_level": "info", "collectors": collectors, "failing": collectors - 1}
        assert lines == [told]

    async def test_what_is_tried_during_the_rendering_is_not_on_that_page(
        self, stage: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        render = stage.renderer.render

        def meanwhile(*arguments: Any) -> Page:  # noqa: ANN401
            for source, collector in COLLECTORS:
                stage.polls.records[source, collector].note(error=None, duration=0.0, ended=0.0)
            return render(*arguments)

        monkeypatch.setattr(stage.renderer, "render", meanwhile)
        await stage.publisher.publish()
        assert not stage.publisher.ready

        await stage.publisher.publish()
        assert stage.publisher.ready


async def test_own_results_of_routers_are_on_the_page_at_the_next_change(stage: Stage) -> None:
    stage.read_router()
    await stage.publisher.publish()
    assert "cloudstack_router_filesystem_writable{" not in stage.body()

    stage.own = {
        "ams": {
            "r1": tuple(
                RouterCheck(name=name, check_type="basic", status=status, updated=now().unix)
                for name, status in zip(CHECKS, (CheckStatus.SUCCESS, CheckStatus.FAILED), strict=True)
            )
        }
    }
    await stage.publisher.publish()

    labels = '{cloudstack="ams",router_id="r1",router="r-1-VM"}'
    assert f"cloudstack_router_filesystem_writable{labels} 0\n" in stage.body()


@pytest.mark.parametrize("at_once", [False, True])
async def test_only_once_judges_without_grace(at_once: bool) -> None:
    stage = Stage()
    pools = (StoragePool(id="0000aaaa-1", path="p1"),)
    taken_at = now()
    setting = Setting(name="custom.cs.identifier", value="ours", scope="global")
    volume = ArrayVolume(id="v1", name="vol-1-aaaa-ours", storage_pool_id="p1", vtree_id="t1", size_kib=8)
    for source, collector, reading in (
        ("pf1", "pools", PoolsReading(taken_at=taken_at, domains=(), pools=(Pool(id="p1", name="x"),), statistics={})),
        ("pf1", "volumes", ArrayVolumes(taken_at=taken_at, volumes=[volume])),
        ("pf1", "alerts", AlertsReading(taken_at=taken_at, alerts=())),
        ("ams", "inventory", InventoryReading(taken_at=taken_at, zones=(), pools=pools, hosts=(), offerings=())),
        ("ams", "volumes", VolumesReading(taken_at=taken_at, volumes=[], complete=True)),
        ("ams", "settings", SettingsReading(taken_at=taken_at, settings=(setting,))),
    ):
        stage.inventory.put(source, collector, reading)

    await stage.publisher.publish(at_once=at_once)

    assert 'cloudstack_powerflex_reconciliation_suspended{cloudstack="ams",system="pf1"' in stage.body()
    assert ('reason="orphaned"} 1' in stage.body()) is at_once


async def test_after_the_stop_the_last_page_stays(stage: Stage) -> None:
    stage.publisher.start()
    stage.tried("pf1", "alerts")
    await until(lambda: stage.body() != "")
    before = stage.publisher.page

    await stage.publisher.stop()
    stage.read_router()
    stage.tried("ams", "routers")
    await asyncio.sleep(0.1)

    assert stage.publisher.page is before


async def test_one_that_was_never_started_can_be_stopped() -> None:
    await Stage().publisher.stop()


async def test_a_stop_that_comes_together_with_a_change_is_a_stop(stage: Stage) -> None:
    for turns in range(4):
        stage.publisher.start()
        await asyncio.sleep(0.01)
        stage.publisher.changed()
        for _ in range(turns):
            await asyncio.sleep(0)
        stopped = asyncio.create_task(stage.publisher.stop())
        done, _ = await asyncio.wait([stopped], timeout=20.0)
        stopped.cancel()
        assert done == {stopped}
