"""Whether the configured systems and installations belong together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from exporter.doctor.evidence import Case, Installation
from exporter.doctor.finding import Finding, ok, warning
from exporter.model.cloudstack import InventoryReading

_CHECK = "pairing"


def check(case: Case) -> Iterable[Finding]:
    """Warn of CloudStack pools on no configured system, and of systems without any; where all pools are known."""
    if not case.systems or not case.installations or len(case.directories()) < len(case.systems):
        return
    for installation in case.installations:
        yield from _of_installation(case, installation)
    if any(one.reading("inventory", InventoryReading) is None for one in case.installations):
        return
    paired = {system.name for _, system, _ in case.pairs()}
    for system in case.systems:
        if system.name not in paired:
            yield warning(
                system.name,
                _CHECK,
                "no pool of any configured CloudStack installation lies on it",
                "Add the installation that uses it under cloudstack, or mend the gateway's address.",
            )


def _of_installation(case: Case, installation: Installation) -> Iterable[Finding]:
    if installation.reading("inventory", InventoryReading) is None:
        return
    placed = case.placed(installation)
    if not placed:
        yield warning(
            installation.name,
            _CHECK,
            "has no storage pool of provider PowerFlex",
            "Mend the endpoint, or take the installation out of the configuration.",
        )
    names: defaultdict[str, list[str]] = defaultdict(list)
    for one in placed:
        name = one.pool.name or one.pool.id
        if one.system is None:
            yield warning(
                installation.name,
                _CHECK,
                f"pool {name} lies on no configured system (PowerFlex pool {one.pool.path})",
                "Add its system under powerflex; until then its volumes cannot be compared.",
            )
        else:
            names[one.system].append(name)
    for system, here in names.items():
        yield ok(installation.name, _CHECK, f"on {system}: {', '.join(here)}")
