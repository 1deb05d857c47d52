"""The settings that bear on PowerFlex and on router health checks."""

from __future__ import annotations

from collections.abc import Iterable

from exporter.cloudstack import wire
from exporter.cloudstack.pools import powerflex_pools
from exporter.cloudstack.source import CloudStackSource
from exporter.decode import Decoder
from exporter.model.cloudstack import Setting, SettingsReading
from exporter.model.instant import now

_PREFIXES = (
    "custom.cs.identifier",
    "router.health.checks.",
    "storage.pool.",
    "pool.storage.",
    "storage.overprovisioning.factor",
    "vm.configdrive.",
    "powerflex.",
)

_configurations = Decoder(wire.Configuration, "configuration")


async def collect(source: CloudStackSource) -> SettingsReading:
    """Read the global settings, and their effective values in each PowerFlex pool and in the zones of these pools.

    With a pool or a zone the server lists only the settings that have a scope of
    that kind in its version, all of them in one request; the global ones are asked
    by the beginnings of their names, a request each.

    Raises:
        PollError: one of its kinds.
    """
    taken_at = now()
    settings: list[Setting] = []
    for prefix in _PREFIXES:
        rows = (await source.api.list("listConfigurations", _configurations, name=prefix)).rows
        settings += _settings((row for row in rows if row.id.startswith(prefix)), "global")
    pools = await powerflex_pools(source.api)
    for zone in sorted({pool.zone_id for pool in pools if pool.zone_id}):
        rows = (await source.api.list("listConfigurations", _configurations, zoneid=zone)).rows
        settings += _settings(rows, "zone", zone)
    for pool in pools:
        rows = (await source.api.list("listConfigurations", _configurations, storageid=pool.id)).rows
        settings += _settings(rows, "storagepool", pool.id)
    return SettingsReading(taken_at=taken_at, settings=tuple(settings))


def _settings(rows: Iterable[wire.Configuration], scope: str, scope_id: str = "") -> list[Setting]:
    return [
        Setting(name=row.id, value=row.value or "", scope=scope, scope_id=scope_id)
        for row in rows
        if row.id.startswith(_PREFIXES)
    ]
