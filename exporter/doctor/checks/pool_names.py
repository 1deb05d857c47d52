"""Whether the configured pools mean the pools that are meant."""

from __future__ import annotations

from collections.abc import Iterable

from exporter.doctor.evidence import Case
from exporter.doctor.finding import Finding, ok, warning
from exporter.model.powerflex import PoolsReading
from exporter.views.pools import directory, domain_names

_CHECK = "pools"


def check(case: Case) -> Iterable[Finding]:
    """List the pools that are watched, and warn of a configured name that two protection domains have.

    A configured pool that is not there fails the collector `pools`, which says so.
    """
    for system in case.systems:
        reading = system.reading("pools", PoolsReading)
        if reading is None:
            continue
        configured = system.entry.storage_pools
        watches = directory(reading.pools, configured).watches
        domains = domain_names(reading.domains)
        places = {pool.id: f"{domains.get(pool.protection_domain_id or '', '?')}/{pool.name}" for pool in reading.pools}
        yield ok(
            system.name,
            _CHECK,
            f"watched: {', '.join(places[pool.id] for pool in reading.pools if watches(pool.id)) or 'none'}",
        )
        for name in configured:
            meant = [pool for pool in reading.pools if pool.name == name]
            if len(meant) > 1:
                where = ", ".join(f"{places[pool.id]} ({pool.id})" for pool in meant)
                yield warning(
                    system.name,
                    _CHECK,
                    f"the name {name} is in several protection domains, and all are watched: {where}",
                    "Write the id in storage_pools where one of them is meant.",
                )
