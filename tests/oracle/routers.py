"""What is to be said of the routers of an installation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from exporter.model.cloudstack import CheckStatus, Host, Router, RouterCheck
from exporter.model.snapshot import CloudStackSnapshot
from tests.oracle.powerflex import Told

CONNECTIVITY = "connectivity.test"
FILESYSTEM = "filesystem.writable.test"


def tell_routers(cloud: CloudStackSnapshot, oldest: float) -> Iterator[Told]:
    """Say it; a result from before that unix second is none."""
    hosts = {host.id: host for host in cloud.inventory.hosts} if cloud.inventory else {}
    filesystems: Counter[tuple[str, str]] = Counter()
    statuses: Counter[tuple[str, str, str]] = Counter()
    for router in cloud.routers.routers if cloud.routers else ():
        shown = statuses_of(router, hosts.get(router.host_id or ""), oldest)
        yield from tell_router(cloud.name, router, shown)
        if router.state == "Running":
            zone = router.zone or ""
            word = {"success": "writable", "failed": "read_only"}.get(shown.get(FILESYSTEM, ""), "unknown")
            filesystems[zone, word] += 1
            for check, status in ({CONNECTIVITY: "unknown", FILESYSTEM: "unknown"} | shown).items():
                statuses[zone, check, status] += 1
    for zone in {zone for zone, _ in filesystems}:
        for word in ("writable", "read_only", "unknown"):
            yield "cloudstack_routers", (cloud.name, zone, word), filesystems[zone, word]
    for zone, check in {(zone, check) for zone, check, _ in statuses}:
        for status in CheckStatus:
            labels = (cloud.name, zone, check, status.value)
            yield "cloudstack_router_health_checks", labels, statuses[zone, check, status.value]


def statuses_of(router: Router, host: Host | None, oldest: float) -> dict[str, str]:
    """What each check says, by its name; unknown where that cannot be vouched for."""
    cut_off = router.host_control_state == "Offline" or (
        host is not None and host.state in {"Down", "Disconnected", "Alert"}
    )
    vouched = router.state == "Running" and not cut_off
    shown = {}
    for check in router.checks:
        can_be_true = vouched and (check.name == CONNECTIVITY or is_reached(router))
        fresh = check.updated is not None and check.updated >= oldest
        shown[check.name] = check.status.value if can_be_true and fresh else "unknown"
    return shown


def is_reached(router: Router) -> bool:
    return all(check.status.value == "success" for check in router.checks if check.name == CONNECTIVITY)


def tell_router(name: str, router: Router, shown: dict[str, str]) -> Iterator[Told]:
    this = (name, router.id, router.name or "")
    upgrade = {None: "", True: "true", False: "false"}[router.requires_upgrade]
    where = (router.zone or "", router.host or "", router.vpc or "", router.network or "")
    facts = (router.version or "", router.redundant_state or "", upgrade)
    yield "cloudstack_router_info", (*this, *where, *facts), 1
    yield "cloudstack_router_running", this, None if router.state is None else router.state == "Running"
    writable = {"success": True, "failed": False}.get(shown.get(FILESYSTEM, ""))
    yield "cloudstack_router_filesystem_writable", this, writable
    yield "cloudstack_router_filesystem_check_timestamp_seconds", this, tested_at(router)
    types = {check.name: check.check_type for check in router.checks}
    for check, status in shown.items():
        success = None if status == "unknown" else status == "success"
        yield "cloudstack_router_health_check_success", (*this, check, types[check]), success


def tested_at(router: Router) -> float | None:
    """When the file system was last tested, however long ago."""
    found: list[RouterCheck] = [check for check in router.checks if check.name == FILESYSTEM]
    tested = found and is_reached(router) and found[-1].status.value in {"success", "failed"}
    return found[-1].updated if tested else None
