"""A moment, on both clocks."""

from __future__ import annotations

import time
from typing import NamedTuple


class Instant(NamedTuple):
    """A moment: `unix` seconds to show to people, `monotonic` seconds to measure ages with."""

    unix: float
    monotonic: float


def now() -> Instant:
    """Return this moment."""
    return Instant(time.time(), time.monotonic())
