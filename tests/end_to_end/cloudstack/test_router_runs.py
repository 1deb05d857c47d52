"""Fresh health checks: on which routers they are run, how often, how many at once, counted where they are run."""

import time

import pytest

from exporter.simulator import ManagementServer, Simulator
from tests.end_to_end.cloudstack.conftest import Exporter, Serve, Simulated, config_of, poll_once

_HOST = "kvm-a09"


def _stale_routers(simulator: Simulator) -> set[str]:
    """Let the routers of one host of `lab` miss the last collections."""
    lab = simulator.world.installations["lab"]
    host = next(host for host in lab.hosts.values() if host.name == _HOST)
    simulator.change("set_host_state", host=host.uuid, state="Alert")
    simulator.world.advance(3000)
    simulator.change("fetch_health_checks", cloudstack="lab")
    simulator.change("fetch_health_checks", cloudstack="ams")
    simulator.change("set_host_state", host=host.uuid, state="Up")
    return {router.uuid for router in lab.routers.values() if router.machine.host_uuid == host.uuid}


def _never_fit(simulator: Simulator) -> set[str]:
    names = ("stopped_router", "router_on_down_host", "internal_load_balancer")
    return {simulator.world.landmarks[name] for name in names}


def _runs(exporter: Exporter, installation: str) -> float | None:
    return exporter.page().value("cloudstack_router_health_check_runs_total", cloudstack=installation)


def _wait_for(server: ManagementServer, routers: set[str]) -> None:
    deadline = time.monotonic() + 60
    while set(server.requests.fresh_runs) != routers:
        assert time.monotonic() < deadline, server.requests.fresh_runs
        time.sleep(0.1)


def test_stale_runs_exactly_the_routers_without_a_fresh_enough_result_and_once(
    simulated: Simulated, serve: Serve
) -> None:
    simulator = simulated(ago=3000)
    ams, lab = simulator.management_servers["ams"], simulator.management_servers["lab"]
    stale = _stale_routers(simulator)
    new = simulator.world.landmarks["new_router"]
    simulator.world.installations["ams"].routers[new].results = []
    read_only = next(iter(stale))
    simulator.change("set_router_filesystem", router=read_only, read_only=True)
    assert len(stale) == 3

    exporter = serve(config_of(simulator, routers_alone=True, run="stale"))
    _wait_for(lab, stale)
    _wait_for(ams, {new})
    exporter.until(lambda page: page.writable(new) == 1 and page.writable(read_only) == 0)
    for name in ("ams", "lab"):
        exporter.after_polls(name, "routers")
    assert lab.requests.fresh_runs == dict.fromkeys(stale, 1)
    assert ams.requests.fresh_runs == {new: 1}
    assert (_runs(exporter, "ams"), _runs(exporter, "lab")) == (1, 3)
    failures = exporter.page().series("cloudstack_router_health_check_run_failures_total")
    assert set(failures.values()) == {0}, "a verdict in the words of a refusal is a result"


def test_a_stale_router_that_cannot_be_checked_is_not_tried_again_at_once(simulated: Simulated, serve: Serve) -> None:
    simulator = simulated(ago=3000)
    lab = simulator.management_servers["lab"]
    stale = _stale_routers(simulator)
    lab.faults.add({"action": "status", "status": 530, "path": "performfreshchecks=true"})
    exporter = serve(config_of(simulator, routers_alone=True, run="stale"))
    exporter.until(
        lambda page: page.value("cloudstack_router_health_check_run_failures_total", cloudstack="lab") == len(stale)
    )
    exporter.after_polls("lab", "routers", count=3)
    assert lab.requests.count_calls("getRouterHealthCheckResults") == len(stale)
    assert all(exporter.page().writable(router) is None for router in stale)


@pytest.mark.parametrize("run", ["stale", "always"])
def test_a_fleet_that_is_stale_as_a_whole_suspends_the_runs(simulated: Simulated, serve: Serve, run: str) -> None:
    simulator = simulated(ago=3000)
    suspended = "cloudstack_router_health_check_runs_suspended"
    exporter = serve(config_of(simulator, routers_alone=True, run=run, checks=", interval: 2s"))
    exporter.until(lambda page: set(page.series(suspended).values()) == {1})
    for name in ("ams", "lab"):
        exporter.after_polls(name, "routers", count=1)
        assert simulator.management_servers[name].requests.fresh_runs == {}
    simulator.world.advance(3000)
    exporter.until(lambda page: set(page.series(suspended).values()) == {0})
    if run == "stale":
        exporter.after_polls("lab", "routers")
        assert simulator.management_servers["lab"].requests.fresh_runs == {}


def test_always_runs_each_router_once_per_interval(simulated: Simulated, serve: Serve) -> None:
    simulator = simulated()
    lab, ams = simulator.management_servers["lab"], simulator.management_servers["ams"]
    lab.fresh_run_seconds = ams.fresh_run_seconds = 0.01
    routers = dict(simulator.world.installations["lab"].routers)
    stopped, kept = list(routers)[:2]
    simulator.change("stop_router", router=stopped)
    in_maintenance = next(
        host
        for host in simulator.world.installations["lab"].hosts.values()
        if host.uuid not in {routers[stopped].machine.host_uuid, routers[kept].machine.host_uuid}
    )
    simulator.change("set_host_state", host=in_maintenance.uuid, state="Up", resource_state="Maintenance")
    fit = {
        router.uuid for router in routers.values() if router.running and router.machine.host_uuid != in_maintenance.uuid
    }
    assert len(fit) == 8

    interval = 4.0
    began = time.monotonic()
    exporter = serve(
        config_of(simulator, routers_alone=True, run="always", checks=f", interval: {interval:.0f}s, max_concurrent: 4")
    )
    deadline = time.monotonic() + 60
    while min((lab.requests.fresh_runs[router] for router in fit), default=0) < 2:
        counts = [lab.requests.fresh_runs[router] for router in fit]
        assert max(counts) <= (time.monotonic() - began) / interval + 1
        assert max(counts) - min(counts) <= 1
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert {router for router, count in lab.requests.fresh_runs.items() if count} == fit
    assert not {router for router, count in ams.requests.fresh_runs.items() if count} & _never_fit(simulator)
    assert (_runs(exporter, "lab") or 0) >= 2 * len(fit)


def test_no_more_run_at_once_than_allowed_and_a_slow_one_delays_no_poll(simulated: Simulated, serve: Serve) -> None:
    simulator = simulated(ago=3000)
    lab = simulator.management_servers["lab"]
    stale = _stale_routers(simulator)
    lab.fresh_run_seconds = 4
    exporter = serve(config_of(simulator, routers_alone=True, run="stale", checks=", max_concurrent: 2"))
    polls, seen = exporter.polls("lab", "routers"), set()
    deadline = time.monotonic() + 60
    while len(lab.requests.fresh_runs) < len(stale):
        calls = [call for call in lab.requests.calls if call.parameters.get("performfreshchecks") == "true"]
        seen.add(sum(call.status is None for call in calls))
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert max(seen) == 2
    assert exporter.polls("lab", "routers") > polls


def test_once_and_never_run_nothing(simulated: Simulated, serve: Serve) -> None:
    simulator = simulated(ago=3000)
    _stale_routers(simulator)
    assert poll_once(config_of(simulator, routers_alone=True, run="always", checks=", interval: 1s")).failures == []
    exporter = serve(config_of(simulator, routers_alone=True, run="never"))
    exporter.after_polls("lab", "routers", count=3)
    for server in simulator.management_servers.values():
        assert server.requests.fresh_runs == {}
        assert server.requests.count_calls("getRouterHealthCheckResults") == 0
