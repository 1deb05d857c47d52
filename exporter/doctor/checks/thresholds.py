"""Whether CloudStack stops placing volumes before a pool is full, and where it has stopped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from exporter.doctor.evidence import Case
from exporter.doctor.finding import Finding, ok, warning
from exporter.model.cloudstack import InventoryReading, SettingsReading
from exporter.views.agreement import ALLOCATED_THRESHOLD_SETTING, USED_THRESHOLD_SETTING, Belief, belief

_CHECK = "thresholds"
_ROOM = "move volumes to another pool, or add capacity to the array."


@dataclass(frozen=True, slots=True)
class _Pool:
    """What CloudStack believes of a pool, by its name."""

    name: str
    state: str | None
    believed: Belief


def check(case: Case) -> Iterator[Finding]:
    """Warn of pools that CloudStack would fill to the brim, or that it has stopped to use."""
    for installation in case.installations:
        inventory = installation.reading("inventory", InventoryReading)
        settings = installation.reading("settings", SettingsReading)
        pools = [
            _Pool(pool.name or pool.id, pool.state, belief(pool, settings))
            for pool in (inventory.pools if inventory else ())
        ]
        yield from _states(installation.name, pools)
        # Why the settings could not be read is said by another check.
        if settings is not None:
            yield from _used(installation.name, pools)
            yield from _allocated(installation.name, pools)


def _states(source: str, pools: Sequence[_Pool]) -> Iterator[Finding]:
    for pool in pools:
        if pool.believed.up is False:
            yield warning(
                source,
                _CHECK,
                f"pool {pool.name} is in state {pool.state}",
                "No volume is placed on it; end the maintenance, or enable it, when it is over.",
            )


def _used(source: str, pools: Sequence[_Pool]) -> Iterator[Finding]:
    limits = []
    for pool in pools:
        limit = pool.believed.used_threshold_ratio
        if limit is not None and limit >= 1:
            yield warning(
                source,
                _CHECK,
                f"pool {pool.name} is used until it is full: {USED_THRESHOLD_SETTING} is {limit:g}",
                f"Set {USED_THRESHOLD_SETTING} below 1, 0.85 by default: a full pool fails the writes of all VMs.",
            )
            continue
        limits.append(limit)
        ratio = _ratio(pool.believed.used_bytes, pool.believed.total_bytes)
        if limit is not None and ratio is not None and ratio >= limit:
            yield warning(
                source,
                _CHECK,
                f"pool {pool.name} gets no more volumes: {ratio:.1%} are used, and {USED_THRESHOLD_SETTING} is "
                f"{limit:g}",
                f"Free space, {_ROOM}",
            )
    yield from _limits(source, USED_THRESHOLD_SETTING, "used", limits)


def _allocated(source: str, pools: Sequence[_Pool]) -> Iterator[Finding]:
    for pool in pools:
        believed = pool.believed
        limit = believed.allocated_threshold_ratio
        total, factor = believed.total_bytes, believed.overprovisioning_ratio
        ratio = _ratio(believed.allocated_bytes, None if total is None or factor is None else total * factor)
        # Whatever the threshold says, CloudStack gives away no more than there is.
        if limit is not None and ratio is not None and ratio >= min(limit, 1):
            yield warning(
                source,
                _CHECK,
                f"pool {pool.name} gets no more volumes: {ratio:.1%} of what may be promised are allocated, and "
                f"{ALLOCATED_THRESHOLD_SETTING} is {limit:g}",
                f"If little of it is used, raise its storage.overprovisioning.factor; else {_ROOM}",
            )
    limits = [pool.believed.allocated_threshold_ratio for pool in pools]
    yield from _limits(source, ALLOCATED_THRESHOLD_SETTING, "allocated", limits)


def _limits(source: str, setting: str, kind: str, limits: Sequence[float | None]) -> Iterator[Finding]:
    """Say from where on nothing is placed, and of how many pools that is not told."""
    known = sorted({limit for limit in limits if limit is not None})
    if known:
        words = " or ".join(dict.fromkeys(f"{limit:.0%}" for limit in known))
        yield ok(source, _CHECK, f"no more volumes are placed from {words} {kind} on")
    unknown = limits.count(None)
    if unknown:
        yield warning(
            source,
            _CHECK,
            f"{setting} is not told for {unknown} of its pools, so it is unknown from where on nothing is placed",
            "Look whether the setting is there, and whether it is a number.",
        )


def _ratio(part: int | None, whole: float | None) -> float | None:
    return None if part is None or whole is None or whole <= 0 else part / whole
