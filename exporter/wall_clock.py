"""What keeps plans true when this host's wall clock is set, by which APScheduler makes them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from apscheduler.triggers.base import BaseTrigger

_LOOK_SECONDS = 1.0
_LEAST_SECONDS = 1.0


class FromNowTrigger(BaseTrigger):  # type: ignore[misc] # APScheduler has no types
    """Fires an interval after it last did, or somewhat later.

    APScheduler's own would go through each time that it missed, one by one, when the clock has jumped ahead by years.

    Args:
        seconds: the interval.
        jitter: how many seconds later at most.
    """

    def __init__(self, seconds: float, jitter: float) -> None:
        self._seconds = seconds
        self._jitter = jitter

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:  # noqa: ARG002
        """Return when to fire after `now`."""
        due: datetime = self._apply_jitter(now + timedelta(seconds=self._seconds), self._jitter, now)
        return due


async def jumps() -> AsyncIterator[float]:
    """Give the seconds of each jump of the wall clock, soon after it."""
    ahead = time.time() - time.monotonic()
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        before, ahead = ahead, time.time() - time.monotonic()
        if abs(ahead - before) >= _LEAST_SECONDS:
            yield ahead - before
