"""How many calls one cycle costs, and that pages, limits and large fleets do not change that."""

import math

import pytest

from exporter.simulator import Simulator
from exporter.simulator.scenario.cloud import CloudMachine
from exporter.simulator.scenario.health_checks import record_results
from exporter.simulator.scenario.ids import stable_uuid
from exporter.simulator.scenario.router import CloudRouter
from exporter.simulator.scenario.rows import place_volume
from tests.end_to_end.cloudstack.conftest import config_of, poll_once, truth

_EACH_POOL = 3
"""A page of volumes that is not full, its settings, and those of its zone."""
_EACH_CYCLE = 13
"""Zones, pools three times, hosts, offerings and seven kinds of global settings."""


def _allowed(simulator: Simulator, name: str, page: int = 500) -> int:
    installation = simulator.world.installations[name]
    return (
        math.ceil(len(installation.volumes) / page)
        + math.ceil(len(installation.routers) / page)
        + _EACH_POOL * len(installation.pools)
        + _EACH_CYCLE
    )


def test_a_cycle_of_the_scenario_costs_no_more_than_allowed(simulator: Simulator) -> None:
    assert poll_once(config_of(simulator)).failures == []
    for name, server in simulator.management_servers.items():
        assert len(server.requests.calls) <= _allowed(simulator, name)
        assert server.requests.count_calls("listRouters") == 1
        assert server.requests.count_calls("listVolumes") == len(simulator.world.installations[name].pools)
        assert {call.method for call in server.requests.calls} == {"POST"}


def test_a_thousand_volumes_more_cost_two_pages_more(simulator: Simulator) -> None:
    world = simulator.world
    ams = world.installations["ams"]
    pool = next(pool for pool in ams.pools.values() if pool.name == "ams-fast")
    before = _allowed(simulator, "ams")
    for number in range(1000):
        place_volume(world, ams, pool, 30_000 + number, account="acme")
    world.touch()
    done = poll_once(config_of(simulator))
    assert done.page.accusations == truth(simulator)
    assert _allowed(simulator, "ams") <= before + 2
    assert len(simulator.management_servers["ams"].requests.calls) <= _allowed(simulator, "ams")


def test_a_smaller_limit_of_rows_is_learnt_from_the_server(simulator: Simulator) -> None:
    simulator.change("set_setting", cloudstack="ams", name="default.page.size", value="30")
    done = poll_once(config_of(simulator))
    assert done.failures == []
    assert done.page.accusations == truth(simulator)
    calls = simulator.management_servers["ams"].requests
    # The collectors start at once, and each may be refused before the first has learnt it.
    refused = sum(call.status == 431 for call in calls.calls)
    assert refused <= 4
    whole_lists = sum(call.parameters.get("page") == "1" and call.status == 200 for call in calls.calls)
    assert len(calls.calls) - refused <= _allowed(simulator, "ams", 30) + whole_lists


def test_a_server_that_limits_its_callers_is_waited_for(simulator: Simulator) -> None:
    ams = simulator.management_servers["ams"]
    ams.machine.throttle_root_admins = True
    simulator.change("set_setting", cloudstack="ams", name="api.throttling.enabled", value="true")
    simulator.change("set_setting", cloudstack="ams", name="api.throttling.max", value="10")
    # A busy machine may not make as many calls in a second.
    simulator.change("set_setting", cloudstack="ams", name="api.throttling.interval", value="3")
    done = poll_once(config_of(simulator))
    assert done.failures == []
    assert done.page.accusations == truth(simulator)
    assert any(call.status == 429 for call in ams.requests.calls)


@pytest.mark.timeout(300)
def test_ten_thousand_routers_are_twenty_pages(simulator: Simulator) -> None:
    world = simulator.world
    ams = world.installations["ams"]
    hosts = [host for host in ams.hosts.values() if not host.cut_off]
    for number in range(10_000 - sum(router.role == "VIRTUAL_ROUTER" for router in ams.routers.values())):
        uuid = stable_uuid(f"many routers {number}")
        machine = CloudMachine(50_000 + number, uuid, f"r-{50_000 + number}-VM", "acme", hosts[number % 7].uuid)
        router = CloudRouter(machine, "ams", "4.20.1.0", world.started, read_only=number % 1000 == 0)
        record_results(router, world.started, reached=True)
        del router.results[2:]
        ams.machines[uuid], ams.routers[uuid] = machine, router
    world.touch()
    done = poll_once(config_of(simulator, routers_alone=True, timeout="30s"))
    assert done.failures == []
    assert simulator.management_servers["ams"].requests.count_calls("listRouters") == 20
    # Those that were there are one read-only, and four of which nobody knows: two of them are in state Running.
    assert done.page.total("cloudstack_routers", cloudstack="ams", filesystem="read_only") == 11
    assert done.page.total("cloudstack_routers", cloudstack="ams", filesystem="unknown") == 3
    assert done.page.total("cloudstack_routers", cloudstack="ams") == 9_999
