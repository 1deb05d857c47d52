"""A naive account of what an installation and a system disagree about: each question goes through everything anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from msgspec import UNSET

from exporter.model import cloudstack, powerflex
from exporter.model.snapshot import CloudStackSnapshot, PowerFlexSnapshot
from exporter.views.naming import parse_name
from tests.oracle.joins import home_of, is_seen

DYING = {"Destroy", "Destroying", "Expunging", "Expunged"}
ORPHANS = {"orphaned", "orphaned_snapshot"}
MAPPINGS = {"unmapped_while_running", "mapped_to_dead_sdc", "mapped_to_many", "qos_mismatch"}
REASONS = ORPHANS | MAPPINGS | {"missing", "pool_mismatch", "size_mismatch", "claimed_twice"}


class Accusation(NamedTuple):
    """A reason, the volume by its id and name, the CloudStack pool it counts on, and the PowerFlex pool."""

    reason: str
    volume_id: str
    volume: str
    uuid: str
    pool_id: str


class Account:
    """What is to be said of one pair; `systems` are all that are configured."""

    def __init__(
        self, cloud: CloudStackSnapshot, array: PowerFlexSnapshot, systems: Sequence[PowerFlexSnapshot]
    ) -> None:
        self.cloud = cloud
        self.array = array
        self.systems = systems
        self.pools = [pool for pool in cloud.known_pools or () if home_of(pool, systems) is array]
        self.rows = cloud.volumes.volumes if cloud.volumes else []
        self.volumes = array.volumes.volumes if array.volumes else []

    @property
    def is_pair(self) -> bool:
        return any(is_seen(pool, self.systems) for pool in self.pools)

    @cached_property
    def identifier(self) -> str | None:
        settings = self.cloud.settings.settings if self.cloud.settings else ()
        found = [one.value for one in settings if (one.name, one.scope) == ("custom.cs.identifier", "global")]
        return found[0] if found else None

    @cached_property
    def suspensions(self) -> set[str]:
        cloud, found = self.cloud, set()
        if self.array.volumes is None:
            found.add("powerflex_stale")
        if cloud.volumes is None or cloud.inventory is None or cloud.settings is None:
            found.add("cloudstack_stale")
        seen = [pool.id for pool in cloud.known_pools or () if is_seen(pool, self.systems)]
        hidden = any(row.state == "Ready" and row.pool_id in seen and not row.powerflex_id for row in self.rows)
        if cloud.volumes is not None and (hidden or not cloud.volumes.complete):
            found.add("list_incomplete")
        return found or ({"too_many_orphans"} if self.too_many() else set())

    @cached_property
    def judged(self) -> set[str]:
        if self.suspensions:
            return set()
        unknown = set() if self.identifier is not None else set(ORPHANS)
        if self.array.sdcs is None:
            unknown.add("mapped_to_dead_sdc")
        if self.volumes and all(volume.mapped_sdcs is UNSET for volume in self.volumes):
            unknown |= MAPPINGS
        return REASONS - unknown

    def too_many(self) -> bool:
        orphans = sum(self.orphaned(volume) for volume in self.volumes)
        return orphans >= 5 and orphans / sum(self.ours(volume, "volume") for volume in self.volumes) > 0.2

    def known(self, volume_id: str) -> bool:
        volume = self.here(volume_id)
        return any(
            row.powerflex_id == volume_id or (volume is not None and self.is_copy(volume, row)) for row in self.rows
        )

    def is_copy(self, volume: powerflex.Volume, row: cloudstack.Volume) -> bool:
        """Whether the volume bears the number of a row in migration, and so may be what it is copied from or to."""
        ours, theirs = parse_name(volume.name), parse_name((row.path or "").partition(":")[2])
        return (
            row.state == "Migrating"
            and self.ours(volume, "volume")
            and ours is not None
            and theirs is not None
            and ours.resource_id == theirs.resource_id
        )

    def ours(self, volume: powerflex.Volume, *kinds: str) -> bool:
        name = parse_name(volume.name)
        if name is None or self.identifier is None or name.kind not in kinds:
            return False
        keys = [pool.id[4:8].lower() for pool in self.pools]
        return name.pool_key in keys and name.installation in (self.identifier, *self.cloud.identifiers)

    def orphaned(self, volume: powerflex.Volume) -> bool:
        return self.ours(volume, "volume") and not self.known(volume.id)

    def orphaned_snapshot(self, volume: powerflex.Volume) -> bool:
        return self.ours(volume, "snapshot", "vm_snapshot") and not self.is_needed(volume.vtree_id)

    def is_needed(self, vtree_id: str) -> bool:
        return any(volume.vtree_id == vtree_id and self.known(volume.id) for volume in self.volumes)

    def here(self, volume_id: str) -> powerflex.Volume | None:
        return next((volume for volume in self.volumes if volume.id == volume_id), None)

    def named(self, row: cloudstack.Volume) -> cloudstack.StoragePool:
        return next(pool for pool in self.pools if pool.id == row.pool_id)

    def rows_here(self, volume_id: str) -> list[cloudstack.Volume]:
        """Those of the pools on this system, the one that stands for the volume first."""
        uuids = [pool.id for pool in self.pools]
        found = [row for row in self.rows if row.powerflex_id == volume_id and row.pool_id in uuids]
        return sorted(found, key=lambda row: (row.state != "Ready", row.state in DYING, row.id))

    @cached_property
    def ids(self) -> list[str]:
        """Those that a row of the pools on this system carries."""
        return sorted({row.powerflex_id for row in self.rows if row.powerflex_id and self.rows_here(row.powerflex_id)})

    def counting(self, volume: powerflex.Volume, named: cloudstack.StoragePool | None = None) -> cloudstack.StoragePool:
        name = parse_name(volume.name)
        on_it = [pool for pool in self.pools if pool.path == volume.storage_pool_id]
        of_key = [pool for pool in self.pools if name and pool.id[4:8].lower() == name.pool_key]
        best = [pool for pool in on_it if pool in of_key] or on_it or of_key
        if named is not None and (named in on_it or not best):
            return named
        return best[0]

    @cached_property
    def accused(self) -> set[Accusation]:
        """What is judged and seen; nothing where the pair is suspended."""
        judged = self.judged
        seen = {pool.id for pool in self.pools if is_seen(pool, self.systems)}
        found = [*self.accused_orphans(), *self.accused_rows()]
        return {one for one in found if one.reason in judged and one.uuid in seen}

    def accused_orphans(self) -> Iterator[Accusation]:
        for volume in self.volumes:
            if self.orphaned(volume):
                yield self.about(volume, "orphaned", self.counting(volume))
            if self.orphaned_snapshot(volume):
                yield self.about(volume, "orphaned_snapshot", self.counting(volume))

    def accused_rows(self) -> Iterator[Accusation]:
        for volume_id in self.ids:
            rows, volume = self.rows_here(volume_id), self.here(volume_id)
            named, name = self.named(rows[0]), (rows[0].path or "").partition(":")[2]
            alive = [row for row in self.rows if row.powerflex_id == volume_id and row.state not in DYING]
            if volume is None:
                lost = {"missing": rows[0].state == "Ready", "claimed_twice": len(alive) > 1}
                for reason, holds in lost.items():
                    if holds:
                        yield Accusation(reason, volume_id, name, named.id, named.path)
                continue
            if len(alive) > 1:
                yield self.about(volume, "claimed_twice", self.counting(volume, named))
            faults = [(row, self.faults(row, volume)) for row in sorted(rows, key=lambda row: row.id)]
            for reason in REASONS:
                for row in [row for row, found in faults if reason in found][:1]:
                    pool = self.named(row)
                    home = pool if reason == "pool_mismatch" else self.counting(volume, pool)
                    yield self.about(volume, reason, home)

    @staticmethod
    def about(volume: powerflex.Volume, reason: str, pool: cloudstack.StoragePool) -> Accusation:
        return Accusation(reason, volume.id, volume.name or "", pool.id, volume.storage_pool_id)

    def faults(self, row: cloudstack.Volume, volume: powerflex.Volume) -> set[str]:
        if row.state != "Ready":
            return set()
        mapped = set() if volume.mapped_sdcs is UNSET else {one.sdc_id for one in volume.mapped_sdcs or ()}
        still = volume.mapped_sdcs is not UNSET and row.vm_state != "Migrating"
        sdcs = self.array.sdcs.sdcs if self.array.sdcs else ()
        dead = {sdc.id for sdc in sdcs if sdc.connected is False}
        tests = {
            "pool_mismatch": volume.storage_pool_id != self.named(row).path,
            "size_mismatch": row.size_bytes != volume.size_kib * 1024,
            "unmapped_while_running": still and row.vm_state == "Running" and not mapped,
            "mapped_to_dead_sdc": still and bool(mapped & dead),
            "mapped_to_many": still and len(mapped) > 1,
            "qos_mismatch": self.wrong_limits(row, volume),
        }
        return {reason for reason, holds in tests.items() if holds}

    def wrong_limits(self, row: cloudstack.Volume, volume: powerflex.Volume) -> bool:
        offerings = self.cloud.inventory.offerings if self.cloud.inventory else ()
        offering = next((one for one in offerings if one.id == row.disk_offering_id), None)
        if row.volume_type != "DATADISK" or offering is None or volume.mapped_sdcs is UNSET:
            return False
        iops = row.max_iops if offering.iops_limit is None else offering.iops_limit
        wanted = (offering.bandwidth_limit_mbps or 0, iops or 0)
        return any((one.limit_bandwidth_mbps or 0, one.limit_iops or 0) != wanted for one in volume.mapped_sdcs or ())

    def matched(self, uuid: str) -> int:
        return sum(self.rows_here(one)[0].pool_id == uuid for one in self.ids if self.here(one) is not None)

    def reclaimable(self, uuid: str) -> list[int | None]:
        """The used sizes of the trees that nobody needs and that count on that pool."""
        orphans = sorted((one for one in self.accused if one.reason in ORPHANS), key=lambda one: one.volume_id)
        homes: dict[str, str] = {}
        for one in orphans:
            tree = next(volume.vtree_id for volume in self.volumes if volume.id == one.volume_id)
            if not self.is_needed(tree):
                homes.setdefault(tree, one.uuid)
        used = self.array.used_sizes.used_kib if self.array.used_sizes else {}
        return [used.get(tree) for tree, home in homes.items() if home == uuid]
