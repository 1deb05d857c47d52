"""The health check results of routers asked one by one, for when `listRouters` fails over them.

After an upgrade to 4.22 one old result of one router can fail the whole list. So
each poll asks some routers, those not asked for longest first, at a pace that
the management server does not notice; of the others the last results are kept,
and each result tells itself when it was tested.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import NamedTuple

from exporter.cloudstack.api import CloudStackApi
from exporter.cloudstack.health_checks import of_answer
from exporter.errors import RequestError
from exporter.model.cloudstack import RouterCheck

ROUTERS_PER_POLL = 100
_REQUESTS_PER_SECOND = 20
_SECONDS_PER_POLL = 30.0

_BAD_PARAMETER = 431
_INTERNAL = 530


class _Asked(NamedTuple):
    at: float
    checks: tuple[RouterCheck, ...]


class RouterWalk:
    """Walks over the routers of one installation."""

    def __init__(self) -> None:
        self._asked: dict[str, _Asked] = {}

    async def checks(self, api: CloudStackApi, routers: Sequence[str]) -> dict[str, tuple[RouterCheck, ...]]:
        """Ask some of these routers, and return the last results of all that were asked so far.

        Raises:
            PollError: the calls fail, beyond a refusal that concerns one router alone.
        """
        self._asked = {router: self._asked[router] for router in routers if router in self._asked}
        started = time.monotonic()
        for router in sorted(routers, key=self._asked_at)[:ROUTERS_PER_POLL]:
            asked_at = time.monotonic()
            if asked_at > started + _SECONDS_PER_POLL:
                break
            self._asked[router] = _Asked(asked_at, await _ask(api, router))
            await asyncio.sleep(max(0.0, asked_at + 1 / _REQUESTS_PER_SECOND - time.monotonic()))
        return {router: asked.checks for router, asked in self._asked.items()}

    def _asked_at(self, router: str) -> float:
        return self._asked[router].at if router in self._asked else 0.0


async def _ask(api: CloudStackApi, router: str) -> tuple[RouterCheck, ...]:
    """Return the results of a router; none where it has none yet, is gone, or cannot be answered for."""
    try:
        content = await api.call("getRouterHealthCheckResults", {"routerid": router, "performfreshchecks": "false"})
    except RequestError as error:
        if error.status in (_BAD_PARAMETER, _INTERNAL):
            return ()
        raise
    return await api.decoded(lambda ignored: of_answer(content, ignored))
