"""What is to be said of a CloudStack installation, family by family, without any cleverness."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from exporter.model.cloudstack import Host, SettingsReading, StoragePool, Volume
from exporter.model.powerflex import Sdc
from exporter.model.powerflex import Volume as ArrayVolume
from exporter.model.snapshot import CloudStackSnapshot, PowerFlexSnapshot
from tests.oracle.joins import home_of, is_seen
from tests.oracle.powerflex import Told, is_watched, kib, pool_name, seniority
from tests.oracle.reconciliation import ORPHANS, Account

SUSPENSIONS = ("powerflex_stale", "cloudstack_stale", "list_incomplete", "too_many_orphans")
THRESHOLD = "pool.storage.{}capacity.disablethreshold"


@dataclass(frozen=True)
class Surroundings:
    """All systems, and the installations that come before."""

    systems: Sequence[PowerFlexSnapshot]
    earlier: Sequence[CloudStackSnapshot] = ()


def tell_installation(cloud: CloudStackSnapshot, around: Surroundings) -> Iterator[Told]:
    """Say all but what is to be said of routers; without grace, and with every volume having series."""
    yield "cloudstack_up", (cloud.name,), cloud.up
    for one in cloud.settings.settings if cloud.settings else ():
        yield "cloudstack_setting_info", (cloud.name, one.name, one.value, one.scope, one.scope_id), 1
    yield from tell_pools(cloud, around.systems)
    yield from tell_hosts(cloud, around.systems)
    for system in around.systems:
        account = Account(cloud, system, around.systems)
        yield from tell_owners(account, around.earlier)
        if cloud.volumes and cloud.volumes.complete:
            yield from tell_tenants(account)
            yield from tell_detached(account)
        if account.is_pair:
            yield from tell_verdict(account)


def labels_of(cloud: CloudStackSnapshot, pool: StoragePool, systems: Sequence[PowerFlexSnapshot]) -> tuple[str, ...]:
    home = home_of(pool, systems)
    return cloud.name, pool.id, pool.name or "", home.name if home else "", pool.path


def setting(settings: SettingsReading | None, name: str, pool: StoragePool) -> float | None:
    """Return what is in force for a pool: its own, else its zone's, else the global one."""
    places = [("storagepool", pool.id), ("zone", pool.zone_id or ""), ("global", "")]
    listed = settings.settings if settings else ()
    values = [
        one.value for place in places for one in listed if (one.scope, one.scope_id) == place and one.name == name
    ]
    try:
        value = float(next(filter(None, values), ""))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def tell_pools(cloud: CloudStackSnapshot, systems: Sequence[PowerFlexSnapshot]) -> Iterator[Told]:
    all_asked = all(system.known_pools is not None or system.up is False for system in systems)
    for pool in cloud.inventory.pools if cloud.inventory else ():
        if not (all_asked if home_of(pool, systems) is None else is_seen(pool, systems)):
            continue
        this = labels_of(cloud, pool, systems)
        facts = (pool.zone or "", pool.scope or "", pool.state or "", pool.id[4:8].lower())
        yield "cloudstack_powerflex_pool_info", (*this, *facts), 1
        yield "cloudstack_powerflex_pool_up", this, None if pool.state is None else pool.state == "Up"
        yield "cloudstack_powerflex_pool_total_bytes", this, pool.total_bytes
        yield "cloudstack_powerflex_pool_used_bytes", this, pool.used_bytes
        yield "cloudstack_powerflex_pool_allocated_bytes", this, pool.allocated_bytes
        factor = pool.overprovisioning_factor
        if factor is None or not math.isfinite(factor):
            factor = setting(cloud.settings, "storage.overprovisioning.factor", pool)
        yield "cloudstack_powerflex_pool_overprovisioning_ratio", this, factor
        for capacity, part in (("used", ""), ("allocated", "allocated.")):
            ratio = setting(cloud.settings, THRESHOLD.format(part), pool)
            yield "cloudstack_powerflex_pool_disable_threshold_ratio", (*this, capacity), ratio


def tell_hosts(cloud: CloudStackSnapshot, systems: Sequence[PowerFlexSnapshot]) -> Iterator[Told]:
    for host in cloud.inventory.hosts if cloud.inventory else ():
        called = host.name or host.id
        yield "cloudstack_host_info", (cloud.name, called, host.zone or "", host.state or ""), 1
        for system in systems:
            sdc = sdc_of(host, system.sdcs.sdcs if system.sdcs else ())
            if sdc is not None:
                yield "cloudstack_host_sdc_connected", (cloud.name, called, system.name, sdc.id), sdc.connected


def sdc_of(host: Host, sdcs: Sequence[Sdc]) -> Sdc | None:
    """Return the one of the host's address, else of its name; a connected one, else the one of the lowest id."""
    by_ip = [sdc for sdc in sdcs if sdc.ip and sdc.ip == host.ip]
    by_name = [sdc for sdc in sdcs if sdc.name and sdc.name == host.name]
    return min(by_ip or by_name, key=lambda sdc: (not sdc.connected, sdc.id), default=None)


def known_rows(account: Account) -> list[tuple[ArrayVolume, Volume]]:
    """The volumes of the array that the installation knows, each with the row that stands for it."""
    rows = {volume_id: account.rows_here(volume_id)[0] for volume_id in account.ids}
    return [(volume, rows[volume.id]) for volume in account.volumes if volume.id in rows]


def tell_owners(account: Account, earlier: Sequence[CloudStackSnapshot]) -> Iterator[Told]:
    cloud, system = account.cloud, account.array
    taken = {one for other in earlier for one in Account(other, system, account.systems).ids}
    for volume, row in known_rows(account):
        if volume.id in taken or not is_watched(system, system.known_pools or (), volume.storage_pool_id):
            continue
        who = (row.vm or "", row.account or "", row.domain or "", row.project or "")
        what = (row.volume_type or "", row.state or "")
        this = (cloud.name, row.id, row.name or "", system.name, volume.id)
        yield "cloudstack_powerflex_volume_info", (*this, *what, *who, row.zone or "", row.offering or ""), 1


def tell_tenants(account: Account) -> Iterator[Told]:
    cloud, system = account.cloud, account.array
    pools, known = system.known_pools or (), known_rows(account)
    used = system.used_sizes.used_kib if system.used_sizes else {}
    volumes: defaultdict[tuple[str, ...], list[ArrayVolume]] = defaultdict(list)
    for volume, row in known:
        if is_watched(system, pools, volume.storage_pool_id):
            owner = (row.domain or "", "" if row.project else row.account or "", row.project or "")
            place = (system.name, volume.storage_pool_id, pool_name(pools, volume.storage_pool_id))
            volumes[cloud.name, *owner, *place].append(volume)
    for tenant, theirs in volumes.items():
        trees = [
            volume.vtree_id
            for volume in theirs
            if volume is min((one for one, _ in known if one.vtree_id == volume.vtree_id), key=seniority)
        ]
        sizes = [used[tree] for tree in trees if tree in used]
        yield "cloudstack_tenant_volumes", tenant, len(theirs)
        yield "cloudstack_tenant_virtual_size_bytes", tenant, sum(volume.size_kib for volume in theirs) * 1024
        yield "cloudstack_tenant_used_size_bytes", tenant, sum(sizes) * 1024 if sizes else None
        yield "cloudstack_tenant_used_size_unknown", tenant, len(trees) - len(sizes)


def tell_detached(account: Account) -> Iterator[Told]:
    system = account.array
    used = system.used_sizes.used_kib if system.used_sizes else {}
    for pool in account.pools:
        if not is_seen(pool, account.systems):
            continue
        rows = [row for row in account.rows if row.pool_id == pool.id and row.state == "Ready" and row.vm_id is None]
        volumes = [account.here(row.powerflex_id or "") for row in rows]
        sizes = [used.get(tree) for tree in {volume.vtree_id for volume in volumes if volume}]
        unknown = sizes.count(None) + volumes.count(None)
        known = [size for size in sizes if size is not None]
        this = labels_of(account.cloud, pool, account.systems)
        yield "cloudstack_powerflex_detached_volumes", this, len(rows)
        yield "cloudstack_powerflex_detached_used_size_unknown", this, unknown
        yield "cloudstack_powerflex_detached_used_size_bytes", this, kib(sum(known) if known or not unknown else None)


def tell_verdict(account: Account) -> Iterator[Told]:
    pair = (account.cloud.name, account.array.name)
    suspensions, judged, accused = account.suspensions, account.judged, account.accused
    for reason in SUSPENSIONS:
        yield "cloudstack_powerflex_reconciliation_suspended", (*pair, reason), reason in suspensions
    for one in accused:
        place = (one.pool_id, pool_name(account.array.known_pools or (), one.pool_id))
        yield "cloudstack_powerflex_discrepancy", (*pair, *place, one.volume_id, one.volume, one.reason), 1
    for pool in account.pools if judged else ():
        if not is_seen(pool, account.systems):
            continue
        this = labels_of(account.cloud, pool, account.systems)
        counts = Counter(one.reason for one in accused if one.uuid == pool.id)
        yield "cloudstack_powerflex_volumes", (*this, "matched"), account.matched(pool.id)
        for reason in judged & {"orphaned", "missing"}:
            yield "cloudstack_powerflex_volumes", (*this, reason), counts[reason]
        for reason in judged:
            yield "cloudstack_powerflex_discrepancies", (*this, reason), counts[reason]
        if judged >= ORPHANS:
            sizes = account.reclaimable(pool.id)
            known = [size for size in sizes if size is not None]
            yield "cloudstack_powerflex_reclaimable_bytes", this, sum(known) * 1024 if known or not sizes else None
            yield "cloudstack_powerflex_reclaimable_unknown", this, sizes.count(None)
