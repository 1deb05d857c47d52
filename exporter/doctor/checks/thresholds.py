"""Whether CloudStack stops placing volumes before a pool is full."""

from __future__ import annotations

from collections.abc import Iterable

from exporter.doctor.evidence import Case
from exporter.doctor.finding import Finding, ok, warning
from exporter.model.cloudstack import InventoryReading, SettingsReading
from exporter.views.agreement import USED_THRESHOLD_SETTING, belief

_CHECK = "thresholds"


def check(case: Case) -> Iterable[Finding]:
    """Warn of pools that CloudStack would fill to the brim, or that it has stopped to use."""
    for installation in case.installations:
        inventory = installation.reading("inventory", InventoryReading)
        settings = installation.reading("settings", SettingsReading)
        limits = set()
        for pool in inventory.pools if inventory else ():
            name = pool.name or pool.id
            believed = belief(pool, settings)
            limit = believed.used_threshold_ratio
            if believed.up is False:
                yield warning(
                    installation.name,
                    _CHECK,
                    f"pool {name} is in state {pool.state}",
                    "No volume is placed on it; end the maintenance, or enable it, when it is over.",
                )
            if limit is not None and limit >= 1:
                yield warning(
                    installation.name,
                    _CHECK,
                    f"pool {name} is used until it is full: {USED_THRESHOLD_SETTING} is {limit:g}",
                    f"Set {USED_THRESHOLD_SETTING} below 1, 0.85 by default: a full pool fails the writes of all VMs.",
                )
            elif limit is not None:
                limits.add(f"{limit:.0%}")
        if limits:
            yield ok(
                installation.name, _CHECK, f"no more volumes are placed from {' or '.join(sorted(limits))} used on"
            )
