"""The rate limit: so many calls per account and interval."""

import time

from exporter.simulator.cloudstack.errors import RATE_LIMIT, ApiError


class Throttle:
    """Counts the calls of every account; a restart forgets them."""

    def __init__(self) -> None:
        self._windows: dict[str, tuple[float, int]] = {}

    def count(self, account: str, *, limit: int, interval: float) -> None:
        """Count one call.

        Raises:
            ApiError: 429, it was one too many for this interval.

        """
        now = time.monotonic()
        began, calls = self._windows.get(account, (now, 0))
        if now - began >= interval:
            began, calls = now, 0
        self._windows[account] = (began, calls + 1)
        if calls >= limit:
            left = int(1000 * (began + interval - now))
            raise ApiError(
                429,
                f"The given user has reached his/her account api limit, please retry after {left} ms.",
                RATE_LIMIT,
            )
