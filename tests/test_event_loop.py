"""Names that are looked up for ever hold up neither other work nor the end."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from exporter.event_loop import run


class Resolver:
    """Answers for `name.example` when it is let, and for other names as ever."""

    def __init__(self) -> None:
        self.let = threading.Event()
        self.asked: Counter[str] = Counter()
        self._find = socket.getaddrinfo

    def __call__(self, host: str, port: int, *more: int) -> list[Any]:
        if host.endswith(".example"):
            self.asked[host] += 1
            self.let.wait()
            raise socket.gaierror(-2, "Name or service not known")
        return self._find(host, port, *more)


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Resolver]:
    resolver = Resolver()
    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    yield resolver
    resolver.let.set()


def look_up(name: str) -> asyncio.Task[list[Any]]:
    return asyncio.create_task(asyncio.get_running_loop().getaddrinfo(name, 443))


def test_threads_for_other_work_stay_free(resolver: Resolver) -> None:
    async def program() -> str:
        for number in range(100):
            look_up(f"{number}.example")
        async with asyncio.timeout(60):
            done = await asyncio.to_thread(lambda: "done")
            while len(resolver.asked) < 100:  # noqa: ASYNC110 - a thread tells nobody
                await asyncio.sleep(0.01)
        return done

    assert run(program()) == "done"
    assert len(resolver.asked) == 100


def test_a_name_is_looked_up_once_at_a_time(resolver: Resolver) -> None:
    async def program() -> list[Any]:
        many = [look_up("name.example") for _ in range(50)]
        await asyncio.sleep(0.1)
        many[0].cancel()
        resolver.let.set()
        told = await asyncio.gather(*many, return_exceptions=True)
        return [*told, *await asyncio.gather(look_up("name.example"), return_exceptions=True)]

    first, *others = run(program())
    assert isinstance(first, asyncio.CancelledError)
    assert all(isinstance(one, socket.gaierror) for one in others)
    assert resolver.asked == {"name.example": 2}


def test_a_name_that_there_was_no_thread_for_is_looked_up_later(monkeypatch: pytest.MonkeyPatch) -> None:
    start = threading.Thread.start

    def no_thread(_thread: threading.Thread) -> None:
        monkeypatch.setattr(threading.Thread, "start", start)
        raise RuntimeError("can't start new thread")

    async def program() -> list[Any]:
        monkeypatch.setattr(threading.Thread, "start", no_thread)
        with pytest.raises(RuntimeError, match="thread"):
            await look_up("127.0.0.1")
        async with asyncio.timeout(20):
            return await look_up("127.0.0.1")

    assert run(program())


def test_an_answer_is_as_ever() -> None:
    async def program() -> list[Any]:
        return await look_up("127.0.0.1")

    assert [address for *_, address in run(program())] == [("127.0.0.1", 443)] * 3
