"""Whether the state of the virtual routers' file systems will be known."""

from __future__ import annotations

from collections.abc import Iterable

from exporter.config import Config
from exporter.doctor.evidence import Case
from exporter.doctor.finding import Finding, error, ok, warning
from exporter.model.cloudstack import SettingsReading

_CHECK = "router checks"
_ENABLED = "router.health.checks.enabled"
_INTERVAL = "router.health.checks.results.fetch.interval"
_RECREATE = "router.health.checks.failures.to.recreate.vr"


def check(case: Case) -> Iterable[Finding]:
    """Judge the settings of router health checks of each installation."""
    for installation in case.installations:
        settings = installation.reading("settings", SettingsReading)
        if settings is not None:
            found = [*_collection(installation.name, settings, case.config)]
            yield from found or [ok(installation.name, _CHECK, "CloudStack collects the results in time")]
            yield from _recreation(installation.name, settings, case.config)


def _collection(source: str, settings: SettingsReading, config: Config) -> Iterable[Finding]:
    if settings.value(_ENABLED) == "false":
        yield error(
            source,
            _CHECK,
            f"{_ENABLED} is false, so no router's file system is known",
            f"Set {_ENABLED} to true.",
        )
        return
    try:
        minutes = float(settings.value(_INTERVAL) or "")
    except ValueError:
        yield warning(
            source,
            _CHECK,
            f"{_INTERVAL} is not told, so it is unknown how old results become",
            "Look whether this version of CloudStack has router health checks, and whether the setting is a number.",
        )
        return
    stale_after = config.router_health_checks.stale_after / 60
    if minutes == 0:
        yield error(
            source,
            _CHECK,
            f"{_INTERVAL} is 0, so no results are collected",
            f"Set {_INTERVAL} to 10, and restart the management server.",
        )
    elif minutes * 2 > stale_after:
        yield warning(
            source,
            _CHECK,
            f"results come every {minutes:g} min and are given up after {stale_after:g} min, so routers that are well "
            "are unknown now and then",
            f"Set router_health_checks.stale_after to {minutes * 2:g}m at least.",
        )


def _recreation(source: str, settings: SettingsReading, config: Config) -> Iterable[Finding]:
    run = config.router_health_checks.run
    if run == "never":
        return
    for setting in settings.settings:
        if setting.name == _RECREATE and setting.value:
            where = f" ({setting.scope} {setting.scope_id})" if setting.scope_id else ""
            yield warning(
                source,
                _CHECK,
                f"{_RECREATE} is {setting.value}{where}: a fresh check that fails may have a router made anew",
                "Empty it, or set router_health_checks.run to never.",
            )
