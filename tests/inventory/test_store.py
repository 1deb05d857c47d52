from __future__ import annotations

import pytest

from exporter.inventory.store import Inventory, PowerFlexEntry, stale_after
from exporter.model.instant import Instant
from exporter.model.powerflex import (
    AlertsReading,
    NodesReading,
    PoolsReading,
    PowerFlexReading,
    ProtectionDomain,
    SdcsReading,
    StoragePool,
    SystemReading,
    UsedSizesReading,
    VolumesReading,
    VTreesReading,
)
from exporter.model.snapshot import PowerFlexSnapshot

COLLECTORS = ("system", "pools", "volumes", "used_sizes", "vtrees", "sdcs", "nodes", "alerts")
GOLD = StoragePool(id="p1", name="gold")
DOMAIN = ProtectionDomain(id="d1", name="one")


def at(monotonic: float) -> Instant:
    return Instant(1_700_000_000.0 + monotonic, monotonic)


def system(monotonic: float, system_id: str = "array-1") -> SystemReading:
    return SystemReading(
        taken_at=at(monotonic),
        system_id=system_id,
        version=None,
        api_version=None,
        cluster_state=None,
        cluster_mode=None,
        cluster_nodes_good=None,
        license_remaining_days=None,
    )


def pools(monotonic: float, *found: StoragePool) -> PoolsReading:
    return PoolsReading(taken_at=at(monotonic), domains=(DOMAIN,), pools=found, statistics={})


def readings(monotonic: float) -> dict[str, PowerFlexReading]:
    taken_at = at(monotonic)
    return {
        "system": system(monotonic),
        "pools": pools(monotonic, GOLD),
        "volumes": VolumesReading(taken_at=taken_at, volumes=[]),
        "used_sizes": UsedSizesReading(taken_at=taken_at, used_kib={"t1": 1}),
        "vtrees": VTreesReading(taken_at=taken_at, vtrees=[]),
        "sdcs": SdcsReading(taken_at=taken_at, sdcs=()),
        "nodes": NodesReading(taken_at=taken_at, nodes=(), devices=()),
        "alerts": AlertsReading(taken_at=taken_at, alerts=()),
    }


def inventory(*names: str, limit: float = 180.0, storage_pools: tuple[str, ...] = ()) -> Inventory:
    limits = dict.fromkeys(COLLECTORS, limit)
    return Inventory(tuple(PowerFlexEntry(name, storage_pools, limits) for name in names or ("A",)))


def only(store: Inventory, monotonic: float) -> PowerFlexSnapshot:
    (snapshot,) = store.snapshots(monotonic)
    return snapshot


@pytest.mark.parametrize(
    ("interval", "timeout", "limit"),
    [
        pytest.param(60.0, 60.0, 180.0, id="3 x 60 equals 60 + 2 x 60"),
        pytest.param(30.0, 60.0, 150.0, id="30 + 2 x 60 beats 3 x 30"),
        pytest.param(300.0, 60.0, 900.0, id="3 x 300 beats 300 + 2 x 60"),
        pytest.param(1.0, 0.001, 3.0, id="short ones"),
        pytest.param(1.0, 7200.0, 14401.0, id="a time-out of hours"),
    ],
)
def test_the_age_from_which_a_reading_is_stale(interval: float, timeout: float, limit: float) -> None:
    assert stale_after(interval, timeout) == limit


def test_before_anything_was_read() -> None:
    assert only(inventory("A", storage_pools=("gold",)), 0.0) == PowerFlexSnapshot("A", ("gold",))


def test_every_reading_is_in_the_snapshot() -> None:
    store = inventory("A", "B")
    for collector, reading in readings(10.0).items():
        store.put("A", collector, reading)

    first, second = store.snapshots(11.0)

    assert {collector: getattr(first, collector) for collector in COLLECTORS} == readings(10.0)
    assert second == PowerFlexSnapshot("B")


@pytest.mark.parametrize("collector", COLLECTORS)
def test_a_reading_is_kept_up_to_its_limit_and_dropped_beyond(collector: str) -> None:
    store = inventory(limit=180.0)
    store.put("A", collector, readings(1000.0)[collector])

    assert getattr(only(store, 1180.0), collector) is not None
    assert getattr(only(store, 1181.0), collector) is None
    assert getattr(only(store, 1000.0), collector) is None, "what was dropped does not come back"


@pytest.mark.parametrize("collector", COLLECTORS)
def test_each_collector_has_its_own_limit(collector: str) -> None:
    limits = dict.fromkeys(COLLECTORS, 1000.0) | {collector: 10.0}
    store = Inventory((PowerFlexEntry("A", (), limits),))
    for name, reading in readings(0.0).items():
        store.put("A", name, reading)

    snapshot = only(store, 500.0)

    assert [name for name in COLLECTORS if getattr(snapshot, name) is None] == [collector]


def test_a_new_reading_takes_the_place_of_the_former() -> None:
    store = inventory()
    store.put("A", "system", system(0.0))
    store.put("A", "system", system(150.0))

    found = only(store, 300.0).system

    assert found is not None
    assert found.taken_at == at(150.0)


def test_a_failed_poll_changes_no_reading() -> None:
    store = inventory()
    for collector, reading in readings(0.0).items():
        store.put("A", collector, reading)
        store.note_try("A", collector, up=True)
    before = only(store, 60.0)

    store.note_try("A", "volumes", up=True)
    after = only(store, 61.0)

    assert after == before
    assert after.volumes is before.volumes


def test_up_is_that_of_the_last_try() -> None:
    store = inventory("A", "B")
    assert [snapshot.up for snapshot in store.snapshots(0.0)] == [None, None]

    store.note_try("A", "pools", up=False)
    assert [snapshot.up for snapshot in store.snapshots(0.0)] == [False, None]

    store.note_try("A", "system", up=True)
    assert [snapshot.up for snapshot in store.snapshots(0.0)] == [True, None]


def test_the_pools_are_known_by_name_after_they_are_stale() -> None:
    store = inventory()
    store.put("A", "pools", pools(0.0, GOLD))

    snapshot = only(store, 10_000.0)

    assert snapshot.pools is None
    assert snapshot.known_pools == (GOLD,)
    assert snapshot.known_domains == (DOMAIN,)


def test_the_pools_known_are_those_of_the_newest_reading() -> None:
    store = inventory()
    silver = StoragePool(id="p2", name="silver")
    store.put("A", "pools", pools(0.0, GOLD))
    store.put("A", "pools", pools(1.0, silver))

    assert only(store, 10_000.0).known_pools == (silver,)


def test_until_the_pools_were_tried_they_are_awaited() -> None:
    store = inventory()
    store.note_try("A", "volumes", up=True)
    assert only(store, 0.0).known_pools is None
    assert not store.was_tried("A", "pools")

    store.note_try("A", "pools", up=True)
    assert only(store, 0.0).known_pools == ()
    assert store.was_tried("A", "pools")


def test_tries_of_one_system_are_not_those_of_another() -> None:
    store = inventory("A", "B")
    store.note_try("A", "pools", up=True)

    assert [snapshot.known_pools for snapshot in store.snapshots(0.0)] == [(), None]


def walked(taken: float, measured: dict[str, float], walk_seconds: float) -> UsedSizesReading:
    return UsedSizesReading(
        taken_at=at(taken),
        used_kib={tree: number for number, tree in enumerate(measured)},
        measured_at=measured,
        walk_seconds=walk_seconds,
    )


def test_trees_asked_one_by_one_grow_stale_one_by_one() -> None:
    store = inventory(limit=180.0)
    store.put("A", "used_sizes", walked(1000.0, {"old": 780.0, "older": 779.0, "young": 999.0}, walk_seconds=40.0))

    # At 1000 the limit is 1000 - 180 = 820, and the walk's 40 seconds are allowed beyond: 780.
    found = only(store, 1000.0).used_sizes

    assert found is not None
    assert found.used_kib == {"old": 0, "young": 2}
    assert found.measured_at == {"old": 780.0, "young": 999.0}
    assert found.walk_seconds == 40.0

    later = only(store, 1001.0).used_sizes
    assert later is not None
    assert later.used_kib == {"young": 2}


def test_a_walk_does_not_make_the_reading_itself_last_longer() -> None:
    store = inventory(limit=180.0)
    store.put("A", "used_sizes", walked(1000.0, {"t": 1000.0}, walk_seconds=10_000.0))

    assert only(store, 1180.0).used_sizes is not None
    assert only(store, 1181.0).used_sizes is None


def test_as_long_as_no_tree_is_stale_the_reading_is_the_same_object() -> None:
    store = inventory(limit=180.0)
    reading = walked(1000.0, {"t": 999.0, "u": 990.0}, walk_seconds=1.0)
    store.put("A", "used_sizes", reading)

    assert only(store, 1001.0).used_sizes is reading


def test_the_earlier_in_the_configuration_is_served_whoever_answers_first() -> None:
    store = inventory("A", "B", "C")
    store.put("C", "system", system(0.0))
    assert [store.same_array(name) for name in "ABC"] == [None, None, None]

    store.put("B", "system", system(1.0))
    assert [store.same_array(name) for name in "ABC"] == [None, None, "B"]

    store.put("A", "system", system(2.0))
    assert [store.same_array(name) for name in "ABC"] == [None, "A", "A"]


def test_other_arrays_and_unknown_systems_are_not_the_same() -> None:
    store = inventory("A", "B")
    store.put("A", "system", system(0.0, "one"))
    store.put("B", "system", system(0.0, "two"))

    assert [store.same_array(name) for name in ("A", "B", "never heard of")] == [None, None, None]


def test_a_refused_system_shows_nothing_but_that_it_is_down() -> None:
    store = inventory("A", "B", storage_pools=("gold",))
    for collector, reading in readings(0.0).items():
        store.put("B", collector, reading)
        store.note_try("B", collector, up=True)
    assert store.snapshots(1.0)[1].volumes is not None

    store.put("A", "system", system(1.0))
    store.note_try("A", "system", up=True)
    first, second = store.snapshots(2.0)

    assert first.up is True
    assert second == PowerFlexSnapshot("B", ("gold",), up=False)


def test_it_stays_refused_while_the_first_cannot_be_reached() -> None:
    store = inventory("A", "B")
    store.put("A", "system", system(0.0))
    store.put("B", "system", system(0.0))

    store.note_try("A", "system", up=False)

    assert store.snapshots(10_000.0)[1].up is False
    assert store.same_array("B") == "A"


def test_a_gateway_that_now_leads_to_another_array_is_taken() -> None:
    store = inventory("A", "B")
    store.put("A", "system", system(0.0, "one"))
    store.put("B", "system", system(0.0, "one"))
    store.put("B", "system", system(1.0, "two"))

    assert store.same_array("B") is None
