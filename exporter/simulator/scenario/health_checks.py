"""How a management server learns about the health of its virtual routers, and what it writes down.

Two checks are the management server's own: it connects, and it looks whether the file system is still mounted
writable. The others run inside the router by a clock of their own and are only collected. Every collection first
forgets all that was known about the router; where one of the first two fails, nothing else is collected.
"""

from typing import TYPE_CHECKING

from exporter.simulator.scenario.cloud import Installation
from exporter.simulator.scenario.router import CloudRouter, HealthCheck, Status
from exporter.simulator.scenario.settings import setting_value

if TYPE_CHECKING:
    from exporter.simulator.scenario.world import World

CONNECTIVITY = "connectivity.test"
WRITABLE = "filesystem.writable.test"
READ_ONLY = "Read-only file system"
SILENCE = "Communication failed"
REFUSAL = "Failed to execute command: ssh: connect to host port 3922: Connection refused"
_CHECKS = (
    ("basic", "cpu_usage_check.py", "CPU Usage within limits with current at 3.4%"),
    ("basic", "disk_space_check.py", "Sufficient free space is 2841.55 MB"),
    ("basic", "gateways_check.py", "All 1 gateways are reachable via ping"),
    ("basic", "memory_usage_check.py", "Memory Usage within limits with current at 41.7%"),
    ("basic", "router_version_check.py", "Template and scripts version match successful"),
    ("basic", "ssh.service", "service is running"),
    ("basic", "dhcp.service", "service is running"),
    ("basic", "webserver.service", "service is running"),
    ("advanced", "dhcp_check.py", "All 3 VMs are present in dhcphosts.txt"),
    ("advanced", "dns_check.py", "All 3 VMs are present in /etc/hosts"),
    ("advanced", "haproxy_check.py", "No data provided to check, skipping"),
    ("advanced", "iptables_check.py", "No portforwarding rules provided to check, skipping"),
)
_INTERVAL_MINUTES = {"basic": 3, "advanced": 10}


def record_results(router: CloudRouter, now: int, *, reached: bool, fresh: bool = False) -> str | None:
    """Forget a router's results and write down what a collection at this moment finds.

    Args:
        router: the router; `results` is replaced.
        now: the management server's clock, epoch seconds.
        reached: whether the command gets to a host at all.
        fresh: run the checks inside the router now, instead of collecting what they last said.

    Returns:
        None if all was collected, else the reason why not; "" where no answer came.

    """
    router.unreadable = False

    def own(connectivity: Status, connected: str, writable: Status, written: str) -> None:
        router.results = [
            HealthCheck(CONNECTIVITY, "basic", connectivity, now, connected),
            HealthCheck(WRITABLE, "basic", writable, now, written),
        ]

    if not reached or router.connection == "silent":
        own("UNKNOWN", SILENCE, "UNKNOWN", SILENCE)
        return ""
    if router.connection == "refused":
        text = f"Failed to fetch results with details: {REFUSAL}"
        own("FAILED", text, "UNKNOWN", text)
        return REFUSAL
    if router.read_only:
        own("SUCCESS", "Successfully connected to router", "FAILED", f"Failed to write: {READ_ONLY}")
        return READ_ONLY
    own("SUCCESS", "Successfully connected to router", "SUCCESS", "Successfully written to file system")
    router.results += _inside(router, now, fresh=fresh)
    return None


def _inside(router: CloudRouter, now: int, *, fresh: bool) -> list[HealthCheck]:
    results = []
    for check_type, name, good in _CHECKS:
        if name == "webserver.service" and router.redundant_state is not None:
            continue
        if name == "gateways_check.py" and router.redundant_state == "BACKUP":
            continue
        status, details = router.failing.get(name, ("SUCCESS", good))
        every = 60 * _INTERVAL_MINUTES[check_type]
        results.append(HealthCheck(name, check_type, status, now if fresh else now // every * every, details))
    known = {check.name for check in results}
    custom = (name for name in router.failing if name not in known)
    return results + [
        HealthCheck(name, "advanced", router.failing[name][0], now, router.failing[name][1]) for name in custom
    ]


def reached(installation: Installation, router: CloudRouter) -> bool:
    """Say whether the management server's commands get to a router: it runs, on a host that is not cut off."""
    host = installation.hosts.get(router.machine.host_uuid or "")
    return router.running and host is not None and not host.cut_off


def fetch_interval(installation: Installation) -> float:
    """Return the seconds between two collections; 0 for none."""
    if installation.fetch_seconds is not None:
        return installation.fetch_seconds
    if setting_value(installation, "router.health.checks.enabled") != "true":
        return 0
    return 60 * float(setting_value(installation, "router.health.checks.results.fetch.interval"))


def fetch_all(installation: Installation, now: int) -> None:
    """Collect from every router that runs on a host within reach; the others keep what was known of them."""
    for router in installation.routers.values():
        if reached(installation, router):
            record_results(router, now, reached=True)


def catch_up(world: "World") -> None:
    """Do the collections that have fallen due.

    Only the last one is done, because it wipes out those before; who changes the scenario must catch up first.
    """
    for installation in world.installations.values():
        every = fetch_interval(installation)
        if every <= 0 or not installation.fetching:
            installation.last_fetch = world.elapsed
            continue
        due = int((world.elapsed - installation.last_fetch) // every)
        if due > 0:
            installation.last_fetch += due * every
            world.touch()
            fetch_all(installation, world.started + int(installation.last_fetch) + installation.clock_skew_seconds)
