"""The used size of V-Trees asked one by one, for gateways that refuse the bulk query for them.

Each round asks the trees whose figure is oldest, at a pace that the gateway does
not notice, for as long as the round may last. So each tree has an age of its own.
"""

from __future__ import annotations

import asyncio
import time
from typing import NamedTuple

import structlog

from exporter.decode import Decoder
from exporter.errors import LoginError, PollError, UnreachableError
from exporter.model.instant import now
from exporter.model.powerflex import UsedSizesReading
from exporter.powerflex import wire
from exporter.powerflex.gateway import Gateway

REQUESTS_PER_SECOND = 50
_AT_ONCE = 4

_trees = Decoder(wire.VTreeIdentity, "VTree")
_statistics = Decoder(wire.VTreeStatistics, "VTree")
_log = structlog.get_logger(__name__)


class _Measured(NamedTuple):
    at: float
    used_kib: int | None


class TreeWalk:
    """Walks over the V-Trees of one gateway.

    Args:
        system: the configured name, for the log.
        round_seconds: how long one round may last.
    """

    def __init__(self, system: str, round_seconds: float) -> None:
        self._system = system
        self._round_seconds = round_seconds
        self._measured: dict[str, _Measured] = {}
        self._failing = 0

    async def round(self, gateway: Gateway) -> UsedSizesReading:
        """Ask the trees whose figure is oldest; a tree that fails has no figure.

        Raises:
            PollError: every tree failed, or their list did.
        """
        taken_at = now()
        ids = [tree.id for tree in await gateway.list(_trees)]
        self._measured = {tree: self._measured[tree] for tree in ids if tree in self._measured}
        failures = await self._ask_oldest(gateway, sorted(ids, key=self._measured_at))
        if failures and not any(measured.at >= taken_at.monotonic for measured in self._measured.values()):
            raise failures[-1]
        self._report(failures)
        return UsedSizesReading(
            taken_at=taken_at,
            used_kib={tree: one.used_kib for tree, one in self._measured.items() if one.used_kib is not None},
            measured_at={tree: one.at for tree, one in self._measured.items()},
            walk_seconds=len(ids) / REQUESTS_PER_SECOND,
        )

    def _measured_at(self, tree: str) -> float:
        return self._measured[tree].at if tree in self._measured else 0.0

    async def _ask_oldest(self, gateway: Gateway, ids: list[str]) -> list[PollError]:
        failures: list[PollError] = []
        deadline = time.monotonic() + self._round_seconds
        for first in range(0, len(ids), _AT_ONCE):
            batch_started = time.monotonic()
            results = await asyncio.gather(*(self._ask(gateway, tree) for tree in ids[first : first + _AT_ONCE]))
            failures += (error for error in results if error is not None)
            if (
                any(isinstance(error, (UnreachableError, LoginError)) for error in results)
                or time.monotonic() > deadline
            ):
                break
            await asyncio.sleep(max(0.0, batch_started + _AT_ONCE / REQUESTS_PER_SECOND - time.monotonic()))
        return failures

    async def _ask(self, gateway: Gateway, tree: str) -> PollError | None:
        asked_at = time.monotonic()
        try:
            statistics: wire.VTreeStatistics = await gateway.get(
                f"/api/instances/VTree::{tree}/relationships/Statistics", _statistics.decode_object
            )
        except PollError as error:
            self._measured.pop(tree, None)
            return error
        self._measured[tree] = _Measured(asked_at, statistics.used_kib)
        return None

    def _report(self, failures: list[PollError]) -> None:
        if len(failures) != self._failing:
            self._failing = len(failures)
            example = str(failures[-1]) if failures else None
            _log.warning("V-Trees without an answer", system=self._system, count=self._failing, example=example)
