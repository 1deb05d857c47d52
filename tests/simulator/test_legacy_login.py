import base64
from collections.abc import Callable

import httpx
import pytest

from exporter.simulator import Gateway

Connect = Callable[..., httpx.Client]
UNAUTHORIZED = {"message": "Unauthorized", "httpStatusCode": 401, "errorCode": 0}


def token_of(client: httpx.Client, gateway: Gateway) -> str:
    return str(client.get("/api/login", auth=(gateway.username, gateway.password)).json())


@pytest.mark.parametrize("user", ["", "monitor", "anyone"])
def test_the_token_is_a_password_for_any_user(old: Gateway, connect: Connect, user: str) -> None:
    client = connect(old)
    token = token_of(client, old)
    assert base64.b64decode(token).decode().startswith("monitor:")
    answer = client.get("/api/version", auth=(user, token))
    assert (answer.status_code, answer.text) == (200, '"3.6"')


def test_a_3x_gateway_knows_no_bearer_tokens(old: Gateway, connect: Connect) -> None:
    client = connect(old)
    token = token_of(client, old)
    assert client.get("/api/version", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    answer = client.post("/rest/auth/login", json={})
    assert answer.status_code == 404
    assert answer.json()["httpStatusCode"] == 404


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Basic"},
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic " + base64.b64encode(b"monitor:wrong").decode()},
        {"Authorization": "Basic " + base64.b64encode(b"other:Simulated-P@ss").decode()},
        {"Authorization": "Basic " + base64.b64encode(b"\xff:\xff").decode()},
    ],
)
def test_a_wrong_password_is_refused_in_the_recorded_form(
    old: Gateway, connect: Connect, headers: dict[str, str]
) -> None:
    answer = connect(old).get("/api/login", headers=headers)
    assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)


def test_nothing_is_told_without_a_session(old: Gateway, connect: Connect) -> None:
    client = connect(old)
    for path in ("/api/version", "/api/instances", "/api/types/Volume/instances", "/api/Configuration"):
        answer = client.get(path, auth=("monitor", "Simulated-P@ss"))
        assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)


def test_a_token_ends_after_ten_idle_minutes_and_after_eight_hours(old: Gateway, connect: Connect) -> None:
    client = connect(old)
    client.auth = httpx.BasicAuth("", token_of(client, old))
    for _ in range(49):  # 8 h less 10 min, never idle for long
        old.machine.sessions.skip(575)
        assert client.get("/api/version").status_code == 200
    old.machine.sessions.skip(599)
    assert client.get("/api/version").status_code == 200
    old.machine.sessions.skip(28_800 - 49 * 575 - 599)
    assert client.get("/api/version").status_code == 401

    client.auth = httpx.BasicAuth("", token_of(client, old))
    old.machine.sessions.skip(601)
    assert client.get("/api/version").status_code == 401


def test_logout_ends_the_session(old: Gateway, connect: Connect) -> None:
    client = connect(old)
    client.auth = httpx.BasicAuth("", token_of(client, old))
    assert client.get("/api/logout").status_code == 200
    assert client.get("/api/version").status_code == 401
    assert client.get("/api/logout").status_code == 401
    assert len(old.machine.sessions) == 0


def test_the_129th_session_is_refused_until_another_ends(old: Gateway, connect: Connect) -> None:
    client = connect(old)
    tokens = [token_of(client, old) for _ in range(128)]
    answer = client.get("/api/login", auth=(old.username, old.password))
    assert answer.status_code == 500
    assert answer.json()["message"].startswith("TOO_MANY_SESSIONS")
    client.get("/api/logout", auth=("", tokens[5]))
    assert client.get("/api/login", auth=(old.username, old.password)).status_code == 200


def test_all_sessions_can_be_dropped(old: Gateway, connect: Connect) -> None:
    client = connect(old)
    client.auth = httpx.BasicAuth("", token_of(client, old))
    assert old.expire_sessions() == 1
    assert client.get("/api/version").status_code == 401


def test_a_newer_gateway_takes_the_legacy_token_both_ways_but_not_under_rest(new: Gateway, connect: Connect) -> None:
    client = connect(new)
    token = token_of(client, new)
    bearer = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/version", auth=("monitor", token)).json() == "4.5"
    assert client.get("/api/version", headers=bearer).json() == "4.5"
    assert client.get("/rest/v1/alerts", headers=bearer).status_code == 401
    assert client.get("/api/logout", headers=bearer).status_code == 200
    assert client.get("/api/version", headers=bearer).status_code == 401
