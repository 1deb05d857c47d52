"""An exporter that one test after the other hurts, and that heals each time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exporter.simulator import Gateway, ManagementServer, Simulator
from tests.faults.calls import SOURCES
from tests.faults.scrape import Scrape

if TYPE_CHECKING:
    from tests.faults.conftest import Driven, Exporter, Log


@dataclass
class Bench:
    """An exporter of every source that one test after the other hurts, and that heals each time."""

    simulator: Simulator
    log: Log
    start: Exporter
    driven: Driven
    sound: Scrape

    def server(self, source: str) -> Gateway | ManagementServer:
        """The gateway or the management server of a source."""
        return self.simulator.gateways.get(source) or self.simulator.management_servers[source]

    def poll(self, *collectors: str, source: str) -> Scrape:
        """Poll some collectors of a source, or all of them, publish, and scrape: no other source may change."""
        scrape = self.driven.poll(*collectors, source=source)
        for other in set(SOURCES) - {source}:
            assert scrape.failing(other) == set()
            assert scrape.differs(other, self.sound) == set()
        return scrape

    @property
    def is_sound(self) -> bool:
        """Whether the last test left nothing behind."""
        now = self.driven.scrape()
        return all(not now.differs(source, self.sound) and not now.failing(source) for source in SOURCES)
