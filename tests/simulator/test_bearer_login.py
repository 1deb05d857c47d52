from collections.abc import Callable
from typing import Any

import httpx
import pytest

from exporter.simulator import Gateway, Simulator, TokenLifetimes, default_scenario

Connect = Callable[..., httpx.Client]


def tokens_of(client: httpx.Client, gateway: Gateway) -> dict[str, Any]:
    answer = client.post("/rest/auth/login", json={"username": gateway.username, "password": gateway.password})
    assert answer.status_code == 200
    tokens: dict[str, Any] = answer.json()
    return tokens


def bearer(tokens: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['access_token']}"}


def test_a_login_gives_two_tokens_with_their_lifetimes(new: Gateway, connect: Connect) -> None:
    client = connect(new)
    tokens = tokens_of(client, new)
    assert (tokens["expires_in"], tokens["refresh_expires_in"], tokens["token_type"]) == (300, 1800, "Bearer")
    assert tokens["access_token"].count(".") == tokens["refresh_token"].count(".") == 2
    assert client.get("/api/version", headers=bearer(tokens)).json() == "4.5"
    assert client.get("/rest/v1/alerts", headers=bearer(tokens)).status_code == 200
    # Dell's SDK uses the access token as a Basic password for the calls about the MDM cluster.
    assert client.get("/api/version", auth=("monitor", tokens["access_token"])).status_code == 200


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"{}", 400),
        (b"", 400),
        (b'{"username": "monitor"}', 400),
        (b'{"username": "monitor", "password": 7}', 400),
        (b"[]", 400),
        (b"nonsense", 400),
        (b'{"username": "monitor", "password": "wrong"}', 401),
        (b'{"username": "other", "password": "Simulated-P@ss"}', 401),
    ],
)
def test_other_bodies_are_refused(new: Gateway, connect: Connect, content: bytes, status: int) -> None:
    answer = connect(new).post("/rest/auth/login", content=content)
    assert (answer.status_code, answer.json()["httpStatusCode"]) == (status, status)


def test_an_access_token_ends_and_a_refresh_token_renews_it(new: Gateway, connect: Connect) -> None:
    client = connect(new)
    tokens = tokens_of(client, new)
    new.machine.sessions.skip(301)
    assert client.get("/api/version", headers=bearer(tokens)).status_code == 401
    answer = client.post("/rest/auth/update-token", json={"refresh_token": tokens["refresh_token"]})
    assert answer.status_code == 200
    renewed = answer.json()
    assert client.get("/api/version", headers=bearer(renewed)).status_code == 200
    spent = client.post("/rest/auth/update-token", json={"refresh_token": tokens["refresh_token"]})
    assert spent.status_code == 401
    new.machine.sessions.skip(1801)
    late = client.post("/rest/auth/update-token", json={"refresh_token": renewed["refresh_token"]})
    assert late.status_code == 401
    assert client.post("/rest/auth/update-token", json={}).status_code == 400


def test_logout_ends_both_tokens(new: Gateway, connect: Connect) -> None:
    client = connect(new)
    tokens = tokens_of(client, new)
    refresh = {"refresh_token": tokens["refresh_token"]}
    assert client.post("/rest/auth/logout", json={}).status_code == 400
    answer = client.post("/rest/auth/logout", json=refresh)
    assert (answer.status_code, answer.content) == (204, b"")
    assert client.get("/api/version", headers=bearer(tokens)).status_code == 401
    assert client.post("/rest/auth/update-token", json=refresh).status_code == 401
    assert client.post("/rest/auth/logout", json=refresh).status_code == 401
    assert len(new.machine.sessions) == 0


def test_both_logins_share_the_limit_of_sessions(connect: Connect) -> None:
    with Simulator(default_scenario(live=False), tls=False, max_sessions=2) as simulator:
        gateway = simulator.gateways["pf-ams2"]
        client = connect(gateway)
        tokens_of(client, gateway)
        assert client.get("/api/login", auth=(gateway.username, gateway.password)).status_code == 200
        answer = client.post("/rest/auth/login", json={"username": gateway.username, "password": gateway.password})
        assert answer.json()["message"].startswith("TOO_MANY_SESSIONS")
        gateway.machine.sessions.skip(3601)
        tokens_of(client, gateway)


def test_lifetimes_can_be_shortened(connect: Connect) -> None:
    lifetimes = TokenLifetimes(access=20, refresh=40)
    with Simulator(default_scenario(live=False), tls=False, lifetimes=lifetimes) as simulator:
        gateway = simulator.gateways["pf-ams2"]
        tokens = tokens_of(connect(gateway), gateway)
        assert (tokens["expires_in"], tokens["refresh_expires_in"]) == (20, 40)
        gateway.machine.sessions.skip(21)
        assert connect(gateway).get("/api/version", headers=bearer(tokens)).status_code == 401
