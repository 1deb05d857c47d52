"""Compares what CloudStack believes with what is on the array.

A verdict is about one installation and one system at one moment. It accuses by the letter of two readings; whether
an accusation lasts is the ledger's business. Operators delete what is accused, so wherever the readings may be wrong
nobody is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from msgspec import UNSET

from exporter.model import cloudstack, powerflex
from exporter.model.findings import Finding, Pair, Reason, Suspension, Verdict
from exporter.model.snapshot import CloudStackSnapshot, PowerFlexSnapshot
from exporter.views.claims import READY, Claims, claims_in, is_dying, leading_rows
from exporter.views.counting import PairPools, pair_pools
from exporter.views.joins import PlacedPool, directories, place_pools
from exporter.views.orphans import Orphans, find_orphans
from exporter.views.survey import survey
from exporter.views.volume_reasons import Circumstances, volume_reasons

IDENTIFIER_SETTING = "custom.cs.identifier"
_ORPHAN_REASONS = frozenset({Reason.ORPHANED, Reason.ORPHANED_SNAPSHOT})
_MAPPING_REASONS = frozenset(
    {Reason.UNMAPPED_WHILE_RUNNING, Reason.MAPPED_TO_DEAD_SDC, Reason.MAPPED_TO_MANY, Reason.QOS_MISMATCH}
)


def reconcile(installation: CloudStackSnapshot, systems: Sequence[PowerFlexSnapshot]) -> tuple[Verdict, ...]:
    """Judge an installation against each system on which it has a watched pool.

    The pools are joined as last read, so that a pair whose readings are gone still has a verdict, which says so.

    Args:
        installation: what is known of the installation.
        systems: what is known of every configured system.

    Returns:
        A verdict for each pair, in the order of the systems.
    """
    placed = place_pools(installation.known_pools or (), directories(systems))
    claims = claims_in(installation.volumes) if installation.volumes else None
    complete = claims is not None and _is_complete(installation, claims, placed)
    verdicts = []
    for system in systems:
        pools = [pool for pool in placed if pool.system == system.name]
        if any(pool.watched for pool in pools):
            pair = Pair(installation.name, system.name)
            verdicts.append(_judge(pair, installation, system, pair_pools(pools), claims if complete else None))
    return tuple(verdicts)


def _is_complete(installation: CloudStackSnapshot, claims: Claims, placed: Sequence[PlacedPool]) -> bool:
    # The list is one for all systems: whoever is not shown the paths on one pool is not shown them on any.
    watched = {pool.pool.id for pool in placed if pool.watched}
    return (
        installation.volumes is not None
        and installation.volumes.complete
        and not any(row.state == READY and row.pool_id in watched for row in claims.without_id)
    )


def _judge(
    pair: Pair,
    installation: CloudStackSnapshot,
    system: PowerFlexSnapshot,
    pools: PairPools,
    complete_claims: Claims | None,
) -> Verdict:
    array, inventory, settings = system.volumes, installation.inventory, installation.settings
    suspended = set()
    if array is None:
        suspended.add(Suspension.POWERFLEX_STALE)
    # Pools tell the keys that are ours, settings tell the identifier: each is half of an accusation.
    if installation.volumes is None or inventory is None or settings is None:
        suspended.add(Suspension.CLOUDSTACK_STALE)
    if installation.volumes is not None and complete_claims is None:
        suspended.add(Suspension.LIST_INCOMPLETE)
    if array is None or inventory is None or settings is None or complete_claims is None:
        return Verdict(pair, frozenset(suspended))
    current = settings.value(IDENTIFIER_SETTING)
    identifiers = frozenset() if current is None else frozenset({current, *installation.identifiers})
    names = survey(array).names
    orphans = find_orphans(array.volumes, complete_claims, identifiers, pools.by_key, names.__getitem__)
    if orphans.too_many:
        return Verdict(pair, frozenset({Suspension.TOO_MANY_ORPHANS}))
    comparison = _Comparison(
        {volume.id: volume for volume in array.volumes},
        pools,
        complete_claims,
        leading_rows(complete_claims, pools.by_uuid),
        _circumstances(inventory, system.sdcs),
    )
    judged = set(Reason)
    if current is None:
        judged -= _ORPHAN_REASONS
    if system.sdcs is None:
        judged.discard(Reason.MAPPED_TO_DEAD_SDC)
    if not _mappings_are_known(array):
        judged -= _MAPPING_REASONS
    found = {
        (finding.volume_id, finding.reason): finding
        for finding in (*comparison.orphans(orphans), *comparison.missing(), *comparison.faults())
        if finding.reason in judged
    }
    return Verdict(
        pair,
        judged=frozenset(judged),
        findings=tuple(found[key] for key in sorted(found) if pools.by_uuid[found[key].pool_uuid].watched),
        matched=comparison.matched(),
    )


def _circumstances(inventory: cloudstack.InventoryReading, sdcs: powerflex.SdcsReading | None) -> Circumstances:
    return Circumstances(
        dead_sdcs=frozenset(sdc.id for sdc in sdcs.sdcs if sdc.connected is False) if sdcs else frozenset(),
        offerings={offering.id: offering for offering in inventory.offerings},
    )


def _mappings_are_known(reading: powerflex.VolumesReading) -> bool:
    return not reading.volumes or any(volume.mapped_sdcs is not UNSET for volume in reading.volumes)


@dataclass(frozen=True, slots=True)
class _Comparison:
    """Two readings that may be judged.

    Attributes:
        volumes: the array's volumes by id.
        pools: the installation's pools on the system.
        claims: the installation's whole volume list.
        rows: the leading row of each id that a row on those pools carries.
        circumstances: SDCs and offerings.
    """

    volumes: dict[str, powerflex.Volume]
    pools: PairPools
    claims: Claims
    rows: dict[str, cloudstack.Volume]
    circumstances: Circumstances

    def orphans(self, orphans: Orphans) -> Iterator[Finding]:
        for reason, volumes in (
            (Reason.ORPHANED, orphans.volumes),
            (Reason.ORPHANED_SNAPSHOT, orphans.snapshots),
        ):
            for volume in volumes:
                tree = None if volume.vtree_id in orphans.known_trees else volume.vtree_id
                yield from _about(volume, reason, self.pools.counting_pool(volume), tree)

    def missing(self) -> Iterator[Finding]:
        for volume_id in self.rows.keys() - self.volumes.keys():
            row = self.rows[volume_id]
            if row.state == READY:
                yield from _about_row(row, volume_id, Reason.MISSING, self._named(row))

    def faults(self) -> Iterator[Finding]:
        for volume_id, leading in self.rows.items():
            volume = self.volumes.get(volume_id)
            rows = self.claims.by_id[volume_id]
            if len(rows) > 1:
                yield from self._twice_claimed(volume_id, leading, rows)
                # Whatever order they came in, the same row's finding stands.
                rows = [row for row in rows if row.pool_id in self.pools.by_uuid]
                rows.sort(key=lambda row: row.id, reverse=True)
            if volume is None:
                continue
            for row in rows:
                named = self._named(row)
                for reason in volume_reasons(row, volume, named.pool.path, self.circumstances):
                    counting = named if reason is Reason.POOL_MISMATCH else self.pools.counting_pool(volume, named)
                    yield from _about(volume, reason, counting)

    def matched(self) -> dict[str, int]:
        found = Counter(row.pool_id or "" for volume_id, row in self.rows.items() if volume_id in self.volumes)
        return {uuid: found[uuid] for uuid, pool in self.pools.by_uuid.items() if pool.watched}

    def _twice_claimed(
        self, volume_id: str, leading: cloudstack.Volume, rows: list[cloudstack.Volume]
    ) -> Iterator[Finding]:
        volume, named = self.volumes.get(volume_id), self._named(leading)
        if len({row.id for row in rows if not is_dying(row)}) > 1:
            if volume is None:
                yield from _about_row(leading, volume_id, Reason.CLAIMED_TWICE, named)
            else:
                yield from _about(volume, Reason.CLAIMED_TWICE, self.pools.counting_pool(volume, named))

    def _named(self, row: cloudstack.Volume) -> PlacedPool:
        return self.pools.by_uuid[row.pool_id or ""]


def _about(
    volume: powerflex.Volume, reason: Reason, counting: PlacedPool | None, tree: str | None = None
) -> Iterator[Finding]:
    if counting is not None:
        yield Finding(reason, volume.id, volume.name or "", counting.pool.id, volume.storage_pool_id, tree)


def _about_row(row: cloudstack.Volume, volume_id: str, reason: Reason, named: PlacedPool) -> Iterator[Finding]:
    name = (row.path or "").partition(":")[2]
    yield Finding(reason, volume_id, name, named.pool.id, named.pool.path)
