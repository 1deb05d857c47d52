"""A clock that stands still until it is moved."""

from __future__ import annotations

import pytest

from exporter.model import instant
from exporter.powerflex import session, statistics
from exporter.simulator.scenario.default import FROZEN_START
from exporter.web.status import page


class Standstill:
    """Stands in for the module time; `elapsed` are the seconds since the beginning."""

    def __init__(self) -> None:
        self.elapsed = 0.0

    def time(self) -> float:
        return FROZEN_START + self.elapsed

    def monotonic(self) -> float:
        return 100_000.0 + self.elapsed

    def rule(self, patch: pytest.MonkeyPatch) -> None:
        """Tell the time to all that measures ages."""
        for module in (instant, session, statistics, page):
            patch.setattr(module, "time", self)
