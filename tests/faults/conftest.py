"""An exporter whose polls and clock the tests drive, and simulated gateways over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import structlog
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.samples import Sample

from exporter import log
from exporter.config import parse_config
from exporter.model import instant
from exporter.powerflex import session, statistics, tree_walk
from exporter.service import Service
from exporter.simulator import Gateway, Simulator, World, default_scenario
from exporter.simulator.scenario.cloud import volume_id_of
from tests.clock import Clock
from tests.faults.bench import Bench
from tests.faults.scrape import Scrape
from tests.faults.settings import settings, settings_of_all
from tests.planted import check_output

_OPENMETRICS = "application/openmetrics-text; version=1.0.0"


class Driven:
    """An exporter of some configuration; it polls when it is told to."""

    def __init__(self, runner: asyncio.Runner, clock: Clock, config: str) -> None:
        self._runner = runner
        self.clock = clock
        self.service = runner.run(self._make(config))
        app = self.service.app()
        self._client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://exporter")

    @staticmethod
    async def _make(config: str) -> Service:
        return Service(parse_config(config, base_dir=Path("/")))

    def poll(self, *collectors: str, source: str | None = None) -> Scrape:
        """Poll some collectors, or all of them, of one source or of every one, publish, and scrape."""
        self._runner.run(self._poll(collectors, source))
        return self.scrape()

    async def _poll(self, collectors: tuple[str, ...], source: str | None) -> None:
        if collectors or source:
            pollers = [one for one in self.service.engine.schedule._pollers if source in (None, one.source)]
            wanted = [one for one in pollers if one.collector.name in collectors or not collectors]
            await asyncio.gather(*(one.poll() for one in wanted))
        else:
            await self.service.engine.schedule.poll_once()
        await self.service.engine.publisher.publish()

    def scrape(self) -> Scrape:
        self.last = Scrape(self.get("/metrics").text)
        return self.last

    def openmetrics(self) -> list[Sample]:
        text = self.get("/metrics", accept=_OPENMETRICS).text
        assert text.endswith("# EOF\n")
        families = parse_openmetrics(text)  # type: ignore[no-untyped-call]
        return [sample for family in families for sample in family.samples]

    def get(self, path: str, accept: str = "text/plain") -> httpx.Response:
        answer = self._runner.run(self._client.get(path, headers={"Accept": accept}))
        check_output(answer.text)
        return answer

    def close(self) -> None:
        self._runner.run(self._client.aclose())
        self._runner.run(self.service.close())


class Log:
    """What the exporter logged, as it would stand on standard error."""

    def __init__(self, stream: io.StringIO) -> None:
        self._stream = stream
        self._seen = 0

    @property
    def text(self) -> str:
        """Everything since the start."""
        return self._stream.getvalue()

    def new(self) -> list[str]:
        """The lines since the last call."""
        self._stream.seek(self._seen)
        lines = self._stream.read().splitlines()
        self._seen = self._stream.tell()
        return lines

    def complaints(self) -> list[str]:
        """The lines since the last call that are no debugging."""
        return [line for line in self.new() if "level=debug" not in line]


Exporter = Callable[[str], Driven]
Settings = Callable[..., str]


def small_scenario() -> World:
    """The default scenario, frozen, with what is special about it and little else, so that a poll is quick."""
    world = default_scenario(live=False)
    rows = [row for installation in world.installations.values() for row in installation.volumes.values()]
    limited = next(volume_id_of(row) for row in rows if row.max_iops is not None)
    special = {*world.landmarks.values(), limited}
    for system in world.systems.values():
        kept: set[str] = set()
        counts: dict[tuple[str, str], int] = {}
        for volume in system.volumes.values():
            group = (volume.storage_pool_id, (volume.name or "?").partition("-")[0])
            counts[group] = counts.get(group, 0) + 1
            if counts[group] <= 2 or {volume.id, volume.vtree_id} & special:
                kept.add(volume.id)
        for volume_id in list(kept):
            ancestor = system.volumes[volume_id].ancestor_volume_id
            while ancestor is not None:
                kept.add(ancestor)
                ancestor = system.volumes[ancestor].ancestor_volume_id
        system.volumes = {key: volume for key, volume in system.volumes.items() if key in kept}
        trees = {volume.vtree_id for volume in system.volumes.values()}
        system.vtrees = {key: tree for key, tree in system.vtrees.items() if key in trees}
    systems = list(world.systems.values())
    systems[0].licence_days = "731"
    present = special | {volume for system in systems for volume in system.volumes}
    for installation in world.installations.values():
        kept_routers = {*special, *list(installation.routers)[-2:]}
        installation.routers = {key: one for key, one in installation.routers.items() if key in kept_routers}
        installation.volumes = {
            key: row for key, row in installation.volumes.items() if {key, volume_id_of(row)} & present
        }
    world.touch()
    return world


@pytest.fixture(scope="session")
def shared_simulator() -> Iterator[Simulator]:
    """Without TLS, to be quick; nobody may change its scenario."""
    with Simulator(small_scenario(), tls=False) as running:
        yield running


@pytest.fixture
def simulator(shared_simulator: Simulator) -> Iterator[Simulator]:
    """Gateways that behave, in a scenario that stays as it is."""
    yield shared_simulator
    for gateway in shared_simulator.gateways.values():
        gateway.faults.clear()
        gateway.machine.accept_all()
        gateway.requests.clear()
    for server in shared_simulator.management_servers.values():
        server.faults.clear()
        server.requests.clear()


@pytest.fixture
def own_simulator() -> Iterator[Simulator]:
    """One whose scenario the test may change."""
    with Simulator(small_scenario(), tls=False) as running:
        yield running


@pytest.fixture
def ams1(simulator: Simulator) -> Gateway:
    """The 3.6 gateway."""
    return simulator.gateways["pf-ams1"]


@pytest.fixture
def ams2(simulator: Simulator) -> Gateway:
    """The 4.5 gateway."""
    return simulator.gateways["pf-ams2"]


@contextlib.contextmanager
def moved_clock() -> Iterator[Clock]:
    """Put one clock under every module of the exporter that measures ages."""
    moved = Clock()
    with pytest.MonkeyPatch.context() as patch:
        for module in (instant, session, statistics, tree_walk):
            patch.setattr(module, "time", moved)
        yield moved


@contextlib.contextmanager
def captured_log() -> Iterator[Log]:
    """Log to a text instead of standard error."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()
    # What other tests had to hide would only be searched for in vain, line by line.
    log.MASKER._secrets.clear()
    log.MASKER._tokens.clear()
    with contextlib.redirect_stderr(stream):
        log.configure("debug", "logfmt")
    try:
        yield Log(stream)
    finally:
        root.handlers, root.level = handlers, level
        structlog.reset_defaults()
    check_output(stream.getvalue())


@contextlib.contextmanager
def exporters(clock: Clock) -> Iterator[Exporter]:
    """Make exporters of a configuration, and close them."""
    with asyncio.Runner() as runner, contextlib.ExitStack() as stack:

        def make(config: str) -> Driven:
            driven = Driven(runner, clock, config)
            stack.callback(driven.close)
            return driven

        yield make


@pytest.fixture
def clock() -> Iterator[Clock]:
    """The clock of every exporter of the test."""
    with moved_clock() as clock:
        yield clock


@pytest.fixture
def logged() -> Iterator[Log]:
    """What the exporters of the test log."""
    with captured_log() as logged:
        yield logged


@pytest.fixture
def start(clock: Clock, logged: Log) -> Iterator[Exporter]:
    """Makes exporters of a configuration, and closes them."""
    with exporters(clock) as make:
        yield make


@pytest.fixture(scope="module")
def module_bench(shared_simulator: Simulator) -> Iterator[Bench]:
    with moved_clock() as clock, captured_log() as logged, exporters(clock) as start:
        yield Bench(shared_simulator, logged, start, settings_of_all(shared_simulator))


@pytest.fixture
def bench(module_bench: Bench, simulator: Simulator) -> Bench:
    """An exporter of every source that has polled and is sound."""
    return module_bench.made_sound()


@pytest.fixture
def driven(simulator: Simulator, start: Exporter) -> Driven:
    """An exporter of both gateways that has polled once."""
    made = start(settings(simulator))
    made.poll()
    return made


@pytest.fixture
def configured() -> Settings:
    """Gives configurations of a simulator's gateways."""
    return settings
