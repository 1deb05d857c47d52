"""Which storage pools are watched, and what they are called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from exporter.model.powerflex import ProtectionDomain, StoragePool, Volume


@dataclass(frozen=True, slots=True)
class PoolDirectory:
    """The pools of one system.

    Attributes:
        names: the pool's name by its id.
        watched: the ids of the pools that series are made for; None for all.
    """

    names: dict[str, str]
    watched: frozenset[str] | None

    def watches(self, pool_id: str) -> bool:
        """Return whether series are made for what lies in that pool."""
        return self.watched is None or pool_id in self.watched

    def watched_of(self, volumes: Sequence[Volume]) -> Sequence[Volume]:
        """Return the volumes that lie in pools that series are made for."""
        watched = self.watched
        return volumes if watched is None else [volume for volume in volumes if volume.storage_pool_id in watched]

    def name(self, pool_id: str) -> str:
        """Return the pool's name, empty where it is not known."""
        return self.names.get(pool_id, "")


def directory(pools: tuple[StoragePool, ...], configured: tuple[str, ...]) -> PoolDirectory:
    """Return the directory of these pools, watching those of a configured name or id; all where none is configured."""
    names = {pool.id: pool.name for pool in pools}
    if not configured:
        return PoolDirectory(names, None)
    return PoolDirectory(names, frozenset(configured) | {id_ for id_, name in names.items() if name in configured})


def domain_names(domains: tuple[ProtectionDomain, ...]) -> dict[str, str]:
    """Return the name of each protection domain by its id; one without a name is called by its id."""
    return {domain.id: domain.name or domain.id for domain in domains}
