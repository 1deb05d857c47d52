"""The role that the documentation tells operators to make: its commands are enough, and none is too many."""

import re
from pathlib import Path

import pytest

from exporter.simulator import Simulator
from tests.end_to_end.cloudstack.conftest import Serve, config_of, poll_once, truth

_PAGE = Path(__file__).parents[3] / "docs" / "cloudstack-user.md"
_FOR_RUNS = "getRouterHealthCheckResults"


def _documented() -> list[str]:
    found = re.search(r"^## The role$.*?^```\w*\n(.*?)^```$", _PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert found, "the page has no block of commands under the heading The role"
    return found.group(1).split()


_COMMANDS = _documented()
_LISTS = [command for command in _COMMANDS if command != _FOR_RUNS]


def _allow(simulator: Simulator, commands: list[str], *, routers_alone: bool = False) -> str:
    """Configure a user with these commands alone for every installation."""
    keys: dict[str, str] = {}
    for server in simulator.management_servers.values():
        server.allow("restricted", commands)
        user = server.users["restricted"]
        keys |= {server.api_key: user.api_key, server.secret_key: user.secret_key}
    return config_of(simulator, run="stale", routers_alone=routers_alone, replace=keys)


def test_the_page_names_each_command_once() -> None:
    assert _FOR_RUNS in _COMMANDS
    assert len(set(_COMMANDS)) == len(_COMMANDS)
    rules = re.findall(
        r"^cmk createRolePermission .*rule='?([\w*]+)'? permission=(\w+)$", _PAGE.read_text(), re.MULTILINE
    )
    assert rules == [*((command, "allow") for command in _COMMANDS), ("*", "deny")]


def test_the_lists_are_enough_for_everything_but_fresh_runs(simulator: Simulator) -> None:
    full = poll_once(config_of(simulator)).page
    done = poll_once(_allow(simulator, _LISTS))
    assert done.failures == []
    assert done.page.accusations == truth(simulator)
    names = set(re.findall(r"^# TYPE (\S+)", full.text, re.MULTILINE))
    assert names == set(re.findall(r"^# TYPE (\S+)", done.page.text, re.MULTILINE))
    assert {call.user for server in simulator.management_servers.values() for call in server.requests.calls} == {
        "admin",
        "restricted",
    }


def test_with_the_whole_role_fresh_runs_work(simulator: Simulator, serve: Serve) -> None:
    new = simulator.world.landmarks["new_router"]
    exporter = serve(_allow(simulator, _COMMANDS, routers_alone=True))
    exporter.until(lambda page: page.writable(new) == 1)
    assert simulator.management_servers["ams"].requests.fresh_runs == {new: 1}


def test_without_the_command_for_runs_they_fail_and_say_which_it_is(simulator: Simulator, serve: Serve) -> None:
    exporter = serve(_allow(simulator, _LISTS, routers_alone=True))
    failures = "cloudstack_router_health_check_run_failures_total"
    page = exporter.until(lambda page: page.value(failures, cloudstack="ams") == 1)
    assert f"allow {_FOR_RUNS} for the role of the API user" in exporter.log
    assert page.writable(simulator.world.landmarks["new_router"]) is None
    assert page.poll_success("ams", "routers") == 1


@pytest.mark.parametrize("command", _LISTS)
def test_leaving_out_any_list_fails_a_collector_that_names_it(simulator: Simulator, command: str) -> None:
    done = poll_once(_allow(simulator, [one for one in _COMMANDS if one != command]))
    failures = [failure for failure in done.failures if failure.startswith("ams ")]
    assert failures
    assert all(f"allow {command} for the role" in failure for failure in failures)
