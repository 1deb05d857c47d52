"""Bounds on what clients can ask of the web server: how much at once, and how long."""

from __future__ import annotations

import asyncio

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_LONGEST_ANSWER_SECONDS = 60.0


class SlowClientError(Exception):
    """A client reads its answer so slowly that the connection is to be broken off."""


async def answer_in_time(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Have an application answer one request.

    Raises:
        SlowClientError: that takes too long to send.
    """
    try:
        async with asyncio.timeout(_LONGEST_ANSWER_SECONDS):
            await app(scope, receive, send)
    except TimeoutError:
        raise SlowClientError(f"the answer was not taken within {_LONGEST_ANSWER_SECONDS:g} s") from None


class RequestLimits:
    """Refuses requests beyond a number at once, and breaks off those that take too long to send.

    Args:
        app: what answers.
        max_requests: how many requests are answered at once; 0 for any number.
        exempt: paths that are always answered, for a watchdog's sake.
    """

    def __init__(self, app: ASGIApp, *, max_requests: int, exempt: frozenset[str]) -> None:
        self._app = app
        self._max_requests = max_requests
        self._exempt = exempt
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or say why not."""
        if self._max_requests and self._open >= self._max_requests and scope.get("path") not in self._exempt:
            words = (
                f"Limit of {self._max_requests} concurrent requests reached (--web.max-requests), try again later.\n"
            )
            await answer_in_time(PlainTextResponse(words, status_code=503), scope, receive, send)
            return
        self._open += 1
        try:
            await answer_in_time(self._app, scope, receive, send)
        finally:
            self._open -= 1
