"""The whole exposition of two systems, written by hand.

How to review golden/two_systems.prom: every size there is the KiB below times 1,024. What is not a mere product:

* pf-ams1 gold, CloudStack's total: (2097153 - 100000) / 2 = 998576.5, truncated 998576, x 1024 = 1022541824;
  used: 1022541824 - 500000 x 1024 = 510541824. pf-fra1: (100 - 50) / 2 x 1024 = 25600; 25600 - 30 x 1024 = -5120.
* rebuild: 4 + 5 + 6 = 15 KiB. Reads: 5 in 2 s = 2.5/s; 300 KiB in 2 s = 153600 bytes/s; 2500 us / 5 = 0.0005 s.
  Writes spanned no time: rates 0, and no latency. pf-fra1's write latency: 1000000 us / 4 = 0.25 s.
* V-Trees: t1 is v1's; t3 has lost its base, of its snapshots s3 is the elder; t2 and t5 are of unknown size.
* Snapshots: s1 16 GiB + s2 8 GiB = 24 GiB = 25769803776, and no tree is theirs, so no used size.
* pf-fra1 watches silver alone; pf-down was tried and not reached.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from prometheus_client.core import Metric
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from exporter.inventory.polls import PollRecords
from exporter.metrics.catalogue import EXPORTER, POWERFLEX
from exporter.metrics.deflate import text
from exporter.metrics.own import OwnMetrics, own_registry
from exporter.metrics.page import Page, PageRenderer
from exporter.model.instant import Instant
from exporter.model.powerflex import (
    Alert,
    AlertsReading,
    Bwc,
    Device,
    NodesReading,
    PoolsReading,
    PoolStatistics,
    ProtectionDomain,
    Sdc,
    SdcMapping,
    SdcsReading,
    Sds,
    StoragePool,
    SystemReading,
    UsedSizesReading,
    Volume,
    VolumesReading,
    VTree,
    VTreesReading,
)
from exporter.model.reloads import ReloadState
from exporter.model.runs import RunCounts
from exporter.model.snapshot import PowerFlexSnapshot
from exporter.model.source import SourceCounts

GOLDEN = Path(__file__).parent / "golden" / "two_systems.prom"
TAKEN = Instant(1_700_000_000.0, 5000.0)
GIB_8 = 8388608
"""8 GiB in KiB."""


def amsterdam() -> PowerFlexSnapshot:
    domains = (
        ProtectionDomain(id="d1", name="domain1", state="Active"),
        ProtectionDomain(id="d2", name=None, state="Inactive"),
        ProtectionDomain(id="d3", name="of no known state"),
    )
    pools = (
        StoragePool(
            id="p1",
            name="gold",
            protection_domain_id="d1",
            media_type="SSD",
            data_layout="MediumGranularity",
            zero_padding=True,
            high_threshold_percent=80,
            critical_threshold_percent=90,
        ),
        StoragePool(id="p2", name="gold", protection_domain_id="d2", media_type="HDD"),
    )
    gold = PoolStatistics(
        max_capacity_kib=2097153,
        spare_capacity_kib=100000,
        capacity_in_use_kib=900000,
        net_unused_capacity_kib=500000,
        net_capacity_in_use_kib=450000,
        net_provisioned_kib=440000,
        volume_address_space_kib=GIB_8,
        snapshot_capacity_in_use_kib=10,
        available_for_volume_allocation_kib=0,
        failed_capacity_kib=1,
        degraded_failed_capacity_kib=2,
        degraded_healthy_capacity_kib=3,
        forward_rebuild_capacity_kib=4,
        backward_rebuild_capacity_kib=5,
        normal_rebuild_capacity_kib=6,
        rebalance_capacity_kib=7,
        read=Bwc(seconds=2, total_weight_kib=300, occurred=5),
        write=Bwc(seconds=0, total_weight_kib=0, occurred=0),
        read_latency=Bwc(seconds=2, total_weight_kib=2500, occurred=5),
        write_latency=Bwc(seconds=0, total_weight_kib=0, occurred=0),
    )
    # Two of the three parts of a rebuild are known, so the whole is not; p2 has no statistics otherwise.
    partly = PoolStatistics(forward_rebuild_capacity_kib=1, backward_rebuild_capacity_kib=1)
    volumes = [
        Volume(
            id="v1",
            name="vol-11-6aef-10ee",
            storage_pool_id="p1",
            vtree_id="t1",
            size_kib=2 * GIB_8,
            volume_type="ThinProvisioned",
            creation_time=100,
            mapped_sdcs=(SdcMapping(sdc_id="c1"), SdcMapping(sdc_id="c2", limit_iops=7)),
        ),
        Volume(
            id="s1",
            name="snap-5-6aef-10ee",
            storage_pool_id="p1",
            vtree_id="t1",
            size_kib=2 * GIB_8,
            volume_type="Snapshot",
            ancestor_volume_id="v1",
            creation_time=50,
            mapped_sdcs=None,
        ),
        Volume(
            id="v2",
            name="tmpl-201-6aef-10ee",
            storage_pool_id="p1",
            vtree_id="t2",
            size_kib=GIB_8,
            volume_type="ThinProvisioned",
            mapped_sdcs=(),
        ),
        Volume(
            id="s2",
            name="snap-9-6aef-10ee",
            storage_pool_id="p1",
            vtree_id="t3",
            size_kib=GIB_8,
            volume_type="Snapshot",
            ancestor_volume_id="gone",
            creation_time=60,
        ),
        Volume(
            id="s3",
            name="vmsnap-7-12-6aef-10ee",
            storage_pool_id="p1",
            vtree_id="t3",
            size_kib=GIB_8,
            volume_type="Snapshot",
            ancestor_volume_id="gone",
            creation_time=59,
        ),
        Volume(
            id="o1",
            name='my "own"\\disk\nüñ€',
            storage_pool_id="p2",
            vtree_id="t4",
            size_kib=8,
            volume_type="ThickProvisioned",
        ),
        Volume(id="o2", storage_pool_id="p2", vtree_id="t5", size_kib=GIB_8),
    ]
    return PowerFlexSnapshot(
        "pf-ams1",
        up=True,
        known_pools=pools,
        known_domains=domains,
        system=SystemReading(
            taken_at=TAKEN,
            system_id="4a1c0de00000000f",
            version="DellEMC PowerFlex Version: R3_6.0.351",
            api_version="3.6",
            cluster_state="ClusteredNormal",
            cluster_mode="ThreeNodes",
            cluster_nodes_good=3,
            license_remaining_days=120,
        ),
        pools=PoolsReading(taken_at=TAKEN, domains=domains, pools=pools, statistics={"p1": gold, "p2": partly}),
        volumes=VolumesReading(taken_at=TAKEN, volumes=volumes),
        used_sizes=UsedSizesReading(taken_at=TAKEN, used_kib={"t1": 3000000, "t3": 2048, "t4": 0, "t99": 5}),
        vtrees=VTreesReading(
            taken_at=TAKEN,
            vtrees=[
                VTree(id="t1", storage_pool_id="p1", migration_status="NotInMigration"),
                VTree(id="t2", storage_pool_id="p1", migration_status="MigrationInProgress"),
                VTree(id="t3", storage_pool_id="p1", migration_status="MigrationInProgress"),
                VTree(id="t4", storage_pool_id="p2", migration_status="MigrationPaused"),
                VTree(id="t5", storage_pool_id="p2"),
            ],
        ),
        sdcs=SdcsReading(
            taken_at=TAKEN,
            sdcs=(
                Sdc(
                    id="c1",
                    name="kvm1",
                    ip="10.0.0.1",
                    guid="G-1",
                    version="R3_6.0",
                    os="Linux",
                    connected=True,
                    approved=True,
                    mapped_volumes=41,
                ),
                Sdc(id="c2", ip="10.0.0.2", connected=False, approved=False, mapped_volumes=0),
                Sdc(id="c3"),
            ),
        ),
        nodes=NodesReading(
            taken_at=TAKEN,
            nodes=(
                Sds(
                    id="n1",
                    name="node1",
                    protection_domain_id="d1",
                    state="Normal",
                    membership_state="Joined",
                    mdm_connection_state="Connected",
                    maintenance_state="NoMaintenance",
                ),
                Sds(
                    id="n2",
                    protection_domain_id="d2",
                    state="Normal",
                    membership_state="Joined",
                    mdm_connection_state="Disconnected",
                    maintenance_state="InMaintenance",
                ),
                Sds(id="n3", name="of which nothing is known"),
            ),
            devices=(
                Device(id="e1", storage_pool_id="p1"),
                Device(id="e2", storage_pool_id="p1", error_state="None"),
                Device(id="e3", storage_pool_id="p1", error_state="None"),
                Device(id="e4", storage_pool_id="p2", error_state="Error"),
                Device(id="e5", storage_pool_id=None, error_state="None"),
            ),
        ),
        alerts=AlertsReading(
            taken_at=TAKEN,
            alerts=(
                Alert(severity="critical", type="sds_disconnected"),
                Alert(severity="info", type="trial_license_used"),
                Alert(severity="critical", type="sds_disconnected"),
            ),
        ),
    )


def frankfurt() -> PowerFlexSnapshot:
    pools = (
        StoragePool(
            id="q1",
            name="silver",
            protection_domain_id="nobody",
            data_layout="ErasureCoding",
            zero_padding=False,
            critical_threshold_percent=100,
        ),
        StoragePool(id="q2", name="bronze", high_threshold_percent=10),
    )
    silver = PoolStatistics(
        max_capacity_kib=100,
        spare_capacity_kib=50,
        net_unused_capacity_kib=30,
        write_latency=Bwc(seconds=0, total_weight_kib=1000000, occurred=4),
    )
    return PowerFlexSnapshot(
        "pf-fra1",
        storage_pools=("silver",),
        up=True,
        known_pools=pools,
        system=SystemReading(
            taken_at=TAKEN,
            system_id="77",
            version=None,
            api_version=None,
            cluster_state="ClusteredDegraded",
            cluster_mode=None,
            cluster_nodes_good=None,
            license_remaining_days=None,
        ),
        pools=PoolsReading(taken_at=TAKEN, domains=(), pools=pools, statistics={"q1": silver, "q2": silver}),
        volumes=VolumesReading(
            taken_at=TAKEN,
            volumes=[
                Volume(
                    id="v1",
                    name='vol-1-abcd-a-"b"-',
                    storage_pool_id="q1",
                    vtree_id="t1",
                    size_kib=GIB_8,
                    volume_type="ThinProvisioned",
                ),
                Volume(id="v2", name="vol-2-abcd-x", storage_pool_id="q2", vtree_id="t2", size_kib=GIB_8),
            ],
        ),
        vtrees=VTreesReading(
            taken_at=TAKEN, vtrees=[VTree(id="t2", storage_pool_id="q2", migration_status="MigrationInProgress")]
        ),
        nodes=NodesReading(
            taken_at=TAKEN,
            nodes=(),
            devices=(
                Device(id="e1", storage_pool_id="q1", error_state="None"),
                Device(id="e2", storage_pool_id="q2", error_state="Error"),
            ),
        ),
        alerts=AlertsReading(taken_at=TAKEN, alerts=()),
    )


def render() -> Page:
    systems = (amsterdam(), frankfurt(), PowerFlexSnapshot("pf-down", up=False), PowerFlexSnapshot("pf-waiting"))
    return PageRenderer("all", 100).render(systems)


def golden() -> str:
    return GOLDEN.read_text(encoding="utf-8")


def own_metrics(page: Page) -> OwnMetrics:
    """The exporter's own families, every one of them with a sample."""
    polls = PollRecords.of([("pf-ams1", "system"), ("pf-ams1", "pools")])
    polls.records["pf-ams1", "system"].note(error=None, duration=0.25, ended=1_700_000_000.0)
    counts = SourceCounts(
        requests={"200": 7, "none": 1},
        renewals=2,
        ignored={("Volume", "name"): 3},
        rejected=[("StoragePool", "snapCapacityInUseInKb")],
        certificate_expiry=1_800_000_000.0,
    )
    return OwnMetrics(
        polls,
        lambda: {"pf-ams1": counts, 'a "b"\\\n': counts},
        lambda: page,
        ReloadState(succeeded_at=1_600_000_000.0),
        lambda: {"ams": RunCounts(5, 1)},
    )


def samples(families: Iterable[Metric]) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    found: dict[tuple[str, frozenset[tuple[str, str]]], float] = {}
    for family in families:
        for sample in family.samples:
            key = (sample.name, frozenset(sample.labels.items()))
            assert key not in found, f"a duplicate series: {key}"
            found[key] = sample.value
    return found


def test_the_exposition_is_the_one_written_by_hand() -> None:
    assert b"".join(text(render().blocks)).decode() == golden()


def test_the_page_knows_how_much_it_is() -> None:
    page = render()

    lines = golden().splitlines()
    assert page.series == len([line for line in lines if not line.startswith("#")])
    assert page.size == len(golden().encode())
    assert page.volumes_without_series == 0


def test_every_family_of_the_catalogue_has_a_sample_in_the_order_of_the_catalogue() -> None:
    helps = [line.split()[2] for line in golden().splitlines() if line.startswith("# HELP")]

    assert helps == [family.name for family in POWERFLEX]


def test_labels_stand_in_the_order_of_the_catalogue() -> None:
    declared = {family.name: sorted(family.labels) for family in POWERFLEX}

    for family in parse_text(golden()):
        for sample in family.samples:
            assert sorted(sample.labels) == declared[sample.name]


def test_both_parsers_read_the_page_and_agree() -> None:
    page = render()
    body = b"".join(text(page.blocks)).decode()
    own = own_metrics(page)

    registry = own_registry(own)
    as_text = list(parse_text(body + generate_latest(registry).decode()))
    openmetrics = body + generate_openmetrics(registry).decode()  # type: ignore[no-untyped-call]
    as_openmetrics = list(parse_openmetrics(openmetrics))  # type: ignore[no-untyped-call]

    ours = {family.name for family in POWERFLEX}
    from_text = samples(family for family in as_text if family.name in ours)
    assert from_text == samples(family for family in as_openmetrics if family.name in ours)
    assert len(from_text) == page.series
    assert {family.type for family in as_text if family.name in ours} == {"gauge"}
    moving = ("process_", "python_")
    everything = {key for key in samples(as_text) if not key[0].startswith(moving)}
    assert everything == {key for key in samples(as_openmetrics) if not key[0].startswith(moving)}
    documented = {family.name: family.documentation for family in as_text}
    assert all(documented[family.name] == family.help for family in POWERFLEX)


def test_every_family_of_the_exporter_itself_has_a_sample() -> None:
    found = samples(parse_text(generate_latest(own_registry(own_metrics(render()))).decode()))

    names = {name for name, _ in found}
    assert {family.name for family in EXPORTER} <= names
    labels = {name: {label for label, _ in pairs} for name, pairs in found}
    assert all(labels[family.name] == set(family.labels) for family in EXPORTER)


def test_the_text_ends_with_a_newline_and_is_utf_8() -> None:
    body = b"".join(text(render().blocks))

    assert body.endswith(b"\n")
    assert "üñ€".encode() in body
    assert b"\r" not in body


def test_promtool_finds_nothing_to_complain_of() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("no promtool here")

    page = golden().encode() + generate_latest(own_metrics(render()))
    checked = subprocess.run([promtool, "check", "metrics"], input=page, capture_output=True, check=False)

    # The name of this metric is fixed; a licence ends on a day, not at a second.
    words = [line for line in checked.stderr.decode().splitlines() if "powerflex_license_remaining_days" not in line]
    assert words == []
