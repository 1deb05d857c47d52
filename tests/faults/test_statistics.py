"""Gateways that refuse statistics: a property, a type, now and then, or all of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pytest

from exporter.simulator import Gateway, Simulator

if TYPE_CHECKING:
    from tests.faults.conftest import Driven, Log
    from tests.faults.scrape import Scrape

BULK = "/api/instances/querySelectedStatistics"
_REJECTED = "powerflex_exporter_statistics_property_rejected"
_USED = "powerflex_volumes_used_size_bytes"
_UNKNOWN = "powerflex_volumes_used_size_unknown"
_PLAIN_400 = {"action": "status", "status": 400, "body": "Bad Request", "content_type": "text/plain", "path": BULK}


def rejected(scrape: Scrape, system: str = "pf-ams1") -> set[tuple[str, str]]:
    return {(sample.labels["type"], sample.labels["property"]) for sample in scrape.all_of(_REJECTED, source=system)}


def bulk_requests(gateway: Gateway) -> int:
    return gateway.requests.count(BULK)


@pytest.mark.parametrize(
    ("kind", "name", "families"),
    [
        (
            "StoragePool",
            "netUnusedCapacityInKb",
            {"powerflex_storage_pool_net_unused_capacity_bytes", "powerflex_storage_pool_cloudstack_used_bytes"},
        ),
        ("StoragePool", "failedCapacityInKb", {"powerflex_storage_pool_failed_capacity_bytes"}),
        ("Sdc", "numOfMappedVolumes", {"powerflex_sdc_mapped_volumes"}),
    ],
)
def test_a_refused_property_is_dropped_remembered_and_shown(
    driven: Driven, ams1: Gateway, kind: str, name: str, families: set[str]
) -> None:
    sound = driven.scrape()
    ams1.refuse_property(kind, name)
    first = driven.poll()
    assert first.failing("pf-ams1") == set()
    assert first.differs("pf-ams1", sound) == families
    assert not families & set(first.inventory("pf-ams1"))
    assert first.differs("pf-ams2", sound) == set()
    assert rejected(first) == {(kind, name)}
    assert rejected(first, "pf-ams2") == set()

    ams1.requests.clear()
    driven.poll()
    asked = [entry for entry in ams1.requests.entries if entry.path == BULK]
    assert len(asked) <= 3
    assert all(entry.status == 200 for entry in asked)
    assert not any(name in entry.body and f'"{kind}"' in entry.body for entry in asked)

    ams1.machine.accept_all()
    driven.clock.offset += 3700
    driven.poll()
    healed = driven.poll()
    assert rejected(healed) == set()
    assert healed.differs("pf-ams1", sound) == set()


def test_several_refused_properties_are_dropped_at_once(driven: Driven, ams1: Gateway) -> None:
    names = {"netUnusedCapacityInKb", "maxCapacityInKb", "userDataReadBwc"}
    for name in names:
        ams1.refuse_property("StoragePool", name)
    ams1.requests.clear()
    polled = driven.poll()
    assert polled.failing("pf-ams1") == set()
    assert rejected(polled) == {("StoragePool", name) for name in names}
    assert bulk_requests(ams1) == 4


def refuse_in_plain_text(gateway: Gateway, refused: Iterable[str]) -> None:
    """Let the gateway answer 400 without a list to all bulk queries that have one of these properties."""
    original = gateway.machine.faults.take

    def take(method: str, path: str) -> list[object]:
        rules: list[object] = list(original(method, path))
        last = gateway.requests.entries[-1]
        if path == BULK and any(f'"{name}"' in last.body for name in refused):
            gateway.machine.faults.add(_PLAIN_400 | {"times": 1})
            rules += original(method, path)
        return rules

    gateway.machine.faults.take = take  # type: ignore[method-assign,assignment]


@pytest.fixture
def plain(ams1: Gateway) -> Iterable[Gateway]:
    """The 3.6 gateway, put right at the end."""
    yield ams1
    vars(ams1.machine.faults).pop("take", None)


def test_a_400_that_cannot_be_read_is_searched_for_what_it_refuses(driven: Driven, plain: Gateway) -> None:
    sound = driven.scrape()
    refuse_in_plain_text(plain, ["netUnusedCapacityInKb", "rebalanceCapacityInKb"])
    polled = driven.poll("pools", source="pf-ams1")
    assert polled.failing("pf-ams1") == set()
    assert rejected(polled) == {("StoragePool", "netUnusedCapacityInKb"), ("StoragePool", "rebalanceCapacityInKb")}
    assert polled.differs("pf-ams1", sound) == {
        "powerflex_storage_pool_net_unused_capacity_bytes",
        "powerflex_storage_pool_cloudstack_used_bytes",
        "powerflex_storage_pool_rebalance_capacity_bytes",
    }
    plain.requests.clear()
    driven.poll("pools", source="pf-ams1")
    assert bulk_requests(plain) == 1


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_400_that_passes_is_forgotten(driven: Driven, ams1: Gateway, times: int) -> None:
    sound = driven.scrape()
    ams1.faults.add(_PLAIN_400 | {"times": times})
    driven.poll("pools", source="pf-ams1")
    healed = driven.poll("pools", source="pf-ams1")
    assert healed.failing("pf-ams1") == set()
    assert rejected(healed) == set()
    assert healed.differs("pf-ams1", sound) == set()


def test_a_400_that_lasts_fails_the_pools_alone_and_is_not_searched_at_each_poll(
    driven: Driven, ams1: Gateway, logged: Log
) -> None:
    sound = driven.scrape()
    logged.new()
    ams1.faults.add(_PLAIN_400)
    faulty = driven.poll("pools", "sdcs", "nodes", source="pf-ams1")
    assert faulty.failing("pf-ams1") == {"pools"}
    # SDCs are there without the number of their volumes.
    assert faulty.differs("pf-ams1", sound) == {"powerflex_sdc_mapped_volumes"}
    ams1.requests.clear()
    driven.poll("pools", source="pf-ams1")
    driven.poll("pools", source="pf-ams1")
    assert bulk_requests(ams1) == 2
    assert sum("level=warning" in line for line in logged.new()) == 1
    ams1.faults.clear()
    assert driven.poll("pools", source="pf-ams1").failing("pf-ams1") == set()


def test_used_sizes_asked_tree_by_tree_are_the_same(driven: Driven, simulator: Simulator) -> None:
    sound = driven.scrape()
    for gateway in simulator.gateways.values():
        gateway.refuse_statistics_type("VTree")
        gateway.requests.clear()
    walked = driven.poll("used_sizes")
    for system, gateway in simulator.gateways.items():
        assert walked.failing(system) == set()
        assert walked.differs(system, sound) == set()
        trees = gateway.machine.system.vtrees
        assert gateway.requests.count("/relationships/Statistics") == len(trees)
        assert rejected(walked, system) == {("VTree", "netProvisionedAddressesInKb")}
        gateway.requests.clear()
    driven.poll("used_sizes")
    assert all(bulk_requests(gateway) == 0 for gateway in simulator.gateways.values())


@pytest.mark.parametrize("rule", [{"action": "status", "status": 500}, {"action": "drop"}, {"action": "body"}])
def test_a_tree_that_fails_is_unknown_and_no_other_is(
    driven: Driven, ams1: Gateway, logged: Log, rule: dict[str, object]
) -> None:
    sound = driven.scrape()
    ams1.refuse_statistics_type("VTree")
    world = ams1.machine.world
    tree = ams1.machine.system.volumes[world.landmarks["orphaned_volume_1"]].vtree_id
    ams1.faults.add(rule | {"path": f"/VTree::{tree}/"})
    logged.new()
    walked = driven.poll("used_sizes", source="pf-ams1")
    assert walked.failing("pf-ams1") == set()
    assert walked.total(_UNKNOWN, system="pf-ams1") == 1
    used_kib = ams1.machine.census.used_kib(ams1.machine.system.vtrees[tree])
    assert sound.total(_USED, system="pf-ams1") - walked.total(_USED, system="pf-ams1") == used_kib * 1024
    assert walked.value(_UNKNOWN, system="pf-ams1", pool_id=world.landmarks["fast_pool"], kind="volume") == 1
    driven.poll("used_sizes", source="pf-ams1")
    assert sum("level=warning" in line for line in logged.new()) == 1
    ams1.faults.clear()
    healed = driven.poll("used_sizes", source="pf-ams1")
    assert healed.total(_UNKNOWN, system="pf-ams1") == 0
    assert healed.differs("pf-ams1", sound) == set()


def test_trees_that_all_fail_fail_the_poll(driven: Driven, ams1: Gateway) -> None:
    sound = driven.scrape()
    ams1.refuse_statistics_type("VTree")
    ams1.faults.add({"action": "status", "status": 500, "path": "/relationships/Statistics"})
    faulty = driven.poll("used_sizes", source="pf-ams1")
    assert faulty.failing("pf-ams1") == {"used_sizes"}
    assert faulty.differs("pf-ams1", sound) == set()
    ams1.faults.clear()
    assert driven.poll("used_sizes", source="pf-ams1").differs("pf-ams1", sound) == set()


def test_the_bulk_query_for_trees_is_tried_anew_after_an_hour(driven: Driven, ams1: Gateway) -> None:
    ams1.refuse_statistics_type("VTree")
    driven.poll("used_sizes", source="pf-ams1")
    ams1.machine.accept_all()
    driven.clock.offset += 3700
    ams1.requests.clear()
    healed = driven.poll("used_sizes", source="pf-ams1")
    assert healed.failing("pf-ams1") == set()
    assert bulk_requests(ams1) == 1
    assert ams1.requests.count("/relationships/Statistics") == 0
    assert rejected(healed) == set()


def test_statistics_of_nothing_leave_the_pools_without_figures(driven: Driven, ams1: Gateway) -> None:
    sound = driven.scrape()
    ams1.faults.add({"action": "body", "path": BULK, "body": {}})
    polled = driven.poll()
    assert polled.failing("pf-ams1") == set()
    assert polled.all_of("powerflex_storage_pool_max_capacity_bytes", system="pf-ams1") == []
    assert polled.all_of(_USED, system="pf-ams1") == []
    assert polled.total(_UNKNOWN, system="pf-ams1") == len(ams1.machine.system.vtrees)
    pools = "powerflex_storage_pool_info"
    assert polled.inventory("pf-ams1")[pools] == sound.inventory("pf-ams1")[pools]
