"""Whole rounds of the exporter in a process of its own: CPU, stalls of the event loop, memory, requests, the truth.

python -m benchmarks.rounds PORT OBJECTS [VOLUMES ROUTERS [RUNS]]

The exporter is wired as `serve` wires it, but polled when the measurement says so, and only once at a time.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import structlog

from benchmarks import floor
from benchmarks.results import median, peak_rss_mib, rss_mib
from benchmarks.truth import check_page
from exporter.config import parse_config
from exporter.engine import Engine
from exporter.model.reloads import ReloadState
from exporter.sources import Sources, make_sources

_RUNS = 3
_FLOORS = ("receive", "decode", "format", "compress", "total")
_BEAT_SECONDS = 0.001

CONFIG = """\
powerflex:
  - name: pf
    gateway: http://127.0.0.1:{port}
    username: monitor
    password: password
    auth: legacy
    timeout: 5m
"""
CLOUD_CONFIG = """\
cloudstack:
  - name: cs
    endpoint: http://127.0.0.1:{port}/client/api
    api_key: key-of-the-benchmark
    secret_key: secret-of-the-benchmark
    timeout: 5m
"""
ALL_SERIES = """\
volumes:
  series: all
  max_volumes: 1000000
"""


class Heart:
    """Beats in an event loop, and remembers the longest time for which it could not."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def beat(self) -> None:
        """Beat until cancelled."""
        while True:
            asleep = time.perf_counter()
            await asyncio.sleep(_BEAT_SECONDS)
            self.longest = max(self.longest, time.perf_counter() - asleep - _BEAT_SECONDS)

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Beat while the body runs."""
        self.longest = 0.0
        task = asyncio.get_running_loop().create_task(self.beat())
        try:
            yield
        finally:
            task.cancel()


def engine_of(text: str) -> Engine:
    """Return what works by a configuration."""
    config = parse_config(text, base_dir=Path())
    return Engine(config, make_sources(config, Sources()), ReloadState(succeeded_at=time.time()))


class Rounds:
    """Polls and publishes, and measures it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._heart = Heart()

    async def whole(self) -> dict[str, float]:
        """Poll everything and publish once."""
        return await self._measured(self._engine.schedule.poll_once)

    async def one(self, collector: str) -> dict[str, float]:
        """Poll one collector and publish."""
        (poller,) = [one for one in self._engine.schedule._pollers if one.collector.name == collector]
        return await self._measured(poller.poll)

    async def _measured(self, poll: Callable[[], Awaitable[None]]) -> dict[str, float]:
        await asyncio.sleep(0.05)
        clock = time.process_time
        with self._heart.watching():
            await asyncio.sleep(0.01)
            started = clock()
            await poll()
            polled = clock()
            await self._engine.publisher.publish(at_once=True)
            published = clock()
            await asyncio.sleep(0.01)
        failed = [record.error for record in self._engine.polls.records.values() if record.success is False]
        if failed:
            raise RuntimeError(failed[0])
        return {
            "poll": polled - started,
            "publish": published - polled,
            "total": published - started,
            "stall": self._heart.longest,
        }


async def measure(port: int, objects: int, volumes: int, routers: int, runs: int) -> dict[str, object]:
    """Return what was measured."""
    cloud = CLOUD_CONFIG.format(port=port) if volumes or routers else ""
    engine = engine_of(CONFIG.format(port=port) + cloud + ALL_SERIES)
    rounds = Rounds(engine)
    empty = rss_mib()
    first = await rounds.whole()
    before = _requests(engine)
    settled = [await rounds.whole() for _ in range(runs)]
    requests = (_requests(engine) - before) / runs
    steady, peak = rss_mib(), peak_rss_mib()
    floors, whole = [], []
    for _ in range(runs):
        floors.append(floor.run(port))
        whole.append(await rounds.whole())
    small = {name: [await rounds.one(name) for _ in range(runs)] for name in ("pools", *["routers"] * bool(routers))}
    page = engine.publisher.page
    check_page(page, objects, volumes)
    return {
        "floor": {name: median(getattr(one, name) for one in floors) for name in _FLOORS},
        "whole": _medians(whole),
        "to_floor": median(one["total"] / least.total for one, least in zip(whole, floors, strict=True)),
        "longest_stall": max(one["stall"] for one in [first, *settled, *whole]),
        **{name: _medians(runs) for name, runs in small.items()},
        "requests": requests,
        "rss_empty": empty,
        "rss_steady": steady,
        "rss_peak": peak,
        "series": page.series,
        "bytes": page.size,
        "deflated": sum(len(block.deflated) for block in page.blocks),
    }


def _requests(engine: Engine) -> int:
    return sum(sum(counts.requests.values()) for counts in engine.counts().values())


def _medians(runs: list[dict[str, float]]) -> dict[str, float]:
    return {name: median(run[name] for run in runs) for name in runs[0]}


def main() -> None:
    """Measure, and print the figures as JSON."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    words = [int(word) for word in sys.argv[1:]]
    port, objects, volumes, routers, runs = [*words, *(0, 0, _RUNS)[len(words) - 2 :]]
    print(json.dumps(asyncio.run(measure(port, objects, volumes, routers, runs))))


if __name__ == "__main__":
    main()
