"""CloudStack's settings, as far as storage and virtual routers go: defaults, scopes, and their values."""

from dataclasses import dataclass

from exporter.simulator.scenario.cloud import Installation

_THRESHOLDS_ON_POOLS = (4, 21)
"""Since this release a storage pool may have disable thresholds of its own; before, a zone at the most."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting with its default. A scope is Global, Zone or StoragePool; narrower ones come first."""

    name: str
    default: str
    category: str = "Advanced"
    scopes: tuple[str, ...] = ("Global",)
    dynamic: bool = True
    kind: str = "String"

    def scopes_in(self, release: tuple[int, int]) -> tuple[str, ...]:
        """Return the scopes that it has in a release."""
        if self.scopes == _POOL_AND_ZONE and release < _THRESHOLDS_ON_POOLS:
            return _ZONE
        return self.scopes


_ZONE = ("Zone",)
_POOL = ("StoragePool",)
_POOL_AND_ZONE = ("StoragePool", "Zone")

SETTINGS = {
    setting.name: setting
    for setting in (
        Setting("api.throttling.cachesize", "50000", dynamic=False, kind="Number"),
        Setting("api.throttling.enabled", "false", dynamic=False, kind="Boolean"),
        Setting("api.throttling.interval", "1", dynamic=False, kind="Number"),
        Setting("api.throttling.max", "25", dynamic=False, kind="Number"),
        Setting("capacity.check.period", "300000", dynamic=False, kind="Number"),
        Setting("cluster.storage.allocated.capacity.notificationthreshold", "0.75", "Alert", kind="Decimal"),
        Setting("cluster.storage.capacity.notificationthreshold", "0.75", "Alert", kind="Decimal"),
        Setting("custom.cs.identifier", ""),
        Setting("default.page.size", "500", kind="Number"),
        Setting("enforce.post.requests.and.timestamps", "false", kind="Boolean"),
        Setting("expunge.delay", "86400", dynamic=False, kind="Number"),
        Setting("expunge.interval", "86400", dynamic=False, kind="Number"),
        Setting("json.content.type", "application/json; charset=UTF-8"),
        Setting("network.router.EnableServiceMonitoring", "true", scopes=_ZONE, kind="Boolean"),
        Setting("pool.storage.allocated.capacity.disablethreshold", "0.85", "Alert", _POOL_AND_ZONE, kind="Decimal"),
        Setting(
            "pool.storage.allocated.resize.capacity.disablethreshold", "0.90", "Alert", _POOL_AND_ZONE, kind="Decimal"
        ),
        Setting("pool.storage.capacity.disablethreshold", "0.85", "Alert", _POOL_AND_ZONE, kind="Decimal"),
        Setting("powerflex.block.sdc.unprepare", "false", scopes=_ZONE, kind="Boolean"),
        Setting("powerflex.connect.on.demand", "true", scopes=_ZONE, kind="Boolean"),
        Setting("powerflex.mdm.change.apply.wait", "3000", scopes=_ZONE, kind="Number"),
        Setting("powerflex.mdm.validate.on.connect", "false", scopes=_ZONE, kind="Boolean"),
        Setting("router.alerts.check.interval", "1800", dynamic=False, kind="Number"),
        Setting("router.check.interval", "30", dynamic=False, kind="Number"),
        Setting("router.health.checks.advanced.interval", "10", kind="Number"),
        Setting("router.health.checks.basic.interval", "3", kind="Number"),
        Setting("router.health.checks.config.refresh.interval", "10", dynamic=False, kind="Number"),
        Setting("router.health.checks.enabled", "true", kind="Boolean"),
        Setting("router.health.checks.failures.to.recreate.vr", "", scopes=_ZONE),
        Setting("router.health.checks.free.disk.space.threshold", "100", scopes=_ZONE, kind="Decimal"),
        Setting("router.health.checks.max.cpu.usage.threshold", "100", scopes=_ZONE, kind="Decimal"),
        Setting("router.health.checks.max.memory.usage.threshold", "100", scopes=_ZONE, kind="Decimal"),
        Setting("router.health.checks.results.fetch.interval", "10", dynamic=False, kind="Number"),
        Setting("router.health.checks.to.exclude", "", scopes=_ZONE),
        Setting("storage.cleanup.delay", "86400", kind="Number"),
        Setting("storage.cleanup.interval", "86400", dynamic=False, kind="Number"),
        Setting("storage.overprovisioning.factor", "2", "Storage", _POOL, kind="Decimal"),
        Setting("storage.pool.client.max.connections", "100", "Storage", _POOL, dynamic=False, kind="Number"),
        Setting("storage.pool.client.timeout", "60", "Storage", _POOL, dynamic=False, kind="Number"),
        Setting("storage.pool.connected.clients.limit", "-1", "Storage", _POOL, kind="Number"),
        Setting("storage.pool.disk.wait", "60", "Storage", _POOL, kind="Number"),
        Setting("storage.stats.interval", "60000", dynamic=False, kind="Number"),
        Setting("vm.configdrive.force.host.cache.use", "false", scopes=_ZONE, kind="Boolean"),
        Setting("vm.configdrive.primarypool.enabled", "false", scopes=_ZONE, kind="Boolean"),
        Setting("vm.configdrive.use.host.cache.on.unsupported.pool", "true", scopes=_ZONE, kind="Boolean"),
        Setting("vm.disk.stats.interval", "0", dynamic=False, kind="Number"),
        Setting("volume.stats.interval", "60000", dynamic=False, kind="Number"),
        Setting("wait", "1800", kind="Number"),
    )
}


def setting_value(installation: Installation, name: str, *places: str) -> str:
    """Return a setting's effective value: that of the first place (UUID of a pool or zone) with one, else global."""
    for place in places:
        own = installation.scoped_settings.get((place, name))
        if own is not None:
            return own
    if name == "custom.cs.identifier":
        return installation.identifier
    return installation.settings.get(name, SETTINGS[name].default)
