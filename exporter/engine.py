"""One configuration at work: its sources, what is known of them, and what polls, judges and publishes it."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from exporter.cloudstack.collectors import COLLECTORS as CLOUDSTACK
from exporter.cloudstack.source import CloudStackSource
from exporter.config import Config, RouterHealthChecks
from exporter.inventory.polls import PollRecords
from exporter.inventory.store import CloudStackEntry, Inventory, PowerFlexEntry, Reading, stale_after
from exporter.metrics.judgement import Judgement
from exporter.metrics.own import OwnMetrics, own_registry
from exporter.metrics.page import PageRenderer
from exporter.model.reloads import ReloadState
from exporter.model.source import SourceCounts
from exporter.powerflex.collectors import COLLECTORS as POWERFLEX
from exporter.powerflex.source import PowerFlexSource
from exporter.publish import Publisher
from exporter.router_runner import RouterRunner
from exporter.schedule import Collector, Schedule
from exporter.sources import Sources
from exporter.views.router_runs import Policy

SourceT = TypeVar("SourceT", PowerFlexSource, CloudStackSource)


class Engine:
    """What works by one configuration; made within a running event loop.

    Args:
        config: the configuration.
        sources: its sources.
        reloads: how reading the configuration went, for the metrics.
    """

    def __init__(self, config: Config, sources: Sources, reloads: ReloadState) -> None:
        self.config = config
        self.sources = sources
        arrays: dict[str, float] = config.schedule.powerflex.model_dump()
        clouds: dict[str, float] = config.schedule.cloudstack.model_dump()
        self.inventory = Inventory(
            tuple(
                PowerFlexEntry(one.name, one.storage_pools, _limits(arrays, one.timeout)) for one in config.powerflex
            ),
            tuple(
                CloudStackEntry(one.name, one.identifiers, _limits(clouds, one.timeout)) for one in config.cloudstack
            ),
        )
        collectors = [
            *_collectors(sources.powerflex, POWERFLEX, arrays),
            *_collectors(sources.cloudstack, CLOUDSTACK, clouds),
        ]
        self.polls = PollRecords.of((one.source, one.name) for one in collectors)
        self.publisher = Publisher(
            self.inventory,
            self.polls,
            PageRenderer(config.volumes.series, config.volumes.max_volumes),
            Judgement(config.reconciliation.grace, config.router_health_checks.stale_after),
            lambda: {name: runner.results for name, runner in self._runners.items()},
        )
        self.schedule = Schedule(collectors, self.inventory, self.polls, self.publisher.changed)
        self._runners = {
            source.name: _runner(source, self.inventory, config.router_health_checks, self.publisher.changed)
            for source in sources.cloudstack
        }
        self._counted_before: dict[str, SourceCounts] = {}
        self.own = own_registry(
            OwnMetrics(
                self.polls,
                self.counts,
                lambda: self.publisher.page,
                reloads,
                lambda: {name: runner.counts for name, runner in self._runners.items()},
            )
        )

    def start(self) -> None:
        """Start polling and publishing."""
        for source in self.sources.powerflex:
            source.tree_walk.interval = self.config.schedule.powerflex.used_sizes
        self.publisher.start()
        self.schedule.start()
        for runner in self._runners.values():
            runner.start()

    async def stop(self, kept: frozenset[str] = frozenset()) -> None:
        """Stop, and give up what is under way; the sources stay open, and what is known stays.

        Args:
            kept: the sources on which runs of health checks go on, for an engine that takes them over.
        """
        await self.schedule.stop()
        await asyncio.gather(
            *(runner.pause() if name in kept else runner.stop() for name, runner in self._runners.items())
        )
        await self.publisher.stop()

    def take_over(self, former: Engine) -> None:
        """Go on where a former engine was stopped: with all that is known of the sources that both share.

        Of one that only has its name in common with a former one, the counters go on.
        """
        kept = self.sources.shared_with(former.sources)
        counted = former.counts()
        self._counted_before = {
            name: counts
            for name in self.sources.by_name
            if (counts := (former._counted_before if name in kept else counted).get(name)) is not None
        }
        self.inventory.take_over(former.inventory, kept)
        self.polls.take_over(former.polls, kept)
        self.publisher.take_over(former.publisher, kept)
        for name in self._runners.keys() & former._runners.keys():
            self._runners[name].take_over(former._runners[name], shared=name in kept)

    def counts(self) -> dict[str, SourceCounts]:
        """Return what was counted of each source since the start of the program."""
        return {
            name: source.counts().after(self._counted_before.get(name)) for name, source in self.sources.by_name.items()
        }


def _collectors(
    sources: Sequence[SourceT],
    collects: Mapping[str, Callable[[SourceT], Awaitable[Reading]]],
    intervals: Mapping[str, float],
) -> list[Collector]:
    return [
        Collector(source.name, name, intervals[name], functools.partial(collect, source))
        for source in sources
        for name, collect in collects.items()
    ]


def _runner(
    source: CloudStackSource, inventory: Inventory, checks: RouterHealthChecks, changed: Callable[[], None]
) -> RouterRunner:
    return RouterRunner(
        source,
        inventory,
        Policy(checks.run, checks.stale_after, checks.interval),
        max_concurrent=checks.max_concurrent,
        timeout=checks.timeout,
        changed=changed,
    )


def _limits(intervals: Mapping[str, float], timeout: float) -> dict[str, float]:
    return {name: stale_after(interval, timeout) for name, interval in intervals.items()}
