"""Questions that are not answered, and what they hold up: themselves, and not for ever."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from exporter import own_thread
from exporter.cloudstack import api as cloudstack_api
from exporter.cloudstack.api import CloudStackApi
from exporter.errors import ConfigError, LoginError
from exporter.http.transport import Transport as HttpTransport
from exporter.own_thread import OwnThread
from exporter.powerflex.session import Credentials, Session
from exporter.powerflex.transport import Transport

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Question:
    """One that is answered when it is let, with how often it was asked."""

    def __init__(self) -> None:
        self.let = threading.Event()
        self.asked = 0

    def __call__(self) -> str:
        self.asked += 1
        number = self.asked
        self.let.wait()
        return f"answer {number}"


@pytest.fixture
def question(monkeypatch: pytest.MonkeyPatch) -> Iterator[Question]:
    monkeypatch.setattr(own_thread, "_LONGEST_SECONDS", 0.2)
    question = Question()
    yield question
    question.let.set()


async def test_it_is_asked_once_at_a_time_until_it_is_answered_and_anew_after_that(
    question: Question, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = OwnThread(question)
    asked = await asyncio.gather(*(thread.ask() for _ in range(10)), return_exceptions=True)
    asked += await asyncio.gather(thread.ask(), return_exceptions=True)
    assert {str(one) for one in asked} == {"no answer within 0.2 s, as of a file system that hangs"}
    assert all(isinstance(one, ConfigError) for one in asked)

    monkeypatch.setattr(own_thread, "_LONGEST_SECONDS", 20.0)
    given_up, waiting = asyncio.create_task(thread.ask()), asyncio.create_task(thread.ask())
    await asyncio.sleep(0.05)
    given_up.cancel()
    question.let.set()
    assert await waiting == "answer 1"
    assert await thread.ask() == "answer 2"


async def test_what_it_raises_is_raised() -> None:
    def fail() -> str:
        raise ConfigError(["the file is empty"])

    with pytest.raises(ConfigError, match="the file is empty"):
        await OwnThread(fail).ask()


async def test_a_secret_that_cannot_be_read_to_the_end_fails_the_call_and_takes_no_thread_from_others(
    question: Question,
) -> None:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    tls = ssl.create_default_context()
    gateway = Transport("https://localhost:1", tls=tls, timeout=5, max_connections=1, user_agent="test")
    server = HttpTransport("", tls=tls, timeout=5, max_connections=1, user_agent="test")
    session = Session(gateway, Credentials("monitor", question), "auto", lambda _: None)
    keys = cloudstack_api.Credentials(question, question)
    api = CloudStackApi(server, "https://localhost:1/client/api", keys)

    with pytest.raises(LoginError, match="cannot read the password: no answer within"):
        await session.authorization("/api/version")
    with pytest.raises(LoginError, match="cannot read the keys of the API: no answer within"):
        await api.call("listZones", {})
    assert await asyncio.to_thread(lambda: "done") == "done"
