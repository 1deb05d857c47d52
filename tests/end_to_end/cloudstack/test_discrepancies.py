"""What is accused when the two worlds differ: exactly that, once it has lasted, and no longer than it does."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

from exporter.simulator import Simulator
from exporter.simulator.scenario.array import Volume
from exporter.simulator.scenario.cloud import CloudPool, CloudVolume, volume_id_of
from exporter.simulator.scenario.rows import place_volume
from tests.end_to_end.cloudstack.conftest import Accusation, Page, Serve, config_of, poll_once, truth

_GRACE = 4.0


class Breaker:
    """Breaks things between `ams` and `pf-ams1`, each on a volume of its own, and mends them again."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.world = simulator.world
        self.ams = self.world.installations["ams"]
        self.array = self.world.systems["pf-ams1"]
        self.accused: set[Accusation] = set()
        self._mends: list[Callable[[], object]] = []
        known = {one.volume_id for one in truth(simulator)}
        self._roots = self._untroubled(known, "ROOT")
        self._disks = self._untroubled(known, "DATADISK")
        self._fast = next(pool for pool in self.ams.pools.values() if pool.name == "ams-fast")

    def break_everything(self) -> None:
        for step in (
            self.orphaned,
            self.orphaned_snapshot,
            self.missing,
            self.pool_mismatch,
            self.size_mismatch,
            self.claimed_twice,
            self.unmapped_while_running,
            self.mapped_to_dead_sdc,
            self.mapped_to_many,
            self.qos_mismatch,
        ):
            step()

    def mend_everything(self) -> None:
        for mend in self._mends:
            mend()

    def orphaned(self) -> None:
        leaked = self.simulator.change("leak_volume", pool=self._fast.uuid, number=9990)["volume"]
        self._note(leaked, "orphaned", lambda: self.simulator.change("remove_volume", volume=leaked))

    def orphaned_snapshot(self) -> None:
        row, volume = next(self._roots)
        name = f"snap-9991-{self._fast.key}-{self.ams.identifier}"
        snapshot = self.simulator.change("snapshot_volume", volume=volume.id, name=name)["volume"]
        self.simulator.change("delete_powerflex_volume", volume=row.uuid)
        self._note(volume.id, "missing", lambda: self.simulator.change("delete_cloudstack_volume", volume=row.uuid))
        self._note(snapshot, "orphaned_snapshot", lambda: self.simulator.change("remove_volume", volume=snapshot))

    def missing(self) -> None:
        row, volume = next(self._roots)
        self.simulator.change("delete_powerflex_volume", volume=row.uuid)
        self._note(volume.id, "missing", lambda: self.simulator.change("delete_cloudstack_volume", volume=row.uuid))

    def pool_mismatch(self) -> None:
        _, volume = next(self._roots)
        home, other = volume.storage_pool_id, self.world.landmarks["scratch_pool"]

        def move(pool: str) -> None:
            self.simulator.change("start_migration", vtree=volume.vtree_id, pool=pool)
            self.simulator.change("finish_migration", vtree=volume.vtree_id)

        move(other)
        self._note(volume.id, "pool_mismatch", lambda: move(home))

    def size_mismatch(self) -> None:
        row, volume = next(self._roots)
        size = row.size_bytes // 2**30
        self.simulator.change("resize_row", volume=row.uuid, size_gib=size + 8)
        mend = lambda: self.simulator.change("resize_row", volume=row.uuid, size_gib=size)  # noqa: E731
        self._note(volume.id, "size_mismatch", mend)

    def claimed_twice(self) -> None:
        row, volume = next(self._roots)
        twin = replace(row, id=9992, uuid="00000000-0000-4000-8000-000000009992", name="DATA-9992")

        def put(present: bool) -> None:
            with self.world.lock:
                if present:
                    self.ams.volumes[twin.uuid] = twin
                else:
                    del self.ams.volumes[twin.uuid]
                self.world.touch()

        put(present=True)
        self._note(volume.id, "claimed_twice", lambda: put(present=False))

    def unmapped_while_running(self) -> None:
        _, volume = next(self._roots)
        sdc = _mapped(volume)[0]
        self.simulator.change("unmap_volume", volume=volume.id)
        mend = lambda: self.simulator.change("map_volume", volume=volume.id, sdc=sdc)  # noqa: E731
        self._note(volume.id, "unmapped_while_running", mend)

    def mapped_to_dead_sdc(self) -> None:
        _, volume = next(self._roots)
        sdc, dead = _mapped(volume)[0], next(sdc for sdc in self.array.sdcs.values() if not sdc.connected).id

        def move(old: str, new: str) -> None:
            self.simulator.change("unmap_volume", volume=volume.id, sdc=old)
            self.simulator.change("map_volume", volume=volume.id, sdc=new)

        move(sdc, dead)
        self._note(volume.id, "mapped_to_dead_sdc", lambda: move(dead, sdc))

    def mapped_to_many(self) -> None:
        _, volume = next(self._roots)
        other = next(sdc.id for sdc in self.array.sdcs.values() if sdc.connected and sdc.id not in _mapped(volume))
        self.simulator.change("map_volume", volume=volume.id, sdc=other)
        mend = lambda: self.simulator.change("unmap_volume", volume=volume.id, sdc=other)  # noqa: E731
        self._note(volume.id, "mapped_to_many", mend)

    def qos_mismatch(self) -> None:
        _, volume = next(self._disks)
        old = (volume.mappings or [])[0]

        def limit(iops: int, bandwidth: int) -> None:
            self.simulator.change(
                "map_volume", volume=volume.id, sdc=old.sdc_id, limit_iops=iops, limit_bw_in_mbps=bandwidth
            )

        limit(old.limit_iops + 1234, old.limit_bw_in_mbps)
        self._note(volume.id, "qos_mismatch", lambda: limit(old.limit_iops, old.limit_bw_in_mbps))

    def _note(self, volume_id: str, reason: str, mend: Callable[[], object]) -> None:
        self.accused.add(Accusation("ams", "pf-ams1", volume_id, reason))
        self._mends.append(mend)

    def _untroubled(self, known: set[str], kind: str) -> Iterator[tuple[CloudVolume, Volume]]:
        landmarks = set(self.world.landmarks.values())
        trees = Counter(volume.vtree_id for volume in self.array.volumes.values())
        for row in list(self.ams.volumes.values()):
            volume = self.array.volumes.get(volume_id_of(row))
            if (
                volume is not None
                and volume.id not in known | landmarks
                and (row.kind, row.state) == (kind, "Ready")
                and trees[volume.vtree_id] == 1
                and len(_mapped(volume)) == 1
                and self.ams.machines[row.machine_uuid or ""].state == "Running"
            ):
                yield row, volume


def _mapped(volume: Volume) -> list[str]:
    return [mapping.sdc_id for mapping in volume.mappings or []]


def _consistent(page: Page) -> bool:
    """The counts that alerts use tell the same as the series of each."""
    series = page.series("cloudstack_powerflex_discrepancies")
    counts: Counter[str] = Counter()
    for labels, value in series.items():
        counts[dict(labels)["reason"]] += int(value)
    return +counts == Counter(one.reason for one in page.accusations)


def test_once_accuses_exactly_what_the_scenario_has(simulator: Simulator) -> None:
    done = poll_once(config_of(simulator))
    assert done.failures == []
    assert done.page.accusations == truth(simulator)
    assert _consistent(done.page)
    reasons = {one.reason for one in truth(simulator)}
    assert len(reasons) == 10, "the scenario has every reason"
    pairs = {(one.cloudstack, one.system) for one in truth(simulator)}
    assert pairs == {("ams", "pf-ams1"), ("ams", "pf-ams2"), ("lab", "pf-ams2")}
    for pair in (*pairs, ("lab", "pf-ams1")):
        assert done.page.suspensions(*pair) == set()


def test_what_breaks_appears_after_the_grace_and_goes_when_it_is_mended(simulator: Simulator, serve: Serve) -> None:
    exporter = serve(config_of(simulator, grace=f"{_GRACE:.0f}s"))
    settled = truth(simulator)
    exporter.until(lambda page: page.accusations == settled, always=lambda page: page.accusations <= settled)

    breaker = Breaker(simulator)
    broken_at = time.monotonic()
    breaker.break_everything()
    everything = settled | breaker.accused
    seen_after: list[float] = []

    def nothing_else(page: Page) -> bool:
        if page.accusations - settled:
            seen_after.append(time.monotonic() - broken_at)
        return settled <= page.accusations <= everything

    page = exporter.until(lambda page: page.accusations == everything, always=nothing_else)
    assert min(seen_after) >= _GRACE
    assert len({one.reason for one in breaker.accused}) == 10
    assert _consistent(page)

    breaker.mend_everything()
    page = exporter.until(lambda page: page.accusations == settled, always=lambda page: page.accusations <= everything)
    assert _consistent(page)


def test_a_restart_resolves_nothing_before_the_grace_is_over(simulator: Simulator, serve: Serve) -> None:
    exporter = serve(config_of(simulator, grace="1h"))
    page = exporter.after_polls("ams", "volumes")
    assert page.accusations == set()
    assert page.series("cloudstack_powerflex_discrepancies") == {}
    assert page.suspensions("ams", "pf-ams1") == set()


def test_volumes_that_come_and_go_while_lists_are_paged_are_not_accused(simulator: Simulator, serve: Serve) -> None:
    """Each page takes a while, and between two pages volumes are made and deleted, as CloudStack does it."""
    world = simulator.world
    ams = world.installations["ams"]
    pool = next(pool for pool in ams.pools.values() if pool.name == "ams-fast")
    simulator.change("set_setting", cloudstack="ams", name="default.page.size", value="20")
    simulator.management_servers["ams"].faults.add(
        {"action": "delay", "seconds": 0.05, "path": "command=listVolumes"},
    )
    settled = truth(simulator)
    exporter = serve(config_of(simulator, grace="6s"))
    exporter.until(lambda page: page.accusations == settled, always=lambda page: page.accusations <= settled)

    made: list[CloudVolume] = []

    def churn(page: Page) -> bool:
        with world.lock:
            row = place_volume(world, ams, pool, 20_000 + len(made), account="acme", age_days=0)
            made.append(row)
            if len(made) > 10 and len(made) % 2:
                old = made[len(made) - 10]
                del world.systems["pf-ams1"].volumes[volume_id_of(old)]
                del ams.volumes[old.uuid]
            world.touch()
        # A list that moved while it was read may be found incomplete, and then nobody is accused at all.
        return page.accusations <= settled

    ends = time.monotonic() + 5
    exporter.until(lambda _: time.monotonic() > ends, always=churn)
    exporter.until(lambda page: page.accusations == settled, always=lambda page: page.accusations <= settled)
    assert exporter.page().poll_success("ams", "volumes") == 1


def test_two_installations_that_claim_the_same_volumes_leave_each_of_them_one_owner(simulator: Simulator) -> None:
    """The second CloudStack was restored from a copy of the first one's database."""
    world = simulator.world
    ams, lab = world.installations["ams"], world.installations["lab"]
    fast = next(pool for pool in ams.pools.values() if pool.name == "ams-fast")
    copied = _copy_pool(fast)
    lab.pools[copied.uuid] = copied
    claimed = [row for row in ams.volumes.values() if row.pool_uuid == fast.uuid][:30]
    for row in claimed:
        lab.volumes[row.uuid] = replace(
            row, pool_uuid=copied.uuid, account="test", machine_uuid=None, project=None, offering_uuid=None
        )
    world.touch()

    done = poll_once(config_of(simulator))
    assert done.failures == []
    ours = {one for one in done.page.accusations if one.cloudstack == "ams"}
    assert ours == {one for one in truth(simulator) if one.cloudstack == "ams"}
    ids = [
        (dict(labels)["system"], dict(labels)["volume_id"])
        for labels in done.page.series("cloudstack_powerflex_volume_info")
    ]
    assert len(ids) == len(set(ids))
    for row in claimed:
        owner = done.page.series("cloudstack_powerflex_volume_info", volume_id=volume_id_of(row))
        assert all(dict(labels)["cloudstack"] == "ams" for labels in owner)


def _copy_pool(pool: CloudPool) -> CloudPool:
    return replace(pool, id=77, uuid="7a7a1111-0000-4000-8000-000000000077", name="lab-copy", zone="lab")
