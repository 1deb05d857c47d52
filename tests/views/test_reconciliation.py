"""Who is accused of what. The id of a volume is `v…`; its row in CloudStack has the same id with `r` for `v`."""

from __future__ import annotations

from typing import Any

import pytest

from exporter.model import cloudstack, powerflex
from exporter.model.cloudstack import DiskOffering, InventoryReading, Setting, SettingsReading
from exporter.model.findings import Finding, Pair, Reason, Suspension, Verdict
from exporter.model.instant import Instant
from exporter.model.powerflex import Sdc, SdcMapping, SdcsReading
from exporter.model.snapshot import CloudStackSnapshot, PowerFlexSnapshot
from exporter.views.reconciliation import reconcile

NOW = Instant(0.0, 0.0)
GIB = 1024**3
ONE, TWO, FAR = "0000aaaa-one", "0000bbbb-two", "0000cccc-far"
"""UUIDs of CloudStack pools on the PowerFlex pools p1 and p2 of pf1, and on p9 of pf2."""
MAPPED = (SdcMapping(sdc_id="s1"),)
OFFERING = DiskOffering(id="gold", bandwidth_limit_mbps=200, iops_limit=2000)


def pool(uuid: str, path: str) -> cloudstack.StoragePool:
    return cloudstack.StoragePool(id=uuid, name=f"pool {uuid}", path=path)


POOLS = (pool(ONE, "p1"), pool(TWO, "p2"), pool(FAR, "p9"))


def volume(volume_id: str, **changes: object) -> powerflex.Volume:
    fields: dict[str, Any] = {
        "id": volume_id,
        "name": f"vol-{volume_id[1:]}-aaaa-cs1",
        "storage_pool_id": "p1",
        "vtree_id": f"t{volume_id[1:]}",
        "size_kib": 8 * 1024**2,
        "mapped_sdcs": MAPPED,
    }
    fields.update(changes)
    return powerflex.Volume(**fields)


def row(volume_id: str, **changes: object) -> cloudstack.Volume:
    fields: dict[str, Any] = {
        "id": f"r{volume_id[1:]}",
        "state": "Ready",
        "path": f"{volume_id}:vol-{volume_id[1:]}-aaaa-cs1",
        "pool_id": ONE,
        "size_bytes": 8 * GIB,
        "volume_type": "DATADISK",
        "vm_id": "m",
        "vm_state": "Running",
    }
    fields.update(changes)
    return cloudstack.Volume(**fields)


def pools_of(*ids: str) -> tuple[powerflex.StoragePool, ...]:
    return tuple(powerflex.StoragePool(id=id_, name=f"name of {id_}") for id_ in ids)


def system(*volumes: powerflex.Volume, name: str = "pf1", **changes: object) -> PowerFlexSnapshot:
    fields: dict[str, Any] = {
        "known_pools": pools_of("p1", "p2", "p3") if name == "pf1" else pools_of("p9"),
        "volumes": powerflex.VolumesReading(taken_at=NOW, volumes=list(volumes)),
        "sdcs": SdcsReading(
            taken_at=NOW,
            sdcs=(Sdc(id="s1", connected=True), Sdc(id="s2", connected=True), Sdc(id="dead", connected=False)),
        ),
    }
    fields.update(changes)
    return PowerFlexSnapshot(name, **fields)


def settings(identifier: str | None = "cs1") -> SettingsReading:
    given = () if identifier is None else (Setting(name="custom.cs.identifier", value=identifier, scope="global"),)
    return SettingsReading(taken_at=NOW, settings=given)


def installation(*rows: cloudstack.Volume, complete: bool = True, **changes: object) -> CloudStackSnapshot:
    fields: dict[str, Any] = {
        "known_pools": POOLS,
        "inventory": InventoryReading(taken_at=NOW, zones=(), pools=POOLS, hosts=(), offerings=(OFFERING,)),
        "volumes": cloudstack.VolumesReading(taken_at=NOW, volumes=list(rows), complete=complete),
        "settings": settings(),
    }
    fields.update(changes)
    return CloudStackSnapshot("ams", **fields)


def judge(cloud: CloudStackSnapshot, *systems: PowerFlexSnapshot) -> Verdict:
    """Return the verdict of the first system."""
    return reconcile(cloud, systems)[0]


def reasons(cloud: CloudStackSnapshot, *systems: PowerFlexSnapshot) -> list[tuple[str, str]]:
    return [(finding.volume_id, finding.reason.value) for finding in judge(cloud, *systems).findings]


def test_volumes_that_agree_are_matched_and_nobody_is_accused() -> None:
    assert judge(installation(row("v1"), row("v2")), system(volume("v1"), volume("v2"))) == Verdict(
        Pair("ams", "pf1"), judged=frozenset(Reason), matched={ONE: 2, TWO: 0}
    )


def test_a_path_may_be_a_bare_id_or_carry_an_old_name() -> None:
    assert not reasons(installation(row("v1", path="v1"), row("v2", path="v2:old")), system(volume("v1"), volume("v2")))


class TestOrphans:
    def test_a_volume_of_ours_that_no_row_claims(self) -> None:
        found = judge(installation(), system(volume("v1")))
        assert found.findings == (Finding(Reason.ORPHANED, "v1", "vol-1-aaaa-cs1", ONE, "p1", "t1"),)
        assert found.matched == {ONE: 0, TWO: 0}

    @pytest.mark.parametrize(
        "name",
        [
            "vol-1-aaaa-cs2",
            "vol-1-aaaa-CS1",
            "vol-1-aaaa-",
            "vol-1-cccc-cs1",
            "vol-1-dddd-cs1",
            "backup",
            None,
            "tmpl-1-aaaa-cs1",
        ],
    )
    def test_what_is_not_ours_by_identifier_and_key_is_left_alone(self, name: str | None) -> None:
        assert not reasons(installation(), system(volume("v1", name=name)))

    def test_a_former_identifier_is_ours(self) -> None:
        cloud = installation(identifiers=("old-one", "older"))
        assert reasons(cloud, system(volume("v1", name="vol-1-bbbb-old-one"))) == [("v1", "orphaned")]

    @pytest.mark.parametrize("state", ["Destroy", "Expunging", "Creating", "Migrating", "Ready", None])
    def test_a_row_in_any_state_and_on_any_pool_knows_the_volume(self, state: str | None) -> None:
        assert "v1" not in dict(reasons(installation(row("v1", state=state, pool_id="local")), system(volume("v1"))))

    @pytest.mark.parametrize("path", ["v7:vol-7-cccc-cs1", "v7:vol-7-cccc-former"])
    def test_the_second_volume_of_a_migration_between_systems_is_none(self, path: str) -> None:
        # As long as it takes to copy, two volumes bear the number of one row, and its path has one of their ids.
        cloud = installation(row("v7", state="Migrating", pool_id=FAR, path=path))
        snapshot = volume("v9", name="snap-3-aaaa-cs1", vtree_id="t8")
        assert not reasons(cloud, system(volume("v8", name="vol-7-aaaa-cs1"), snapshot))

    def test_a_volume_that_stayed_behind_after_a_migration_is_one(self) -> None:
        cloud = installation(row("v7", pool_id=FAR, path="v7:vol-7-cccc-cs1"))
        assert reasons(cloud, system(volume("v8", name="vol-7-aaaa-cs1"))) == [("v8", "orphaned")]

    def test_a_migration_hides_no_other(self) -> None:
        cloud = installation(row("v7", state="Migrating", pool_id=FAR, path="v7:vol-7-cccc-cs1"))
        array = system(volume("v8"), volume("v9", name="snap-7-aaaa-cs1"))
        assert reasons(cloud, array) == [("v8", "orphaned"), ("v9", "orphaned_snapshot")]

    def test_an_identifier_that_is_empty_is_an_identifier(self) -> None:
        cloud = installation(settings=settings(""))
        assert reasons(cloud, system(volume("v1", name="vol-1-aaaa-"))) == [("v1", "orphaned")]

    def test_without_the_current_identifier_orphans_are_unknown(self) -> None:
        found = judge(installation(row("v2"), settings=settings(None), identifiers=("cs1",)), system(volume("v1")))
        assert found.judged == frozenset(Reason) - {Reason.ORPHANED, Reason.ORPHANED_SNAPSHOT}
        assert [finding.reason for finding in found.findings] == [Reason.MISSING]

    @pytest.mark.parametrize("name", ["snap-7-aaaa-cs1", "vmsnap-3-7-aaaa-cs1"])
    def test_a_snapshot_whose_tree_holds_no_known_volume(self, name: str) -> None:
        found = judge(installation(), system(volume("v7", name=name, vtree_id="t")))
        assert found.findings == (Finding(Reason.ORPHANED_SNAPSHOT, "v7", name, ONE, "p1", "t"),)

    @pytest.mark.parametrize("name", ["snap-7-aaaa-cs2", "vmsnap-3-7-ffff-cs1", None])
    def test_a_snapshot_that_is_not_ours_is_left_alone(self, name: str | None) -> None:
        assert not reasons(installation(), system(volume("v7", name=name)))

    def test_a_snapshot_beside_a_known_volume_is_not_accused(self) -> None:
        array = system(volume("v1"), volume("v7", name="snap-7-aaaa-cs1", vtree_id="t1"))
        assert not reasons(installation(row("v1", state="Destroy")), array)

    def test_a_tree_with_a_known_volume_is_never_reclaimable(self) -> None:
        array = system(volume("v1"), volume("v2", vtree_id="t1"))
        (found,) = judge(installation(row("v1")), array).findings
        assert (found.volume_id, found.reclaimable_tree) == ("v2", None)


class TestMissing:
    def test_a_ready_volume_that_is_not_on_the_array(self) -> None:
        found = judge(installation(row("v1", pool_id=TWO)), system())
        assert found.findings == (Finding(Reason.MISSING, "v1", "vol-1-aaaa-cs1", TWO, "p2"),)

    @pytest.mark.parametrize("state", ["Allocated", "Creating", "Destroy", "Expunging", "Migrating", "Resizing", None])
    def test_a_row_in_another_state_is_not_missed(self, state: str | None) -> None:
        assert not reasons(installation(row("v1", state=state)), system())

    def test_a_row_on_a_pool_of_another_kind_is_not_missed(self) -> None:
        assert not reasons(installation(row("v1", pool_id="nfs"), row("v2", pool_id=None)), system())

    def test_rows_of_another_system_are_judged_there(self) -> None:
        verdicts = reconcile(installation(row("v1", pool_id=FAR)), [system(), system(name="pf2")])
        assert [[finding.volume_id for finding in each.findings] for each in verdicts] == [[], ["v1"]]
        assert verdicts[1].pair == Pair("ams", "pf2")


class TestFaults:
    @pytest.mark.parametrize(
        ("row_changes", "volume_changes", "expected"),
        [
            ({}, {"storage_pool_id": "p2"}, ["pool_mismatch"]),
            ({}, {"storage_pool_id": "p3"}, ["pool_mismatch"]),
            ({"size_bytes": 8 * GIB - 1}, {}, ["size_mismatch"]),
            ({}, {"size_kib": 16 * 1024**2}, ["size_mismatch"]),
            ({}, {"mapped_sdcs": None}, ["unmapped_while_running"]),
            ({}, {"mapped_sdcs": ()}, ["unmapped_while_running"]),
            ({"vm_state": "Stopped"}, {"mapped_sdcs": ()}, []),
            ({"vm_state": None, "vm_id": None}, {"mapped_sdcs": ()}, []),
            ({}, {"mapped_sdcs": (SdcMapping(sdc_id="dead"),)}, ["mapped_to_dead_sdc"]),
            ({"vm_state": "Stopped"}, {"mapped_sdcs": (SdcMapping(sdc_id="dead"),)}, ["mapped_to_dead_sdc"]),
            ({}, {"mapped_sdcs": (SdcMapping(sdc_id="unlisted"),)}, []),
            ({}, {"mapped_sdcs": (SdcMapping(sdc_id="s1"), SdcMapping(sdc_id="s2"))}, ["mapped_to_many"]),
            (
                {},
                {"mapped_sdcs": (SdcMapping(sdc_id="s1"), SdcMapping(sdc_id="dead"))},
                ["mapped_to_dead_sdc", "mapped_to_many"],
            ),
            ({"vm_state": "Migrating"}, {"mapped_sdcs": (*MAPPED, SdcMapping(sdc_id="dead"))}, []),
            ({"vm_state": "Migrating"}, {"mapped_sdcs": (), "size_kib": 1}, ["size_mismatch"]),
        ],
    )
    def test_each_reason(
        self, row_changes: dict[str, Any], volume_changes: dict[str, Any], expected: list[str]
    ) -> None:
        found = reasons(installation(row("v1", **row_changes)), system(volume("v1", **volume_changes)))
        assert found == [("v1", reason) for reason in expected]

    @pytest.mark.parametrize("state", ["Migrating", "Resizing", "Destroy", "Attaching", "Snapshotting", None])
    def test_only_a_ready_row_is_judged(self, state: str | None) -> None:
        array = system(volume("v1", storage_pool_id="p2", size_kib=1, mapped_sdcs=()))
        assert not reasons(installation(row("v1", state=state, disk_offering_id="gold")), array)

    @pytest.mark.parametrize(
        ("row_changes", "mapping", "differs"),
        [
            ({}, {"limit_bandwidth_mbps": 200, "limit_iops": 2000}, False),
            ({}, {"limit_bandwidth_mbps": 100, "limit_iops": 2000}, True),
            ({}, {"limit_bandwidth_mbps": 200, "limit_iops": 0}, True),
            ({}, {}, True),
            ({"vm_state": "Migrating"}, {}, True),
            ({"volume_type": "ROOT"}, {}, False),
            ({"disk_offering_id": "none"}, {}, False),
            ({"disk_offering_id": None}, {}, False),
            ({"disk_offering_id": "free"}, {}, False),
            ({"disk_offering_id": "free"}, {"limit_bandwidth_mbps": 0, "limit_iops": 0}, False),
            ({"disk_offering_id": "free"}, {"limit_iops": 11}, True),
            ({"disk_offering_id": "free", "max_iops": 500}, {"limit_iops": 500}, False),
            ({"disk_offering_id": "free", "max_iops": 500}, {}, True),
            ({"disk_offering_id": "zero", "max_iops": 500}, {}, False),
            ({"max_iops": 500}, {"limit_bandwidth_mbps": 200, "limit_iops": 2000}, False),
        ],
    )
    def test_limits(self, row_changes: dict[str, Any], mapping: dict[str, int], *, differs: bool) -> None:
        offerings = (OFFERING, DiskOffering(id="free"), DiskOffering(id="zero", bandwidth_limit_mbps=0, iops_limit=0))
        inventory = InventoryReading(taken_at=NOW, zones=(), pools=POOLS, hosts=(), offerings=offerings)
        cloud = installation(row("v1", **{"disk_offering_id": "gold"} | row_changes), inventory=inventory)
        array = system(volume("v1", mapped_sdcs=(SdcMapping(sdc_id="s1", **mapping),)))
        assert reasons(cloud, array) == ([("v1", "qos_mismatch")] if differs else [])

    def test_any_mapping_may_have_the_wrong_limits(self) -> None:
        right = SdcMapping(sdc_id="s1", limit_bandwidth_mbps=200, limit_iops=2000)
        array = system(volume("v1", mapped_sdcs=(right, SdcMapping(sdc_id="s2"))))
        assert ("v1", "qos_mismatch") in reasons(installation(row("v1", disk_offering_id="gold")), array)

    def test_a_volume_that_is_not_mapped_has_no_limits(self) -> None:
        cloud = installation(row("v1", disk_offering_id="gold", vm_state="Stopped"))
        assert not reasons(cloud, system(volume("v1", mapped_sdcs=())))

    def test_without_sdcs_nobody_is_known_to_be_dead(self) -> None:
        found = judge(
            installation(row("v1")), system(volume("v1", mapped_sdcs=(SdcMapping(sdc_id="dead"),)), sdcs=None)
        )
        assert found == Verdict(
            Pair("ams", "pf1"),
            judged=frozenset(Reason) - {Reason.MAPPED_TO_DEAD_SDC},
            matched={ONE: 1, TWO: 0},
        )

    def test_an_sdc_of_unknown_connection_is_not_dead(self) -> None:
        sdcs = SdcsReading(taken_at=NOW, sdcs=(Sdc(id="s1"),))
        assert not reasons(installation(row("v1")), system(volume("v1"), sdcs=sdcs))

    def test_where_no_mapping_is_known_the_reasons_that_need_them_are_unknown(self) -> None:
        unknown = powerflex.Volume(id="v1", storage_pool_id="p1", vtree_id="t1", size_kib=8 * 1024**2)
        found = judge(installation(row("v1", disk_offering_id="gold")), system(unknown))
        assert found.findings == ()
        assert frozenset(Reason) - found.judged == {
            Reason.UNMAPPED_WHILE_RUNNING,
            Reason.MAPPED_TO_DEAD_SDC,
            Reason.MAPPED_TO_MANY,
            Reason.QOS_MISMATCH,
        }

    def test_one_volume_of_unknown_mappings_is_not_judged_by_them(self) -> None:
        unknown = powerflex.Volume(id="v1", storage_pool_id="p1", vtree_id="t1", size_kib=8 * 1024**2)
        cloud = installation(row("v1"), row("v2"))
        assert reasons(cloud, system(unknown, volume("v2", mapped_sdcs=()))) == [("v2", "unmapped_while_running")]


class TestClaimedTwice:
    def test_two_rows_with_one_id_are_one_finding_and_one_match(self) -> None:
        found = judge(installation(row("v1"), row("v1", id="rx", pool_id=TWO, state="Creating")), system(volume("v1")))
        assert found.findings == (Finding(Reason.CLAIMED_TWICE, "v1", "vol-1-aaaa-cs1", ONE, "p1"),)
        assert found.matched == {ONE: 1, TWO: 0}

    @pytest.mark.parametrize("state", ["Destroy", "Destroying", "Expunging", "Expunged"])
    def test_a_row_that_is_being_destroyed_claims_nothing(self, state: str) -> None:
        assert not reasons(installation(row("v1"), row("v1", id="rx", state=state)), system(volume("v1")))

    def test_a_row_that_came_twice_is_one(self) -> None:
        assert not reasons(installation(row("v1"), row("v1")), system(volume("v1")))

    def test_two_rows_may_claim_what_is_not_there(self) -> None:
        cloud = installation(row("v1", pool_id=TWO), row("v1", id="rx", state="Creating"))
        assert judge(cloud, system()).findings == (
            Finding(Reason.CLAIMED_TWICE, "v1", "vol-1-aaaa-cs1", TWO, "p2"),
            Finding(Reason.MISSING, "v1", "vol-1-aaaa-cs1", TWO, "p2"),
        )

    def test_the_same_row_is_accused_in_whatever_order_they_came(self) -> None:
        rows = row("v1", id="ra"), row("v1", id="rb", pool_id=TWO)
        array = system(volume("v1", storage_pool_id="p3"))
        found = judge(installation(*rows), array).findings
        assert found == judge(installation(*reversed(rows)), array).findings
        assert [(each.reason, each.pool_uuid) for each in found] == [
            (Reason.CLAIMED_TWICE, ONE),
            (Reason.POOL_MISMATCH, ONE),
        ]


class TestOnWhichPoolAFindingCounts:
    def counted(self, cloud: CloudStackSnapshot, *systems: PowerFlexSnapshot) -> list[tuple[str, str, str]]:
        return [(each.reason, each.pool_uuid, each.pool_id) for each in judge(cloud, *systems).findings]

    def test_where_the_volume_lies_and_a_pool_mismatch_where_cloudstack_believes_it(self) -> None:
        array = system(volume("v1", storage_pool_id="p2", size_kib=1))
        assert self.counted(installation(row("v1")), array) == [
            ("pool_mismatch", ONE, "p2"),
            ("size_mismatch", TWO, "p2"),
        ]

    def test_an_orphan_under_another_pools_key_counts_where_it_lies(self) -> None:
        assert self.counted(installation(), system(volume("v1", storage_pool_id="p2"))) == [("orphaned", TWO, "p2")]

    def test_an_orphan_where_we_have_no_pool_counts_on_the_first_with_its_key(self) -> None:
        pools = (pool(ONE, "p1"), pool("1111aaaa-twin", "p2"))
        for known, home in ((pools, ONE), (pools[::-1], "1111aaaa-twin")):
            cloud = installation(known_pools=known)
            assert self.counted(cloud, system(volume("v1", storage_pool_id="p3"))) == [("orphaned", home, "p3")]

    def test_a_known_volume_of_a_foreign_name_where_we_have_no_pool_counts_where_cloudstack_believes_it(self) -> None:
        array = system(volume("v1", name="mine", storage_pool_id="p3", size_kib=1))
        assert self.counted(installation(row("v1", pool_id=TWO)), array) == [
            ("pool_mismatch", TWO, "p3"),
            ("size_mismatch", TWO, "p3"),
        ]

    def test_of_two_pools_on_one_powerflex_pool_the_one_that_cloudstack_names(self) -> None:
        pools = (pool(TWO, "p1"), pool(ONE, "p1"))
        array = system(volume("v1", name="vol-1-bbbb-cs1", size_kib=1))
        assert self.counted(installation(row("v1"), known_pools=pools), array) == [("size_mismatch", ONE, "p1")]

    def test_of_two_pools_on_one_powerflex_pool_the_one_of_the_key(self) -> None:
        pools = (pool(TWO, "p1"), pool(ONE, "p1"))
        assert self.counted(installation(known_pools=pools), system(volume("v1"))) == [("orphaned", ONE, "p1")]

    def test_of_two_pools_on_one_powerflex_pool_the_first_where_neither_has_the_key(self) -> None:
        pools = (pool(TWO, "p1"), pool("0000dddd-x", "p1"), pool(ONE, "p2"))
        assert self.counted(installation(known_pools=pools), system(volume("v1"))) == [("orphaned", TWO, "p1")]

    def test_what_counts_on_a_pool_that_is_not_watched_is_not_shown(self) -> None:
        array = system(
            volume("v1", storage_pool_id="p2"),
            volume("v2", storage_pool_id="p2", size_kib=1),
            volume("v3", size_kib=1),
            storage_pools=("name of p1",),
        )
        cloud = installation(row("v2"), row("v3"), row("v4", pool_id=TWO), row("v5", pool_id=TWO, path=None))
        found = judge(cloud, array)
        assert [(each.volume_id, each.reason) for each in found.findings] == [
            ("v2", Reason.POOL_MISMATCH),
            ("v3", Reason.SIZE_MISMATCH),
        ]
        assert found.matched == {ONE: 2}


class TestSuspension:
    def suspended(self, cloud: CloudStackSnapshot, *systems: PowerFlexSnapshot) -> set[str]:
        found = judge(cloud, *systems)
        assert not found.suspended or found == Verdict(found.pair, found.suspended)
        return {reason.value for reason in found.suspended}

    def test_the_arrays_volumes_are_gone(self) -> None:
        assert self.suspended(installation(row("v1")), system(volumes=None)) == {"powerflex_stale"}

    @pytest.mark.parametrize("reading", ["volumes", "inventory", "settings"])
    def test_a_reading_of_cloudstack_is_gone(self, reading: str) -> None:
        gone: dict[str, Any] = {reading: None}
        assert self.suspended(installation(row("v1"), **gone), system()) == {"cloudstack_stale"}

    def test_both_sides_are_gone(self) -> None:
        cloud = installation(row("v1"), settings=None, complete=False)
        assert self.suspended(cloud, system(volumes=None)) == {
            "powerflex_stale",
            "cloudstack_stale",
            "list_incomplete",
        }

    def test_rows_differ_from_count(self) -> None:
        assert self.suspended(installation(row("v1"), complete=False), system(volume("v1"))) == {"list_incomplete"}

    @pytest.mark.parametrize("path", [None, "", ":vol-1-aaaa-cs1"])
    def test_a_ready_row_without_a_path_suspends_every_system(self, path: str | None) -> None:
        cloud = installation(row("v1", path=path))
        verdicts = reconcile(cloud, [system(), system(name="pf2")])
        assert [each.suspended for each in verdicts] == [{Suspension.LIST_INCOMPLETE}] * 2

    @pytest.mark.parametrize("changes", [{"state": "Creating"}, {"state": "Allocated"}, {"pool_id": "nfs"}])
    def test_other_rows_may_have_no_path(self, changes: dict[str, Any]) -> None:
        assert self.suspended(installation(row("v1", path=None, **changes)), system()) == set()

    @pytest.mark.parametrize(
        ("orphans", "known", "suspended"),
        [(4, 0, False), (5, 0, True), (5, 19, True), (5, 20, False), (6, 20, True), (20, 80, False), (21, 80, True)],
    )
    def test_too_many_orphans_are_our_own_fault(self, orphans: int, known: int, *, suspended: bool) -> None:
        ids = [f"v{number:03}" for number in range(orphans + known)]
        array = system(
            *(volume(volume_id, name=f"vol-{1 + number}-aaaa-cs1") for number, volume_id in enumerate(ids)),
            *(volume(f"f{number}", name=f"vol-1-aaaa-other{number}") for number in range(100)),
            *(volume(f"s{number}", name=f"snap-{1 + number}-aaaa-cs1", vtree_id="s") for number in range(100)),
        )
        cloud = installation(*(row(volume_id) for volume_id in ids[orphans:]))
        assert self.suspended(cloud, array) == ({"too_many_orphans"} if suspended else set())

    def test_too_many_on_one_system_are_not_too_many_on_another(self) -> None:
        array = system(*(volume(f"v{number}", name=f"vol-{number}-aaaa-cs1") for number in range(1, 9)))
        verdicts = reconcile(installation(row("v1", pool_id=FAR)), [array, system(name="pf2")])
        assert verdicts[0].suspended == {Suspension.TOO_MANY_ORPHANS}
        assert [each.reason for each in verdicts[1].findings] == [Reason.MISSING]


class TestPairs:
    def test_an_installation_without_a_pool_on_a_system_is_not_judged_against_it(self) -> None:
        cloud = installation(known_pools=(pool(ONE, "p1"), pool("x", "elsewhere")))
        assert [each.pair.system for each in reconcile(cloud, [system(name="pf2"), system()])] == ["pf1"]

    def test_nor_against_one_of_which_no_pool_of_ours_is_watched(self) -> None:
        assert reconcile(installation(), [system(storage_pools=("p3",))]) == ()

    @pytest.mark.parametrize("known_pools", [None, ()])
    def test_before_the_pools_are_known_there_is_no_pair(self, known_pools: tuple[()] | None) -> None:
        assert reconcile(installation(known_pools=known_pools), [system()]) == ()
        assert reconcile(installation(), [system(known_pools=known_pools)]) == ()

    def test_two_installations_on_one_pool_accuse_each_their_own(self) -> None:
        array = system(volume("v1"), volume("v2", name="vol-2-aaaa-lab"))
        lab = installation(settings=settings("lab"))
        assert reasons(installation(), array) == [("v1", "orphaned")]
        assert reasons(lab, array) == [("v2", "orphaned")]
