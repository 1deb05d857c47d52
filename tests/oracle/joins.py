"""Where CloudStack's pools lie."""

from __future__ import annotations

from collections.abc import Sequence

from exporter.model.cloudstack import StoragePool
from exporter.model.snapshot import PowerFlexSnapshot
from tests.oracle.powerflex import is_watched


def home_of(pool: StoragePool, systems: Sequence[PowerFlexSnapshot]) -> PowerFlexSnapshot | None:
    """Return the first system that has a pool of the id that is the pool's path."""
    return next((one for one in systems if pool.path in [there.id for there in one.known_pools or ()]), None)


def is_seen(pool: StoragePool, systems: Sequence[PowerFlexSnapshot]) -> bool:
    """Return whether the pool is on a system, and watched there."""
    home = home_of(pool, systems)
    return home is not None and is_watched(home, home.known_pools or (), pool.path)
