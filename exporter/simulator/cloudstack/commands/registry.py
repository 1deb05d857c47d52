"""Which commands there are."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from exporter.simulator.cloudstack.call import Call
from exporter.simulator.cloudstack.commands.capabilities import list_capabilities
from exporter.simulator.cloudstack.commands.configurations import list_configurations
from exporter.simulator.cloudstack.commands.health_results import health_check_results, run_if_fresh
from exporter.simulator.cloudstack.commands.offerings import list_disk_offerings
from exporter.simulator.cloudstack.commands.places import list_hosts, list_zones
from exporter.simulator.cloudstack.commands.routers import list_routers
from exporter.simulator.cloudstack.commands.snapshots import list_snapshots
from exporter.simulator.cloudstack.commands.storage_pools import list_storage_pools
from exporter.simulator.cloudstack.commands.volumes import list_volumes


@dataclass(frozen=True, slots=True)
class Command:
    """A command: what it answers, and what a caller may have to wait for before."""

    answer: Callable[[Call], dict[str, Any]]
    prepare: Callable[[Call], Awaitable[None]] | None = None


COMMANDS = {
    "getRouterHealthCheckResults": Command(health_check_results, run_if_fresh),
    "listCapabilities": Command(list_capabilities),
    "listConfigurations": Command(list_configurations),
    "listDiskOfferings": Command(list_disk_offerings),
    "listHosts": Command(list_hosts),
    "listRouters": Command(list_routers),
    "listSnapshots": Command(list_snapshots),
    "listStoragePools": Command(list_storage_pools),
    "listVolumes": Command(list_volumes),
    "listZones": Command(list_zones),
}
