"""Random readings, rendered by us and, in the plainest way, by the Prometheus client: the two must agree."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from fractions import Fraction

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import UNSET
from prometheus_client import generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text
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
from exporter.views.naming import parse_name

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

Told = tuple[str, tuple[str, ...], int | float | Fraction | None]
"""The name of a metric, its label values, and its value; None is no sample."""


def exact(top: int, bottom: int) -> Fraction | None:
    return Fraction(top, bottom) if bottom else None


def rate(sample: Bwc | None, number: int) -> Fraction | None:
    if sample is None:
        return None
    return exact(number, sample.seconds) if sample.seconds else Fraction(0)


def kib(value: int | None) -> int | None:
    return None if value is None else value * 1024


def tell(system: PowerFlexSnapshot) -> Iterator[Told]:
    """Say what is to be said of a system, family by family, without any cleverness."""
    name = system.name
    yield "powerflex_up", (name,), system.up
    yield from tell_system(system)
    yield from tell_pools(system)
    if system.known_pools is not None:
        yield from tell_volumes(system, system.known_pools)
        yield from tell_trees(system, system.known_pools)
        yield from tell_nodes(system, system.known_pools)
    for sdc in system.sdcs.sdcs if system.sdcs else ():
        called = sdc.name or sdc.ip or ""
        facts = (sdc.ip or "", sdc.guid or "", sdc.version or "", sdc.os or "")
        yield "powerflex_sdc_info", (name, sdc.id, called, *facts), 1
        yield "powerflex_sdc_connected", (name, sdc.id, called), sdc.connected
        yield "powerflex_sdc_approved", (name, sdc.id, called), sdc.approved
        yield "powerflex_sdc_mapped_volumes", (name, sdc.id, called), sdc.mapped_volumes
    alerts = system.alerts.alerts if system.alerts else ()
    for alert in set(alerts):
        yield "powerflex_alerts", (name, alert.severity, alert.type), alerts.count(alert)


def tell_system(system: PowerFlexSnapshot) -> Iterator[Told]:
    name, of = system.name, system.system
    if of is None:
        return
    yield "powerflex_system_info", (name, of.system_id, of.version or "", of.api_version or ""), 1
    if of.cluster_state is not None:
        yield "powerflex_mdm_cluster_healthy", (name,), of.cluster_state == "ClusteredNormal"
        yield "powerflex_mdm_cluster_info", (name, of.cluster_state, of.cluster_mode or ""), 1
    yield "powerflex_mdm_cluster_nodes_good", (name,), of.cluster_nodes_good
    yield "powerflex_license_remaining_days", (name,), of.license_remaining_days


def is_watched(system: PowerFlexSnapshot, pools: tuple[StoragePool, ...], pool_id: str) -> bool:
    if not system.storage_pools or pool_id in system.storage_pools:
        return True
    return any(pool.id == pool_id and pool.name in system.storage_pools for pool in pools)


def pool_name(pools: tuple[StoragePool, ...], pool_id: str) -> str:
    return next((pool.name for pool in pools if pool.id == pool_id), "")


def domain_name(domains: tuple[ProtectionDomain, ...], domain_id: str | None) -> str:
    return next((domain.name or domain.id for domain in domains if domain.id == domain_id), domain_id or "")


def tell_pools(system: PowerFlexSnapshot) -> Iterator[Told]:
    name, of = system.name, system.pools
    if of is None:
        return
    for domain in of.domains:
        if domain.state is not None:
            text_of = (name, domain.id, domain.name or domain.id)
            yield "powerflex_protection_domain_active", text_of, domain.state == "Active"
    for pool in of.pools:
        if not is_watched(system, of.pools, pool.id):
            continue
        this = (name, pool.id, pool.name)
        padding = {None: "", True: "true", False: "false"}[pool.zero_padding]
        domain_words = domain_name(of.domains, pool.protection_domain_id)
        facts = (domain_words, pool.media_type or "", pool.data_layout or "", padding)
        yield "powerflex_storage_pool_info", (*this, *facts), 1
        for level, percent in (("high", pool.high_threshold_percent), ("critical", pool.critical_threshold_percent)):
            ratio = None if percent is None else Fraction(percent, 100)
            yield "powerflex_storage_pool_capacity_alert_threshold_ratio", (*this, level), ratio
        if pool.id in of.statistics:
            for metric, value in tell_statistics(of.statistics[pool.id]):
                yield f"powerflex_storage_pool_{metric}", this, value


def tell_statistics(of: PoolStatistics) -> Iterator[tuple[str, int | Fraction | None]]:
    for plain in (
        "max_capacity",
        "spare_capacity",
        "capacity_in_use",
        "net_unused_capacity",
        "net_capacity_in_use",
        "net_provisioned",
        "volume_address_space",
        "snapshot_capacity_in_use",
        "available_for_volume_allocation",
        "failed_capacity",
        "degraded_failed_capacity",
        "degraded_healthy_capacity",
        "rebalance_capacity",
    ):
        yield f"{plain}_bytes", kib(getattr(of, f"{plain}_kib"))
    parts = [of.forward_rebuild_capacity_kib, of.backward_rebuild_capacity_kib, of.normal_rebuild_capacity_kib]
    if None not in parts:
        yield "rebuild_capacity_bytes", sum(part or 0 for part in parts) * 1024
    if of.max_capacity_kib is not None and of.spare_capacity_kib is not None:
        total = int(Fraction(of.max_capacity_kib - of.spare_capacity_kib, 2)) * 1024  # int() truncates toward zero
        yield "cloudstack_total_bytes", total
        if of.net_unused_capacity_kib is not None:
            yield "cloudstack_used_bytes", total - of.net_unused_capacity_kib * 1024
    for which, sample, latency in (("read", of.read, of.read_latency), ("write", of.write, of.write_latency)):
        yield f"{which}_iops", rate(sample, sample.occurred if sample else 0)
        yield f"{which}_bytes_per_second", rate(sample, sample.total_weight_kib * 1024 if sample else 0)
        if latency is not None:
            yield f"{which}_latency_seconds", exact(latency.total_weight_kib, latency.occurred * 1_000_000)


def seniority(volume: Volume) -> tuple[int, float, str]:
    created = float("inf") if volume.creation_time is None else volume.creation_time
    return (1 if volume.ancestor_volume_id else 0), created, volume.id


def tell_volumes(system: PowerFlexSnapshot, pools: tuple[StoragePool, ...]) -> Iterator[Told]:
    name = system.name
    if system.volumes is None:
        return
    volumes = system.volumes.volumes
    used = system.used_sizes.used_kib if system.used_sizes else {}
    sizes: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    trees: defaultdict[tuple[str, ...], list[int | None]] = defaultdict(list)
    for volume in volumes:
        if not is_watched(system, pools, volume.storage_pool_id):
            continue
        owns = volume == min((one for one in volumes if one.vtree_id == volume.vtree_id), key=seniority)
        parsed = parse_name(volume.name)
        kind, installation = (parsed.kind.value, parsed.installation) if parsed else ("other", "")
        pool = (name, volume.storage_pool_id, pool_name(pools, volume.storage_pool_id))
        sizes[*pool, kind, installation].append(volume.size_kib)
        if owns:
            trees[*pool, kind, installation].append(used.get(volume.vtree_id))
        this = (*pool, volume.id, volume.name or "")
        key, number = (parsed.pool_key, str(parsed.resource_id)) if parsed else ("", "")
        word = {
            None: "",
            "ThinProvisioned": "thin",
            "ThickProvisioned": "thick",
            "Snapshot": "snapshot",
            'New"': 'new"',
        }
        facts = (kind, installation, key, number, volume.vtree_id, word[volume.volume_type])
        yield "powerflex_volume_info", (*this, *facts), 1
        yield "powerflex_volume_virtual_size_bytes", this, volume.size_kib * 1024
        if owns:
            yield "powerflex_volume_used_size_bytes", this, kib(used.get(volume.vtree_id))
        if volume.mapped_sdcs is not UNSET:
            yield "powerflex_volume_mapped_sdcs", this, len(volume.mapped_sdcs or ())
    for group, listed in sizes.items():
        known = [one for one in trees[group] if one is not None]
        yield "powerflex_volumes", group, len(listed)
        yield "powerflex_volumes_virtual_size_bytes", group, sum(listed) * 1024
        yield "powerflex_volumes_used_size_bytes", group, sum(known) * 1024 if known else None
        yield "powerflex_volumes_used_size_unknown", group, len(trees[group]) - len(known)


def tell_trees(system: PowerFlexSnapshot, pools: tuple[StoragePool, ...]) -> Iterator[Told]:
    name = system.name
    migrations: Counter[tuple[str, ...]] = Counter()
    for tree in system.vtrees.vtrees if system.vtrees else ():
        moving = tree.migration_status not in (None, "NotInMigration")
        if moving and is_watched(system, pools, tree.storage_pool_id):
            pool = (name, tree.storage_pool_id, pool_name(pools, tree.storage_pool_id))
            migrations[*pool, tree.migration_status or ""] += 1
            yield "powerflex_vtree_migrating", (*pool, tree.id), 1
    for labels, count in migrations.items():
        yield "powerflex_vtree_migrations", labels, count


def tell_nodes(system: PowerFlexSnapshot, pools: tuple[StoragePool, ...]) -> Iterator[Told]:
    name = system.name
    if system.nodes is None:
        return
    for node in system.nodes.nodes:
        this = (name, node.id, node.name or node.id, domain_name(system.known_domains, node.protection_domain_id))
        states = (node.mdm_connection_state, node.membership_state, node.state)
        if states == ("Connected", "Joined", "Normal") or "x" in states:
            yield "powerflex_sds_healthy", this, "x" not in states
        if node.maintenance_state is not None:
            yield "powerflex_sds_in_maintenance", this, node.maintenance_state == "x"
    disks: Counter[tuple[str, ...]] = Counter()
    for device in system.nodes.devices:
        if device.storage_pool_id and is_watched(system, pools, device.storage_pool_id):
            name_of_pool = pool_name(pools, device.storage_pool_id)
            disks[name, device.storage_pool_id, name_of_pool, device.error_state or "unknown"] += 1
    for labels, count in disks.items():
        yield "powerflex_devices", labels, count


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


def by_series(page: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    found: dict[tuple[str, frozenset[tuple[str, str]]], float] = {}
    for family in parse_text(page):
        for sample in family.samples:
            key = (sample.name, frozenset(sample.labels.items()))
            assert key not in found, f"a duplicate series: {key}"
            found[key] = sample.value
    return found


def rounded(samples: dict[tuple[str, frozenset[tuple[str, str]]], float]) -> dict[object, str]:
    return {key: f"{value:.12g}" for key, value in samples.items()}


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
