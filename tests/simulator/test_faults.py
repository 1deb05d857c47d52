from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from exporter.simulator import FaultError, FaultRule, Gateway

Connect = Callable[..., httpx.Client]
VOLUMES = "/api/types/Volume/instances"
POOLS = "/api/types/StoragePool/instances"


def test_delay_then_answer_as_usual(old: Gateway, log_in: Connect) -> None:
    client = log_in(old)
    old.faults.add({"action": "delay", "seconds": 0.01, "times": 1}, {"action": "delay", "seconds": 60, "skip": 2})
    assert client.get(VOLUMES).status_code == 200
    with pytest.raises(httpx.ReadTimeout):
        [client.get(POOLS, timeout=0.2) for _ in range(2)]


def test_drop(old: Gateway, log_in: Connect) -> None:
    client = log_in(old)
    old.faults.add({"action": "drop", "path": VOLUMES, "times": 1})
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        client.get(VOLUMES)
    assert old.requests.entries[-1].status is None
    assert client.get(VOLUMES).status_code == 200


def test_hang(old: Gateway, log_in: Connect) -> None:
    client = log_in(old)
    old.faults.add(FaultRule(action="hang", times=1))
    with pytest.raises(httpx.ReadTimeout):
        client.get(VOLUMES, timeout=0.2)
    assert client.get(VOLUMES).status_code == 200


@pytest.mark.parametrize("kept", [None, 0, 10])
def test_truncate(old: Gateway, log_in: Connect, kept: int | None) -> None:
    client = log_in(old)
    old.faults.add({"action": "truncate", "bytes": kept, "times": 1})
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        client.get(VOLUMES)
    assert client.get(VOLUMES).status_code == 200


@pytest.mark.parametrize("status", [302, 401, 403, 429, 500, 502, 503])
def test_status_without_doing_what_was_asked(old: Gateway, connect: Connect, status: int) -> None:
    client = connect(old)
    headers = {"Location": "https://elsewhere.invalid/", "Retry-After": "5"}
    old.faults.add({"action": "status", "status": status, "body": "<html>no</html>", "headers": headers})
    answer = client.get("/api/login", auth=(old.username, old.password))
    assert (answer.status_code, answer.text) == (status, "<html>no</html>")
    assert answer.headers["content-type"] == "text/html"
    assert answer.headers["retry-after"] == "5"
    assert len(old.machine.sessions) == 0


def test_status_with_json(old: Gateway, log_in: Connect) -> None:
    client = log_in(old)
    body = {"message": "busy", "httpStatusCode": 503, "errorCode": 9}
    old.faults.add({"action": "status", "status": 503, "body": body})
    answer = client.get(POOLS)
    assert (answer.status_code, answer.json(), answer.headers["content-type"]) == (503, body, "application/json")


def test_another_body(old: Gateway, log_in: Connect) -> None:
    client = log_in(old)
    old.faults.add({"action": "body", "body": "NaN, not JSON", "times": 1}, {"action": "body", "body": {"a": [1]}})
    answer = client.get(POOLS)
    assert (answer.status_code, answer.json()) == (200, {"a": [1]})  # the later rule has the last word
    assert client.get(POOLS).json() == {"a": [1]}


def test_repeat(old: Gateway, log_in: Connect) -> None:
    client = log_in(old)
    pools = client.get(POOLS).json()
    links = [len(pool["links"]) for pool in pools]
    old.faults.add({"action": "repeat", "path": POOLS})
    repeated = client.get(POOLS).json()
    assert [pool["id"] for pool in repeated] == [pool["id"] for pool in [*pools, pools[0]]]
    assert [len(pool["links"]) for pool in repeated[:-1]] == [number + 1 for number in links]


@pytest.mark.parametrize("fault", [{"action": "empty_list"}, {"action": "status", "status": 204, "body": "x"}])
def test_an_answer_that_can_have_no_body_gets_none(
    new: Gateway, connect: Connect, caplog: pytest.LogCaptureFixture, fault: dict[str, Any]
) -> None:
    client = connect(new)
    login = {"username": new.username, "password": new.password}
    tokens = client.post("/rest/auth/login", json=login).json()
    new.faults.add({**fault, "times": 1})
    answer = client.post("/rest/auth/logout", json={"refresh_token": tokens["refresh_token"]})
    assert (answer.status_code, answer.content) == (204, b"")
    assert client.get("/api/version").status_code == 401
    assert caplog.text == ""


def test_empty_list(old: Gateway, log_in: Connect) -> None:
    client = log_in(old)
    old.faults.add({"action": "empty_list", "path": POOLS})
    assert client.get(POOLS).json() == []
    assert client.get(VOLUMES).json() != []


def test_drip(old: Gateway, log_in: Connect) -> None:
    client = log_in(old)
    whole = client.get(POOLS).content
    old.faults.add({"action": "drip", "bytes": 2000, "seconds": 0.001, "times": 1})
    assert client.get(POOLS).content == whole
    old.faults.add({"action": "drip", "bytes": 1, "seconds": 60, "times": 1})
    with pytest.raises(httpx.ReadTimeout):
        client.get(POOLS, timeout=0.2)


@pytest.mark.parametrize("value", [None, "NaN", "12", -1, 1.5, [], {}, True])
def test_a_field_of_another_value_in_every_object(old: Gateway, log_in: Connect, value: object) -> None:
    client = log_in(old)
    old.faults.add({"action": "set_field", "path": VOLUMES, "field": "sizeInKb", "value": value})
    assert all(volume["sizeInKb"] == value for volume in client.get(VOLUMES).json())


def test_a_field_of_the_first_object_alone(old: Gateway, log_in: Connect) -> None:
    client = log_in(old)
    rule = {"action": "set_field", "path": VOLUMES, "field": "sizeInKb", "value": "x", "objects": "first"}
    old.faults.add(rule)
    assert [volume["sizeInKb"] == "x" for volume in client.get(VOLUMES).json()][:3] == [True, False, False]
    old.faults.clear()
    old.faults.add({**rule, "action": "remove_field"})
    assert ["sizeInKb" in volume for volume in client.get(VOLUMES).json()][:3] == [False, True, True]


def test_fields_deep_in_statistics(old: Gateway, log_in: Connect) -> None:
    client = log_in(old)
    old.faults.add(
        {"action": "set_field", "field": "netUnusedCapacityInKb", "value": None},
        {"action": "remove_field", "field": "numSeconds"},
    )
    body = {"allIds": "", "properties": ["netUnusedCapacityInKb", "userDataReadBwc"]}
    found = client.post("/api/types/StoragePool/instances/action/querySelectedStatistics", json=body).json()
    for pool in found.values():
        assert pool["netUnusedCapacityInKb"] is None
        assert set(pool["userDataReadBwc"]) == {"totalWeightInKb", "numOccured"}


def test_edits_leave_alone_what_is_no_json(old: Gateway, log_in: Connect) -> None:
    client = log_in(old)
    old.faults.add({"action": "body", "body": "<html>"}, {"action": "set_field", "field": "id", "value": 1})
    assert client.get(POOLS).text == "<html>"


def test_rules_choose_by_method_pattern_count_and_position(old: Gateway, log_in: Connect) -> None:
    client = log_in(old)
    old.faults.add(
        {"action": "status", "status": 501, "method": "post"},
        {"action": "status", "status": 502, "path_regex": r"^/api/types/(Sdc|Sds)/", "times": 2, "skip": 1},
    )
    statuses = [client.get(f"/api/types/{kind}/instances").status_code for kind in ("Sdc", "Sds", "Sdc", "Sds")]
    assert statuses == [200, 502, 502, 200]
    assert client.post("/api/instances/System/action/querySystemLimits").status_code == 501
    assert client.get(VOLUMES).status_code == 200
    assert len(old.faults.as_json()) == 1
    old.faults.clear()
    assert old.faults.as_json() == []


def test_a_rule_may_be_used_for_two_gateways(old: Gateway, new: Gateway, connect: Connect) -> None:
    rule = FaultRule(action="status", times=1)
    for gateway in (old, new):
        gateway.faults.add(rule)
    assert [connect(gateway).get("/api/login").status_code for gateway in (old, new)] == [500, 500]


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ({}, "action"),
        ({"action": "explode"}, "explode"),
        ({"action": "drop", "colour": 1}, "colour"),
        ({"action": "drop", "times": "twice"}, "times"),
        ({"action": "drop", "path_regex": "("}, "path_regex"),
        ({"action": "set_field"}, "needs a field"),
    ],
)
def test_rules_that_make_no_sense(old: Gateway, rule: dict[str, Any], text: str) -> None:
    with pytest.raises(FaultError, match=text):
        old.faults.add({"action": "hang"}, rule)
    assert old.faults.as_json() == []


def test_requests_at_the_same_time_are_counted(old: Gateway, log_in: Connect) -> None:
    client = log_in(old)
    old.requests.clear()
    old.faults.add({"action": "delay", "seconds": 0.3, "times": 3})
    with ThreadPoolExecutor(3) as pool:
        statuses = list(pool.map(lambda _: client.get("/api/version").status_code, range(3)))
    assert statuses == [200, 200, 200]
    assert 1 <= old.requests.peak_in_flight <= 3
    assert old.requests.count("/api/version", "GET") == 3
