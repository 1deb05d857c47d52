"""Connections to one source, each behind a client of its own.

A client that has several connections in one pool loses a place in it for ever when a request is cancelled just while
its connection is handed out or handed back. Here a request that is given up takes its client with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from typing import Generic, Protocol, TypeVar


class Closable(Protocol):
    """What a client must be able to do here."""

    async def aclose(self) -> None:
        """Close the connection."""


ClientT = TypeVar("ClientT", bound=Closable)


class Connections(Generic[ClientT]):
    """Lends clients, and keeps those that come back in order for the next request.

    Args:
        make: makes a client.
        limit: how many are lent at most; None for any number.
        idle_seconds: how long one is kept that nobody asks for.
    """

    def __init__(self, make: Callable[[], ClientT], *, limit: int | None, idle_seconds: float) -> None:
        self._make = make
        self._room = contextlib.nullcontext() if limit is None else asyncio.Semaphore(limit)
        self._idle_seconds = idle_seconds
        self._open: set[ClientT] = set()
        self._idle: list[tuple[ClientT, float]] = []

    @contextlib.asynccontextmanager
    async def lent(self) -> AsyncIterator[ClientT]:
        """Lend a client for one request; whatever that raises closes it."""
        async with self._room:
            client = await self._take()
            try:
                yield client
            except BaseException:
                await self._close(client)
                raise
            self._idle.append((client, time.monotonic()))

    async def close(self) -> None:
        """Close all of them."""
        self._idle.clear()
        for client in list(self._open):
            await self._close(client)

    async def _take(self) -> ClientT:
        """Return the client that came back last, or a new one, and close those that nobody has asked for."""
        while self._idle and self._idle[0][1] < time.monotonic() - self._idle_seconds:
            await self._close(self._idle.pop(0)[0])
        if self._idle:
            return self._idle.pop()[0]
        client = self._make()
        self._open.add(client)
        return client

    async def _close(self, client: ClientT) -> None:
        self._open.discard(client)
        await client.aclose()
