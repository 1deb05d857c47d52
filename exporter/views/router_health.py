"""What is known of the health of virtual routers, and what is not.

CloudStack keeps the last result of each check until it writes a new one. It writes none for a router that is
stopped or whose host is cut off, so the last result of a dead router most often says success. Therefore a result is
shown only where it can still be true. Nor does it write one when a router is started, so until the next collection the
results are those from before the stop.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from exporter.model.cloudstack import CheckStatus, Host, Router, RouterCheck

FILESYSTEM_CHECK = "filesystem.writable.test"
CONNECTIVITY_CHECK = "connectivity.test"
_SYNTHETIC = (CONNECTIVITY_CHECK, FILESYSTEM_CHECK)
_RUNNING = "Running"
_STOPPED = frozenset({"Stopping", "Stopped", "Starting", "Shutdown", "Destroyed", "Expunging", "Error"})
_OFFLINE = "Offline"
_NEVER = float("-inf")
_CUT_OFF = frozenset({"Down", "Disconnected", "Alert"})
_TESTED = frozenset({CheckStatus.SUCCESS, CheckStatus.FAILED})
_WRITABLE = {CheckStatus.SUCCESS: True, CheckStatus.FAILED: False}


class ShownCheck(msgspec.Struct, frozen=True, gc=False):
    """A check of a router; `status` is UNKNOWN where the result cannot be vouched for."""

    name: str
    check_type: str
    status: CheckStatus


@dataclass(frozen=True, slots=True)
class RouterHealth:
    """What may be shown of one router.

    Attributes:
        router: CloudStack's row.
        running: whether its state is Running; None where CloudStack gives none.
        filesystem_writable: None where it is unknown.
        filesystem_tested_at: the unix second at which it was last tested, however long ago; None for never.
        checks: the results of all checks, the two that the management server makes included.
    """

    router: Router
    running: bool | None
    filesystem_writable: bool | None
    filesystem_tested_at: float | None
    checks: tuple[ShownCheck, ...]


def is_running(router: Router) -> bool:
    """Return whether the router runs."""
    return router.state == _RUNNING


def is_stopped(router: Router) -> bool:
    """Return whether the router is known not to run; one in migration runs on."""
    return router.state in _STOPPED


def is_cut_off(router: Router, host: Host | None) -> bool:
    """Return whether the management server has lost the router's host.

    Args:
        router: the router.
        host: its host, if it is known.
    """
    return router.host_control_state == _OFFLINE or (host is not None and host.state in _CUT_OFF)


def result_time(checks: Iterable[RouterCheck]) -> float | None:
    """Return the unix second to which a set of results goes back; None where there is no result.

    That is when the management server last tried the router. Scripts' results carry the router's own clock and count
    only where there is nothing else.
    """
    times = {check.name: check.updated for check in checks if check.updated is not None}
    synthetic = [times[name] for name in _SYNTHETIC if name in times]
    return max(synthetic or times.values(), default=None)


def newer(collected: tuple[RouterCheck, ...], own: tuple[RouterCheck, ...]) -> tuple[RouterCheck, ...]:
    """Return the newer of CloudStack's results and those of our own fresh run; CloudStack's where they are as old.

    One set counts as a whole: the results that are missing from the newer one are not known any more.
    """
    own_time, collected_time = result_time(own), result_time(collected)
    if own_time is None:
        return collected
    return own if collected_time is None or own_time > collected_time else collected


def router_health(  # noqa: PLR0913 - all that a result is judged by
    routers: Iterable[Router],
    hosts: Iterable[Host],
    own: Mapping[str, tuple[RouterCheck, ...]],
    *,
    stopped: Mapping[str, float],
    now: float,
    stale_after: float,
) -> tuple[RouterHealth, ...]:
    """Return what may be shown of each router.

    Args:
        routers: the routers with CloudStack's results.
        hosts: the hosts, as far as they are known.
        own: the results of our own fresh runs by router id.
        stopped: the `result_time` of what was there when a router was last seen stopped, by router id.
        now: this moment, in unix seconds.
        stale_after: the age in seconds from which a result is none.
    """
    by_id = {host.id: host for host in hosts}
    return tuple(
        _health(
            router,
            newer(router.checks, own.get(router.id, ())),
            vouched=is_running(router) and not is_cut_off(router, by_id.get(router.host_id or "")),
            outlived=stopped.get(router.id, _NEVER),
            oldest=now - stale_after,
        )
        for router in routers
    )


def _health(
    router: Router, checks: tuple[RouterCheck, ...], *, vouched: bool, outlived: float, oldest: float
) -> RouterHealth:
    vouched = vouched and (result_time(checks) or 0.0) > outlived
    connected = all(check.status is CheckStatus.SUCCESS for check in checks if check.name == CONNECTIVITY_CHECK)
    shown = tuple(
        ShownCheck(
            check.name,
            check.check_type,
            check.status
            if vouched
            and (connected or check.name == CONNECTIVITY_CHECK)
            and check.updated is not None
            and check.updated >= oldest
            else CheckStatus.UNKNOWN,
        )
        for check in checks
    )
    filesystem = next((check for check in checks if check.name == FILESYSTEM_CHECK), None)
    status = next((check.status for check in shown if check.name == FILESYSTEM_CHECK), CheckStatus.UNKNOWN)
    was_tested = filesystem is not None and connected and filesystem.status in _TESTED
    return RouterHealth(
        router,
        running=None if router.state is None else is_running(router),
        filesystem_writable=_WRITABLE.get(status),
        filesystem_tested_at=filesystem.updated if filesystem is not None and was_tested else None,
        checks=shown,
    )
