"""A clock that tests move."""

from __future__ import annotations

import time


class Clock:
    """Stands in for the module time; it can be moved on by `offset` seconds, and its wall clock can `jump`."""

    def __init__(self) -> None:
        self.offset = 0.0
        self.jump = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self.offset

    def time(self) -> float:
        return time.time() + self.offset + self.jump
