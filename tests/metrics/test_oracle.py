"""Random readings, rendered by us and, in the plainest way, by the Prometheus client: the two must agree."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import UNSET
from prometheus_client import generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.registry import Collector

from exporter.metrics.catalogue import POWERFLEX
from exporter.metrics.deflate import text
from exporter.metrics.page import PageRenderer
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
from exporter.model.snapshot import PowerFlexSnapshot
from tests.oracle.page import by_series, rounded
from tests.oracle.powerflex import tell

PATIENT = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
TAKEN = st.just(Instant(0.0, 0.0))
HOSTILE = st.text(st.sampled_from(list('ab"\\\n\r\x00€{},= ')), max_size=6)
IDS = st.text(st.sampled_from(list('ab"\\\n\x00')), min_size=1, max_size=3)
POOL_IDS = st.sampled_from(["p1", 'p"2', "p\n3"])
TREE_IDS = st.sampled_from(["t1", "t\\2", "t3", 't"4'])
NAMES = st.none() | HOSTILE | st.sampled_from(["vol-1-aaaa-x", "snap-2-aaaa-x", 'vmsnap-3-4-bbbb-"\\', "tmpl-5-cccc-"])
KIB = st.none() | st.integers(0, 2**63 - 1)
FLAGS = st.none() | st.booleans()
BWC = st.none() | st.builds(
    Bwc, seconds=st.integers(0, 5), total_weight_kib=st.integers(0, 2**63 - 1), occurred=st.integers(0, 2**63 - 1)
)
WORDS = st.none() | HOSTILE


def unique(one: st.SearchStrategy[object]) -> st.SearchStrategy[list[object]]:
    return st.lists(one, unique_by=lambda drawn: drawn.id, max_size=4)  # type: ignore[attr-defined]


DOMAINS = unique(st.builds(ProtectionDomain, id=IDS, name=WORDS, state=st.none() | st.sampled_from(["Active", "x"])))
POOLS = unique(
    st.builds(
        StoragePool,
        id=POOL_IDS,
        name=HOSTILE.filter(bool),
        protection_domain_id=st.none() | IDS,
        media_type=WORDS,
        data_layout=WORDS,
        zero_padding=FLAGS,
        high_threshold_percent=st.none() | st.integers(0, 100),
        critical_threshold_percent=st.none() | st.integers(0, 100),
    )
)
STATISTICS = st.builds(
    PoolStatistics,
    **{name: KIB for name in PoolStatistics.__struct_fields__ if name.endswith("_kib")},
    read=BWC,
    write=BWC,
    read_latency=BWC,
    write_latency=BWC,
)
VOLUMES = unique(
    st.builds(
        Volume,
        id=IDS,
        name=NAMES,
        storage_pool_id=POOL_IDS,
        vtree_id=TREE_IDS,
        size_kib=st.integers(0, 2**63 - 1),
        volume_type=st.sampled_from([None, "ThinProvisioned", "ThickProvisioned", "Snapshot", 'New"']),
        ancestor_volume_id=st.none() | IDS,
        creation_time=st.none() | st.integers(0, 3),
        mapped_sdcs=st.just(UNSET) | st.none() | st.lists(st.builds(SdcMapping, sdc_id=IDS), max_size=3).map(tuple),
    )
)
SNAPSHOTS = st.builds(
    PowerFlexSnapshot,
    st.sampled_from(["pf-1", 'pf "2"', "pf\\3"]),
    storage_pools=st.lists(POOL_IDS, max_size=2).map(tuple),
    up=FLAGS,
    known_pools=st.none() | POOLS.map(tuple),
    known_domains=DOMAINS.map(tuple),
    system=st.none()
    | st.builds(
        SystemReading,
        taken_at=TAKEN,
        system_id=IDS,
        version=WORDS,
        api_version=WORDS,
        cluster_state=st.sampled_from([None, "ClusteredNormal", 'x"']),
        cluster_mode=WORDS,
        cluster_nodes_good=st.none() | st.integers(0, 9),
        license_remaining_days=st.none() | st.integers(0, 9999),
    ),
    pools=st.none()
    | st.builds(
        PoolsReading,
        taken_at=TAKEN,
        domains=DOMAINS.map(tuple),
        pools=POOLS.map(tuple),
        statistics=st.dictionaries(POOL_IDS, STATISTICS),
    ),
    volumes=st.none() | st.builds(VolumesReading, taken_at=TAKEN, volumes=VOLUMES),
    used_sizes=st.none()
    | st.builds(
        UsedSizesReading,
        taken_at=TAKEN,
        used_kib=st.dictionaries(TREE_IDS, st.integers(0, 2**63 - 1)),
        measured_at=st.none(),
    ),
    vtrees=st.none()
    | st.builds(
        VTreesReading,
        taken_at=TAKEN,
        vtrees=unique(
            st.builds(
                VTree,
                id=TREE_IDS,
                storage_pool_id=POOL_IDS,
                migration_status=st.none() | st.sampled_from(["NotInMigration", "a", 'b"']),
            )
        ),
    ),
    sdcs=st.none()
    | st.builds(
        SdcsReading,
        taken_at=TAKEN,
        sdcs=unique(
            st.builds(
                Sdc,
                id=IDS,
                name=WORDS,
                ip=WORDS,
                guid=WORDS,
                version=WORDS,
                os=WORDS,
                connected=FLAGS,
                approved=FLAGS,
                mapped_volumes=st.none() | st.integers(0, 99),
            )
        ).map(tuple),
    ),
    nodes=st.none()
    | st.builds(
        NodesReading,
        taken_at=TAKEN,
        nodes=unique(
            st.builds(
                Sds,
                id=IDS,
                name=WORDS,
                protection_domain_id=st.none() | IDS,
                state=st.sampled_from([None, "Normal", "x"]),
                membership_state=st.sampled_from([None, "Joined", "x"]),
                mdm_connection_state=st.sampled_from([None, "Connected", "x"]),
                maintenance_state=st.sampled_from([None, "NoMaintenance", "x"]),
            )
        ).map(tuple),
        devices=unique(
            st.builds(
                Device,
                id=IDS,
                storage_pool_id=st.none() | POOL_IDS,
                error_state=st.sampled_from([None, "", "unknown", "None", 'Error"']),
            )
        ).map(tuple),
    ),
    alerts=st.none()
    | st.builds(
        AlertsReading,
        taken_at=TAKEN,
        alerts=st.lists(st.builds(Alert, severity=HOSTILE, type=HOSTILE), max_size=4).map(tuple),
    ),
)
SYSTEMS = st.lists(SNAPSHOTS, unique_by=lambda system: system.name, max_size=3)


class Reference(Collector):
    """The same, by the Prometheus client's own families."""

    def __init__(self, systems: list[PowerFlexSnapshot]) -> None:
        self._systems = systems

    def collect(self) -> Iterator[Metric]:
        families = {one.name: GaugeMetricFamily(one.name, one.help, labels=one.labels) for one in POWERFLEX}
        for system in self._systems:
            for name, labels, value in tell(system):
                if value is not None:
                    families[name].add_metric(labels, float(value))
        yield from (family for family in families.values() if family.samples)


@PATIENT
@given(SYSTEMS)
def test_sample_by_sample_as_the_client_itself_would_say_it(systems: list[PowerFlexSnapshot]) -> None:
    page = PageRenderer("all", 1000).render(systems)
    body = b"".join(text(page.blocks)).decode()

    ours = by_series(body)

    assert rounded(ours) == rounded(by_series(generate_latest(Reference(systems)).decode()))
    assert page.series == len(ours)
    headers = [line for line in body.split("\n") if line.startswith("# TYPE")]
    assert len(headers) == len(set(headers)) == len({name for name, _ in ours})


@PATIENT
@given(SYSTEMS)
def test_the_strict_parser_reads_it_too(systems: list[PowerFlexSnapshot]) -> None:
    body = b"".join(text(PageRenderer("all", 1000).render(systems).blocks)).decode()

    families = list(parse_openmetrics(body + "# EOF\n"))  # type: ignore[no-untyped-call]

    assert sum(len(family.samples) for family in families) == len(by_series(body))


@PATIENT
@given(SYSTEMS, st.integers(0, 4))
def test_volumes_beyond_the_limit_are_in_the_sums_alone(systems: list[PowerFlexSnapshot], limit: int) -> None:
    everything = PageRenderer("all", 1000).render(systems)
    page = PageRenderer("all", limit).render(systems)

    full, partial = (by_series(b"".join(text(one.blocks)).decode()) for one in (everything, page))

    shown = [key for key in partial if key[0] == "powerflex_volume_info"]
    watched = [key for key in full if key[0] == "powerflex_volume_info"]
    assert len(shown) == min(limit, len(watched))
    assert page.volumes_without_series == len(watched) - len(shown)
    of_volumes = {family.name for family in POWERFLEX if "volume_id" in family.labels}
    assert {key: value for key, value in full.items() if key[0] not in of_volumes} == {
        key: value for key, value in partial.items() if key[0] not in of_volumes
    }
    identity = ("system", "volume_id")
    ids = {frozenset(pair for pair in labels if pair[0] in identity) for _, labels in shown}
    rest = {frozenset(p for p in labels if p[0] in identity) for name, labels in partial if name in of_volumes}
    assert rest == ids
