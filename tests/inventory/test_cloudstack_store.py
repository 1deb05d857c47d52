from __future__ import annotations

import pytest

from exporter.errors import AnswerError, LoginError, PollError, RequestError, UnreachableError
from exporter.inventory.polls import PollRecords
from exporter.inventory.store import CloudStackEntry, Inventory, PowerFlexEntry
from exporter.model.cloudstack import (
    CloudStackReading,
    InventoryReading,
    RoutersReading,
    SettingsReading,
    StoragePool,
    VolumesReading,
)
from exporter.model.instant import Instant
from exporter.model.powerflex import SystemReading
from exporter.model.snapshot import CloudStackSnapshot
from exporter.schedule import Collector, Poller

COLLECTORS = ("inventory", "volumes", "settings", "routers")
POOL = StoragePool(id="uuid-1", path="p1")


def at(monotonic: float) -> Instant:
    return Instant(1_700_000_000.0 + monotonic, monotonic)


def readings(monotonic: float) -> dict[str, CloudStackReading]:
    taken_at = at(monotonic)
    return {
        "inventory": InventoryReading(taken_at=taken_at, zones=(), pools=(POOL,), hosts=(), offerings=()),
        "volumes": VolumesReading(taken_at=taken_at, volumes=[], complete=True),
        "settings": SettingsReading(taken_at=taken_at, settings=()),
        "routers": RoutersReading(taken_at=taken_at, routers=()),
    }


def entry(name: str, limit: float = 180.0, **limits: float) -> CloudStackEntry:
    return CloudStackEntry(name, ("former",), dict.fromkeys(COLLECTORS, limit) | limits)


def store(*names: str) -> Inventory:
    return Inventory((), tuple(entry(name) for name in names or ("A",)))


def only(inventory: Inventory, monotonic: float) -> CloudStackSnapshot:
    (snapshot,) = inventory.cloudstack_snapshots(monotonic)
    return snapshot


def test_before_anything_was_read() -> None:
    assert only(store(), 0.0) == CloudStackSnapshot("A", ("former",))


def test_every_reading_is_in_the_snapshot_of_its_own_installation() -> None:
    inventory = store("A", "B")
    for collector, reading in readings(10.0).items():
        inventory.put("A", collector, reading)

    first, second = inventory.cloudstack_snapshots(11.0)

    assert {collector: getattr(first, collector) for collector in COLLECTORS} == readings(10.0)
    assert second == CloudStackSnapshot("B", ("former",))


@pytest.mark.parametrize("collector", COLLECTORS)
def test_a_reading_is_kept_up_to_its_limit_and_dropped_beyond(collector: str) -> None:
    inventory = store()
    inventory.put("A", collector, readings(1000.0)[collector])

    assert getattr(only(inventory, 1180.0), collector) is not None
    assert getattr(only(inventory, 1180.5), collector) is None
    assert getattr(only(inventory, 1000.0), collector) is None, "what was dropped does not come back"


@pytest.mark.parametrize("collector", COLLECTORS)
def test_each_collector_has_its_own_limit(collector: str) -> None:
    inventory = Inventory((), (entry("A", 1000.0, **{collector: 10.0}),))
    for name, reading in readings(0.0).items():
        inventory.put("A", name, reading)

    snapshot = only(inventory, 500.0)

    assert [name for name in COLLECTORS if getattr(snapshot, name) is None] == [collector]


def test_each_installation_has_its_own_limits() -> None:
    inventory = Inventory((), (entry("A", 10.0), entry("B", 1000.0)))
    for name in ("A", "B"):
        inventory.put(name, "volumes", readings(0.0)["volumes"])

    assert [one.volumes is None for one in inventory.cloudstack_snapshots(500.0)] == [True, False]


def test_what_is_stale_is_dropped_by_whichever_side_is_asked_for_first() -> None:
    inventory = store()
    inventory.put("A", "volumes", readings(0.0)["volumes"])

    assert inventory.snapshots(1000.0) == ()
    assert only(inventory, 0.0).volumes is None


def test_the_pools_are_known_after_they_are_stale() -> None:
    inventory = store()
    inventory.put("A", "inventory", readings(0.0)["inventory"])

    snapshot = only(inventory, 10_000.0)

    assert snapshot.inventory is None
    assert snapshot.known_pools == (POOL,)


def test_until_the_inventory_was_tried_the_pools_are_awaited() -> None:
    inventory = store()
    inventory.note_try("A", "volumes", up=True)
    assert only(inventory, 0.0).known_pools is None

    inventory.note_try("A", "inventory", up=False)
    assert only(inventory, 0.0).known_pools == ()


def test_a_failed_poll_changes_no_reading() -> None:
    inventory = store()
    for collector, reading in readings(0.0).items():
        inventory.put("A", collector, reading)
        inventory.note_try("A", collector, up=True)
    before = only(inventory, 60.0)

    inventory.note_try("A", "volumes", up=True)

    assert only(inventory, 61.0) == before


def test_no_installation_is_ever_taken_for_the_same_array() -> None:
    inventory = Inventory((PowerFlexEntry("pf", (), {"system": 100.0}),), (entry("A"), entry("B")))
    reading = SystemReading(
        taken_at=at(0.0),
        system_id="one",
        version=None,
        api_version=None,
        cluster_state=None,
        cluster_mode=None,
        cluster_nodes_good=None,
        license_remaining_days=None,
    )
    inventory.put("pf", "system", reading)

    assert [inventory.same_array(name) for name in ("pf", "A", "B")] == [None, None, None]


class TestUp:
    def test_before_the_first_try_it_is_not_known(self) -> None:
        assert only(store(), 0.0).up is None

    def test_the_inventory_tells_it(self) -> None:
        inventory = store("A", "B")
        inventory.note_try("A", "inventory", up=True)
        assert [one.up for one in inventory.cloudstack_snapshots(0.0)] == [True, None]

        inventory.note_try("A", "inventory", up=False)
        assert [one.up for one in inventory.cloudstack_snapshots(0.0)] == [False, None]

    def test_whoever_cannot_reach_it_tells_that_it_is_down(self) -> None:
        inventory = store()
        inventory.note_try("A", "inventory", up=True)
        inventory.note_try("A", "routers", up=False)
        assert only(inventory, 0.0).up is False

        inventory.note_try("A", "inventory", up=True)
        assert only(inventory, 0.0).up is True

    @pytest.mark.parametrize("collector", ["volumes", "settings", "routers"])
    def test_a_refusal_of_the_first_call_is_not_gainsaid_by_the_others(self, collector: str) -> None:
        inventory = store()
        inventory.note_try("A", "inventory", up=False)

        inventory.note_try("A", collector, up=True)

        assert only(inventory, 0.0).up is False

    @pytest.mark.anyio
    @pytest.mark.parametrize("anyio_backend", ["asyncio"])
    async def test_keys_that_are_refused_everywhere_leave_it_down_without_a_flicker(self, anyio_backend: str) -> None:
        inventory, seen = store(), []

        def fails(failure: PollError) -> Poller:
            async def collect() -> CloudStackReading:
                raise failure

            name = "inventory" if isinstance(failure, LoginError) else "volumes"
            told = lambda: seen.append(only(inventory, 0.0).up)  # noqa: E731
            return Poller(Collector("A", name, 60.0, collect), inventory, PollRecords.of([("A", name)]), told)

        refused = RequestError("listVolumes answered 401", status=401)
        for failure in (LoginError("401"), refused, AnswerError("HTML"), refused, LoginError("401"), refused):
            await fails(failure).poll()
        await fails(UnreachableError("no route")).poll()

        assert seen == [False] * 7
