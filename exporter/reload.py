"""Does one reload at a time, and tells all who asked for it meanwhile what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

_STOPPING = "the exporter is stopping"


class Reloader:
    """Has the configuration reloaded when asked.

    Args:
        reload: does it, and returns what is wrong, a sentence each.
    """

    def __init__(self, reload: Callable[[], Awaitable[list[str]]]) -> None:
        self._reload = reload
        self._asked = asyncio.Event()
        self._waiting: list[asyncio.Future[list[str]]] = []
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start to wait for requests."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Stop, and give up a reload that is under way."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._answer([_STOPPING])

    def request(self) -> None:
        """Ask for a reload, without waiting for it."""
        self._asked.set()

    async def reload(self) -> list[str]:
        """Ask for a reload that begins after this moment, and return what was wrong."""
        waiting: asyncio.Future[list[str]] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        self.request()
        return await waiting

    async def _run(self) -> None:
        while True:
            await self._asked.wait()
            self._asked.clear()
            waiting, self._waiting = self._waiting, []
            faults = [_STOPPING]
            try:
                faults = await self._reload()
            finally:
                _answer(waiting, faults)

    def _answer(self, faults: list[str]) -> None:
        waiting, self._waiting = self._waiting, []
        _answer(waiting, faults)


def _answer(waiting: list[asyncio.Future[list[str]]], faults: list[str]) -> None:
    for one in waiting:
        if not one.done():
            one.set_result(faults)
