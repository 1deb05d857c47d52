"""The event loop: asyncio's, but a name that cannot be looked up holds up nothing else.

A resolver may take half a minute to give up. In asyncio's own threads, of which there are few, that would keep the
pages from being rendered, and the program from ending.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Coroutine
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")


class _Question(NamedTuple):
    """What is asked of the resolver, in the order of its parameters."""

    host: bytes | str | None
    port: bytes | str | int | None
    family: int
    type: int
    proto: int
    flags: int


class _Answer(NamedTuple):
    addresses: list[Any]
    error: OSError | UnicodeError | None


class EventLoop(asyncio.SelectorEventLoop):
    """Looks each name up in a thread of its own, and the same name once at a time."""

    def __init__(self) -> None:
        super().__init__()
        self._looked_up: dict[_Question, asyncio.Future[_Answer]] = {}

    async def getaddrinfo(  # noqa: PLR0913 - as asyncio has it
        self,
        host: bytes | str | None,
        port: bytes | str | int | None,
        *,
        family: int = 0,
        type: int = 0,  # noqa: A002 - as asyncio has it
        proto: int = 0,
        flags: int = 0,
    ) -> list[Any]:
        """Look a name up."""
        question = _Question(host, port, family, type, proto, flags)
        if question not in self._looked_up:
            threading.Thread(target=self._look_up, args=[question], daemon=True).start()
            # Not before: where no thread can be started, nobody would ever answer.
            self._looked_up[question] = self.create_future()
        answer = await asyncio.shield(self._looked_up[question])
        if answer.error is not None:
            raise answer.error
        return answer.addresses

    def _look_up(self, question: _Question) -> None:
        try:
            answer = _Answer(socket.getaddrinfo(*question), None)
        except (OSError, UnicodeError) as error:
            answer = _Answer([], error)
        # A loop that is closed by now has nobody who waits.
        with contextlib.suppress(RuntimeError):
            self.call_soon_threadsafe(self._tell, question, answer)

    def _tell(self, question: _Question, answer: _Answer) -> None:
        self._looked_up.pop(question).set_result(answer)


def run(program: Coroutine[Any, Any, T]) -> T:
    """Run a program to its end."""
    with asyncio.Runner(loop_factory=EventLoop) as runner:
        return runner.run(program)
