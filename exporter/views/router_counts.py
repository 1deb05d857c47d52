"""Running routers in figures, for each zone."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from exporter.model.cloudstack import CheckStatus
from exporter.views.router_health import CONNECTIVITY_CHECK, FILESYSTEM_CHECK, RouterHealth


class Filesystem(StrEnum):
    """What is known of a router's file system."""

    WRITABLE = "writable"
    READ_ONLY = "read_only"
    UNKNOWN = "unknown"


_FROM_GOOD_TO_BAD = (CheckStatus.SUCCESS, CheckStatus.UNKNOWN, CheckStatus.WARNING, CheckStatus.FAILED)
_FILESYSTEMS = {True: Filesystem.WRITABLE, False: Filesystem.READ_ONLY, None: Filesystem.UNKNOWN}


class ZoneCheck(NamedTuple):
    """A check in a zone, by their names."""

    zone: str
    check: str


def filesystem_counts(routers: Iterable[RouterHealth]) -> dict[str, dict[Filesystem, int]]:
    """Return the Running routers of each zone by what is known of their file system, zeros included."""
    result: dict[str, dict[Filesystem, int]] = {}
    for health in routers:
        if health.running:
            counts = result.setdefault(health.router.zone or "", dict.fromkeys(Filesystem, 0))
            counts[_FILESYSTEMS[health.filesystem_writable]] += 1
    return result


def check_counts(routers: Iterable[RouterHealth]) -> dict[ZoneCheck, dict[CheckStatus, int]]:
    """Return the Running routers of each zone and check by the check's status, zeros included.

    The connectivity and the file system of every router are tested, so a router without such a result counts as
    unknown. Which of the other checks a router has only its results tell. One that runs both as a basic and as an
    advanced check counts by the worse of its results.
    """
    result: dict[ZoneCheck, dict[CheckStatus, int]] = {}
    for health in routers:
        if not health.running:
            continue
        statuses = dict.fromkeys((CONNECTIVITY_CHECK, FILESYSTEM_CHECK), CheckStatus.UNKNOWN)
        shown = sorted(health.checks, key=lambda check: _FROM_GOOD_TO_BAD.index(check.status))
        statuses.update((check.name, check.status) for check in shown)
        for name, status in statuses.items():
            zone_check = ZoneCheck(health.router.zone or "", name)
            result.setdefault(zone_check, dict.fromkeys(CheckStatus, 0))[status] += 1
    return result
