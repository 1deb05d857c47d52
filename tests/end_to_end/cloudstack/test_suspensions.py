"""Where a reading is missing or may be wrong nobody is accused, and that is said; the other side goes on."""

import re

import pytest

from exporter.simulator import Simulator
from tests.end_to_end.cloudstack.conftest import Page, Serve, config_of, poll_once, truth, verdicts


def _powerflex_series(page: Page) -> set[str]:
    return {
        line for line in page.text.splitlines() if re.match(r"powerflex_(?!exporter|.*_(iops|per_second|lat))", line)
    }


def _cloudstack_own_series(page: Page) -> set[str]:
    return set(
        re.findall(r"^cloudstack_(?:up|router_(?!health_check_run)|routers|setting).*$", page.text, re.MULTILINE)
    )


def test_a_key_that_is_not_a_root_admins_accuses_nobody(simulator: Simulator) -> None:
    user = simulator.management_servers["ams"].users["domain-admin"]
    admin = simulator.management_servers["ams"].users["admin"]
    done = poll_once(config_of(simulator, replace={admin.api_key: user.api_key, admin.secret_key: user.secret_key}))
    for system in ("pf-ams1", "pf-ams2"):
        assert done.page.suspensions("ams", system) == {"list_incomplete"}
        assert verdicts(done.page, "ams", system) == {}
        assert done.page.suspensions("lab", system) == set()
    assert done.page.accusations == {one for one in truth(simulator) if one.cloudstack == "lab"}
    assert done.page.total("powerflex_volumes", system="pf-ams1") == len(simulator.world.systems["pf-ams1"].volumes)


_FAST_VOLUMES = "command=listVolumes.*storageid=5c1d6aef-2b7e-4d55-9a33-0f6f0b1b7c01"
_INCOMPLETE = {"pf-ams1": "list_incomplete", "pf-ams2": "list_incomplete"}


@pytest.mark.parametrize(
    ("fault", "reasons"),
    [
        # More rows are counted than there are.
        ({"action": "set_field", "field": "count", "value": 100_000}, _INCOMPLETE),
        # Ready rows come without a path.
        ({"action": "remove_field", "field": "path"}, _INCOMPLETE),
        # A single one of them does.
        ({"action": "remove_field", "field": "path", "objects": "first"}, _INCOMPLETE),
        # The filter by pool is not heeded.
        ({"action": "set_field", "field": "storageid", "value": "elsewhere"}, _INCOMPLETE),
        # The list of one pool is empty, which is a whole list by its own words.
        ({"action": "body", "body": {"listvolumesresponse": {}}}, {"pf-ams1": "too_many_orphans"}),
        # There is no list.
        (
            {"action": "status", "status": 530},
            {"pf-ams1": "cloudstack_stale", "pf-ams2": "cloudstack_stale"},
        ),
    ],
    ids=["count", "paths", "one path", "filter", "empty", "none"],
)
def test_a_list_cut_short_accuses_nobody(
    simulator: Simulator, fault: dict[str, object], reasons: dict[str, str]
) -> None:
    simulator.management_servers["ams"].faults.add({**fault, "path_regex": _FAST_VOLUMES})
    done = poll_once(config_of(simulator))
    for system in ("pf-ams1", "pf-ams2"):
        expected = {reasons[system]} if system in reasons else set()
        assert done.page.suspensions("ams", system) == expected
        assert bool(verdicts(done.page, "ams", system)) == (not expected)
    assert done.page.accusations <= truth(simulator)
    assert {one for one in done.page.accusations if one.cloudstack == "lab"} == {
        one for one in truth(simulator) if one.cloudstack == "lab"
    }


def test_a_dead_gateway_suspends_its_pairs_alone_and_leaves_cloudstacks_series_alone(
    simulator: Simulator, serve: Serve
) -> None:
    exporter = serve(config_of(simulator, timeout="4s"))
    settled = truth(simulator)
    before = exporter.until(lambda page: page.accusations == settled)
    of_the_other = {one for one in settled if one.system == "pf-ams2"}

    simulator.gateways["pf-ams1"].stop()
    dead = exporter.until(
        lambda page: all(page.suspensions(one, "pf-ams1") == {"powerflex_stale"} for one in ("ams", "lab")),
        always=lambda page: page.accusations <= settled and of_the_other <= page.accusations,
    )
    assert dead.value("powerflex_up", system="pf-ams1") == 0
    assert dead.value("powerflex_up", system="pf-ams2") == 1
    assert verdicts(dead, "ams", "pf-ams1") == verdicts(dead, "lab", "pf-ams1") == {}
    assert dead.suspensions("ams", "pf-ams2") == dead.suspensions("lab", "pf-ams2") == set()
    assert _cloudstack_own_series(dead) == _cloudstack_own_series(before)
    assert dead.poll_success("ams", "volumes") == 1

    simulator.gateways["pf-ams1"].start()
    # What had lasted before the outage counts again at once, and nothing else does.
    exporter.until(lambda page: page.accusations == settled, always=lambda page: page.accusations <= settled)


def test_a_dead_management_server_suspends_its_pairs_alone_and_leaves_powerflexs_series_alone(
    simulator: Simulator, serve: Serve
) -> None:
    exporter = serve(config_of(simulator, timeout="4s"))
    settled = truth(simulator)
    before = exporter.until(lambda page: page.accusations == settled)
    of_the_other = {one for one in settled if one.cloudstack == "lab"}

    simulator.management_servers["ams"].stop()
    dead = exporter.until(
        lambda page: all(page.suspensions("ams", one) == {"cloudstack_stale"} for one in ("pf-ams1", "pf-ams2")),
        always=lambda page: page.accusations <= settled and of_the_other <= page.accusations,
    )
    assert dead.value("cloudstack_up", cloudstack="ams") == 0
    assert dead.value("cloudstack_up", cloudstack="lab") == 1
    assert verdicts(dead, "ams", "pf-ams1") == verdicts(dead, "ams", "pf-ams2") == {}
    assert dead.suspensions("lab", "pf-ams1") == dead.suspensions("lab", "pf-ams2") == set()
    assert _powerflex_series(dead) == _powerflex_series(before)
    assert all(dead.value("powerflex_up", system=one) == 1 for one in ("pf-ams1", "pf-ams2"))
    gone = exporter.until(lambda page: not page.series("cloudstack_router_filesystem_writable", cloudstack="ams"))
    assert gone.series("cloudstack_router_filesystem_writable", cloudstack="lab")

    simulator.management_servers["ams"].start()
    exporter.until(lambda page: page.accusations == settled, always=lambda page: page.accusations <= settled)
    assert exporter.page().value("cloudstack_up", cloudstack="ams") == 1
