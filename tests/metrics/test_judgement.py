"""What Judgement shows as time goes by: graces, suspensions, and the age of routers' results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from exporter.metrics.families.group import Judged
from exporter.metrics.judgement import Judgement
from exporter.model import cloudstack, powerflex
from exporter.model.cloudstack import (
    CheckStatus,
    Host,
    InventoryReading,
    Router,
    RouterCheck,
    RoutersReading,
    Setting,
    SettingsReading,
)
from exporter.model.findings import Reason, Suspension
from exporter.model.instant import Instant
from exporter.model.snapshot import CloudStackSnapshot, PowerFlexSnapshot

GRACE = 1800.0
STALE = 3600.0
UNIX = 1_700_000_000.0
READ = Instant(UNIX, 0.0)
UUID = "0000aaaa-1"
FILESYSTEM = "filesystem.writable.test"
Checks = tuple[RouterCheck, ...]


def at(seconds: float) -> Instant:
    return Instant(UNIX + seconds, seconds)


def array(*ids: str, name: str = "pf1", pool: str = "p1") -> PowerFlexSnapshot:
    """A system with these volumes, all by the names of the installation `ours`."""
    volumes = [
        powerflex.Volume(
            id=id_, name=f"vol-{n}-aaaa-ours", storage_pool_id=pool, vtree_id=f"t{id_}", size_kib=8, mapped_sdcs=None
        )
        for n, id_ in enumerate(ids, 1)
    ]
    return PowerFlexSnapshot(
        name,
        known_pools=(powerflex.StoragePool(id=pool, name="gold"),),
        volumes=powerflex.VolumesReading(taken_at=READ, volumes=volumes),
        sdcs=powerflex.SdcsReading(taken_at=READ, sdcs=()),
    )


def row(volume_id: str, pool: str = UUID) -> cloudstack.Volume:
    return cloudstack.Volume(id=f"r{volume_id}", state="Ready", path=volume_id, pool_id=pool, size_bytes=8 * 1024)


def cloud(*ids: str, name: str = "ams", path: str = "p1", uuid: str = UUID) -> CloudStackSnapshot:
    """An installation that believes these volumes on the array."""
    pools = (cloudstack.StoragePool(id=uuid, path=path),)
    return CloudStackSnapshot(
        name,
        up=True,
        known_pools=pools,
        inventory=InventoryReading(taken_at=READ, zones=(), pools=pools, hosts=(), offerings=()),
        volumes=cloudstack.VolumesReading(taken_at=READ, volumes=[row(id_, uuid) for id_ in ids], complete=True),
        settings=SettingsReading(
            taken_at=READ, settings=(Setting(name="custom.cs.identifier", value="ours", scope="global"),)
        ),
    )


def judge(
    judgement: Judgement, seconds: float, system: PowerFlexSnapshot, installation: CloudStackSnapshot, **more: bool
) -> Judged:
    return judgement.judge((system,), (installation,), {}, at(seconds), **more)[installation.name]


def listed(judged: Judged) -> list[tuple[str, str]]:
    return [(finding.volume_id, finding.reason.value) for _, finding in judged.listed]


def is_suspended(judged: Judged) -> frozenset[Suspension]:
    (verdict,) = judged.verdicts
    return verdict.suspended


def is_judged(judged: Judged) -> frozenset[Reason]:
    (verdict,) = judged.verdicts
    return verdict.judged


class TestGrace:
    def test_nothing_is_said_before_the_grace_is_over_and_everything_afterwards(self) -> None:
        judgement = Judgement(GRACE, STALE)
        system, installation = array("v1", "v2"), cloud("v1")

        for seconds in (0.0, 600.0, GRACE - 0.5):
            early = judge(judgement, seconds, system, installation)
            assert (is_judged(early), listed(early), is_suspended(early)) == (frozenset(), [], frozenset())

        late = judge(judgement, GRACE, system, installation)
        assert is_judged(late) == frozenset(Reason)
        assert listed(late) == [("v2", "orphaned")]

    def test_a_later_discrepancy_waits_for_its_own_grace(self) -> None:
        judgement = Judgement(GRACE, STALE)
        judge(judgement, 0.0, array("v1"), cloud("v1"))
        judge(judgement, 2000.0, array("v1", "v2"), cloud("v1"))

        assert listed(judge(judgement, 2000.0 + GRACE - 1, array("v1", "v2"), cloud("v1"))) == []
        assert listed(judge(judgement, 2000.0 + GRACE, array("v1", "v2"), cloud("v1"))) == [("v2", "orphaned")]

    def test_one_that_went_away_begins_anew(self) -> None:
        judgement = Judgement(GRACE, STALE)
        judge(judgement, 0.0, array("v1", "v2"), cloud("v1"))
        judge(judgement, 1000.0, array("v1"), cloud("v1"))
        judge(judgement, 1060.0, array("v1", "v2"), cloud("v1"))

        assert listed(judge(judgement, GRACE + 100.0, array("v1", "v2"), cloud("v1"))) == []
        assert listed(judge(judgement, GRACE + 1060.0, array("v1", "v2"), cloud("v1"))) == [("v2", "orphaned")]

    def test_at_once_judges_without_grace(self) -> None:
        judged = judge(Judgement(GRACE, STALE), 0.0, array("v2"), cloud("v1"), at_once=True)

        assert listed(judged) == [("v1", "missing"), ("v2", "orphaned")]
        assert is_judged(judged) == frozenset(Reason)

    def test_no_grace_is_a_grace_too(self) -> None:
        assert listed(judge(Judgement(0.0, STALE), 0.0, array("v2"), cloud())) == [("v2", "orphaned")]

    def test_the_wall_clock_has_no_part_in_it(self) -> None:
        judgement = Judgement(GRACE, STALE)
        systems, installations = (array("v2"),), (cloud(),)
        judgement.judge(systems, installations, {}, Instant(UNIX, 0.0))

        jumped = judgement.judge(systems, installations, {}, Instant(UNIX + 86_400, 10.0))["ams"]
        back = judgement.judge(systems, installations, {}, Instant(UNIX - 86_400, GRACE))["ams"]

        assert (listed(jumped), listed(back)) == ([], [("v2", "orphaned")])


class TestSuspension:
    @pytest.mark.parametrize(
        ("system", "installation", "reasons"),
        [
            (replace(array(), volumes=None), cloud(), {Suspension.POWERFLEX_STALE}),
            (array(), replace(cloud(), volumes=None), {Suspension.CLOUDSTACK_STALE}),
            (array(), replace(cloud(), settings=None), {Suspension.CLOUDSTACK_STALE}),
            (array(), replace(cloud(), inventory=None), {Suspension.CLOUDSTACK_STALE}),
            (
                replace(array(), volumes=None),
                replace(cloud(), volumes=None),
                {Suspension.POWERFLEX_STALE, Suspension.CLOUDSTACK_STALE},
            ),
            (
                array(),
                replace(cloud(), volumes=cloudstack.VolumesReading(taken_at=READ, volumes=[], complete=False)),
                {Suspension.LIST_INCOMPLETE},
            ),
            (array("v1", "v2", "v3", "v4", "v5"), cloud(), {Suspension.TOO_MANY_ORPHANS}),
        ],
    )
    def test_a_pair_that_cannot_be_judged_says_so_at_once_and_accuses_nobody(
        self, system: PowerFlexSnapshot, installation: CloudStackSnapshot, reasons: set[Suspension]
    ) -> None:
        judgement = Judgement(GRACE, STALE)

        for seconds in (0.0, GRACE, 10 * GRACE):
            judged = judge(judgement, seconds, system, installation)
            assert (set(is_suspended(judged)), set(is_judged(judged)), judged.listed) == (reasons, set(), ())

    def test_an_outage_neither_resolves_for_long_nor_counts_as_time(self) -> None:
        judgement = Judgement(GRACE, STALE)
        gone = replace(cloud(), volumes=None)
        judge(judgement, 0.0, array("v2"), cloud())
        assert listed(judge(judgement, GRACE, array("v2"), cloud())) == [("v2", "orphaned")]

        assert listed(judge(judgement, GRACE + 60.0, array("v2"), gone)) == []
        assert listed(judge(judgement, GRACE + 600.0, array("v2"), cloud())) == [("v2", "orphaned")]

    def test_a_finding_before_and_after_an_outage_has_not_lasted_through_it(self) -> None:
        judgement = Judgement(GRACE, STALE)
        gone = replace(array(), volumes=None)
        judge(judgement, 0.0, array("v1"), cloud("v1"))
        judge(judgement, GRACE, array("v1", "v2"), cloud("v1"))
        judge(judgement, GRACE + 60.0, gone, cloud("v1"))

        assert listed(judge(judgement, 3 * GRACE, array("v1", "v2"), cloud("v1"))) == []
        assert listed(judge(judgement, 4 * GRACE, array("v1", "v2"), cloud("v1"))) == [("v2", "orphaned")]

    def test_one_pair_does_not_suspend_another(self) -> None:
        systems = (array("v1"), replace(array("w1", name="pf2", pool="q1"), volumes=None))
        pools = (cloudstack.StoragePool(id=UUID, path="p1"), cloudstack.StoragePool(id="0000bbbb-2", path="q1"))
        whole = cloud()
        assert whole.inventory is not None
        inventory = InventoryReading(taken_at=READ, zones=(), pools=pools, hosts=(), offerings=())
        both = replace(whole, known_pools=pools, inventory=inventory)

        judged = Judgement(0.0, STALE).judge(systems, (both,), {}, at(0.0))["ams"]

        assert [verdict.suspended for verdict in judged.verdicts] == [frozenset(), {Suspension.POWERFLEX_STALE}]
        assert listed(judged) == [("v1", "orphaned")]

    def test_dead_sdcs_alone_wait_for_the_reading_of_the_sdcs(self) -> None:
        judgement = Judgement(GRACE, STALE)
        judge(judgement, 0.0, replace(array("v1"), sdcs=None), cloud("v1"))
        late = judge(judgement, GRACE, array("v1"), cloud("v1"))

        assert is_judged(late) == frozenset(Reason) - {Reason.MAPPED_TO_DEAD_SDC}
        assert is_judged(judge(judgement, 2 * GRACE, array("v1"), cloud("v1"))) == frozenset(Reason)


def missing(name: str, count: int, first: int = 0) -> CloudStackSnapshot:
    """An installation that misses so many volumes."""
    return cloud(*(f"{name}{number:05}" for number in range(first, first + count)), name=name, uuid=f"0000aaaa-{name}")


class TestListed:
    def both(
        self, judgement: Judgement, seconds: float, first: CloudStackSnapshot, second: CloudStackSnapshot
    ) -> dict[str, set[str]]:
        judged = judgement.judge((array(),), (first, second), {}, at(seconds))
        assert sum(len(one.listed) for one in judged.values()) <= 1000
        return {name: {finding.volume_id for _, finding in one.listed} for name, one in judged.items()}

    def test_at_most_a_thousand_in_all_while_the_sums_count_every_one(self) -> None:
        judged = Judgement(0.0, STALE).judge((array(),), (missing("a", 700), missing("b", 700)), {}, at(0.0))

        assert [len(judged[name].listed) for name in "ab"] == [700, 300]
        assert [len(judged[name].verdicts[0].findings) for name in "ab"] == [700, 700]

    def test_the_oldest_come_first_whichever_installation_they_are_of(self) -> None:
        """Both are listed for the first time at once, when the grace is over; those of b have lasted longer."""
        judgement = Judgement(GRACE, STALE)
        self.both(judgement, 0.0, missing("a", 0), missing("b", 600))
        self.both(judgement, 60.0, missing("a", 900), missing("b", 600))

        found = self.both(judgement, GRACE + 60.0, missing("a", 900), missing("b", 600))

        assert [len(found[name]) for name in "ab"] == [400, 600]

    def test_newer_ones_of_an_earlier_installation_push_nobody_out(self) -> None:
        judgement = Judgement(0.0, STALE)
        before = self.both(judgement, 0.0, missing("a", 500), missing("b", 600))
        after = self.both(judgement, 60.0, missing("a", 900), missing("b", 600))

        assert after == before

    def test_newer_ones_with_lower_ids_push_nobody_out(self) -> None:
        judgement = Judgement(0.0, STALE)
        before = self.both(judgement, 0.0, missing("a", 1200, first=500), missing("b", 0))
        after = self.both(judgement, 60.0, missing("a", 1700), missing("b", 0))

        assert after == before

    def test_the_eldest_of_those_that_wait_moves_up(self) -> None:
        judgement = Judgement(0.0, STALE)
        self.both(judgement, 0.0, missing("a", 1000), missing("b", 1))
        self.both(judgement, 60.0, missing("a", 1001), missing("b", 1))

        found = self.both(judgement, 120.0, missing("a", 1000, first=1), missing("b", 1))

        assert found["b"] == {"b00000"}
        assert len(found["a"]) == 999
        assert "a01000" not in found["a"]

    def test_one_pair_lists_its_oldest_first(self) -> None:
        judgement = Judgement(0.0, STALE)
        judge(judgement, 0.0, array(), cloud("v5"))
        judge(judgement, 60.0, array(), cloud("v5", "v4"))

        assert [id_ for id_, _ in listed(judge(judgement, 120.0, array(), cloud("v3", "v4", "v5")))] == [
            "v5",
            "v4",
            "v3",
        ]


def results(status: CheckStatus, updated: float) -> Checks:
    return tuple(
        RouterCheck(name=name, check_type="basic", status=one, updated=UNIX + updated)
        for name, one in (("connectivity.test", CheckStatus.SUCCESS), (FILESYSTEM, status))
    )


def with_router(
    checks: Checks, *, host_state: str = "Up", state: str = "Running", read: float = 0.0
) -> CloudStackSnapshot:
    router = Router(id="r1", name="r-1-VM", state=state, host_id="h1", checks=checks)
    host = Host(id="h1", state=host_state)
    whole = cloud()
    inventory = InventoryReading(taken_at=READ, zones=(), pools=whole.known_pools or (), hosts=(host,), offerings=())
    return replace(whole, inventory=inventory, routers=RoutersReading(taken_at=at(read), routers=(router,)))


def writable(
    judgement: Judgement, seconds: float, installation: CloudStackSnapshot, own: Mapping[str, Checks] | None = None
) -> bool | None:
    judged = judgement.judge((array(),), (installation,), {"ams": own or {}}, at(seconds))["ams"]
    assert judged.routers is not None
    (health,) = judged.routers
    return health.filesystem_writable


class TestRouters:
    def test_routers_that_were_not_read_are_not_known(self) -> None:
        assert judge(Judgement(GRACE, STALE), 0.0, array(), cloud()).routers is None

    def test_routers_are_shown_without_any_grace(self) -> None:
        assert writable(Judgement(GRACE, STALE), 0.0, with_router(results(CheckStatus.FAILED, 0.0))) is False

    @pytest.mark.parametrize("begins", [0.0, 1.0, 4.9])
    def test_a_result_grows_stale_with_time_alone(self, begins: float) -> None:
        judgement, installation = Judgement(GRACE, STALE), with_router(results(CheckStatus.SUCCESS, 0.0))
        seen: dict[float, bool | None] = {}
        tick = begins
        while tick <= STALE + 60.0:
            seen[tick] = writable(judgement, tick, installation)
            tick += 5.0

        assert all(seen[tick] is True for tick in seen if tick <= STALE)
        assert all(seen[tick] is None for tick in seen if tick >= STALE + 15.0)

    @pytest.mark.parametrize("state", ["Stopping", "Stopped", "Starting"])
    def test_a_result_from_before_a_stop_says_nothing_of_a_router_that_runs_again(self, state: str) -> None:
        judgement, former = Judgement(GRACE, STALE), results(CheckStatus.FAILED, 0.0)
        assert writable(judgement, 0.0, with_router(former)) is False
        assert writable(judgement, 60.0, with_router(former, state=state, read=60.0)) is None
        assert writable(judgement, 120.0, with_router(former, read=120.0)) is None
        newer = Judgement(GRACE, STALE)
        newer.take_over(judgement, frozenset({"ams"}))
        assert writable(newer, 180.0, with_router(former, read=180.0)) is None
        assert writable(newer, 240.0, with_router(results(CheckStatus.FAILED, 200.0), read=240.0)) is False

    def test_a_router_that_moves_from_host_to_host_goes_on_running(self) -> None:
        judgement, former = Judgement(GRACE, STALE), results(CheckStatus.SUCCESS, 0.0)
        assert writable(judgement, 60.0, with_router(former, state="Migrating", read=60.0)) is None
        assert writable(judgement, 120.0, with_router(former, read=120.0)) is True

    def test_between_two_looks_the_routers_are_the_same_object(self) -> None:
        judgement, installation = Judgement(GRACE, STALE), with_router(results(CheckStatus.SUCCESS, 0.0))

        first, second, third = (
            judgement.judge((array(),), (installation,), {"ams": {}}, at(seconds))["ams"].routers
            for seconds in (0.0, 14.0, 15.0)
        )

        assert first is second
        assert first is not third
        assert first == third

    def test_a_clock_that_was_set_back_does_not_keep_an_old_picture(self) -> None:
        judgement, installation = Judgement(GRACE, STALE), with_router(results(CheckStatus.SUCCESS, 0.0))
        assert writable(judgement, STALE + 1.0, installation) is None

        assert writable(judgement, 0.0, installation) is True

    def test_a_new_poll_is_shown_at_once(self) -> None:
        judgement = Judgement(GRACE, STALE)
        assert writable(judgement, 0.0, with_router(results(CheckStatus.SUCCESS, 0.0))) is True
        assert writable(judgement, 1.0, with_router(results(CheckStatus.FAILED, 1.0))) is False

    def test_our_own_newer_result_is_shown_at_once_and_an_older_one_never(self) -> None:
        judgement, installation = Judgement(GRACE, STALE), with_router(results(CheckStatus.SUCCESS, 0.0))
        assert writable(judgement, 60.0, installation) is True
        assert writable(judgement, 61.0, installation, {"r1": results(CheckStatus.FAILED, 61.0)}) is False
        assert writable(judgement, 62.0, installation, {"r1": results(CheckStatus.FAILED, -1.0)}) is True

    def test_a_host_that_is_lost_is_seen_at_once(self) -> None:
        judgement, checks = Judgement(GRACE, STALE), results(CheckStatus.SUCCESS, 0.0)
        assert writable(judgement, 0.0, with_router(checks)) is True
        assert writable(judgement, 1.0, with_router(checks, host_state="Disconnected")) is None

    def test_routers_that_went_stale_and_came_back_are_not_those_of_old(self) -> None:
        judgement, installation = Judgement(GRACE, STALE), with_router(results(CheckStatus.SUCCESS, 0.0))
        assert writable(judgement, 0.0, installation) is True
        assert judge(judgement, 5.0, array(), replace(installation, routers=None)).routers is None
        assert writable(judgement, 10.0, with_router(())) is None


class TestWork:
    def test_a_poll_of_the_routers_compares_nothing_anew(self, monkeypatch: pytest.MonkeyPatch) -> None:
        judgement, system = Judgement(GRACE, STALE), array("v1")
        first = judge(judgement, 0.0, system, with_router(()))

        def never(*_: object) -> None:
            raise AssertionError("compared for nothing")

        monkeypatch.setattr("exporter.metrics.judgement.reconcile", never)
        changed = replace(with_router(results(CheckStatus.FAILED, 0.0)), up=False)
        pools = powerflex.PoolsReading(taken_at=at(9.0), domains=(), pools=system.known_pools or (), statistics={})
        used = powerflex.UsedSizesReading(taken_at=at(9.0), used_kib={"tv1": 8})
        second = judge(judgement, 10.0, replace(system, pools=pools, used_sizes=used, up=False), changed)

        assert second.verdicts == first.verdicts

    def test_a_discrepancy_is_judged_whole_again_where_one_side_was_read(self) -> None:
        judgement = Judgement(0.0, STALE)
        assert listed(judge(judgement, 0.0, array("v1"), cloud("v1"))) == []
        assert listed(judge(judgement, 1.0, array(), cloud("v1"))) == [("v1", "missing")]
        assert listed(judge(judgement, 2.0, array("v1"), cloud("v1"))) == []

    def test_an_installation_without_a_pool_on_any_system_has_no_verdict(self) -> None:
        assert judge(Judgement(0.0, STALE), 0.0, array("v1"), cloud("v1", path="elsewhere")).verdicts == ()

    def test_before_anything_was_read_there_is_nothing_to_say(self) -> None:
        judged = Judgement(0.0, STALE).judge((PowerFlexSnapshot("pf1"),), (CloudStackSnapshot("ams"),), {}, at(0.0))

        assert judged == {"ams": Judged()}
