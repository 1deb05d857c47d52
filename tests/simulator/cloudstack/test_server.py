from collections.abc import Callable
from typing import Any

import httpx
import pytest
import yaml

from exporter.simulator import ChangeError, ManagementServer, Simulator, config_yaml, default_scenario
from exporter.simulator.command import describe
from tests.clock import Clock

Ask = Callable[..., httpx.Response]
Routers = Callable[[ManagementServer], dict[str, dict[str, Any]]]


def test_a_restarted_server_is_not_there_at_once(
    ams: ManagementServer, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr("exporter.simulator.cloudstack.machine.time", clock)
    url = ams.url
    ams.stop()
    with pytest.raises(httpx.TransportError):
        ask(ams, "listZones")
    ams.restart(starting_seconds=60)
    assert ams.url == url
    answer = ask(ams, "listZones")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "text/html; charset=utf-8")
    clock.offset += 60
    assert ask(ams, "listZones").status_code == 200


@pytest.mark.parametrize("path", ["/", "/client", "/client/api/v2"])
def test_another_path_is_a_page_of_html(ams: ManagementServer, path: str) -> None:
    answer = httpx.get(ams.origin + path, trust_env=False, timeout=30)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert httpx.put(ams.url, trust_env=False, timeout=30).status_code == 405


def test_faults_hit_commands(ams: ManagementServer, ask: Ask) -> None:
    ams.faults.add(
        {"action": "status", "path": "command=listVolumes", "status": 502, "body": "<html>bad</html>", "times": 1},
        {"action": "remove_field", "path_regex": "command=listZones&.*page=1", "field": "name"},
        {"action": "body", "path": "command=listHosts", "body": {"listhostsresponse": {}}},
    )
    assert ask(ams, "listVolumes").status_code == 502
    assert ask(ams, "listVolumes").status_code == 200
    assert "name" in ask(ams, "listZones").json()["listzonesresponse"]["zone"][0]
    assert "name" not in ask(ams, "listZones", page=1, pagesize=5).json()["listzonesresponse"]["zone"][0]
    assert ask(ams, "listHosts", post=True).json() == {"listhostsresponse": {}}
    ams.faults.clear()
    ams.faults.add({"action": "drop"})
    with pytest.raises(httpx.RemoteProtocolError):
        ask(ams, "listZones")


def test_calls_are_noted_without_keys(ams: ManagementServer, ask: Ask) -> None:
    ask(ams, "listVolumes", listall=True, page=1, pagesize=5, post=True)
    ask(ams, "listRouters", user="restricted")
    volumes, routers = ams.requests.calls
    assert (volumes.command, volumes.user, volumes.method, volumes.status) == ("listVolumes", "admin", "POST", 200)
    assert volumes.path == "/client/api?command=listVolumes&listall=true&page=1&pagesize=5"
    assert volumes.parameters == {"listall": "true", "page": "1", "pagesize": "5"}
    assert (routers.user, routers.status) == ("restricted", 401)
    assert ams.requests.count(path="command=listVolumes") == 1
    assert ams.requests.count_calls("listVolumes", page="1") == 1
    noted = repr(ams.requests.as_json())
    assert not any(secret in noted for user in ams.users.values() for secret in (user.api_key, user.secret_key))
    assert "ignature=" not in noted
    ams.requests.clear()
    assert ams.requests.calls == []


def control(server: ManagementServer, path: str, body: object = None) -> httpx.Response:
    url = f"{server.origin}/simulator/{path}"
    if body is None:
        return httpx.get(url, trust_env=False, timeout=30)
    return httpx.post(url, json=body, trust_env=False, timeout=30)


def test_control_calls(plain_simulator: Simulator, ams: ManagementServer, ask: Ask, routers: Routers) -> None:
    router = plain_simulator.world.landmarks["vpc_router"]
    changes = [
        {"op": "set_router_filesystem", "router": router, "read_only": True},
        {"op": "fetch_health_checks", "cloudstack": "ams"},
    ]
    assert control(ams, "world", changes).json()[0] == {"router": router, "read_only": True}
    assert len(routers(ams)[router]["healthcheckresults"]) == 2
    assert control(ams, "world", [{"op": "stop_router", "router": "nobody"}]).status_code == 400
    assert control(ams, "users", {"name": "admin", "allowed": ["listZones"]}).status_code == 200
    assert ask(ams, "listHosts").status_code == 401
    assert control(ams, "users", {"name": "nobody"}).status_code == 400
    assert "secret" not in control(ams, "users").text.replace("simulated-secret", "secret")
    assert control(ams, "fresh-runs", {"seconds": 0}).json() == {"seconds": 0, "runs": {}}
    assert control(ams, "fresh-runs", {"seconds": "long"}).status_code == 400
    assert control(ams, "state").json()["cloudstack"]["lab"]["identifier"] == "lab-2"
    assert control(ams, "state").json()["cloudstack"]["ams"]["discrepancies"]["orphaned"] == 4
    assert control(ams, "requests").json()["counts"]["GET /client/api?command=listHosts"] == 1
    assert control(ams, "faults", [{"action": "delay", "seconds": 0}]).status_code == 200
    assert control(ams, "restart", {"seconds": 60}).json() == {"starting": 60}
    assert ask(ams, "listZones").status_code == 503


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"op": "set_router_reachable", "router": "x", "reachable": False, "connection": "odd"}, "connection must be"),
        ({"op": "set_router_check", "router": "x", "check": "a", "status": "odd"}, "status must be"),
        ({"op": "set_setting", "cloudstack": "ams", "name": "odd", "value": "1"}, "no setting"),
        ({"op": "set_setting", "cloudstack": "nobody", "name": "wait", "value": "1"}, "no object"),
        ({"op": "set_host_state", "host": "nobody"}, "no object"),
        ({"op": "resize_row", "volume": "nobody", "size_gib": 8}, "no row"),
        ({"op": "leak_volume", "pool": "nobody"}, "no object"),
    ],
)
def test_changes_that_cannot_be_made(plain_simulator: Simulator, change: dict[str, Any], text: str) -> None:
    with pytest.raises(ChangeError, match=text):
        plain_simulator.change(**change)


def test_custom_checks_and_settings_come_and_go(
    plain_simulator: Simulator, ams: ManagementServer, routers: Routers, ask: Ask
) -> None:
    router = plain_simulator.world.landmarks["vpc_router"]

    def names() -> set[str]:
        plain_simulator.change("fetch_health_checks", cloudstack="ams")
        return {check["checkname"] for check in routers(ams)[router]["healthcheckresults"]}

    plain_simulator.change("set_router_check", router=router, check="my_check.sh", details="two\nlines")
    assert "my_check.sh" in names()
    plain_simulator.change("set_router_check", router=router, check="my_check.sh", status="SUCCESS")
    assert "my_check.sh" not in names()
    for value, shown in (("77", "77"), (None, "500")):
        plain_simulator.change("set_setting", cloudstack="ams", name="default.page.size", value=value)
        answer = ask(ams, "listConfigurations", name="default.page.size").json()["listconfigurationsresponse"]
        assert answer["configuration"][0]["value"] == shown
    plain_simulator.change("set_setting", cloudstack="ams", name="custom.cs.identifier", value="beef")
    made = plain_simulator.change("leak_volume", pool=next(iter(ams.machine.installation.pools)))
    assert (plain_simulator.world.systems["pf-ams1"].volumes[made["volume"]].name or "").endswith("-beef")


def test_a_host_can_be_lost(plain_simulator: Simulator, ams: ManagementServer, routers: Routers) -> None:
    router = plain_simulator.world.landmarks["primary_router"]
    host = routers(ams)[router]["hostid"]
    for state, resource_state, control_state in (
        ("Disconnected", "Enabled", "Offline"),
        ("Up", "Maintenance", "Maintenance"),
        ("Up", "Disabled", "Disabled"),
        ("Up", "Enabled", "Enabled"),
    ):
        plain_simulator.change("set_host_state", host=host, state=state, resource_state=resource_state)
        assert routers(ams)[router]["hostcontrolstate"] == control_state


def test_a_live_scenario_has_its_events(ams: ManagementServer, plain_simulator: Simulator, routers: Routers) -> None:
    world = plain_simulator.world
    router = world.landmarks["vpc_router"]
    count = len(world.systems["pf-ams1"].volumes)
    world.advance(239)
    assert len(world.systems["pf-ams1"].volumes) == count + 1
    assert not ams.machine.installation.routers[router].read_only
    world.advance(1 + 600)
    assert [check["success"] for check in routers(ams)[router]["healthcheckresults"]] == [True, False]
    live = default_scenario(live=True).installations["ams"]
    assert live.settings["router.health.checks.results.fetch.interval"] == "1"


def test_a_frozen_scenario_can_begin_whenever() -> None:
    assert default_scenario(live=False, started=1_800_000_000).now == 1_800_000_000


def test_frozen_answers_are_always_the_same(ask: Ask) -> None:
    def answers() -> list[str]:
        with Simulator(default_scenario(live=False), tls=False) as simulator:
            everything = {"listall": True, "projectid": -1, "listsystemvms": True, "fetchhealthcheckresults": True}
            return [
                ask(server, command, **everything).text
                for server in simulator.management_servers.values()
                for command in ("listZones", "listStoragePools", "listVolumes", "listHosts", "listRouters")
            ]

    assert answers() == answers()


def test_the_exporters_configuration_and_the_description(simulator: Simulator) -> None:
    entries = yaml.safe_load(config_yaml(simulator))["cloudstack"]
    text = describe(simulator)
    assert [entry["name"] for entry in entries] == ["ams", "lab"]
    for entry in entries:
        server = simulator.management_servers[entry["name"]]
        assert (entry["endpoint"], entry["api_key"]) == (server.url, server.api_key)
        assert entry["secret_key"] == server.secret_key
        assert entry["tls"] == {"verify": True, "ca_file": str(simulator.ca_file)}
        assert server.url in text
        assert server.secret_key in text
