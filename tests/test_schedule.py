from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from datetime import datetime, timedelta, tzinfo
from typing import Any, Self

import pytest
import structlog

from exporter.errors import (
    AnswerError,
    DuplicateSystemError,
    LoginError,
    PasswordRefusedError,
    PollError,
    RequestError,
    TooLargeError,
    UnreachableError,
)
from exporter.inventory.polls import PollRecord, PollRecords
from exporter.inventory.store import Inventory, PowerFlexEntry
from exporter.log import MASKER
from exporter.model.instant import now
from exporter.model.powerflex import AlertsReading, PowerFlexReading, SystemReading
from exporter.schedule import Collector, Poller, Schedule
from tests.clock import Clock

pytestmark = pytest.mark.anyio

Collect = Callable[[], Awaitable[PowerFlexReading]]
LogLines = list[MutableMapping[str, Any]]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def log_lines() -> Iterator[LogLines]:
    with structlog.testing.capture_logs() as captured:
        yield captured


def system_reading(system_id: str = "array-1") -> SystemReading:
    return SystemReading(
        taken_at=now(),
        system_id=system_id,
        version=None,
        api_version=None,
        cluster_state=None,
        cluster_mode=None,
        cluster_nodes_good=None,
        license_remaining_days=None,
    )


def gives(reading: PowerFlexReading) -> Collect:
    async def collect() -> PowerFlexReading:
        await asyncio.sleep(0)
        return reading

    return collect


def fails(*failures: BaseException | None) -> Collect:
    """Fail of these one after the other; None is a success."""
    remaining = list(failures)

    async def collect() -> PowerFlexReading:
        await asyncio.sleep(0)
        failure = remaining.pop(0)
        if failure is not None:
            raise failure
        return alerts()

    return collect


def alerts() -> AlertsReading:
    return AlertsReading(taken_at=now(), alerts=())


def inventory(*names: str) -> Inventory:
    limits = {"system": 1000.0, "alerts": 1000.0, "sdcs": 1000.0}
    return Inventory(tuple(PowerFlexEntry(name, (), limits) for name in names))


def poller(collect: Collect, store: Inventory, record: PollRecord, name: str = "alerts", source: str = "A") -> Poller:
    polls = PollRecords({(source, name): record})
    return Poller(Collector(source, name, 60.0, collect), store, polls, lambda: None)


async def test_a_success_is_put_noted_and_told() -> None:
    store, record, told = inventory("A"), PollRecord(), Counter[str]()
    reading = alerts()
    polls = PollRecords({("A", "alerts"): record})
    one = Poller(Collector("A", "alerts", 60.0, gives(reading)), store, polls, lambda: told.update(["changed"]))

    await one.poll()

    (snapshot,) = store.snapshots(now().monotonic)
    assert snapshot.alerts is reading
    assert snapshot.up is True
    assert store.was_tried("A", "alerts")
    assert (record.success, record.error, record.total, record.failures) == (True, None, 1, 0)
    assert record.duration is not None
    assert record.duration >= 0
    assert record.last_success is not None
    assert abs(record.last_success - now().unix) < 60
    assert told["changed"] == 1


@pytest.mark.parametrize(
    ("failure", "up"),
    [
        (UnreachableError("no route"), False),
        (LoginError("no session"), False),
        (PasswordRefusedError("401"), False),
        (DuplicateSystemError("the same"), False),
        (RequestError("500", status=500), True),
        (TooLargeError("too large"), True),
        (AnswerError("not JSON"), True),
        (PollError("something"), True),
    ],
)
async def test_what_a_failure_says_of_the_gateway(failure: PollError, up: bool) -> None:
    store, record = inventory("A"), PollRecord()
    former = alerts()
    store.put("A", "alerts", former)
    store.note_try("A", "alerts", up=not up)

    await poller(fails(failure), store, record).poll()

    (snapshot,) = store.snapshots(now().monotonic)
    assert snapshot.alerts is former, "a failed poll changes nothing"
    assert snapshot.up is up
    assert (record.success, record.error, record.failures) == (False, str(failure), 1)
    assert record.last_success is None


async def test_a_defect_is_noted_and_does_not_escape(log_lines: LogLines) -> None:
    store, record = inventory("A"), PollRecord()

    await poller(fails(ZeroDivisionError("division by zero")), store, record).poll()

    assert record.error == "a defect of the exporter: ZeroDivisionError: division by zero"
    (defect,) = (line for line in log_lines if line["log_level"] == "error")
    assert (defect["event"], defect["source"], defect["collector"]) == ("poll ended in a defect", "A", "alerts")
    assert store.was_tried("A", "alerts")


async def test_a_defect_without_words_has_some_all_the_same() -> None:
    record = PollRecord()

    await poller(fails(AssertionError()), inventory("A"), record).poll()

    assert record.error is not None
    assert "AssertionError" in record.error


async def test_a_failure_without_words_is_a_failure(log_lines: LogLines) -> None:
    record = PollRecord()

    await poller(fails(PollError()), inventory("A"), record).poll()

    assert (record.success, record.failures) == (False, 1)
    assert [line["event"] for line in log_lines if line["log_level"] == "warning"] == ["poll failed"]


async def test_secrets_do_not_reach_the_record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MASKER, "_longest_first", ["hunter2-hunter2"])
    record = PollRecord()
    one = poller(fails(PollError("no hunter2-hunter2"), ValueError("no hunter2-hunter2")), inventory("A"), record)

    await one.poll()
    assert record.error == "no <secret>"
    await one.poll()
    assert record.error == "a defect of the exporter: ValueError: no <secret>"


async def test_being_cancelled_is_no_failure_and_ends_the_poll() -> None:
    record = PollRecord()
    store = inventory("A")

    async def hang() -> PowerFlexReading:
        await asyncio.sleep(60)
        return alerts()

    task = asyncio.create_task(poller(hang, store, record).poll())
    await asyncio.sleep(0)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task

    assert task.cancelled()
    assert record == PollRecord()
    assert not store.was_tried("A", "alerts")


async def test_a_change_is_logged_once(log_lines: LogLines) -> None:
    same, other = PollError("no answer"), PollError("another reason")
    one = poller(fails(None, None, same, same, other, other, None, None, same), inventory("A"), PollRecord())

    for _ in range(9):
        await one.poll()

    assert [(line["event"], line.get("error")) for line in log_lines if line["log_level"] != "debug"] == [
        ("poll failed", "no answer"),
        ("poll failed", "another reason"),
        ("poll succeeds again", None),
        ("poll failed", "no answer"),
    ]


async def test_the_first_answer_of_a_source_is_logged(log_lines: LogLines) -> None:
    for name in ("system", "alerts"):
        one = poller(gives(system_reading()), inventory("A"), PollRecord(), name, "A")
        await one.poll()
        await one.poll()

    told = [(line["event"], line["collector"]) for line in log_lines if line["log_level"] != "debug"]
    assert told == [("the source answers", "system")]


async def test_the_later_of_two_names_of_one_array_is_refused_with_its_reason() -> None:
    store = inventory("A", "B")
    records = {name: PollRecord() for name in ("A", "B", "B alerts")}
    asked = Counter[str]()

    async def count() -> PowerFlexReading:
        asked["alerts"] += 1
        return alerts()

    await poller(gives(system_reading()), store, records["A"], "system", "A").poll()
    await poller(gives(system_reading()), store, records["B"], "system", "B").poll()
    await poller(count, store, records["B alerts"], "alerts", "B").poll()

    assert records["A"].success is True
    for record in (records["B"], records["B alerts"]):
        assert record.success is False
        assert record.error is not None
        assert "same array as 'A'" in record.error
    assert asked["alerts"] == 0, "a refused system is not asked for anything but what it is"
    assert [snapshot.up for snapshot in store.snapshots(now().monotonic)] == [True, False]


async def test_who_is_another_array_now_is_served_again() -> None:
    store, record = inventory("A", "B"), PollRecord()
    store.put("A", "system", system_reading("one"))

    await poller(gives(system_reading("one")), store, record, "system", "B").poll()
    assert record.success is False
    await poller(gives(system_reading("two")), store, record, "system", "B").poll()
    assert record.success is True
    assert store.snapshots(now().monotonic)[1].up is True


class Plan:
    """Fake collectors of some sources, and what was asked of them."""

    def __init__(self, *sources: str, interval: float = 0.05) -> None:
        self.sources = sources
        self.interval = interval
        self.asked: list[str] = []
        self.running: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.takes: dict[str, float] = {}
        self.cancelled: list[str] = []
        self.told = 0
        self.store = inventory(*sources)
        names = ("system", "alerts", "sdcs")
        self.polls = PollRecords.of((source, name) for source in sources for name in names)
        self.ids = {source: f"array of {source}" for source in sources}

    def schedule(self) -> Schedule:
        collectors = [
            Collector(source, name, self.interval, self._of(source, name)) for source, name in self.polls.records
        ]
        return Schedule(collectors, self.store, self.polls, self._changed)

    def _changed(self) -> None:
        self.told += 1

    def _of(self, source: str, name: str) -> Collect:
        key = f"{source}/{name}"

        async def collect() -> PowerFlexReading:
            self.asked.append(key)
            self.running[key] += 1
            self.most[key] = max(self.most[key], self.running[key])
            try:
                await asyncio.sleep(self.takes.get(key, 0))
            except asyncio.CancelledError:
                self.cancelled.append(key)
                raise
            finally:
                self.running[key] -= 1
            return system_reading(self.ids[source]) if name == "system" else alerts()

        return collect


@contextlib.asynccontextmanager
async def running(schedule: Schedule) -> AsyncIterator[Schedule]:
    schedule.start()
    try:
        yield schedule
    finally:
        await schedule.stop()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.01)


async def test_every_collector_is_polled_again_and_again() -> None:
    plan = Plan("A", "B")
    async with running(plan.schedule()):
        await until(lambda: all(record.total >= 3 for record in plan.polls.records.values()))

    assert all(record.failures == 0 for record in plan.polls.records.values())
    assert plan.told >= 18


async def test_no_collector_is_polled_twice_at_once_however_slow() -> None:
    plan = Plan("A")
    plan.takes = {"A/system": 0.2, "A/alerts": 0.2}
    async with running(plan.schedule()):
        await until(lambda: plan.polls.records["A", "alerts"].total >= 3)

    assert max(plan.most.values()) == 1


async def test_a_slow_collector_delays_no_other() -> None:
    plan = Plan("A", "B")
    plan.takes = {"A/alerts": 600, "B/system": 600}
    async with running(plan.schedule()):
        await until(lambda: plan.polls.records["A", "sdcs"].total >= 5)
        assert plan.polls.records["A", "system"].total >= 1

    assert plan.polls.records["A", "alerts"].total == 0


async def test_nothing_else_is_asked_until_the_source_was_identified() -> None:
    plan = Plan("A", "B")
    plan.takes = {"A/system": 2}
    async with running(plan.schedule()):
        await until(lambda: plan.polls.records["A", "sdcs"].total >= 1)

    before = plan.asked[: plan.asked.index("A/sdcs")]
    assert "A/system" in before
    assert "B/sdcs" in before, "and the other source does not wait for it"


async def test_the_others_follow_even_if_the_source_could_not_be_identified() -> None:
    plan = Plan("A")
    schedule = plan.schedule()
    leader = next(one for one in schedule._pollers if one.collector.name == "system")
    broken = Collector("A", "system", plan.interval, fails(*[UnreachableError("no route")] * 1000))
    leader.collector = broken
    async with running(schedule):
        await until(lambda: plan.polls.records["A", "sdcs"].total >= 1)

    assert plan.polls.records["A", "system"].error == "no route"


async def test_followers_are_scheduled_once() -> None:
    plan = Plan("A")
    async with running(plan.schedule()) as schedule:
        await until(lambda: plan.polls.records["A", "system"].total >= 4)
        jobs = [job.id for job in schedule._scheduler.get_jobs()]

    assert sorted(jobs) == ["A/alerts", "A/sdcs", "A/system"]


async def test_to_stop_cancels_what_is_under_way_and_starts_nothing_new() -> None:
    plan = Plan("A", "B")
    plan.takes = {"A/alerts": 600, "B/system": 600}
    async with running(plan.schedule()):
        await until(lambda: bool(plan.running["A/alerts"] and plan.running["B/system"]))

    await until(lambda: sorted(plan.cancelled) == ["A/alerts", "B/system"])
    asked = len(plan.asked)
    await asyncio.sleep(0.3)
    assert len(plan.asked) == asked
    assert plan.polls.records["A", "alerts"].total == 0


async def test_to_stop_after_a_stop_that_was_given_up_cancels_what_is_under_way() -> None:
    plan = Plan("A")
    plan.takes = {"A/alerts": 600}
    async with running(plan.schedule()) as schedule:
        await until(lambda: plan.running["A/alerts"] > 0)
        given_up = asyncio.create_task(schedule.stop())
        await asyncio.sleep(0)
        given_up.cancel()
        await asyncio.gather(given_up, return_exceptions=True)
        await schedule.stop()

        assert plan.cancelled == ["A/alerts"]


async def test_to_stop_is_nothing_to_complain_of(caplog: pytest.LogCaptureFixture) -> None:
    plan = Plan("A")
    plan.takes = {"A/alerts": 600}
    async with running(plan.schedule()) as schedule:
        await until(lambda: plan.running["A/alerts"] > 0)
        caplog.clear()
    await until(lambda: plan.cancelled == ["A/alerts"])
    await schedule.stop()
    await asyncio.sleep(0.05)

    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_skipped_poll_says_which_it_is_or_nothing(caplog: pytest.LogCaptureFixture) -> None:
    plan = Plan("A")
    plan.takes = {"A/alerts": 600}
    async with running(plan.schedule()):
        await until(lambda: plan.polls.records["A", "sdcs"].total >= 5)
        complaints = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]

    # On a busy machine another one may be skipped as well.
    assert all(re.search(r"\bA/(system|alerts|sdcs)\b", complaint) for complaint in complaints), complaints


class WallClock(Clock):
    """The wall clock as the exporter and the scheduler see it, which can be set."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        super().__init__()
        wall = self

        class Datetime(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> Self:
                return super().now(tz) + timedelta(seconds=wall.jump)

        patch.setattr("apscheduler.schedulers.base.datetime", Datetime)
        patch.setattr("exporter.schedule.time", self)
        patch.setattr("exporter.wall_clock.time", self)
        patch.setattr("exporter.wall_clock._LOOK_SECONDS", 0.1)


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(hours=1), timedelta(days=20_000)], ids=str)
async def test_polls_go_on_as_before_when_the_wall_clock_jumps(
    jump: timedelta, monkeypatch: pytest.MonkeyPatch, log_lines: LogLines
) -> None:
    wall = WallClock(monkeypatch)
    plan = Plan("A", interval=0.4)
    async with running(plan.schedule()) as schedule:
        await until(lambda: plan.asked.count("A/alerts") == 2)
        before = time.monotonic()
        wall.jump = jump.total_seconds()
        await until(lambda: plan.asked.count("A/alerts") == 6)
        took = time.monotonic() - before
        due = schedule.next_poll("A", "alerts")

    # Three intervals or four, and neither a pause nor all that was missed.
    assert 1.2 <= took < 16
    assert due is not None
    assert abs(due - wall.time()) < 16
    told = [line for line in log_lines if line["event"] == "the clock of this host was set"]
    assert [(line["log_level"], line["seconds"]) for line in told] == [("warning", round(jump.total_seconds()))]


async def test_when_the_next_poll_is() -> None:
    plan = Plan("A", interval=30.0)
    schedule = plan.schedule()
    async with running(schedule):
        assert schedule.next_poll("A", "alerts") is None, "it waits for the source to be identified"
        await until(lambda: plan.polls.records["A", "alerts"].total == 1)
        upcoming = schedule.next_poll("A", "alerts")
        assert schedule.next_poll("A", "unheard of") is None

    assert upcoming is not None
    assert 0 < upcoming - now().unix < 60


async def test_poll_once_polls_everything_once_the_identifying_first() -> None:
    plan = Plan("A", "B")
    plan.takes = {"A/system": 0.1}

    await plan.schedule().poll_once()

    assert Counter(plan.asked) == Counter(
        f"{source}/{name}" for source in "AB" for name in ("system", "alerts", "sdcs")
    )
    for source in "AB":
        of_source = [key for key in plan.asked if key.startswith(source)]
        assert of_source[0] == f"{source}/system"
    assert plan.polls.all_tried


async def test_poll_once_ends_whatever_fails() -> None:
    plan = Plan("A", "B")
    plan.takes = {}
    schedule = plan.schedule()
    for one in schedule._pollers:
        if one.source == "A":
            broken = fails(UnreachableError("no route") if one.collector.name == "system" else KeyError("x"))
            one.collector = Collector("A", one.collector.name, 1.0, broken)

    await schedule.poll_once()

    assert [record.success for (source, _), record in plan.polls.records.items() if source == "A"] == [False] * 3
    assert [record.success for (source, _), record in plan.polls.records.items() if source == "B"] == [True] * 3


async def test_poll_once_refuses_the_same_array_even_if_the_later_one_is_quicker() -> None:
    plan = Plan("A", "B")
    plan.ids = {"A": "one array", "B": "one array"}
    plan.takes = {"A/system": 0.2}

    await plan.schedule().poll_once()

    errors = {key: record.error for key, record in plan.polls.records.items()}
    assert errors["A", "system"] is None
    assert "same array as 'A'" in (errors["B", "system"] or "success")


async def test_what_was_polled_before_is_due_an_interval_after_that() -> None:
    plan = Plan("A", "B", "C", interval=1000.0)
    for (source, name), record in plan.polls.records.items():
        if source == "A" or (source == "B" and name != "sdcs"):
            record.note(error=None, duration=0.1, ended=time.time() - 400.0)

    async with running(plan.schedule()) as schedule:
        await until(lambda: len(plan.asked) == 4)
        upcoming = [schedule.next_poll("A", name) for name in ("system", "alerts", "sdcs")]

    # One whose first poll was cut off, and a source that is new.
    assert sorted(plan.asked) == ["B/sdcs", "C/alerts", "C/sdcs", "C/system"]
    assert all(second is not None and 590 < second - time.time() < 610 for second in upcoming)
