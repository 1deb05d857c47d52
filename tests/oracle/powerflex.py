"""What is to be said of a PowerFlex system, family by family, without any cleverness."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from fractions import Fraction

from msgspec import UNSET

from exporter.model.powerflex import Bwc, PoolStatistics, ProtectionDomain, StoragePool, Volume
from exporter.model.snapshot import PowerFlexSnapshot
from exporter.views.naming import parse_name

Told = tuple[str, tuple[str, ...], int | float | Fraction | None]
"""The name of a metric, its label values, and its value; None is no sample."""

WORDS = {"ThinProvisioned": "thin", "ThickProvisioned": "thick", "Snapshot": "snapshot"}

GOOD = ("Connected", "Joined", "Normal")
"""What a node's connection, membership and state are when all is well."""


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
        word = WORDS.get(volume.volume_type or "", (volume.volume_type or "").lower())
        facts = (kind, installation, key, number, volume.vtree_id, word)
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
        bad = any(state not in (None, good) for state, good in zip(states, GOOD, strict=True))
        if bad or None not in states:
            yield "powerflex_sds_healthy", this, not bad
        if node.maintenance_state is not None:
            yield "powerflex_sds_in_maintenance", this, node.maintenance_state != "NoMaintenance"
    disks: Counter[tuple[str, ...]] = Counter()
    for device in system.nodes.devices:
        if device.storage_pool_id and is_watched(system, pools, device.storage_pool_id):
            name_of_pool = pool_name(pools, device.storage_pool_id)
            disks[name, device.storage_pool_id, name_of_pool, device.error_state or "unknown"] += 1
    for labels, count in disks.items():
        yield "powerflex_devices", labels, count
