"""Polls every collector of every source at its interval, and hands the readings over."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from exporter.errors import DuplicateSystemError, LoginError, PollError, RequestError, UnreachableError, words_of
from exporter.inventory.polls import PollRecord, PollRecords
from exporter.inventory.store import Inventory, Reading
from exporter.log import MASKER
from exporter.wall_clock import FromNowTrigger, jumps

_JITTER = 0.1
_LEADING = frozenset({"system", "inventory"})
"""The collectors that are polled first: what they read identifies the source, or places what the others read."""
_VARYING = re.compile(r"\w*\d\w*")
_CAUSE_CHARACTERS = 80

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Collector:
    """One collector of one source.

    Attributes:
        source: the configured name.
        name: what it is called under `schedule`.
        interval: seconds between two polls.
        collect: reads the source once.
    """

    source: str
    name: str
    interval: float
    collect: Callable[[], Awaitable[Reading]]


class Poller:
    """Polls one collector, and notes how it went.

    Args:
        collector: what is polled.
        inventory: takes the readings.
        polls: takes the outcomes.
        changed: called after each poll.
    """

    def __init__(
        self, collector: Collector, inventory: Inventory, polls: PollRecords, changed: Callable[[], None]
    ) -> None:
        self.collector = collector
        self.source = collector.source
        self._inventory = inventory
        self._polls = polls
        self._changed = changed
        self._last_cause: tuple[object, ...] | None = None
        self._was_slow = False
        self._log = _log.bind(source=collector.source, collector=collector.name)

    @property
    def _record(self) -> PollRecord:
        return self._polls.records[self.collector.source, self.collector.name]

    @property
    def ended(self) -> float | None:
        """The unix second at which the last poll ended, None before."""
        return self._record.ended

    async def poll(self) -> None:
        """Poll once. Whatever goes wrong is noted and logged, and raises nothing."""
        started = time.monotonic()
        failure: Exception | None = None
        up = True
        try:
            await self._collect()
        except PollError as error:
            failure = error
            up = not isinstance(error, (UnreachableError, LoginError, DuplicateSystemError))
        except Exception as error:  # noqa: BLE001 - one collector's defect must not end the others
            failure = error
        duration = time.monotonic() - started
        words = None if failure is None else MASKER.mask(words_of(failure))
        self._log_change(failure, words, duration)
        self._record.note(error=words, duration=duration, ended=time.time())
        self._inventory.note_try(self.collector.source, self.collector.name, up=up)
        self._changed()

    def refuse_same_array(self) -> None:
        """Count the last poll as failed where an earlier system has since turned out to be the same array."""
        try:
            self._refuse_same_array()
        except DuplicateSystemError as failure:
            if self._record.success:
                self._record.revoke(str(failure))
                self._last_cause = _cause(failure)
                self._log.warning("poll failed", error=str(failure))

    async def _collect(self) -> None:
        source, name = self.collector.source, self.collector.name
        if name not in _LEADING:
            self._refuse_same_array()
        self._inventory.put(source, name, await self.collector.collect())
        if name in _LEADING:
            self._refuse_same_array()

    def _refuse_same_array(self) -> None:
        other = self._inventory.same_array(self.collector.source)
        if other is not None:
            raise DuplicateSystemError(f"this is the same array as {other!r}, which is served; remove one of the two")

    def _log_change(self, failure: Exception | None, words: str | None, duration: float) -> None:
        """Log what is new: a cause that is not the last one's, its end, and polls that outlast their interval."""
        self._log.debug("polled", error=words, seconds=round(duration, 3))
        cause = None if failure is None else _cause(failure)
        if cause is not None and cause != self._last_cause:
            if isinstance(failure, PollError):
                self._log.warning("poll failed", error=words)
            else:
                self._log.error("poll ended in a defect", error=words, exc_info=failure)
        elif cause is None and self._record.success is False:
            self._log.info("poll succeeds again")
        elif cause is None and self._record.success is None and self.collector.name in _LEADING:
            self._log.info("the source answers", seconds=round(duration, 3))
        self._last_cause = cause
        is_slow = duration > self.collector.interval
        if is_slow and not self._was_slow:
            self._log.warning("polls take longer than their interval", seconds=round(duration, 1))
        self._was_slow = is_slow


def _cause(failure: Exception) -> tuple[object, ...]:
    """Return what makes two failures the same: all but the numbers and ids in their words."""
    status = failure.status if isinstance(failure, RequestError) else None
    return type(failure), status, _VARYING.sub("", str(failure)[:_CAUSE_CHARACTERS])


class Schedule:
    """Runs the pollers, each at its interval with some jitter, and never one twice at once."""

    def __init__(
        self, collectors: list[Collector], inventory: Inventory, polls: PollRecords, changed: Callable[[], None]
    ) -> None:
        self._pollers = [Poller(one, inventory, polls, changed) for one in collectors]
        self._stopping = False
        self._under_way: set[asyncio.Task[None]] = set()
        self._following: asyncio.Task[None] | None = None
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"max_instances": 1, "coalesce": True, "misfire_grace_time": None}
        )

    def start(self) -> None:
        """Start polling: what leads each source now, the rest of it as soon as that was tried.

        What was polled before, for a former schedule, is due an interval after that.
        """
        self._scheduler.start()
        self._following = asyncio.create_task(self._follow_the_clock())
        for leader, followers in self._by_source():
            if leader.ended is None:
                self._add(leader, self._lead(leader, followers))
            else:
                for poller in (leader, *followers):
                    self._add(poller, poller.poll)

    async def stop(self) -> None:
        """Stop polling and cancel what is under way."""
        self._stopping = True
        following = self._following
        if following is None:
            return
        following.cancel()
        self._scheduler.pause()
        # What the scheduler has only just begun ends by itself; to cancel that would be logged as an error.
        await asyncio.sleep(0)
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(following, *self._under_way, return_exceptions=True)
        self._scheduler.shutdown(wait=False)
        self._following = None

    async def poll_once(self) -> None:
        """Poll every collector once: those that identify the sources, then all the others."""
        sources = self._by_source()
        await asyncio.gather(*(leader.poll() for leader, _ in sources))
        for leader, _ in sources:
            leader.refuse_same_array()
        await asyncio.gather(*(follower.poll() for _, followers in sources for follower in followers))

    def next_poll(self, source: str, collector: str) -> float | None:
        """Return the unix second of the next poll, None where none is planned."""
        job = self._scheduler.get_job(f"{source}/{collector}")
        return job.next_run_time.timestamp() if job and job.next_run_time else None

    def _by_source(self) -> list[tuple[Poller, list[Poller]]]:
        """Return for each source the poller that leads, and the others."""
        leaders = [poller for poller in self._pollers if poller.collector.name in _LEADING]
        return [
            (
                leader,
                [other for other in self._pollers if other.source == leader.source and other is not leader],
            )
            for leader in leaders
        ]

    def _lead(self, leader: Poller, followers: list[Poller]) -> Callable[[], Awaitable[None]]:
        waiting = list(followers)

        async def poll_and_start_the_others() -> None:
            await leader.poll()
            while waiting:
                follower = waiting.pop()
                self._add(follower, follower.poll)

        return poll_and_start_the_others

    async def _follow_the_clock(self) -> None:
        """Bring forward what seems to be planned for much later since the wall clock was set back."""
        async for seconds in jumps():
            _log.warning("the clock of this host was set", seconds=round(seconds))
            present = datetime.fromtimestamp(time.time(), UTC)
            for job in self._scheduler.get_jobs():
                latest = job.trigger.get_next_fire_time(None, present)
                if job.next_run_time > latest:
                    job.modify(next_run_time=latest)

    def _add(self, poller: Poller, run: Callable[[], Awaitable[None]]) -> None:
        one = poller.collector
        present = time.time()
        due = present
        if poller.ended is not None:
            due = min(max(present, poller.ended + one.interval), present + one.interval)

        async def job() -> None:
            task = asyncio.current_task()
            if task is None or self._stopping:
                return
            self._under_way.add(task)
            try:
                await run()
            except asyncio.CancelledError:
                # The scheduler would log the end of a poll under way as an error.
                if not self._stopping:
                    raise
            finally:
                self._under_way.discard(task)

        self._scheduler.add_job(
            job,
            FromNowTrigger(one.interval, one.interval * _JITTER),
            id=f"{one.source}/{one.name}",
            name=f"{one.source}/{one.name}",
            next_run_time=datetime.fromtimestamp(due, UTC),
        )
