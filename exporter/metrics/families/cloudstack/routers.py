"""Samples of virtual routers: above all, whether they can write to their file systems."""

from __future__ import annotations

from collections.abc import Iterator

from exporter.metrics.catalogue import cloudstack as catalogue
from exporter.metrics.exposition import Sample, labels
from exporter.model.cloudstack import CheckStatus
from exporter.views.router_counts import check_counts, filesystem_counts
from exporter.views.router_health import RouterHealth


def samples(name: str, routers: tuple[RouterHealth, ...] | None) -> Iterator[Sample]:
    """Give the samples of one installation's routers."""
    if routers is None:
        return
    for health in routers:
        yield from _router(name, health)
    for zone, filesystems in filesystem_counts(routers).items():
        for filesystem, count in filesystems.items():
            yield catalogue.ROUTERS, labels(catalogue.ROUTERS, name, zone, filesystem), count
    for (zone, check), statuses in check_counts(routers).items():
        for status, count in statuses.items():
            text = labels(catalogue.ROUTER_HEALTH_CHECKS, name, zone, check, status)
            yield catalogue.ROUTER_HEALTH_CHECKS, text, count


def _router(name: str, health: RouterHealth) -> Iterator[Sample]:
    router = health.router
    common = (name, router.id, router.name or "")
    info = labels(
        catalogue.ROUTER_INFO,
        *common,
        router.zone or "",
        router.host or "",
        router.vpc or "",
        router.network or "",
        router.version or "",
        router.redundant_state or "",
        "" if router.requires_upgrade is None else str(router.requires_upgrade).lower(),
    )
    yield catalogue.ROUTER_INFO, info, 1
    text = labels(catalogue.ROUTER_RUNNING, *common)
    if health.running is not None:
        yield catalogue.ROUTER_RUNNING, text, int(health.running)
    if health.filesystem_writable is not None:
        yield catalogue.ROUTER_FILESYSTEM_WRITABLE, text, int(health.filesystem_writable)
    if health.filesystem_tested_at is not None:
        yield catalogue.ROUTER_FILESYSTEM_CHECK_TIMESTAMP, text, health.filesystem_tested_at
    known = {(check.name, check.check_type): check.status for check in health.checks}
    for (check, check_type), status in known.items():
        if status is not CheckStatus.UNKNOWN:
            check_text = labels(catalogue.ROUTER_HEALTH_CHECK_SUCCESS, *common, check, check_type)
            yield catalogue.ROUTER_HEALTH_CHECK_SUCCESS, check_text, int(status is CheckStatus.SUCCESS)
