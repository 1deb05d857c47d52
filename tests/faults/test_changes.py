"""Arrays that change between two calls, and two configured systems that are one array."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.simulator import Gateway, Simulator

if TYPE_CHECKING:
    from tests.faults.conftest import Driven, Exporter, Log, Settings

_ALL = {"system", "pools", "volumes", "used_sizes", "vtrees", "sdcs", "nodes", "alerts"}


def test_a_pool_that_vanishes_between_two_calls_takes_its_own_series_alone(
    own_simulator: Simulator, start: Exporter, configured: Settings
) -> None:
    """The volumes were read while it was there, and its statistics are asked when it is gone."""
    driven = start(configured(own_simulator) + "volumes: {series: all}\n")
    sound = driven.poll()
    world = own_simulator.world
    pool = world.landmarks["scratch_pool"]
    gateway = own_simulator.gateways["pf-ams1"]
    listed = gateway.machine.system.storage_pools[pool]
    assert listed.name == "scratch"
    pools = [
        {"id": key, "name": one.name, "protectionDomainId": one.protection_domain_id}
        for key, one in gateway.machine.system.storage_pools.items()
    ]
    own_simulator.change("delete_pool", pool=pool)
    gateway.faults.add({"action": "body", "path": "/api/types/StoragePool/instances", "body": pools})
    between = driven.poll("pools", source="pf-ams1")
    assert between.failing("pf-ams1") == set()
    assert between.value("powerflex_storage_pool_info", pool_id=pool) == 1
    assert between.all_of("powerflex_storage_pool_max_capacity_bytes", pool_id=pool) == []
    assert between.total("powerflex_volumes", pool_id=pool, pool="scratch") > 0
    assert between.differs("pf-ams2", sound) == set()

    gateway.faults.clear()
    pools_alone = driven.poll("pools", source="pf-ams1")
    assert pools_alone.failing("pf-ams1") == set()
    assert pools_alone.all_of("powerflex_storage_pool_info", pool_id=pool) == []

    gone = driven.poll()
    assert gone.failing("pf-ams1") == set()
    assert gone.all_of("powerflex_volumes", pool_id=pool) == []
    assert pool not in gone.text


def test_a_volume_that_vanishes_before_its_used_size_is_read_does_no_harm(
    own_simulator: Simulator, start: Exporter, configured: Settings
) -> None:
    driven = start(configured(own_simulator))
    driven.poll()
    volume = own_simulator.world.landmarks["orphaned_volume_2"]
    own_simulator.change("remove_volume", volume=volume)
    polled = driven.poll("used_sizes", source="pf-ams1")
    assert polled.failing("pf-ams1") == set()
    assert polled.total("powerflex_volumes_used_size_unknown", system="pf-ams1") == 1
    after = driven.poll("volumes", source="pf-ams1")
    assert after.total("powerflex_volumes_used_size_unknown", system="pf-ams1") == 0
    assert volume not in after.text


def test_a_configured_pool_that_is_not_there_fails_the_pools_by_name_and_nothing_else(
    simulator: Simulator, start: Exporter, configured: Settings, logged: Log
) -> None:
    driven = start(configured(simulator, storage_pools="[cspool, Scratch]"))
    polled = driven.poll()
    assert polled.failing("pf-ams1") == {"pools"}
    assert polled.value("powerflex_up", system="pf-ams1") == 1
    (line,) = (line for line in logged.text.splitlines() if "level=warning" in line and "source=pf-ams1 " in line)
    assert "'Scratch'" in line
    assert "case-sensitive" in line


def _twins(simulator: Simulator, configured: Settings) -> str:
    """Both configured systems are the gateway of pf-ams1."""
    first, second = (simulator.gateways[name].url for name in ("pf-ams1", "pf-ams2"))
    return configured(simulator).replace(second, first)


def test_of_two_systems_that_are_one_array_the_later_is_refused_with_its_reason(
    simulator: Simulator, start: Exporter, configured: Settings, logged: Log
) -> None:
    alone = start(configured(simulator)).poll()
    driven = start(_twins(simulator, configured))
    logged.new()
    driven.poll("system", source="pf-ams1")
    for _ in range(2):
        polled = driven.poll()
    assert polled.value("powerflex_up", system="pf-ams1") == 1
    assert polled.failing("pf-ams1") == set()
    assert polled.differs("pf-ams1", alone) == set()
    assert polled.inventory("pf-ams2") == {"powerflex_up": ['powerflex_up{system="pf-ams2"} 0']}
    assert polled.failing("pf-ams2") == _ALL
    complaints = [line for line in logged.new() if "level=warning" in line]
    assert len(complaints) == len(_ALL)
    assert all("source=pf-ams2 " in line and "same array as 'pf-ams1'" in line for line in complaints)
    assert "same array as &#39;pf-ams1&#39;" in driven.get("/").text


def test_the_later_of_two_systems_is_refused_even_if_it_answers_first(
    simulator: Simulator, start: Exporter, configured: Settings, ams1: Gateway, logged: Log
) -> None:
    driven = start(_twins(simulator, configured))
    logged.new()
    ams1.faults.add({"action": "delay", "path": "/api/types/System/instances", "times": 1, "seconds": 0.7})
    polled = driven.poll()
    refused = "pf-ams2"
    assert set(polled.inventory(refused)) == {"powerflex_up"}
    assert polled.value("powerflex_up", system=refused) == 0
    assert polled.failing(refused) == _ALL
    driven.poll()
    told = [line for line in logged.new() if "level=warning" in line]
    assert len(told) == len(_ALL), "once for each collector, not once a poll"


def test_the_later_system_stays_refused_while_the_earlier_one_is_down_and_takes_over_nothing(
    simulator: Simulator, start: Exporter, configured: Settings, ams1: Gateway
) -> None:
    driven = start(_twins(simulator, configured))
    driven.poll()
    ams1.faults.add({"action": "status", "status": 500, "path": "/api/types/System/", "times": 1})
    polled = driven.poll()
    assert polled.inventory("pf-ams2") == {"powerflex_up": ['powerflex_up{system="pf-ams2"} 0']}


def test_a_round_takes_twelve_requests_whatever_the_number_of_volumes(
    own_simulator: Simulator, start: Exporter, configured: Settings
) -> None:
    driven = start(configured(own_simulator))
    driven.poll()
    fast = own_simulator.world.landmarks["fast_pool"]
    mirrored = own_simulator.world.landmarks["mirrored_pool"]
    for volumes in (0, 400):
        for number in range(volumes):
            for pool in (fast, mirrored):
                name = f"vol-{70000 + number}-6aef-10ee"
                own_simulator.change("add_volume", pool=pool, name=name, size_gib=8)
        for gateway in own_simulator.gateways.values():
            gateway.requests.clear()
        polled = driven.poll()
        for system, gateway in own_simulator.gateways.items():
            assert polled.failing(system) == set()
            assert len(gateway.requests.entries) <= 12
            assert gateway.requests.count("login") == 0


def test_the_exporter_never_has_more_requests_in_flight_than_it_may(
    simulator: Simulator, start: Exporter, configured: Settings
) -> None:
    driven: Driven = start(configured(simulator, max_connections="2"))
    driven.poll()
    for gateway in simulator.gateways.values():
        gateway.requests.clear()
    polled = driven.poll()
    for system, gateway in simulator.gateways.items():
        assert polled.failing(system) == set()
        assert gateway.requests.peak_in_flight <= 2


def test_a_broken_answer_whose_size_differs_each_time_is_logged_once(
    driven: Driven, ams1: Gateway, logged: Log
) -> None:
    logged.new()
    for kept in (10, 200, 1000, 1999):
        rule = {"action": "truncate", "path": "/api/types/Volume/instances", "bytes": kept, "times": 1}
        ams1.faults.add(rule)
        driven.poll("volumes", source="pf-ams1")
    for number in range(4):
        body = f"<html><body>Request id {number * 7919:08x} at 11:0{number}</body></html>"
        path = "/api/types/Alert/instances"
        ams1.faults.add({"action": "status", "status": 502, "path": path, "body": body, "times": 1})
        driven.poll("alerts", source="pf-ams1")
    complaints = [line for line in logged.new() if "level=warning" in line]
    assert [line.count("collector=volumes") for line in complaints] == [1, 0]


def test_another_cause_is_another_line_in_the_log(driven: Driven, ams1: Gateway, logged: Log) -> None:
    logged.new()
    path = "/api/types/Volume/instances"
    for rule in (
        {"action": "status", "status": 500},
        {"action": "status", "status": 500},
        {"action": "status", "status": 502},
        {"action": "drop"},
        {"action": "body", "body": "<html>"},
    ):
        ams1.faults.add(rule | {"path": path, "times": 1})
        driven.poll("volumes", source="pf-ams1")
    assert sum("level=warning" in line for line in logged.new()) == 4
