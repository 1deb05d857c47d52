"""What is said of routers' file systems: what CloudStack tested, and nothing where nobody can know."""

from collections.abc import Mapping

import pytest

from exporter.simulator import Simulator
from tests.end_to_end.cloudstack.conftest import Page, Serve, Simulated, config_of, poll_once

_SWAPPED = {"ams": "4.22.1.0", "lab": "4.20.1.0"}
_VERSIONS: list[dict[str, str]] = [{}, _SWAPPED]
_TESTED = "cloudstack_router_filesystem_check_timestamp_seconds"


def _name(simulator: Simulator, landmark: str) -> str:
    return simulator.world.landmarks[landmark]


def test_a_router_that_turns_read_only_shows_within_one_cycle_of_cloudstacks_own_result(
    simulator: Simulator, serve: Serve
) -> None:
    # Between two lists there is time to publish the first and to look at it, on a busy machine as well.
    exporter = serve(config_of(simulator, routers_alone=True, replace={"routers: 1s": "routers: 3s"}))
    router = _name(simulator, "vpc_router")
    calls = simulator.management_servers["ams"].requests
    assert exporter.page().writable(router) == 1

    simulator.change("set_router_filesystem", router=router, read_only=True)
    assert exporter.after_polls("ams", "routers").writable(router) == 1, "nobody has tested it yet"

    simulator.change("fetch_health_checks", cloudstack="ams")
    before = calls.count_calls("listRouters")
    exporter.until(lambda page: page.writable(router) == 0)
    # One list may have been under way, and another one may have begun while the page was read.
    assert calls.count_calls("listRouters") - before <= 3
    page = exporter.page()
    assert page.value("cloudstack_routers", cloudstack="ams", zone="ams", filesystem="read_only") == 2

    simulator.change("set_router_filesystem", router=router, read_only=False)
    simulator.change("fetch_health_checks", cloudstack="ams")
    exporter.until(lambda page: page.writable(router) == 1)


@pytest.mark.parametrize("versions", _VERSIONS, ids=["4.20", "4.22"])
def test_a_router_that_cannot_be_reached_is_never_called_read_only(
    simulated: Simulated, serve: Serve, versions: Mapping[str, str]
) -> None:
    simulator = simulated(versions=versions)
    refused, silent = _name(simulator, "outdated_router"), _name(simulator, "backup_router")
    exporter = serve(config_of(simulator, routers_alone=True, run="stale"))
    always_unreachable = _name(simulator, "unreachable_router")
    assert [exporter.page().writable(router) for router in (refused, silent)] == [1, 1]

    simulator.change("set_router_reachable", router=refused, reachable=False, connection="refused")
    simulator.change("set_router_reachable", router=silent, reachable=False, connection="silent")
    simulator.change("fetch_health_checks", cloudstack="ams")
    routers = (refused, silent, always_unreachable)

    def never_0(page: Page) -> bool:
        return all(page.writable(router) != 0 for router in routers)

    exporter.until(lambda page: all(page.writable(router) is None for router in routers), always=never_0)
    for _ in range(2):
        page = exporter.after_polls("ams", "routers", count=1)
        assert all(page.writable(router) is None for router in routers)
        assert all(page.value("cloudstack_router_running", router_id=router) == 1 for router in routers)
    connectivity = [
        page.value("cloudstack_router_health_check_success", router_id=router, check="connectivity.test")
        for router in (refused, silent)
    ]
    # Up to 4.21 CloudStack does not tell a router that refuses from one that says nothing.
    assert connectivity == ([0, None] if versions else [0, 0])
    assert page.writable(_name(simulator, "read_only_router")) == 0

    for router in (refused, silent):
        simulator.change("set_router_reachable", router=router, reachable=True)
    simulator.change("fetch_health_checks", cloudstack="ams")
    exporter.until(lambda page: page.writable(refused) == page.writable(silent) == 1, always=never_0)


@pytest.mark.parametrize("versions", _VERSIONS, ids=["4.20", "4.22"])
def test_old_results_of_routers_that_are_stopped_or_cut_off_are_not_shown_but_their_time_is(
    simulated: Simulated, versions: Mapping[str, str]
) -> None:
    simulator = simulated(versions=versions)
    page = poll_once(config_of(simulator, routers_alone=True)).page
    world = simulator.world
    stopped, lost = _name(simulator, "stopped_router"), _name(simulator, "router_on_down_host")
    assert page.value("cloudstack_router_running", router_id=stopped) == 0
    assert page.value("cloudstack_router_running", router_id=lost) == 1
    for router, age in ((stopped, 5 * 86400), (lost, 3 * 3600)):
        assert page.writable(router) is None
        assert page.series("cloudstack_router_health_check_success", router_id=router) == {}
        assert page.value(_TESTED, router_id=router) == world.started - age
    assert page.value(_TESTED, router_id=_name(simulator, "unreachable_router")) is None
    assert page.value(_TESTED, router_id=_name(simulator, "read_only_router")) == world.started - 120
    assert page.writable(_name(simulator, "new_router")) is None
    # An internal load balancer is no virtual router, and listRouters does not give it.
    assert page.series("cloudstack_router_info", router_id=_name(simulator, "internal_load_balancer")) == {}


def test_a_router_goes_dark_when_it_is_stopped_and_when_its_host_is_lost(simulator: Simulator, serve: Serve) -> None:
    exporter = serve(config_of(simulator, routers_alone=True))
    world = simulator.world
    router = _name(simulator, "vpc_router")
    host = world.installations["ams"].routers[router].machine.host_uuid
    assert exporter.page().writable(router) == 1

    simulator.change("set_host_state", host=host, state="Disconnected")
    exporter.until(lambda page: page.writable(router) is None)
    assert exporter.page().value(_TESTED, router_id=router) == world.started - 120
    simulator.change("set_host_state", host=host, state="Up")
    exporter.until(lambda page: page.writable(router) == 1)
    simulator.change("stop_router", router=router)
    exporter.until(lambda page: page.writable(router) is None)
    simulator.change("start_router", router=router)
    page = exporter.until(lambda page: page.value("cloudstack_router_running", router_id=router) == 1)
    assert page.writable(router) is None, "that result is from before the stop"
    world.advance(1)
    simulator.change("fetch_health_checks", cloudstack="ams")
    exporter.until(lambda page: page.writable(router) == 1)


def test_one_row_that_4_22_cannot_read_costs_the_others_nothing(simulator: Simulator, serve: Serve) -> None:
    lab = simulator.management_servers["lab"]
    routers = simulator.world.installations["lab"].routers
    exporter = serve(config_of(simulator, routers_alone=True))
    before = exporter.page().series("cloudstack_router_filesystem_writable", cloudstack="lab")
    assert len(before) == len(routers) == 12

    broken = next(iter(routers))
    simulator.change("corrupt_health_checks", router=broken)
    page = exporter.until(lambda page: page.writable(broken) is None)
    page = exporter.after_polls("lab", "routers")
    assert page.poll_success("lab", "routers") == 1
    others = {labels: value for labels, value in before.items() if ("router_id", broken) not in labels}
    assert page.series("cloudstack_router_filesystem_writable", cloudstack="lab") == others
    assert page.value("cloudstack_router_running", router_id=broken) == 1
    assert lab.requests.count_calls("getRouterHealthCheckResults", performfreshchecks="true") == 0

    simulator.change("fetch_health_checks", cloudstack="lab")
    exporter.until(lambda page: page.writable(broken) == 1)
    asked = lab.requests.count_calls("getRouterHealthCheckResults")
    exporter.after_polls("lab", "routers")
    assert lab.requests.count_calls("getRouterHealthCheckResults") == asked, "the list is whole again"
