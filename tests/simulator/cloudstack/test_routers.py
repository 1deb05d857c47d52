import datetime as dt
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from exporter.simulator import ManagementServer, Simulator

Ask = Callable[..., httpx.Response]
Routers = Callable[[ManagementServer], dict[str, dict[str, Any]]]
Check = tuple[bool, str | None, str]


def checks(router: dict[str, Any]) -> dict[str, Check]:
    results = router.get("healthcheckresults", [])
    return {item["checkname"]: (item["success"], item.get("status"), item["details"]) for item in results}


def test_there_are_sixty(plain_simulator: Simulator, routers: Routers) -> None:
    found = {name: routers(server) for name, server in plain_simulator.management_servers.items()}
    assert {name: len(rows) for name, rows in found.items()} == {"ams": 48, "lab": 12}
    zones = Counter(row["zonename"] for rows in found.values() for row in rows.values())
    assert zones == {"ams": 36, "ams-west": 12, "lab": 12}
    names = [row["name"] for row in found["ams"].values()]
    assert names == sorted(names)
    assert all("clusterid" not in row for rows in found.values() for row in rows.values())


def test_the_special_ones(plain_simulator: Simulator, ams: ManagementServer, routers: Routers) -> None:
    marks = plain_simulator.world.landmarks
    found = routers(ams)
    read_only = checks(found[marks["read_only_router"]])
    assert read_only == {
        "connectivity.test": (True, None, "Successfully connected to router"),
        "filesystem.writable.test": (False, None, "Failed to write: Read-only file system"),
    }
    unreachable = checks(found[marks["unreachable_router"]])
    assert set(unreachable) == {"connectivity.test", "filesystem.writable.test"}
    assert {check[0] for check in unreachable.values()} == {False}
    assert all(check[2].startswith("Failed to fetch results with details: ") for check in unreachable.values())
    for mark, state in (("stopped_router", "Stopped"), ("router_on_down_host", "Running")):
        router = found[marks[mark]]
        assert router["state"] == state
        assert checks(router)["filesystem.writable.test"][0] is True
    assert "hostid" not in found[marks["stopped_router"]]
    assert found[marks["router_on_down_host"]]["hostcontrolstate"] == "Offline"
    assert "healthcheckresults" not in found[marks["new_router"]]
    pair = [found[marks[mark]] for mark in ("primary_router", "backup_router")]
    assert [row["redundantstate"] for row in pair] == ["PRIMARY", "BACKUP"]
    assert pair[0]["guestnetworkid"] == pair[1]["guestnetworkid"]
    assert "gateways_check.py" in checks(pair[0])
    assert "gateways_check.py" not in checks(pair[1])
    assert "webserver.service" not in checks(pair[0])
    vpc = found[marks["vpc_router"]]
    assert "vpcname" in vpc
    assert "guestnetworkname" not in vpc
    assert found[marks["outdated_router"]]["requiresupgrade"] is True
    assert found[marks["project_router"]]["project"] == "apollo"
    assert checks(found[marks["router_with_full_disk"]])["disk_space_check.py"] == (
        False,
        None,
        "Insufficient free space is 61.29 MB",
    )
    assert found[marks["read_only_router"]]["healthchecksfailed"] is True
    assert found[marks["primary_router"]]["healthchecksfailed"] is False


def test_the_words_of_4_22(plain_simulator: Simulator, lab: ManagementServer, ask: Ask, routers: Routers) -> None:
    marks = plain_simulator.world.landmarks
    found = routers(lab)
    assert checks(found[marks["router_with_warning"]])["webserver.service"][:2] == (False, "WARNING")
    assert checks(found[marks["router_with_failed_check"]])["dns_check.py"][:2] == (False, "FAILED")
    router = next(iter(found))
    for connection, connectivity in (("refused", "FAILED"), ("silent", "UNKNOWN")):
        plain_simulator.change("set_router_reachable", router=router, reachable=False, connection=connection)
        plain_simulator.change("fetch_health_checks", cloudstack="lab")
        results = checks(routers(lab)[router])
        assert results["connectivity.test"][:2] == (False, connectivity)
        assert results["filesystem.writable.test"][:2] == (False, "UNKNOWN")
        assert len(results) == 2
    assert not any(row["healthchecksfailed"] for row in routers(lab).values())
    failed = ask(lab, "listRouters", listall=True, projectid=-1, healthchecksfailed=True)
    assert failed.json() == {"listroutersresponse": {}}


def test_the_filter_works_before_4_22(plain_simulator: Simulator, ams: ManagementServer, ask: Ask) -> None:
    answer = ask(ams, "listRouters", listall=True, projectid=-1, healthchecksfailed=True).json()["listroutersresponse"]
    marks = plain_simulator.world.landmarks
    assert {row["id"] for row in answer["router"]} == {
        marks["read_only_router"],
        marks["unreachable_router"],
        marks["router_with_full_disk"],
    }


def test_results_are_there_on_demand(plain_simulator: Simulator, ams: ManagementServer, ask: Ask) -> None:
    answer = ask(ams, "listRouters", listall=True).json()["listroutersresponse"]["router"]
    assert not any("healthcheckresults" in row for row in answer)
    plain_simulator.change("set_setting", cloudstack="ams", name="router.health.checks.enabled", value="false")
    answer = ask(ams, "listRouters", listall=True, fetchhealthcheckresults=True).json()["listroutersresponse"]["router"]
    assert not any("healthcheckresults" in row for row in answer)


@pytest.mark.parametrize(
    ("parameters", "marks"),
    [
        ({"state": "Stopped"}, {"stopped_router"}),
        ({"forvpc": True}, {"vpc_router"}),
        ({"name": "r-104-VM"}, {"router_on_down_host"}),
    ],
)
def test_filters(
    plain_simulator: Simulator, ams: ManagementServer, ask: Ask, parameters: dict[str, object], marks: set[str]
) -> None:
    answer = ask(ams, "listRouters", listall=True, projectid=-1, **parameters).json()["listroutersresponse"]
    assert {row["id"] for row in answer["router"]} == {plain_simulator.world.landmarks[mark] for mark in marks}


def test_one_bad_row_fails_the_list(
    plain_simulator: Simulator, ams: ManagementServer, lab: ManagementServer, ask: Ask, routers: Routers
) -> None:
    for server in (ams, lab):
        router = next(iter(routers(server)))
        plain_simulator.change("corrupt_health_checks", router=router)
        with_results = {"listall": True, "projectid": -1, "fetchhealthcheckresults": True}
        expected = 530 if server is lab else 200
        assert ask(server, "listRouters", **with_results).status_code == expected
        assert ask(server, "listRouters", listall=True, projectid=-1).status_code == 200
        assert ask(server, "getRouterHealthCheckResults", routerid=router).status_code == expected
        others = list(routers(server)) if server is ams else []
        assert server is lab or router in others
        plain_simulator.change("fetch_health_checks", cloudstack=server.name)
        assert ask(server, "listRouters", **with_results).status_code == 200


def updated(router: dict[str, Any], check: str = "filesystem.writable.test") -> float:
    [text] = [item["lastupdated"] for item in router["healthcheckresults"] if item["checkname"] == check]
    return dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z").timestamp()


def test_results_are_collected_again_and_again(
    plain_simulator: Simulator, ams: ManagementServer, lab: ManagementServer, routers: Routers
) -> None:
    world, marks = plain_simulator.world, plain_simulator.world.landmarks
    first = updated(routers(ams)[marks["primary_router"]])
    assert first == world.started - 120
    world.advance(479)
    assert updated(routers(ams)[marks["primary_router"]]) == first
    world.advance(1)
    found = routers(ams)
    assert updated(found[marks["primary_router"]]) == first + 600 == world.now
    assert updated(found[marks["primary_router"]], "dhcp_check.py") <= world.now
    assert updated(found[marks["new_router"]]) == world.now
    assert updated(found[marks["stopped_router"]]) == world.started - 5 * 86400
    assert updated(found[marks["router_on_down_host"]]) == world.started - 3 * 3600
    plain_simulator.change("stale_health_checks", cloudstack="ams")
    world.advance(3600)
    assert updated(routers(ams)[marks["primary_router"]]) == first + 600
    assert updated(next(iter(routers(lab).values()))) > first + 3600
    plain_simulator.change("stale_health_checks", cloudstack="ams", stale=False)
    world.advance(600)
    assert updated(routers(ams)[marks["primary_router"]]) == world.now


def test_the_interval_can_be_short(plain_simulator: Simulator, ams: ManagementServer, routers: Routers) -> None:
    plain_simulator.change("set_fetch_interval", cloudstack="ams", seconds=2)
    router = plain_simulator.world.landmarks["primary_router"]
    plain_simulator.world.advance(5)
    assert plain_simulator.world.now - updated(routers(ams)[router]) < 2


def test_a_file_system_is_seen_at_the_next_collection(
    plain_simulator: Simulator, ams: ManagementServer, routers: Routers
) -> None:
    router = plain_simulator.world.landmarks["primary_router"]
    plain_simulator.change("set_router_filesystem", router=router, read_only=True)
    assert checks(routers(ams)[router])["filesystem.writable.test"][0] is True
    plain_simulator.world.advance(600)
    assert checks(routers(ams)[router])["filesystem.writable.test"][0] is False
    plain_simulator.change("set_router_filesystem", router=router, read_only=False)
    plain_simulator.world.advance(600)
    assert checks(routers(ams)[router])["filesystem.writable.test"][0] is True


def test_a_stopped_router_keeps_its_results(
    plain_simulator: Simulator, ams: ManagementServer, routers: Routers
) -> None:
    router = plain_simulator.world.landmarks["primary_router"]
    before = updated(routers(ams)[router])
    plain_simulator.change("stop_router", router=router)
    plain_simulator.world.advance(3600)
    stopped = routers(ams)[router]
    assert (stopped["state"], updated(stopped), "hostid" in stopped) == ("Stopped", before, False)
    plain_simulator.change("start_router", router=router)
    plain_simulator.world.advance(600)
    running = routers(ams)[router]
    assert (running["state"], updated(running) > before, "hostid" in running) == ("Running", True, True)


def test_times_have_the_servers_offset(ams: ManagementServer, lab: ManagementServer, routers: Routers) -> None:
    for server, offset in ((ams, "+0100"), (lab, "+0000")):
        router = next(row for row in routers(server).values() if "healthcheckresults" in row)
        assert {item["lastupdated"][-5:] for item in router["healthcheckresults"]} == {offset}
