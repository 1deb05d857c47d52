"""Routers with their check results, and how they are come by where the list fails over them."""

from __future__ import annotations

from typing import Any

import pytest

from exporter.cloudstack import router_walk
from exporter.cloudstack.collectors import routers
from exporter.cloudstack.health_checks import CONNECTIVITY, FILESYSTEM_WRITABLE
from exporter.cloudstack.source import CloudStackSource
from exporter.errors import RequestError
from exporter.model.cloudstack import CheckStatus, Router
from tests.cloudstack.conftest import Client, Parameters, Reply, ScriptedServer, answer, error, list_answer
from tests.cloudstack.test_health_checks import check

Rows = list[dict[str, Any]]

RESULTS = [check(CONNECTIVITY, success=True), check(FILESYSTEM_WRITABLE, success=True)]


def test_routers_come_with_their_results(server: ScriptedServer, client: Client) -> None:
    router = {
        "id": "r1",
        "name": "r-4-VM",
        "state": "Running",
        "zonename": "Zone 1",
        "hostid": "h1",
        "hostname": "kvm1",
        "hostcontrolstate": "Enabled",
        "vpcname": "net",
        "guestnetworkname": "tier",
        "version": "4.20.3",
        "redundantstate": "PRIMARY",
        "requiresupgrade": False,
        "healthchecksfailed": True,
        "healthcheckresults": RESULTS,
    }
    server.lists({"listRouters": ("router", [router, {"id": "r2", "version": "UNKNOWN"}])})

    first, second = client.run(routers.collect).routers

    assert [one.status for one in first.checks] == [CheckStatus.SUCCESS, CheckStatus.SUCCESS]
    assert second == Router(id="r2")
    assert first == Router(
        id="r1",
        name="r-4-VM",
        state="Running",
        zone="Zone 1",
        host_id="h1",
        host="kvm1",
        host_control_state="Enabled",
        vpc="net",
        network="tier",
        version="4.20.3",
        redundant_state="PRIMARY",
        requires_upgrade=False,
        checks=first.checks,
    )
    (request,) = server.requests
    for name, value in {"listall": "true", "projectid": "-1", "fetchhealthcheckresults": "true"}.items():
        assert request[name] == value


class BrokenRouterList:
    """A server whose list of routers fails over the results of one of them."""

    def __init__(self, running: int) -> None:
        self.answers: dict[str, Reply] = {}
        self._rows: Rows = [{"id": f"r{number}", "state": "Running"} for number in range(running)]
        self._rows.append({"id": "stopped", "state": "Stopped"})

    def __call__(self, parameters: Parameters) -> Reply:
        if parameters["command"] == "getRouterHealthCheckResults":
            found = {"routerid": parameters["routerid"], "healthchecks": RESULTS}
            usual = answer(parameters["command"], {"routerhealthchecks": found})
            return self.answers.get(parameters["routerid"], usual)
        if parameters.get("fetchhealthcheckresults") == "true":
            return error("listRouters", 530, "Internal error executing command, please contact your administrator")
        return list_answer(parameters, "router", self._rows)


def asked_one_by_one(server: ScriptedServer) -> list[str]:
    return [request["routerid"] for request in server.requests if "routerid" in request]


def test_where_the_list_fails_over_results_each_running_router_is_asked(server: ScriptedServer, client: Client) -> None:
    script = BrokenRouterList(running=3)
    script.answers["r1"] = error("getRouterHealthCheckResults", 530, "No health check results found for the router.")
    server.script = script

    found = client.run(routers.collect).routers

    assert [(router.id, len(router.checks)) for router in found] == [("r0", 2), ("r1", 0), ("r2", 2), ("stopped", 0)]
    assert asked_one_by_one(server) == ["r0", "r1", "r2"]
    assert all(request.get("performfreshchecks", "false") == "false" for request in server.requests)


def test_the_routers_asked_one_by_one_are_bounded_and_those_waiting_longest_come_first(
    server: ScriptedServer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(router_walk, "ROUTERS_PER_POLL", 2)
    server.script = BrokenRouterList(running=5)

    async def use(source: CloudStackSource) -> list[int]:
        readings = [await routers.collect(source) for _ in range(3)]
        return [sum(bool(router.checks) for router in reading.routers) for reading in readings]

    assert client.run(use) == [2, 4, 5]
    assert asked_one_by_one(server) == ["r0", "r1", "r2", "r3", "r4", "r0"]


def test_a_walk_over_routers_keeps_a_pace_and_ends_in_time(
    server: ScriptedServer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(router_walk, "_SECONDS_PER_POLL", 0.12)
    server.script = BrokenRouterList(running=50)

    client.run(routers.collect)

    assert 1 <= len(asked_one_by_one(server)) <= 4


@pytest.mark.parametrize(("command", "status"), [("listRouters", 401), ("getRouterHealthCheckResults", 401)])
def test_a_refusal_that_concerns_every_router_fails_the_poll(
    server: ScriptedServer, client: Client, command: str, status: int
) -> None:
    broken = BrokenRouterList(running=3)
    refused = error(command, status, "The given command does not exist, is not available for user.")
    server.script = lambda parameters: refused if parameters["command"] == command else broken(parameters)

    async def use(source: CloudStackSource) -> None:
        with pytest.raises(RequestError, match=f"allow {command} for the role"):
            await routers.collect(source)

    client.run(use)
