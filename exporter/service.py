"""The one place where everything is wired and started."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import signal
import ssl
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import structlog
from prometheus_client import generate_latest
from starlette.applications import Starlette

from exporter import __version__
from exporter.cloudstack import api as cloudstack_api
from exporter.cloudstack.collectors import COLLECTORS as CLOUDSTACK
from exporter.cloudstack.source import CloudStackSource
from exporter.config import CloudStack, Config, PowerFlex, RouterHealthChecks, Secret, Tls
from exporter.http.transport import Transport as HttpTransport
from exporter.inventory.polls import PollRecords
from exporter.inventory.store import CloudStackEntry, Inventory, PowerFlexEntry, Reading, stale_after
from exporter.log import MASKER
from exporter.metrics import deflate
from exporter.metrics.judgement import Judgement
from exporter.metrics.own import OwnMetrics, own_registry
from exporter.metrics.page import PageRenderer
from exporter.powerflex.collectors import COLLECTORS as POWERFLEX
from exporter.powerflex.gateway import Gateway
from exporter.powerflex.session import Credentials, Session
from exporter.powerflex.source import PowerFlexSource
from exporter.powerflex.transport import Transport
from exporter.publish import Publisher
from exporter.router_runner import RouterRunner
from exporter.schedule import Collector, Schedule
from exporter.views.router_runs import Policy
from exporter.web.app import create_app
from exporter.web.metrics import MetricsEndpoint
from exporter.web.server import ListenAddress, WebServer, bind
from exporter.web.status import StatusPage

_USER_AGENT = f"cloudstack-powerflex-exporter/{__version__}"
_PROGRESS_SECONDS = 0.2
_GOODBYE_SECONDS = 3.0
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_CLOUDSTACK_CONNECTIONS = 4

SourceT = TypeVar("SourceT", PowerFlexSource, CloudStackSource)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WebOptions:
    """What the flags say of the web server."""

    listen: tuple[ListenAddress, ...]
    metrics_path: str
    max_requests: int


class Service:
    """The exporter of one configuration; made within a running event loop."""

    def __init__(self, config: Config) -> None:
        arrays: dict[str, float] = config.schedule.powerflex.model_dump()
        clouds: dict[str, float] = config.schedule.cloudstack.model_dump()
        self._powerflex = [_powerflex(system, arrays["used_sizes"]) for system in config.powerflex]
        self._cloudstack = [_cloudstack(one, config.router_health_checks.max_concurrent) for one in config.cloudstack]
        self._sources: list[PowerFlexSource | CloudStackSource] = [*self._powerflex, *self._cloudstack]
        self._inventory = Inventory(
            tuple(
                PowerFlexEntry(one.name, one.storage_pools, _limits(arrays, one.timeout)) for one in config.powerflex
            ),
            tuple(
                CloudStackEntry(one.name, one.identifiers, _limits(clouds, one.timeout)) for one in config.cloudstack
            ),
        )
        collectors = [
            *_collectors(self._powerflex, POWERFLEX, arrays),
            *_collectors(self._cloudstack, CLOUDSTACK, clouds),
        ]
        self._polls = PollRecords.of((one.source, one.name) for one in collectors)
        self._publisher = Publisher(
            self._inventory,
            self._polls,
            PageRenderer(config.volumes.series, config.volumes.max_volumes),
            Judgement(config.reconciliation.grace, config.router_health_checks.stale_after),
            lambda: {runner.name: runner.results for runner in self._runners},
        )
        self._schedule = Schedule(collectors, self._inventory, self._polls, self._publisher.changed)
        self._runners = [
            _runner(source, self._inventory, config.router_health_checks, self._publisher.changed)
            for source in self._cloudstack
        ]
        self._own = own_registry(
            OwnMetrics(
                self._polls,
                lambda: {source.name: source.counts() for source in self._sources},
                lambda: self._publisher.page,
                time.time(),
                lambda: {runner.name: runner.counts for runner in self._runners},
            )
        )

    async def serve(self, options: WebOptions) -> None:
        """Serve until SIGINT or SIGTERM.

        Raises:
            ConfigError: an address to listen on cannot be had.
        """
        stop = _until_signal()
        sockets = [bind(address) for address in options.listen]
        web = WebServer(self._app(options), sockets)
        web.start()
        for listening in sockets:
            _log.info("listening", address=str(ListenAddress(*listening.getsockname()[:2])), version=__version__)
        self._publisher.start()
        self._schedule.start()
        for runner in self._runners:
            runner.start()
        try:
            await stop.wait()
        finally:
            _log.info("stopping")
            self._schedule.stop()
            await asyncio.gather(*(runner.stop() for runner in self._runners))
            await self._publisher.stop()
            await web.stop()
            await self._close_sources()

    async def once(self) -> tuple[bytes, list[str]]:
        """Poll every collector once.

        Returns:
            The exposition in the text format, and what failed, a line each.
        """
        progress = asyncio.create_task(self._show_progress())
        try:
            await self._schedule.poll_once()
            await self._publisher.publish(at_once=True)
        finally:
            progress.cancel()
            await asyncio.gather(progress, return_exceptions=True)
            await self._close_sources()
        exposition = b"".join(deflate.text(self._publisher.page.blocks)) + generate_latest(self._own)
        failures = [
            f"{source} {collector}: {record.error}"
            for (source, collector), record in self._polls.records.items()
            if not record.success
        ]
        return exposition, failures

    async def _show_progress(self) -> None:
        records = self._polls.records.values()
        while sys.stderr.isatty():
            done = sum(record.success is not None for record in records)
            sys.stderr.write(f"\rpolled {done} of {len(records)} collectors ")
            sys.stderr.flush()
            await asyncio.sleep(_PROGRESS_SECONDS)

    def _app(self, options: WebOptions) -> Starlette:
        return create_app(
            metrics=MetricsEndpoint(lambda: self._publisher.page, self._own),
            metrics_path=options.metrics_path,
            status=StatusPage(
                self._inventory,
                self._polls,
                self._schedule.next_poll,
                options.metrics_path,
                lambda: self._publisher.judged,
            ),
            ready=lambda: self._publisher.ready,
            max_requests=options.max_requests,
        )

    async def _close_sources(self) -> None:
        await asyncio.gather(*(_close(source) for source in self._sources))


async def _close(source: PowerFlexSource | CloudStackSource) -> None:
    """Log out, unless the source takes its time over it."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_GOODBYE_SECONDS):
            await source.close()


def _until_signal() -> asyncio.Event:
    """Return an event that SIGINT or SIGTERM sets; a second signal ends the program at once."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()

    def note() -> None:
        stop.set()
        for number in _SIGNALS:
            loop.remove_signal_handler(number)

    for number in _SIGNALS:
        loop.add_signal_handler(number, note)
    return stop


def _powerflex(system: PowerFlex, used_sizes_interval: float) -> PowerFlexSource:
    transport = Transport(
        system.gateway,
        tls=_tls_context(system.tls),
        timeout=system.timeout,
        max_connections=system.max_connections,
        user_agent=_USER_AGENT,
    )
    session = Session(
        transport, Credentials(system.username, _revealing(system.password)), system.auth, MASKER.add_token
    )
    return PowerFlexSource(
        system.name,
        Gateway(transport, session),
        storage_pools=system.storage_pools,
        used_sizes_interval=used_sizes_interval,
    )


def _cloudstack(installation: CloudStack, max_concurrent_runs: int) -> CloudStackSource:
    transport = HttpTransport(
        "",
        tls=_tls_context(installation.tls),
        timeout=installation.timeout,
        max_connections=_CLOUDSTACK_CONNECTIONS + max_concurrent_runs,
        user_agent=_USER_AGENT,
    )
    keys = cloudstack_api.Credentials(_revealing(installation.api_key), _revealing(installation.secret_key))
    return CloudStackSource(installation.name, cloudstack_api.CloudStackApi(transport, installation.endpoint, keys))


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


def _revealing(secret: Secret) -> Callable[[], str]:
    """Return a function that reads a secret anew, and has it masked from then on."""

    def reveal() -> str:
        revealed = secret.reveal()
        MASKER.add(revealed)
        return revealed

    return reveal


def _tls_context(tls: Tls) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=tls.ca_file)
    if not tls.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
