"""The used size of V-Trees asked one by one, for gateways that refuse the bulk query for them.

Each round asks the trees whose figure is oldest, at a pace that the gateway does
not notice, for as long as the round may last. So each tree has an age of its own.
"""

from __future__ import annotations

import asyncio
import time

import structlog

from exporter.decode import Decoder
from exporter.errors import LoginError, PollError, RequestError, UnreachableError
from exporter.model.instant import now
from exporter.model.powerflex import UsedSizesReading
from exporter.powerflex import wire
from exporter.powerflex.gateway import Gateway

_REQUESTS_PER_SECOND = 50
_AT_ONCE = 4
_SHARE_OF_INTERVAL = 0.8
_LONGEST_ANSWER_SECONDS = 10.0
_BREAKING_OFF = (UnreachableError, LoginError)

_trees = Decoder(wire.VTreeIdentity, "VTree")
_statistics = Decoder(wire.VTreeStatistics, "VTree")
_log = structlog.get_logger(__name__)


class TreeWalk:
    """Walks over the V-Trees of one gateway.

    Args:
        system: the configured name, for the log.
        interval: seconds between two rounds.

    Attributes:
        interval: the same; it can be changed between two rounds.
    """

    def __init__(self, system: str, interval: float) -> None:
        self._system = system
        self.interval = interval
        self._asked_at: dict[str, float] = {}
        self._used_kib: dict[str, int | None] = {}
        self._walk_seconds = 0.0
        self._failing = False

    async def round(self, gateway: Gateway) -> UsedSizesReading:
        """Ask the trees whose figure is oldest; a tree that fails has no figure.

        Raises:
            PollError: every tree failed, or their list did.
        """
        taken_at = now()
        ids = [tree.id for tree in await gateway.list(_trees)]
        self._asked_at = {tree: self._asked_at.get(tree, 0.0) for tree in ids}
        self._used_kib = {tree: self._used_kib[tree] for tree in ids if tree in self._used_kib}
        asked, failures = await self._ask_oldest(gateway, sorted(ids, key=self._asked_at.__getitem__))
        if failures and len(failures) == asked:
            raise failures[-1]
        self._report(failures)
        # A round that was broken off tells no pace: by it, old figures would be kept for days.
        if not any(isinstance(error, _BREAKING_OFF) for error in failures):
            self._walk_seconds = self.interval * len(ids) / asked if asked < len(ids) else 0.0
        return UsedSizesReading(
            taken_at=taken_at,
            used_kib={tree: used for tree, used in self._used_kib.items() if used is not None},
            measured_at={tree: self._asked_at[tree] for tree in self._used_kib},
            walk_seconds=self._walk_seconds,
        )

    async def _ask_oldest(self, gateway: Gateway, ids: list[str]) -> tuple[int, list[PollError]]:
        """Return how many trees were asked, and what went wrong."""
        failures: list[PollError] = []
        deadline = time.monotonic() + self.interval * _SHARE_OF_INTERVAL
        asked = 0
        for first in range(0, len(ids), _AT_ONCE):
            batch, batch_started = ids[first : first + _AT_ONCE], time.monotonic()
            results = await asyncio.gather(*(self._ask(gateway, tree) for tree in batch))
            asked += len(batch)
            failures += (error for error in results if error is not None)
            if any(isinstance(error, _BREAKING_OFF) for error in results):
                break
            if time.monotonic() > deadline:
                break
            await asyncio.sleep(max(0.0, batch_started + _AT_ONCE / _REQUESTS_PER_SECOND - time.monotonic()))
        return asked, failures

    async def _ask(self, gateway: Gateway, tree: str) -> PollError | None:
        before, self._asked_at[tree] = self._asked_at[tree], time.monotonic()
        path = f"/api/instances/VTree::{tree}/relationships/Statistics"
        try:
            async with asyncio.timeout(_LONGEST_ANSWER_SECONDS):
                statistics: wire.VTreeStatistics = await gateway.get(path, _statistics.decode_object)
        except asyncio.CancelledError:
            # A round that is given up, as by a reload, makes no figure younger.
            self._asked_at[tree] = before
            raise
        except TimeoutError:
            self._used_kib.pop(tree, None)
            return RequestError(f"GET {path} gave no answer within {_LONGEST_ANSWER_SECONDS:g} s")
        except PollError as error:
            self._used_kib.pop(tree, None)
            return error
        self._used_kib[tree] = statistics.used_kib
        return None

    def _report(self, failures: list[PollError]) -> None:
        if failures and not self._failing:
            _log.warning("V-Trees without an answer", source=self._system, count=len(failures), error=str(failures[-1]))
        elif self._failing and not failures:
            _log.info("every V-Tree answers again", source=self._system)
        self._failing = bool(failures)
