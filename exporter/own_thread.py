"""Asks in a thread of its own what may not answer for long, such as a file system that hangs.

In asyncio's own threads, of which there are few, some such questions would keep every answer of a source from being
decoded and the page from being rendered, so that what it says would pass for fresh.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

from exporter.errors import ConfigError

T = TypeVar("T")

_LONGEST_SECONDS = 10.0


class OwnThread(Generic[T]):
    """Asks one question, once at a time.

    Args:
        question: what is asked; its answer is that of the moment.
    """

    def __init__(self, question: Callable[[], T]) -> None:
        self._question = question
        self._answer: Future[T] | None = None

    async def ask(self) -> T:
        """Return the answer, also to a question that is asked already.

        Raises:
            ConfigError: there is none in time.
        """
        if self._answer is None or self._answer.done():
            answer: Future[T] = Future()
            # From now on nobody who gives up can cancel it for the others.
            answer.set_running_or_notify_cancel()
            threading.Thread(target=self._find, args=[answer], daemon=True).start()
            self._answer = answer
        try:
            async with asyncio.timeout(_LONGEST_SECONDS):
                return await asyncio.wrap_future(self._answer)
        except TimeoutError:
            raise ConfigError([f"no answer within {_LONGEST_SECONDS:g} s, as of a file system that hangs"]) from None

    def _find(self, answer: Future[T]) -> None:
        try:
            answer.set_result(self._question())
        except Exception as error:  # noqa: BLE001 - it is raised where the answer is waited for
            answer.set_exception(error)
