"""What each tenant has on the array."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from exporter.model import cloudstack
from exporter.model.snapshot import CloudStackSnapshot, PowerFlexSnapshot
from exporter.views.claims import claims_in, leading_rows
from exporter.views.joins import directories, place_pools
from exporter.views.pools import PoolDirectory
from exporter.views.volumes import tree_owners

_KIB = 1024


class Tenant(NamedTuple):
    """Whose volumes are summed, and where they lie.

    `domain` is the domain's path and `pool_id` the id of the PowerFlex pool. A project's volumes have no account.
    """

    domain: str
    account: str
    project: str
    system: str
    pool_id: str


@dataclass(slots=True)
class TenantSums:
    """The sums of one tenant in one pool.

    Attributes:
        volumes: volumes that are on the array.
        virtual_bytes: the sum of their virtual sizes, as the array counts them.
        used_bytes: the sum of the used sizes of their V-Trees; None where none is known.
        used_unknown: V-Trees whose used size is not known.
    """

    volumes: int = 0
    virtual_bytes: int = 0
    used_bytes: int | None = None
    used_unknown: int = 0


def tenant_sums(installation: CloudStackSnapshot, systems: Sequence[PowerFlexSnapshot]) -> dict[Tenant, TenantSums]:
    """Return what each tenant of an installation has in each watched pool of each system.

    Every volume that is on the array counts once, in whatever state CloudStack has it. Nothing is known of a system
    whose volumes are unknown, nor of anybody where CloudStack's list is unknown or incomplete.
    """
    if installation.volumes is None or not installation.volumes.complete:
        return {}
    pools = directories(systems)
    placed = place_pools(installation.known_pools or (), pools)
    claims = claims_in(installation.volumes)
    result: dict[Tenant, TenantSums] = {}
    for system in systems:
        rows = leading_rows(claims, [pool.pool.id for pool in placed if pool.system == system.name])
        _add(result, system, rows, pools[system.name])
    return result


def _add(
    result: dict[Tenant, TenantSums],
    system: PowerFlexSnapshot,
    rows: Mapping[str, cloudstack.Volume],
    pools: PoolDirectory,
) -> None:
    known = [volume for volume in system.volumes.volumes if volume.id in rows] if system.volumes else []
    used_kib = system.used_sizes.used_kib if system.used_sizes else {}
    # A tree's used size is its owner's. Where CloudStack does not know the owner, it goes to the one that would own
    # the tree among the volumes that CloudStack knows: that tenant's volume is what keeps the tree.
    owners = tree_owners(known)
    tenants: dict[tuple[str | None, ...], TenantSums] = {}
    for volume in pools.watched_of(known):
        row = rows[volume.id]
        key = (row.domain, row.account, row.project, volume.storage_pool_id)
        sums = tenants.get(key)
        if sums is None:
            tenant = _tenant(row, system.name, volume.storage_pool_id)
            sums = tenants[key] = result.setdefault(tenant, TenantSums())
        sums.volumes += 1
        sums.virtual_bytes += volume.size_kib * _KIB
        if owners[volume.vtree_id] == volume.id:
            used = used_kib.get(volume.vtree_id)
            if used is None:
                sums.used_unknown += 1
            else:
                sums.used_bytes = (sums.used_bytes or 0) + used * _KIB


def _tenant(row: cloudstack.Volume, system: str, pool_id: str) -> Tenant:
    project = row.project or ""
    return Tenant(row.domain or "", "" if project else row.account or "", project, system, pool_id)
