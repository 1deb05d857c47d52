"""What CloudStack believes of a pool, and where it will stop placing volumes."""

from __future__ import annotations

import math
from dataclasses import dataclass

from exporter.model.cloudstack import SettingsReading, StoragePool

USED_THRESHOLD_SETTING = "pool.storage.capacity.disablethreshold"
ALLOCATED_THRESHOLD_SETTING = "pool.storage.allocated.capacity.disablethreshold"
OVERPROVISIONING_SETTING = "storage.overprovisioning.factor"
_UP = "Up"


@dataclass(frozen=True, slots=True)
class Belief:
    """What CloudStack believes of one pool; None is unknown.

    Attributes:
        up: whether the pool's state is Up.
        total_bytes: its capacity, without overprovisioning.
        used_bytes: what is used of it.
        allocated_bytes: the virtual sizes of what was promised from it.
        overprovisioning_ratio: how often it may be promised.
        used_threshold_ratio: used / total from which CloudStack places no more volumes on it.
        allocated_threshold_ratio: allocated / (total x overprovisioning) from which it places no more.
    """

    up: bool | None
    total_bytes: int | None
    used_bytes: int | None
    allocated_bytes: int | None
    overprovisioning_ratio: float | None
    used_threshold_ratio: float | None
    allocated_threshold_ratio: float | None


def belief(pool: StoragePool, settings: SettingsReading | None) -> Belief:
    """Return what CloudStack believes of a pool.

    The overprovisioning ratio is the one that CloudStack gives with the pool, else the setting that is in force.
    """
    factor = pool.overprovisioning_factor
    if factor is not None and not math.isfinite(factor):
        # CloudStack writes it as a text, and "NaN" and "Infinity" are texts that are read as numbers.
        factor = None
    return Belief(
        up=None if pool.state is None else pool.state == _UP,
        total_bytes=pool.total_bytes,
        used_bytes=pool.used_bytes,
        allocated_bytes=pool.allocated_bytes,
        overprovisioning_ratio=_ratio(OVERPROVISIONING_SETTING, pool, settings) if factor is None else factor,
        used_threshold_ratio=_ratio(USED_THRESHOLD_SETTING, pool, settings),
        allocated_threshold_ratio=_ratio(ALLOCATED_THRESHOLD_SETTING, pool, settings),
    )


def setting_in_force(name: str, pool: StoragePool, settings: SettingsReading) -> str | None:
    """Return a setting's value for a pool: its own, else its zone's, else the global one; an empty one is none."""
    return (
        settings.value(name, "storagepool", pool.id)
        or settings.value(name, "zone", pool.zone_id or "")
        or settings.value(name)
        or None
    )


def _ratio(name: str, pool: StoragePool, settings: SettingsReading | None) -> float | None:
    text = setting_in_force(name, pool, settings) if settings else None
    try:
        ratio = float(text or "")
    except ValueError:
        return None
    return ratio if math.isfinite(ratio) else None
