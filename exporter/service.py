"""The one place where everything is wired and started: the engine, the web server, and the signals."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import structlog
import yaml
from prometheus_client import generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from exporter import __version__
from exporter.config import Config
from exporter.engine import Engine
from exporter.errors import ConfigError
from exporter.log import MASKER
from exporter.metrics import deflate
from exporter.model.reloads import ReloadState
from exporter.own_thread import OwnThread
from exporter.reload import Reloader
from exporter.sources import Source, Sources, close, make_sources
from exporter.web.app import create_app
from exporter.web.config_file import WebConfigFile
from exporter.web.metrics import MetricsEndpoint
from exporter.web.server import ListenAddress, WebServer, bind
from exporter.web.status import StatusPage
from exporter.web.web_config import WebConfig

_PROGRESS_SECONDS = 0.2
_ENDING = (signal.SIGINT, signal.SIGTERM)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WebOptions:
    """What the flags say of the web server."""

    listen: tuple[ListenAddress, ...] = ()
    metrics_path: str = "/metrics"
    max_requests: int = 40
    config_file: Path | None = None


class Service:
    """The exporter; made within a running event loop.

    Args:
        config: the configuration to begin with.
        options: what the flags say of the web server.
        load: reads the configuration anew (ConfigError when it cannot).
    """

    def __init__(
        self, config: Config, options: WebOptions = WebOptions(), load: Callable[[], Config] | None = None
    ) -> None:
        self._options = options
        self._load = load or (lambda: config)
        self._reloads = ReloadState(succeeded_at=time.time())
        self._open: set[Source] = set()
        self._closing: set[asyncio.Task[None]] = set()
        self._reloader = Reloader(self._read_anew)
        self._take_up(self._engine_of(config, make_sources(config, Sources())))

    async def serve(self) -> None:
        """Serve until SIGINT or SIGTERM.

        Raises:
            ConfigError: an address to listen on cannot be had, or the web configuration is at fault.
        """
        stop = _until_signal()
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._reloader.request)
        file = WebConfigFile(self._options.config_file) if self._options.config_file else None
        sockets = [bind(address) for address in self._options.listen]
        web = WebServer(self.app(file.current if file else WebConfig), sockets, file.tls() if file else None)
        web.start()
        for listening in sockets:
            _log.info("listening", address=str(ListenAddress(*listening.getsockname()[:2])), version=__version__)
        self.start()
        try:
            await stop.wait()
        finally:
            _log.info("stopping")
            await self.stop()
            await asyncio.gather(web.stop(), self.close())

    def start(self) -> None:
        """Start to poll, to publish, and to reload when asked."""
        self.engine.start()
        self._reloader.start()

    async def stop(self) -> None:
        """Stop all of that; the sources stay open."""
        await self._reloader.stop()
        await self.engine.stop()

    async def once(self, progress: Callable[[str], None] = lambda _: None) -> tuple[bytes, list[str]]:
        """Poll every collector once; how far that is, is told several times a second.

        Returns:
            The exposition in the text format, and what failed, a line each.
        """
        engine = self.engine
        telling = asyncio.create_task(self._tell(progress))
        try:
            await engine.schedule.poll_once()
            await engine.publisher.publish(at_once=True)
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)
            await self.close()
        exposition = b"".join(deflate.text(engine.publisher.page.blocks)) + generate_latest(engine.own)
        failures = [
            f"{source} {collector}: {record.error}"
            for (source, collector), record in engine.polls.records.items()
            if not record.success
        ]
        return exposition, failures

    def app(self, web_config: Callable[[], WebConfig] = WebConfig) -> Starlette:
        """Return the web application, which shows the engine of each moment."""
        return create_app(
            metrics=self._scrape,
            metrics_path=self._options.metrics_path,
            status=self._status_page,
            ready=lambda: self.engine.publisher.ready,
            config=lambda: yaml.safe_dump(self.engine.config.masked(), sort_keys=False, allow_unicode=True),
            reload=self.reload,
            web_config=web_config,
            max_requests=self._options.max_requests,
        )

    async def reload(self) -> list[str]:
        """Take up the configuration anew, and return what is wrong with it, a sentence each."""
        return await self._reloader.reload()

    async def _scrape(self, request: Request) -> Response:
        return await self._metrics(request)

    async def _status_page(self, request: Request) -> Response:
        return await self._status(request)

    async def close(self) -> None:
        """Log out of all sources and close their connections."""
        await asyncio.gather(*self._closing, self._close(list(self._open)))

    async def _close(self, sources: Collection[Source]) -> None:
        """Close sources to the end, even where a reload that does it is given up, lest a session be left behind."""
        self._open.difference_update(sources)
        closing = asyncio.create_task(close(sources))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)
        await asyncio.shield(closing)

    def _engine_of(self, config: Config, sources: Sources) -> Engine:
        self._open.update(sources.by_name.values())
        return Engine(config, sources, self._reloads)

    def _take_up(self, engine: Engine) -> None:
        self.engine = engine
        self._metrics = MetricsEndpoint(lambda: engine.publisher.page, engine.own)
        self._status = StatusPage(
            engine.inventory,
            engine.polls,
            engine.schedule.next_poll,
            self._options.metrics_path,
            lambda: engine.publisher.judged,
        )

    async def _read_anew(self) -> list[str]:
        """Read the configuration anew and work by it from then on; return what is wrong with it."""
        try:
            config = await OwnThread(self._load).ask()
            sources = await OwnThread(lambda: make_sources(config, self.engine.sources)).ask()
            await self._replace(self._engine_of(config, sources))
        except ConfigError as error:
            self._reloads.successful = False
            faults = [MASKER.mask(problem) for problem in error.problems]
            _log.error("the configuration was not reloaded, the former one stays", error="; ".join(faults))
            return faults
        except Exception as error:  # noqa: BLE001 - a defect in a reload must not end the exporter
            self._reloads.successful = False
            _log.exception("the reload ended in a defect")
            return [f"a defect of the exporter: {type(error).__name__}; the log says more"]
        self._reloads.successful, self._reloads.succeeded_at = True, time.time()
        return []

    async def _replace(self, engine: Engine) -> None:
        """Have another engine go on where the present one is stopped; what is served changes at one stroke."""
        former = self.engine
        kept = engine.sources.shared_with(former.sources)
        await former.stop(kept)
        try:
            engine.take_over(former)
            await engine.publisher.refresh()
        except Exception:
            # The former one cannot go on, and what stands still would pass for fresh: one like it begins anew.
            self._take_up(Engine(former.config, former.sources, self._reloads))
            self.engine.start()
            raise
        self._take_up(engine)
        engine.start()
        gone = {name: source for name, source in former.sources.by_name.items() if name not in kept}
        begun = engine.sources.by_name.keys() - kept
        _log.info("the configuration was reloaded", kept=len(kept), begun=_names(begun), ended=_names(gone))
        await self._close(gone.values())

    async def _tell(self, progress: Callable[[str], None]) -> None:
        records = self.engine.polls.records.values()
        while True:
            done = sum(record.success is not None for record in records)
            progress(f"polled {done} of {len(records)} collectors")
            await asyncio.sleep(_PROGRESS_SECONDS)


def _names(names: Iterable[str]) -> str:
    return " ".join(sorted(names))


def _until_signal() -> asyncio.Event:
    """Return an event that SIGINT or SIGTERM sets; a second signal ends the program at once."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()

    def note() -> None:
        stop.set()
        for number in _ENDING:
            loop.remove_signal_handler(number)

    for number in _ENDING:
        loop.add_signal_handler(number, note)
    return stop
