"""The exporter's own web server on a real socket, and what it serves."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

import httpx
import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from starlette.applications import Starlette
from starlette.types import ASGIApp

from exporter.inventory.polls import PollRecords
from exporter.inventory.store import Inventory, PowerFlexEntry
from exporter.metrics.deflate import BlockWriter
from exporter.metrics.page import Page
from exporter.web.app import create_app
from exporter.web.metrics import MetricsEndpoint
from exporter.web.server import ListenAddress, WebServer, bind
from exporter.web.status import StatusPage
from exporter.web.web_config import WebConfig

Serving = Callable[[ASGIApp], AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class _Own(CollectorRegistry):
    def collect(self) -> list[GaugeMetricFamily]:
        return [GaugeMetricFamily("powerflex_exporter_own", "Own part", value=1)]


@dataclass
class Exporter:
    """An exporter that polls nothing."""

    polls: PollRecords = field(default_factory=lambda: PollRecords.of([("pf", "system"), ("pf", "pools")]))
    storage_pools: tuple[str, ...] = ()
    name: str = "pf"
    page: Page = field(default_factory=Page)
    ready: bool = False
    max_requests: int = 0
    metrics_path: str = "/metrics"
    next_poll: float | None = None
    web_config: WebConfig = field(default_factory=WebConfig)
    faults: list[str] = field(default_factory=list)
    reloads: int = 0

    def __post_init__(self) -> None:
        limits = {"system": 1e9, "pools": 1e9}
        self.inventory = Inventory((PowerFlexEntry(self.name, self.storage_pools, limits),))

    def fill(self, *texts: bytes) -> None:
        """Publish a page of these texts, a block each."""
        blocks = []
        for text in texts:
            writer = BlockWriter()
            writer.write(text)
            blocks.append(writer.finish())
        self.page = Page(blocks=tuple(blocks))

    async def _reload(self) -> list[str]:
        self.reloads += 1
        return self.faults

    def app(self) -> Starlette:
        return create_app(
            metrics=MetricsEndpoint(lambda: self.page, _Own()).__call__,
            metrics_path=self.metrics_path,
            status=StatusPage(self.inventory, self.polls, lambda *_: self.next_poll, self.metrics_path).__call__,
            ready=lambda: self.ready,
            config=lambda: "powerflex: []\n",
            reload=self._reload,
            web_config=lambda: self.web_config,
            max_requests=self.max_requests,
        )


@pytest.fixture
def exporter() -> Exporter:
    return Exporter()


@pytest.fixture
def make_exporter() -> type[Exporter]:
    return Exporter


@pytest.fixture
def serving() -> Serving:
    @contextlib.asynccontextmanager
    async def serve(app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
        listening = bind(ListenAddress("127.0.0.1", 0))
        server = WebServer(app, [listening])
        server.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        try:
            async with httpx.AsyncClient(
                base_url=url, trust_env=False, timeout=30, headers={"Accept-Encoding": ""}
            ) as client:
                yield client
        finally:
            await server.stop()

    return serve
