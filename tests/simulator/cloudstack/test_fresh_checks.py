import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from exporter.simulator import ManagementServer, Simulator
from exporter.simulator.scenario.health_checks import REFUSAL

Ask = Callable[..., httpx.Response]
Routers = Callable[[ManagementServer], dict[str, dict[str, Any]]]
COMMAND = "getRouterHealthCheckResults"
PREFIX = "Failed to get health check results due to: "


def results(answer: httpx.Response) -> list[dict[str, Any]]:
    content = answer.json()["getrouterhealthcheckresultsresponse"]
    assert list(content) == ["routerhealthchecks"]  # no count
    checks: list[dict[str, Any]] = content["routerhealthchecks"]["healthchecks"]
    return checks


def text(answer: httpx.Response) -> str:
    found: str = answer.json()["getrouterhealthcheckresultsresponse"]["errortext"]
    return found


@pytest.fixture
def router(plain_simulator: Simulator) -> str:
    return plain_simulator.world.landmarks["primary_router"]


def test_what_is_recorded(ams: ManagementServer, ask: Ask, routers: Routers, router: str) -> None:
    answer = results(ask(ams, COMMAND, routerid=router))
    assert answer == routers(ams)[router]["healthcheckresults"]
    assert set(answer[0]) == {"checkname", "checktype", "success", "lastupdated", "details"}
    assert not ams.requests.fresh_runs


def test_a_fresh_run_rewrites_the_results(
    plain_simulator: Simulator, ams: ManagementServer, ask: Ask, routers: Routers, router: str
) -> None:
    before = results(ask(ams, COMMAND, routerid=router))
    plain_simulator.world.advance(200)
    after = results(ask(ams, COMMAND, routerid=router, performfreshchecks=True))
    assert [check["checkname"] for check in after] == [check["checkname"] for check in before]
    assert len({check["lastupdated"] for check in after}) == 1
    assert after[0]["lastupdated"] > before[0]["lastupdated"]
    assert routers(ams)[router]["healthcheckresults"] == after
    assert ams.requests.fresh_runs == {router: 1}
    assert ams.requests.count_calls(COMMAND, routerid=router, performfreshchecks="true") == 1


@pytest.mark.parametrize(
    ("operation", "operands", "problem"),
    [
        (
            "set_router_filesystem",
            {"read_only": True},
            "Unable to perform fresh checks on router - Basic tests failed - Read-only file system",
        ),
        (
            "set_router_reachable",
            {"reachable": False, "connection": "silent"},
            "Unable to perform fresh checks on router - Basic tests results unavailable",
        ),
        (
            "set_router_reachable",
            {"reachable": False},
            f"Unable to perform fresh checks on router - Basic tests failed - {REFUSAL}",
        ),
        (
            "set_router_reachable",
            {"reachable": False, "connection": "push_fails"},
            "Unable to perform fresh checks on router - ",
        ),
        (
            "set_router_reachable",
            {"reachable": False, "connection": "fetch_fails"},
            "Unable to perform fresh checks on router - Get health checks failed - Failed to execute monitor script",
        ),
        ("stop_router", {}, "Unable to perform fresh checks on router - Basic tests results unavailable"),
    ],
)
def test_refusals_tell_the_verdict_and_rewrite_the_results(
    plain_simulator: Simulator,
    ask: Ask,
    operation: str,
    operands: dict[str, Any],
    problem: str,
) -> None:
    ams, router = plain_simulator.management_servers["ams"], plain_simulator.world.landmarks["primary_router"]
    plain_simulator.change(operation, router=router, **operands)
    answer = ask(ams, COMMAND, routerid=router, performfreshchecks=True)
    assert (answer.status_code, text(answer)) == (530, PREFIX + problem)
    assert len(results(ask(ams, COMMAND, routerid=router))) == 2


def test_a_host_that_is_down_gives_no_answer(plain_simulator: Simulator, ams: ManagementServer, ask: Ask) -> None:
    router = plain_simulator.world.landmarks["router_on_down_host"]
    answer = ask(ams, COMMAND, routerid=router, performfreshchecks=True)
    assert text(answer).endswith("Basic tests results unavailable")
    assert {check["success"] for check in results(ask(ams, COMMAND, routerid=router))} == {False}


def test_no_results_yet(plain_simulator: Simulator, ams: ManagementServer, ask: Ask) -> None:
    router = plain_simulator.world.landmarks["new_router"]
    answer = ask(ams, COMMAND, routerid=router)
    assert answer.status_code == 530
    assert text(answer).startswith(PREFIX + "No health check results found for the router.")
    assert results(ask(ams, COMMAND, routerid=router, performfreshchecks=True))


def test_who_is_refused(plain_simulator: Simulator, ams: ManagementServer, ask: Ask, router: str) -> None:
    balancer = plain_simulator.world.landmarks["internal_load_balancer"]
    answer = ask(ams, COMMAND, routerid=balancer)
    assert (answer.status_code, text(answer)) == (431, "Can't find router by routerId")
    accounts = {key: each.machine.account for key, each in ams.machine.installation.routers.items()}
    foreign = next(key for key, account in accounts.items() if account == "globex")
    assert ask(ams, COMMAND, user="domain-admin", routerid=foreign).status_code == 531
    plain_simulator.change("set_setting", cloudstack="ams", name="router.health.checks.enabled", value="false")
    number = ams.machine.installation.routers[router].machine.id
    answer = ask(ams, COMMAND, routerid=router)
    assert text(answer) == f"{PREFIX}Router health checks are not enabled for router {number}"


def test_a_run_takes_its_time_and_holds_the_router(
    ams: ManagementServer, ask: Ask, router: str, plain_simulator: Simulator
) -> None:
    ams.fresh_run_seconds = 1.0
    other = plain_simulator.world.landmarks["vpc_router"]
    ends: dict[str, float] = {}

    def run(name: str, key: str) -> None:
        assert ask(ams, COMMAND, routerid=key, performfreshchecks=True).status_code == 200
        ends[name] = time.monotonic() - began

    began = time.monotonic()
    threads = [
        threading.Thread(target=run, args=arguments) for arguments in (("a", router), ("b", router), ("c", other))
    ]
    for thread in threads:
        thread.start()
    assert ask(ams, "listZones").status_code == 200
    assert ends == {}, "nobody else waits"
    for thread in threads:
        thread.join()
    assert max(ends["a"], ends["b"]) >= 2.0
    assert min(ends["a"], ends["b"], ends["c"]) >= 1.0
    assert ends["c"] < max(ends["a"], ends["b"])
    assert ams.requests.fresh_runs == {router: 2, other: 1}
