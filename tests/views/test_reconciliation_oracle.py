"""The reconciliation against a naive account of the same rules, in worlds made at random."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from exporter.model import cloudstack, powerflex
from exporter.model.cloudstack import DiskOffering, InventoryReading, Setting, SettingsReading
from exporter.model.findings import Reason, Verdict
from exporter.model.instant import Instant
from exporter.model.powerflex import Sdc, SdcMapping, SdcsReading
from exporter.model.snapshot import CloudStackSnapshot, PowerFlexSnapshot
from exporter.views.reconciliation import reconcile
from exporter.views.verdict_sums import verdict_sums
from tests.oracle.reconciliation import DYING, Account, Accusation

NOW = Instant(0.0, 0.0)
POOLS = {"0000aaaa-1": "p1", "1111aaaa-2": "p2", "0000bbbb-3": "p2", "0000cccc-4": "q1"}
"""The PowerFlex pool of each CloudStack pool; q1 is on another system, and p3 has none."""
KEYS = {"aaaa", "bbbb"}
OFFERINGS = (DiskOffering(id="gold", iops_limit=100), DiskOffering(id="free"))
SIZE_KIB = 8 * 1024**2

ids = st.sampled_from([f"v{number}" for number in range(8)])
names = st.one_of(
    st.none(),
    st.just("by hand"),
    st.builds(
        "{}-{}-{}".format,
        st.sampled_from(["vol-1", "snap-2", "vmsnap-3-1", "tmpl-4"]),
        st.sampled_from(["aaaa", "bbbb", "cccc"]),
        st.sampled_from(["cs1", "old", "else"]),
    ),
)
mappings = st.lists(
    st.builds(SdcMapping, sdc_id=st.sampled_from(["up", "dead", "gone"]), limit_iops=st.sampled_from([None, 0, 100])),
    max_size=2,
    unique_by=lambda mapping: mapping.sdc_id,
).map(tuple)
volumes = st.lists(
    st.builds(
        powerflex.Volume,
        id=ids,
        name=names,
        storage_pool_id=st.sampled_from(["p1", "p2", "p3"]),
        vtree_id=st.sampled_from(["t1", "t2", "t3", "t4"]),
        size_kib=st.sampled_from([SIZE_KIB, 2 * SIZE_KIB]),
        mapped_sdcs=mappings | st.none() | st.just(UNSET),
    ),
    max_size=8,
    unique_by=lambda volume: volume.id,
)
rows = st.lists(
    st.builds(
        cloudstack.Volume,
        id=st.uuids().map(str),
        state=st.sampled_from(["Ready", "Ready", "Ready", "Migrating", *sorted(DYING)]),
        path=ids | ids.map("{}:name".format) | st.sampled_from(["v0", "v1", "v2:vol-1-bbbb-old"]),
        pool_id=st.sampled_from([*POOLS, "nfs"]),
        size_bytes=st.just(SIZE_KIB * 1024),
        volume_type=st.sampled_from(["ROOT", "DATADISK"]),
        vm_state=st.sampled_from([None, "Running", "Stopped", "Migrating"]),
        disk_offering_id=st.sampled_from([None, "gold", "free", "unlisted"]),
        max_iops=st.sampled_from([None, 100]),
    ),
    max_size=10,
    unique_by=lambda row: row.id,
)
watched = st.sampled_from([(), ("p1",), ("p1", "p2"), ("p3",)])


def snapshots(
    of_array: list[powerflex.Volume], of_cloud: list[cloudstack.Volume], watching: tuple[str, ...]
) -> tuple[CloudStackSnapshot, PowerFlexSnapshot]:
    pools = tuple(cloudstack.StoragePool(id=uuid, path=path) for uuid, path in POOLS.items())
    identifier = Setting(name="custom.cs.identifier", value="cs1", scope="global")
    cloud = CloudStackSnapshot(
        "ams",
        identifiers=("old",),
        known_pools=pools,
        inventory=InventoryReading(taken_at=NOW, zones=(), pools=pools, hosts=(), offerings=OFFERINGS),
        volumes=cloudstack.VolumesReading(taken_at=NOW, volumes=of_cloud, complete=True),
        settings=SettingsReading(taken_at=NOW, settings=(identifier,)),
    )
    sdcs = (Sdc(id="up", connected=True), Sdc(id="dead", connected=False))
    array = PowerFlexSnapshot(
        "pf1",
        storage_pools=watching,
        known_pools=tuple(powerflex.StoragePool(id=id_, name=id_) for id_ in ("p1", "p2", "p3")),
        volumes=powerflex.VolumesReading(taken_at=NOW, volumes=of_array),
        sdcs=SdcsReading(taken_at=NOW, sdcs=sdcs),
    )
    return cloud, array


def account_of(of_array: list[powerflex.Volume], of_cloud: list[cloudstack.Volume]) -> Account:
    cloud, array = snapshots(of_array, of_cloud, ())
    return Account(cloud, array, [array])


def accused(verdict: Verdict) -> set[Accusation]:
    return {
        Accusation(one.reason.value, one.volume_id, one.volume, one.pool_uuid, one.pool_id) for one in verdict.findings
    }


@settings(max_examples=200, deadline=None)
@given(volumes, rows)
def test_the_naive_account_agrees(of_array: list[powerflex.Volume], of_cloud: list[cloudstack.Volume]) -> None:
    (verdict,) = reconcile(*_with_list(snapshots(of_array, of_cloud, ())))
    account = account_of(of_array, of_cloud)
    assert {reason.value for reason in verdict.suspended} == account.suspensions
    assert {reason.value for reason in verdict.judged} == account.judged
    assert accused(verdict) == account.accused
    assert verdict.matched == {} or verdict.matched == {uuid: account.matched(uuid) for uuid in verdict.matched}
    assert len(verdict.findings) == len(accused(verdict))


@given(volumes, rows, watched)
def test_what_is_not_watched_is_left_out_and_nothing_else(
    of_array: list[powerflex.Volume], of_cloud: list[cloudstack.Volume], watching: tuple[str, ...]
) -> None:
    cloud, array = snapshots(of_array, of_cloud, watching)
    everything = reconcile(cloud, [replace(array, storage_pools=())])[0]
    verdicts = reconcile(cloud, [array])
    if watching == ("p3",):
        assert verdicts == ()
        return
    kept = [finding for finding in everything.findings if POOLS[finding.pool_uuid] in (watching or POOLS.values())]
    assert list(verdicts[0].findings) == kept
    assert verdicts[0].suspended == everything.suspended


@given(volumes, rows)
def test_sums_are_the_sums_of_their_parts(of_array: list[powerflex.Volume], of_cloud: list[cloudstack.Volume]) -> None:
    (verdict,) = reconcile(*_with_list(snapshots(of_array, of_cloud, ())))
    sums = verdict_sums(verdict, {"t1": 1, "t2": 2})
    assert bool(sums) == (not verdict.suspended)
    for reason in verdict.judged:
        total = sum(of_pool.discrepancies[reason] for of_pool in sums.values())
        assert total == sum(finding.reason is reason for finding in verdict.findings)
    if not sums:
        return
    assert all(set(of_pool.discrepancies) == verdict.judged for of_pool in sums.values())
    on_array = {volume.id for volume in of_array}
    of_pools = [row for row in of_cloud if POOLS.get(row.pool_id or "", "").startswith("p")]
    claimed = {row.powerflex_id for row in of_pools if row.state == "Ready" or row.powerflex_id in on_array}
    missing = sum(of_pool.discrepancies[Reason.MISSING] for of_pool in sums.values())
    assert sum(of_pool.matched for of_pool in sums.values()) + missing == len(claimed)
    account = account_of(of_array, of_cloud)
    leaked = {volume.vtree_id for volume in of_array if account.orphaned(volume) or account.orphaned_snapshot(volume)}
    leaked -= {volume.vtree_id for volume in of_array if account.known(volume.id)}
    reclaimables = [of_pool.reclaimable for of_pool in sums.values() if of_pool.reclaimable]
    assert len(reclaimables) == len(sums)
    assert sum(each.used_bytes or 0 for each in reclaimables) == 1024 * sum(
        {"t1": 1, "t2": 2}.get(t, 0) for t in leaked
    )
    assert sum(each.unknown for each in reclaimables) == len(leaked & {"t3", "t4"})


@given(volumes, rows, st.randoms(use_true_random=False))
def test_order_does_not_matter(
    of_array: list[powerflex.Volume], of_cloud: list[cloudstack.Volume], chance: random.Random
) -> None:
    before = reconcile(*_with_list(snapshots(of_array, of_cloud, ())))
    shuffled_array, shuffled_cloud = [*of_array], [*of_cloud]
    chance.shuffle(shuffled_array)
    chance.shuffle(shuffled_cloud)
    assert reconcile(*_with_list(snapshots(shuffled_array, shuffled_cloud, ()))) == before


@given(volumes, rows)
def test_nobody_is_an_orphan_who_does_not_bear_our_identifier_and_key(
    of_array: list[powerflex.Volume], of_cloud: list[cloudstack.Volume]
) -> None:
    (verdict,) = reconcile(*_with_list(snapshots(of_array, of_cloud, ())))
    for finding in verdict.findings:
        if finding.reason in {Reason.ORPHANED, Reason.ORPHANED_SNAPSHOT}:
            assert finding.volume.rsplit("-", 1)[1] in {"cs1", "old"}
            assert finding.volume.rsplit("-", 2)[1] in KEYS
            assert not finding.volume.startswith("tmpl")


def _with_list(
    both: tuple[CloudStackSnapshot, PowerFlexSnapshot],
) -> tuple[CloudStackSnapshot, list[PowerFlexSnapshot]]:
    return both[0], [both[1]]
