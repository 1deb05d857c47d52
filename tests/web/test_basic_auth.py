"""Basic authentication on real sockets: who passes, and what a guess costs."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import bcrypt
import httpx
import pytest
import structlog
from starlette.types import ASGIApp

from exporter.web import basic_auth
from exporter.web.config_file import WebConfigFile
from exporter.web.server import ListenAddress, WebServer, bind
from exporter.web.web_config import WebConfig

pytestmark = pytest.mark.anyio

Serving = Callable[[ASGIApp], AbstractAsyncContextManager[httpx.AsyncClient]]
Exporter = Any

PATHS = ("/", "/metrics", "/config", "/-/healthy", "/-/ready", "/status.css", "/nothing")


def hashed(password: str) -> str:
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()


class Checks:
    """Counts what bcrypt does, and how much of it at once."""

    def __init__(self) -> None:
        self.asked: list[tuple[bytes, bytes]] = []
        self.at_once = self.most = 0
        self.go_on = threading.Event()
        self.go_on.set()
        self._check = bcrypt.checkpw

    def __call__(self, password: bytes, of: bytes) -> bool:
        assert threading.current_thread() is not threading.main_thread()
        self.asked.append((password, of))
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        self.go_on.wait(20)
        time.sleep(0.001)
        self.at_once -= 1
        return self._check(password, of)


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> Checks:
    counting = Checks()
    monkeypatch.setattr(bcrypt, "checkpw", counting)
    return counting


@pytest.fixture
def guarded(exporter: Exporter) -> Exporter:
    exporter.web_config = WebConfig(users={"prometheus": hashed("Pl4nted:ü"), "ops": hashed("other")})
    return exporter


async def test_every_path_asks_for_a_password(serving: Serving, guarded: Exporter, checks: Checks) -> None:
    async with serving(guarded.app()) as client:
        refused = [await client.get(path) for path in PATHS]
        refused.append(await client.post("/-/reload"))
        client.auth = ("prometheus", "Pl4nted:ü")
        passed = [(await client.get(path)).status_code for path in PATHS]

    assert {answer.status_code for answer in refused} == {401}
    assert all(answer.headers["WWW-Authenticate"].startswith("Basic realm=") for answer in refused)
    assert passed == [200, 200, 200, 200, 503, 200, 404]
    assert guarded.reloads == 0
    assert len(checks.asked) == 1


@pytest.mark.parametrize(
    ("user", "password"),
    [
        ("prometheus", "wrong"),
        ("prometheus", ""),
        ("prometheus", "other"),
        ("ops", "Pl4nted:ü"),
        ("nobody", "Pl4nted:ü"),
        ("nobody", "other"),
        ("", ""),
        ("Prometheus", "Pl4nted:ü"),
    ],
)
async def test_a_wrong_password_costs_one_check_whoever_gives_it(
    serving: Serving, guarded: Exporter, checks: Checks, user: str, password: str
) -> None:
    async with serving(guarded.app()) as client:
        for times in (1, 2):
            answer = await client.get("/metrics", auth=(user, password))
            assert answer.status_code == 401
            assert len(checks.asked) == times


@pytest.mark.parametrize(
    "header", ["Basic", "Basic !", "Basic bm9jb2xvbg==", "Bearer abc", "Basic /////w==", "x" * 5000]
)
async def test_what_is_no_password_at_all_is_refused_at_once(
    serving: Serving, guarded: Exporter, checks: Checks, header: str
) -> None:
    async with serving(guarded.app()) as client:
        assert (await client.get("/metrics", headers={"Authorization": header})).status_code == 401
    assert checks.asked == []


async def test_a_new_hash_makes_the_former_password_wrong_and_a_user_that_is_gone_is_refused(
    serving: Serving, guarded: Exporter, checks: Checks
) -> None:
    async with serving(guarded.app()) as client:
        client.auth = ("ops", "other")
        seen = [(await client.get("/metrics")).status_code]
        guarded.web_config = WebConfig(users={"ops": hashed("new")})
        seen += [(await client.get("/metrics")).status_code, (await client.get("/", auth=("ops", "new"))).status_code]
        guarded.web_config = WebConfig(users={"else": hashed("other")})
        seen.append((await client.get("/", auth=("ops", "new"))).status_code)
        guarded.web_config = WebConfig()
        seen.append((await client.get("/metrics")).status_code)

    assert seen == [200, 401, 200, 401, 200]


async def test_one_is_checked_at_a_time_and_who_was_right_waits_for_nobody(
    serving: Serving, guarded: Exporter, checks: Checks
) -> None:
    async with serving(guarded.app()) as client, asyncio.TaskGroup() as tasks:
        assert (await client.get("/metrics", auth=("ops", "other"))).status_code == 200
        checks.go_on.clear()
        guesses = [tasks.create_task(client.get("/", auth=("ops", f"guess {number}"))) for number in range(5)]
        while len(checks.asked) < 2:  # noqa: ASYNC110 - a thread tells nobody
            await asyncio.sleep(0.01)
        assert (await client.get("/metrics", auth=("ops", "other"))).status_code == 200
        checks.go_on.set()

    assert [guess.result().status_code for guess in guesses] == [401] * 5
    assert (len(checks.asked), checks.most) == (6, 1)


async def test_who_waits_for_the_same_password_has_it_checked_once(
    serving: Serving, guarded: Exporter, checks: Checks
) -> None:
    async with serving(guarded.app()) as client:
        answers = await asyncio.gather(*(client.get("/metrics", auth=("ops", "other")) for _ in range(5)))

    assert [answer.status_code for answer in answers] == [200] * 5
    assert len(checks.asked) == 1


async def test_too_many_guesses_are_turned_away(
    serving: Serving, guarded: Exporter, checks: Checks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(basic_auth, "_MOST_WAITING", 2)
    async with serving(guarded.app()) as client, asyncio.TaskGroup() as tasks:
        checks.go_on.clear()
        waiting = [tasks.create_task(client.get("/", auth=("ops", f"guess {number}"))) for number in range(4)]
        while sum(task.done() for task in waiting) < 2:  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.01)
        checks.go_on.set()

    assert sorted(task.result().status_code for task in waiting) == [401, 401, 503, 503]


async def test_guesses_take_no_place_from_those_who_know_a_password(
    serving: Serving, guarded: Exporter, checks: Checks
) -> None:
    guarded.max_requests = 1
    async with serving(guarded.app()) as client, asyncio.TaskGroup() as tasks:
        assert (await client.get("/metrics", auth=("ops", "other"))).status_code == 200
        checks.go_on.clear()
        for number in range(3):
            tasks.create_task(client.get("/", auth=("ops", f"guess {number}")))
        while len(checks.asked) < 2:  # noqa: ASYNC110 - a thread tells nobody
            await asyncio.sleep(0.01)
        assert (await client.get("/metrics", auth=("ops", "other"))).status_code == 200
        checks.go_on.set()


async def test_the_stop_waits_for_no_more_than_the_check_that_is_under_way(
    guarded: Exporter, checks: Checks, caplog: pytest.LogCaptureFixture
) -> None:
    listening = bind(ListenAddress("127.0.0.1", 0))
    server = WebServer(guarded.app(), [listening])
    server.start()
    checks.go_on.clear()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=60) as client:
        guesses = [asyncio.create_task(client.get("/", auth=("ops", f"guess {number}"))) for number in range(5)]
        async with asyncio.timeout(20):
            while len(server._server.server_state.tasks) < 5:  # noqa: ASYNC110 - what is waited for tells nobody
                await asyncio.sleep(0.01)
        await server.stop()
        checks.go_on.set()
        told = await asyncio.gather(*guesses, return_exceptions=True)

    assert all(isinstance(one, httpx.RemoteProtocolError) for one in told)
    assert len(checks.asked) == 1
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


async def test_only_what_bcrypt_reads_of_a_long_password_counts(serving: Serving, exporter: Exporter) -> None:
    exporter.web_config = WebConfig(users={"ops": hashed("x" * 72)})
    async with serving(exporter.app()) as client:
        long, short = ["x" * 500, "x" * 71]
        assert (await client.get("/metrics", auth=("ops", long))).status_code == 200
        assert (await client.get("/metrics", auth=("ops", short))).status_code == 401


async def test_no_password_is_kept(guarded: Exporter) -> None:
    guard = basic_auth.BasicAuth(guarded.app(), lambda: guarded.web_config.users)
    transport = httpx.ASGITransport(guard)
    async with httpx.AsyncClient(transport=transport, base_url="http://exporter") as client:
        assert (await client.get("/metrics", auth=("prometheus", "Pl4nted:ü"))).status_code == 200

    kept = repr(vars(guard))
    encoded = base64.b64encode(b"prometheus:Pl4nted:\xc3\xbc").decode()
    assert list(guard._proven) == ["prometheus"]
    assert "Pl4nted" not in kept
    assert encoded not in kept


async def test_headers_are_added_to_every_answer_unless_it_has_its_own(serving: Serving, guarded: Exporter) -> None:
    guarded.web_config = WebConfig(
        users=guarded.web_config.users,
        headers={"X-Frame-Options": "deny", "Content-Security-Policy": "default-src *"},
    )
    async with serving(guarded.app()) as client:
        refused = await client.get("/metrics")
        page = await client.get("/", auth=("ops", "other"))

    assert (refused.status_code, page.status_code) == (401, 200)
    assert refused.headers["X-Frame-Options"] == page.headers["X-Frame-Options"] == "deny"
    assert refused.headers["Content-Security-Policy"] == "default-src *"
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_a_file_that_is_emptied_lets_nobody_in(tmp_path: Path) -> None:
    users = {"prometheus": hashed("correct")}
    file = tmp_path / "web.yaml"
    file.write_text(f"basic_auth_users: {json.dumps(users)}\n")
    web = WebConfigFile(file)

    file.write_text("# Only a word.\n")
    with structlog.testing.capture_logs() as lines:
        assert web.current().users == users
    assert [line["error"] for line in lines] == [
        f"{file}: is empty, as a file is that is being written; write basic_auth_users: {{}} to let everybody in"
    ]

    file.write_text("basic_auth_users: {}\n")
    assert web.current().users == {}


def test_a_file_that_was_empty_may_stay_so(tmp_path: Path) -> None:
    file = tmp_path / "web.yaml"
    file.touch()
    web = WebConfigFile(file)

    file.write_text("# Only a word.\n")
    with structlog.testing.capture_logs() as lines:
        assert web.current().users == {}
    assert [line["event"] for line in lines] == ["the web configuration was read anew"]
