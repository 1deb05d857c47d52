"""An exporter that one test after the other hurts, and that heals each time."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from exporter.powerflex.source import PowerFlexSource
from exporter.simulator import Gateway, ManagementServer, Simulator
from tests.faults.calls import SOURCES
from tests.faults.scrape import Scrape

if TYPE_CHECKING:
    from tests.faults.conftest import Driven, Exporter, Log


class Bench:
    """An exporter of every source that one test after the other hurts, and that heals each time."""

    def __init__(self, simulator: Simulator, log: Log, start: Exporter, config: str) -> None:
        self.simulator = simulator
        self.log = log
        self._start = start
        self._config = config
        self._renew()

    def _renew(self) -> None:
        self.driven: Driven = self._start(self._config)
        self.sound = self.driven.poll()

    def made_sound(self) -> Bench:
        """Return it as it was, with a new exporter where the last test spoilt the former one."""
        now = self.driven.last
        if any(now.differs(source, self.sound) or now.failing(source) for source in SOURCES):
            self._renew()
        self.log.new()
        return self

    def server(self, source: str) -> Gateway | ManagementServer:
        """The gateway or the management server of a source."""
        return self.simulator.gateways.get(source) or self.simulator.management_servers[source]

    @contextlib.contextmanager
    def impatient(self, source: str) -> Iterator[None]:
        """Wait a second for that source, and no longer."""
        asked = self.driven.service.engine.sources.by_name[source]
        transport = asked.gateway.transport if isinstance(asked, PowerFlexSource) else asked.api.transport
        usual, transport._timeout = transport._timeout, 1.0
        try:
            yield
        finally:
            transport._timeout = usual

    def poll(self, *collectors: str, source: str) -> Scrape:
        """Poll some collectors of a source, or all of them, publish, and scrape: no other source may change."""
        scrape = self.driven.poll(*collectors, source=source)
        for other in set(SOURCES) - {source}:
            assert scrape.failing(other) == set()
            assert scrape.differs(other, self.sound) == set()
        return scrape
