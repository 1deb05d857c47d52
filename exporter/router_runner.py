"""Runs fresh health checks on the routers that the plan names, a few at a time, beside the polls."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import structlog

from exporter.cloudstack.router_checks import run_fresh
from exporter.cloudstack.source import CloudStackSource
from exporter.errors import PollError
from exporter.inventory.store import Inventory
from exporter.log import MASKER
from exporter.model.cloudstack import Host, Router, RouterCheck
from exporter.model.runs import RunCounts
from exporter.views.router_runs import Memory, Plan, Policy, finished_run, plan_runs, started_run

_PLAN_EVERY_SECONDS = 1.0
_REST_FOR_EACH_SECOND = 50.0
"""So long is no new plan made after one that took a second of CPU: planning never takes more than 2 % of a core."""

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Runs:
    """The runs on the routers of one installation: what is remembered and counted of them, and those under way."""

    memory: Memory = field(default_factory=Memory)
    counts: RunCounts = field(default_factory=RunCounts)
    under_way: dict[str, asyncio.Task[None]] = field(default_factory=dict)


class RouterRunner:
    """Runs fresh health checks on the routers of one installation.

    Args:
        source: the installation.
        inventory: what is known of its routers and hosts.
        policy: when checks are run.
        max_concurrent: how many runs are under way at most.
        timeout: seconds that one run may take.
        changed: called after each run.
    """

    def __init__(  # noqa: PLR0913 - each is of another kind, and all are given by name
        self,
        source: CloudStackSource,
        inventory: Inventory,
        policy: Policy,
        *,
        max_concurrent: int,
        timeout: float,
        changed: Callable[[], None],
    ) -> None:
        self.name = source.name
        self._source = source
        self._inventory = inventory
        self._policy = policy
        self._max_concurrent = max_concurrent
        self._timeout = timeout
        self._changed = changed
        self._runs = _Runs()
        self._due: list[str] = []
        self._plan_at = 0.0
        self._task: asyncio.Task[None] | None = None

    @property
    def counts(self) -> RunCounts:
        """What was counted of the runs."""
        return self._runs.counts

    @property
    def results(self) -> Mapping[str, tuple[RouterCheck, ...]]:
        """What the last run on each router said, by router id."""
        return self._runs.memory.results

    def start(self) -> None:
        """Start running, unless the policy says never."""
        if self._policy.mode != "never":
            self._task = asyncio.create_task(self._run())

    async def pause(self) -> None:
        """Start no more runs; those under way go on."""
        await _cancel([self._task] if self._task else [])

    async def stop(self) -> None:
        """Stop, and give up the runs under way."""
        await self.pause()
        await _cancel(list(self._runs.under_way.values()))

    def take_over(self, former: RouterRunner, *, shared: bool) -> None:
        """Go on where a former runner was paused; where only the name is shared, the counts alone go on."""
        self._runs = former._runs if shared else _Runs(counts=replace(former.counts, suspended=False))

    async def _run(self) -> None:
        logged = ""
        while True:
            try:
                if time.monotonic() >= self._plan_at:
                    await self._plan()
                self._start_due()
            except Exception as error:  # noqa: BLE001 - a defect in one plan must not end the planning
                if repr(error) != logged:
                    _log.exception("the router health checks could not be planned", source=self.name)
                logged = repr(error)
            else:
                logged = ""
            await asyncio.sleep(_PLAN_EVERY_SECONDS)

    async def _plan(self) -> None:
        known = next(one for one in self._inventory.cloudstack_snapshots(time.monotonic()) if one.name == self.name)
        if known.routers is None:
            self._due = []
            return
        hosts = known.inventory.hosts if known.inventory else ()
        memory = self._runs.memory
        plan, seconds = await asyncio.to_thread(
            _timed_plan, known.routers.routers, hosts, memory, self._policy, time.time()
        )
        if self._runs.memory is not memory:
            # A run has ended meanwhile, of which this plan knows nothing.
            return
        self._plan_at = time.monotonic() + _REST_FOR_EACH_SECOND * seconds
        self._runs.memory = plan.memory
        self._due = list(plan.due)
        if plan.suspended != self.counts.suspended:
            self.counts.suspended = plan.suspended
            if plan.suspended:
                _log.warning(
                    "runs of router health checks are suspended", source=self.name, error="too many results are stale"
                )
            else:
                _log.info("runs of router health checks are no longer suspended", source=self.name)

    def _start_due(self) -> None:
        """Start what the last plan names, as far as there is room for it."""
        waiting = [router_id for router_id in self._due if router_id not in self._runs.under_way]
        for router_id in waiting[: max(self._max_concurrent - len(self._runs.under_way), 0)]:
            self._due.remove(router_id)
            self._runs.memory = started_run(self._runs.memory, router_id, time.time(), self._policy)
            self._runs.under_way[router_id] = asyncio.create_task(self._check(router_id))

    async def _check(self, router_id: str) -> None:
        self.counts.runs += 1
        try:
            results = await run_fresh(self._source, router_id, self._timeout)
        except PollError as error:
            self.counts.failures += 1
            _log.warning("fresh health check failed", source=self.name, router=router_id, error=MASKER.mask(str(error)))
        except Exception:  # noqa: BLE001 - a defect in one run must not end the others
            self.counts.failures += 1
            _log.exception("fresh health check ended in a defect", source=self.name, router=router_id)
        else:
            self._runs.memory = finished_run(self._runs.memory, router_id, results)
            _log.info("fresh health check done", source=self.name, router=router_id)
        finally:
            self._runs.under_way.pop(router_id, None)
        self._changed()


async def _cancel(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _timed_plan(
    routers: tuple[Router, ...], hosts: tuple[Host, ...], memory: Memory, policy: Policy, now: float
) -> tuple[Plan, float]:
    """Return the plan, and the seconds of CPU that it took."""
    started = time.thread_time()
    plan = plan_runs(routers, hosts, memory, policy, now)
    return plan, time.thread_time() - started
