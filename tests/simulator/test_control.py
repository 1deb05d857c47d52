import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from exporter.simulator import Gateway, Simulator
from exporter.simulator.gateway.app import gateway_app

Connect = Callable[..., httpx.Client]


def test_faults_by_http(old: Gateway, log_in: Connect) -> None:
    client = log_in(old)
    left = client.post("/simulator/faults", json=[{"action": "status", "status": 503, "times": 1}]).json()
    assert [(rule["action"], rule["status"], rule["times"]) for rule in left] == [("status", 503, 1)]
    assert client.get("/simulator/faults").json() == left
    assert client.get("/api/version").status_code == 503
    assert client.get("/simulator/faults").json() == []
    client.post("/simulator/faults", json=[{"action": "hang"}])
    assert client.delete("/simulator/faults").json() == []
    assert client.get("/api/version").status_code == 200


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'[{"action": "explode"}]'])
def test_nonsense_is_refused(old: Gateway, connect: Connect, content: bytes) -> None:
    answer = connect(old).post("/simulator/faults", content=content)
    assert answer.status_code == 400
    assert answer.json()["message"]


def test_sessions_by_http(old: Gateway, log_in: Connect) -> None:
    client = log_in(old)
    assert client.post("/simulator/sessions/expire").json() == {"expired": 1}
    assert client.get("/api/version").status_code == 401


def test_requests_by_http_hold_no_secret(new: Gateway, connect: Connect) -> None:
    client = connect(new)
    tokens = client.post("/rest/auth/login", json={"username": new.username, "password": new.password}).json()
    client.get("/api/login", auth=(new.username, new.password))
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    client.post("/api/instances/System/action/querySystemLimits?x=1", json={"a": "b"}, headers=headers)
    client.post("/rest/auth/logout", json={"refresh_token": tokens["refresh_token"]})
    answer = client.get("/simulator/requests")
    assert new.password not in answer.text
    assert tokens["access_token"] not in answer.text
    assert tokens["refresh_token"] not in answer.text
    log = answer.json()
    assert log["counts"] == {
        "GET /api/login": 1,
        "POST /api/instances/System/action/querySystemLimits": 1,
        "POST /rest/auth/login": 1,
        "POST /rest/auth/logout": 1,
    }
    assert [(each["scheme"], each["status"]) for each in log["requests"]] == [
        ("", 200),
        ("basic", 200),
        ("bearer", 200),
        ("", 204),
    ]
    assert (log["requests"][2]["query"], log["requests"][2]["body"]) == ("x=1", '{"a":"b"}')
    client.delete("/simulator/requests")
    assert client.get("/simulator/requests").json()["counts"] == {}
    assert new.requests.count() == 0


def test_the_truth_by_http(plain_simulator: Simulator, old: Gateway, log_in: Connect) -> None:
    truth = log_in(old).get("/simulator/state").json()
    assert truth["landmarks"] == plain_simulator.world.landmarks
    assert (truth["live"], truth["sessions"]) == (False, 1)
    system = truth["systems"]["pf-ams1"]
    pools = system["storage_pools"].values()
    assert system["volumes"] == sum(pool["volumes"] for pool in pools)
    assert [pool["name"] for pool in pools] == ["cspool", "cspool", "scratch"]
    for pool in pools:
        assert pool["net_unused_kib"] == (pool["max_kib"] - pool["spare_kib"] - pool["in_use_kib"]) // 2
    assert truth["cloudstack"]["lab"]["identifier"] == "lab-2"


def test_changes_by_http_reach_every_gateway(
    plain_simulator: Simulator, old: Gateway, new: Gateway, log_in: Connect
) -> None:
    changes: list[dict[str, Any]] = [
        {"op": "add_volume", "pool": plain_simulator.world.landmarks["fast_pool"], "name": "new", "size_gib": 10},
        {"op": "advance", "seconds": 60},
    ]
    answer = log_in(new).post("/simulator/world", json=changes).json()
    assert answer[1] == {"elapsed": 60.0}
    made = log_in(old).get(f"/api/instances/Volume::{answer[0]['volume']}").json()
    assert (made["name"], made["sizeInKb"]) == ("new", 16 * 2**20)


def test_changes_that_cannot_be_made_are_refused(old: Gateway, connect: Connect) -> None:
    client = connect(old)
    for change in ({"op": "explode"}, {"op": "remove_volume", "volume": "x"}, {"op": "pause", "x": 1}, {}):
        assert client.post("/simulator/world", json=[change]).status_code == 400


def test_control_calls_are_not_logged_and_not_disturbed(old: Gateway, connect: Connect) -> None:
    client = connect(old)
    client.post("/simulator/faults", json=[{"action": "drop"}])
    assert client.get("/simulator/state").status_code == 200
    assert old.requests.count() == 0


def test_control_calls_are_for_this_machine_alone(old: Gateway) -> None:
    async def ask(client_address: str) -> int:
        transport = httpx.ASGITransport(gateway_app(old.machine), client=(client_address, 40000))
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            return (await client.get("/simulator/state")).status_code

    assert asyncio.run(ask("127.0.0.1")) == asyncio.run(ask("::1")) == 200
    assert asyncio.run(ask("203.0.113.5")) == 403
