"""The runner, with real tasks and a source that answers when the test says so."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, MutableMapping
from typing import Any, cast

import pytest
import structlog

from exporter import router_runner
from exporter.cloudstack.source import CloudStackSource
from exporter.errors import PollError, RequestError, UnreachableError
from exporter.inventory.polls import PollRecords
from exporter.inventory.store import CloudStackEntry, Inventory
from exporter.log import MASKER
from exporter.metrics.deflate import text
from exporter.metrics.judgement import Judgement
from exporter.metrics.page import PageRenderer
from exporter.model.cloudstack import CheckStatus, Host, InventoryReading, Router, RouterCheck, RoutersReading
from exporter.model.instant import now
from exporter.publish import Publisher
from exporter.router_runner import RouterRunner
from exporter.views.router_runs import Mode, Policy, finished_run, plan_runs

pytestmark = pytest.mark.anyio

LogLines = list[MutableMapping[str, Any]]
Checks = tuple[RouterCheck, ...]
STALE = 1800.0
FEW = tuple(f"r{number}" for number in range(4))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def log_lines() -> Iterator[LogLines]:
    with structlog.testing.capture_logs() as captured:
        yield captured


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(router_runner, "_PLAN_EVERY_SECONDS", 0.005)


def checks(status: CheckStatus, age: float) -> Checks:
    updated = time.time() - age
    return (
        RouterCheck(name="connectivity.test", check_type="basic", status=CheckStatus.SUCCESS, updated=updated),
        RouterCheck(name="filesystem.writable.test", check_type="basic", status=status, updated=updated),
    )


class Stage:
    """One installation, of which `run_fresh` is played by the test."""

    def __init__(self, *, mode: Mode = "stale", at_most: int = 1, interval: float = 1800.0) -> None:
        limits = dict.fromkeys(("inventory", "routers"), 1e6)
        self.inventory = Inventory((), (CloudStackEntry("ams", (), limits), CloudStackEntry("fra", (), limits)))
        self.told = 0
        self.asked: list[str] = []
        self.times_out: list[float] = []
        self.running = 0
        self.most = 0
        self.cancelled: list[str] = []
        self.answers: Mapping[str, Checks | Exception] = {}
        self.open = asyncio.Event()
        self.open.set()
        self.source = cast("CloudStackSource", type("Source", (), {"name": "ams"})())
        self.runner = RouterRunner(
            self.source,
            self.inventory,
            Policy(mode, STALE, interval),
            max_concurrent=at_most,
            timeout=300.0,
            changed=self.tell,
        )

    def tell(self) -> None:
        self.told += 1

    def listed(self, *ids: str, fresh: tuple[str, ...] = (), offline: tuple[str, ...] = ()) -> None:
        """Have these routers listed: of no result, of a fresh one, and on a host that is cut off."""
        routers = tuple(
            Router(
                id=id_,
                name=f"{id_}-VM",
                state="Running",
                host_id="h1",
                host_control_state="Offline" if id_ in offline else "Enabled",
                checks=checks(CheckStatus.SUCCESS, 0.0) if id_ in fresh else (),
            )
            for id_ in (*ids, *fresh, *offline)
        )
        self.inventory.put("ams", "routers", RoutersReading(taken_at=now(), routers=routers))
        hosts = (Host(id="h1", state="Up", resource_state="Enabled"),)
        reading = InventoryReading(taken_at=now(), zones=(), pools=(), hosts=hosts, offerings=())
        self.inventory.put("ams", "inventory", reading)

    async def run_fresh(self, source: CloudStackSource, router_id: str, timeout_seconds: float) -> Checks:
        assert source is self.source
        self.asked.append(router_id)
        self.times_out.append(timeout_seconds)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.sleep(0.01)
            await self.open.wait()
        except asyncio.CancelledError:
            self.cancelled.append(router_id)
            raise
        finally:
            self.running -= 1
        answer = self.answers.get(router_id, checks(CheckStatus.SUCCESS, 0.0))
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
async def stages(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[..., Stage]]:
    made: list[Stage] = []

    def make(**settings: Any) -> Stage:  # noqa: ANN401
        stage = Stage(**settings)
        monkeypatch.setattr(router_runner, "run_fresh", stage.run_fresh)
        made.append(stage)
        return stage

    yield make
    for stage in made:
        await stage.runner.stop()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60.0):
        while not holds():  # noqa: ASYNC110 - what is awaited is no event
            await asyncio.sleep(0.005)


async def some_plans() -> None:
    await asyncio.sleep(0.1)


@pytest.mark.parametrize("at_most", [1, 2, 3])
async def test_each_due_router_is_asked_once_and_never_too_many_at_a_time(
    stages: Callable[..., Stage], at_most: int
) -> None:
    stage = stages(at_most=at_most)
    stage.listed(*FEW, fresh=("fresh",), offline=("lost",))
    stage.runner.start()

    await until(lambda: stage.told == len(FEW))
    await some_plans()

    assert sorted(stage.asked) == sorted(FEW)
    assert stage.most == at_most
    assert (stage.runner.counts.runs, stage.runner.counts.failures) == (4, 0)
    assert stage.runner.results.keys() == set(FEW)
    assert set(stage.times_out) == {300.0}


async def test_a_slow_run_is_not_started_twice_and_holds_up_the_others_alone(stages: Callable[..., Stage]) -> None:
    stage = stages()
    stage.open.clear()
    stage.listed(*FEW)
    stage.runner.start()
    await until(lambda: stage.asked == ["r0"])
    await some_plans()
    assert stage.asked == ["r0"]

    stage.open.set()
    await until(lambda: len(stage.asked) == 4)


async def test_always_does_not_ask_a_router_that_is_still_being_asked(stages: Callable[..., Stage]) -> None:
    stage = stages(mode="always", at_most=2, interval=0.02)
    stage.open.clear()
    stage.listed(fresh=("a", "b"))
    stage.runner.start()
    await until(lambda: len(stage.asked) == 2)
    await some_plans()
    assert Counter(stage.asked) == {"a": 1, "b": 1}

    stage.open.set()
    await until(lambda: min(Counter(stage.asked).values()) >= 3)
    assert stage.most == 2


async def test_never_starts_no_task(stages: Callable[..., Stage]) -> None:
    stage = stages(mode="never")
    stage.listed(*FEW)
    before = asyncio.all_tasks()

    stage.runner.start()
    await some_plans()

    assert asyncio.all_tasks() == before
    assert (stage.asked, stage.runner.counts.runs, stage.runner.results) == ([], 0, {})


async def test_nobody_is_asked_before_the_routers_were_read(stages: Callable[..., Stage]) -> None:
    stage = stages()
    stage.runner.start()
    await some_plans()
    assert stage.asked == []

    stage.listed("r1")
    await until(lambda: stage.asked == ["r1"])


async def test_the_routers_of_another_installation_are_none_of_its_business(stages: Callable[..., Stage]) -> None:
    stage = stages()
    other = Router(id="theirs", state="Running", host_control_state="Enabled")
    stage.inventory.put("fra", "routers", RoutersReading(taken_at=now(), routers=(other,)))
    stage.runner.start()
    await some_plans()

    assert stage.asked == []


@pytest.mark.parametrize(
    "failure", [PollError("failed"), UnreachableError("no route"), RequestError("530", status=530), ZeroDivisionError()]
)
async def test_a_failure_is_counted_and_ends_neither_the_others_nor_what_was_known(
    stages: Callable[..., Stage], failure: Exception
) -> None:
    stage = stages()
    stage.answers = {"r1": failure}
    stage.listed(*FEW)
    stage.runner.start()

    await until(lambda: stage.told == 4)
    await some_plans()

    assert Counter(stage.asked) == dict.fromkeys(FEW, 1), "one that failed is not asked again before stale_after"
    assert (stage.runner.counts.runs, stage.runner.counts.failures) == (4, 1)
    assert stage.runner.results.keys() == set(FEW) - {"r1"}


async def test_a_failure_is_logged_without_secrets(stages: Callable[..., Stage], log_lines: LogLines) -> None:
    MASKER.add("a-key-of-the-test")
    stage = stages()
    stage.answers = {"r1": RequestError("refused: apiKey=a-key-of-the-test", status=401, text="a-key-of-the-test")}
    stage.listed("r1")
    stage.runner.start()
    await until(lambda: stage.told == 1)

    (line,) = log_lines
    assert (line["log_level"], line["source"], line["router"]) == ("warning", "ams", "r1")
    assert line["error"] == "refused: apiKey=<secret>"
    assert "a-key-of-the-test" not in repr(line)


async def test_a_defect_is_logged_as_one(stages: Callable[..., Stage], log_lines: LogLines) -> None:
    stage = stages()
    stage.answers = {"r1": ZeroDivisionError("in the run")}
    stage.listed("r1")
    stage.runner.start()
    await until(lambda: stage.told == 1)

    (line,) = log_lines
    assert (line["log_level"], line["router"], line["exc_info"]) == ("error", "r1", True)


async def test_a_run_without_any_result_keeps_the_former(stages: Callable[..., Stage]) -> None:
    stage = stages()
    stage.answers = {"r1": ()}
    stage.listed("r1")
    stage.runner.start()
    await until(lambda: stage.told == 1)

    assert (stage.runner.results, stage.runner.counts.failures) == ({}, 0)


class TestStop:
    async def test_it_cancels_the_runs_under_way_and_starts_no_more(self, stages: Callable[..., Stage]) -> None:
        stage = stages(at_most=2)
        stage.open.clear()
        stage.listed(*FEW)
        before = asyncio.all_tasks()
        stage.runner.start()
        await until(lambda: len(stage.asked) == 2)

        await stage.runner.stop()
        stage.open.set()
        await some_plans()

        assert sorted(stage.cancelled) == sorted(stage.asked) == ["r0", "r1"]
        assert asyncio.all_tasks() == before
        assert stage.runner.counts.failures == 0, "a run that is given up has not failed"

    async def test_it_can_be_stopped_at_once_or_twice_or_unstarted(self, stages: Callable[..., Stage]) -> None:
        stage = stages()
        await stage.runner.stop()
        stage.listed("r1")
        stage.runner.start()
        await stage.runner.stop()
        await stage.runner.stop()

        assert stage.asked == []


class TestSuspension:
    async def test_too_many_stale_routers_suspend_it_and_it_says_so_once(
        self, stages: Callable[..., Stage], log_lines: LogLines
    ) -> None:
        stage = stages()
        many = tuple(f"r{number}" for number in range(5))
        stage.listed(*many)
        stage.runner.start()
        await until(lambda: stage.runner.counts.suspended)
        await some_plans()

        assert stage.asked == []
        assert [line["event"] for line in log_lines] == ["runs of router health checks are suspended"]

        stage.listed(fresh=many)
        await until(lambda: not stage.runner.counts.suspended)
        await some_plans()

        assert [line["event"] for line in log_lines][1:] == ["runs of router health checks are no longer suspended"]
        assert {line["source"] for line in log_lines} == {"ams"}
        assert stage.asked == []

    async def test_a_few_stale_ones_do_not_suspend_it(self, stages: Callable[..., Stage]) -> None:
        stage = stages()
        stage.listed(*FEW)
        stage.runner.start()
        await until(lambda: stage.told == 4)

        assert not stage.runner.counts.suspended

    async def test_always_is_suspended_likewise(self, stages: Callable[..., Stage]) -> None:
        stage = stages(mode="always", interval=0.01)
        stage.listed(*(f"r{number}" for number in range(5)))
        stage.runner.start()
        await until(lambda: stage.runner.counts.suspended)
        await some_plans()

        assert stage.asked == []


class TestDefectsInThePlanning:
    async def test_they_do_not_end_it(self, stages: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch) -> None:
        stage = stages()
        stage.listed("r1")

        def defective(*_: object) -> object:
            raise ZeroDivisionError("in the plan")

        with monkeypatch.context() as patch, structlog.testing.capture_logs() as lines:
            patch.setattr(router_runner, "plan_runs", defective)
            stage.runner.start()
            await until(lambda: bool(lines))
            await some_plans()
            assert stage.asked == []
        assert {(line["log_level"], line["source"]) for line in lines} == {("error", "ams")}

        await until(lambda: stage.asked == ["r1"])

    async def test_one_that_lasts_is_not_logged_every_second(
        self, stages: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch, log_lines: LogLines
    ) -> None:
        stage, words = stages(), ["in the plan"]

        def defective(*_: object) -> object:
            raise ZeroDivisionError(*words)

        stage.listed("r1")
        monkeypatch.setattr(router_runner, "plan_runs", defective)
        stage.runner.start()
        await until(lambda: len(log_lines) >= 1)
        await some_plans()
        assert len(log_lines) == 1

        words[0] = "another"
        await until(lambda: len(log_lines) >= 2)
        await some_plans()
        assert len(log_lines) == 2


async def test_a_result_reaches_the_page_through_the_publisher(
    stages: Callable[..., Stage], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    stage = stages()
    publisher = Publisher(
        stage.inventory,
        PollRecords.of([("ams", "routers")]),
        PageRenderer("all", 100),
        Judgement(1800.0, STALE),
        lambda: {stage.runner.name: stage.runner.results},
    )
    stage.runner._changed = publisher.changed
    stage.answers = {"r1": checks(CheckStatus.FAILED, 0.0)}
    stage.listed("r1")

    def body() -> str:
        return b"".join(text(publisher.page.blocks)).decode()

    await publisher.publish()
    assert "cloudstack_router_running" in body()
    assert "cloudstack_router_filesystem_writable{" not in body()
    publisher.start()
    try:
        stage.runner.start()
        labels = '{cloudstack="ams",router_id="r1",router="r1-VM"}'
        await until(lambda: f"cloudstack_router_filesystem_writable{labels} 0\n" in body())
    finally:
        await publisher.stop()
    assert not caplog.records


async def test_one_that_takes_over_waits_for_the_runs_under_way_and_repeats_none(
    stages: Callable[..., Stage],
) -> None:
    stage = stages(at_most=2)
    stage.open.clear()
    stage.listed("r0", "r1")
    former = stage.runner
    former.start()
    await until(lambda: len(stage.asked) == 2)

    await former.pause()
    stage.runner = RouterRunner(
        stage.source,
        stage.inventory,
        Policy("stale", STALE, 1800.0),
        max_concurrent=2,
        timeout=300.0,
        changed=stage.tell,
    )
    stage.runner.take_over(former, shared=True)
    stage.runner.start()
    await some_plans()
    assert (stage.asked, stage.cancelled) == (["r0", "r1"], [])

    stage.open.set()
    await until(lambda: len(stage.runner.results) == 2)
    await some_plans()
    assert (len(stage.asked), stage.runner.counts.runs, stage.runner.counts.failures) == (2, 2, 0)


async def test_where_the_name_alone_is_the_same_only_the_counts_go_on(stages: Callable[..., Stage]) -> None:
    stage = stages()
    stage.listed("r0")
    stage.runner.start()
    await until(lambda: len(stage.runner.results) == 1)
    former = stage.runner
    await former.stop()
    stage.runner = RouterRunner(
        stage.source,
        stage.inventory,
        Policy("stale", STALE, 1800.0),
        max_concurrent=1,
        timeout=300.0,
        changed=stage.tell,
    )

    stage.runner.take_over(former, shared=False)

    assert (stage.runner.counts.runs, stage.runner.results) == (1, {})


class TestPlanning:
    async def test_a_plan_that_a_run_has_overtaken_is_dropped(
        self, stages: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stage = stages()
        stage.listed(*FEW)
        overtaken: list[bool] = []

        def plan(*inputs: Any) -> Any:  # noqa: ANN401
            memory = stage.runner._runs.memory
            found = plan_runs(*inputs)
            if not overtaken:
                overtaken.append(True)
                stage.runner._runs.memory = finished_run(memory, "r0", checks(CheckStatus.SUCCESS, 0.0))
            return found

        monkeypatch.setattr(router_runner, "plan_runs", plan)
        stage.runner.start()
        await until(lambda: len(stage.asked) == 3)
        await some_plans()

        assert sorted(stage.asked) == ["r1", "r2", "r3"]
        assert "r0" in stage.runner.results

    async def test_after_a_long_plan_there_is_a_rest_but_what_it_named_is_run(
        self, stages: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stage = stages()
        stage.listed(*FEW)
        plans: list[int] = []

        def plan(*inputs: Any) -> Any:  # noqa: ANN401
            plans.append(1)
            return plan_runs(*inputs)

        monkeypatch.setattr(router_runner, "plan_runs", plan)
        monkeypatch.setattr(router_runner, "_REST_FOR_EACH_SECOND", 1e9)
        stage.runner.start()
        await until(lambda: len(stage.asked) == len(FEW))
        await some_plans()

        assert (sorted(stage.asked), len(plans), stage.most) == (sorted(FEW), 1, 1)
