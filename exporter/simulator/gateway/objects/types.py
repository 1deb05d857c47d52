"""The types of objects that a gateway lists."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from exporter.simulator.gateway.errors import no_such_object
from exporter.simulator.gateway.objects.client import sdc_object
from exporter.simulator.gateway.objects.node import device_object, sds_object
from exporter.simulator.gateway.objects.pool import protection_domain_object, storage_pool_object
from exporter.simulator.gateway.objects.system import system_object
from exporter.simulator.gateway.objects.volume import volume_object, vtree_object
from exporter.simulator.gateway.personality import Personality
from exporter.simulator.scenario.array import System
from exporter.simulator.scenario.census import Census


@dataclass(frozen=True, slots=True)
class ObjectType:
    """A type: where its objects are in the scenario, and how one of them looks in JSON."""

    name: str
    records: Callable[[System], dict[str, Any]]
    render: Callable[[Census, Any, Personality], dict[str, Any]]
    list_name: str
    """Its key in GET /api/instances."""

    def find(self, census: Census, key: str) -> Any:  # noqa: ANN401  # a record of this type
        """Return the record with an id.

        Raises:
            GatewayError: there is none.

        """
        record = self.records(census.system).get(key)
        if record is None:
            raise no_such_object(self.name, key)
        return record

    def render_all(self, census: Census, personality: Personality) -> list[dict[str, Any]]:
        """Every object of the type."""
        return [self.render(census, record, personality) for record in self.records(census.system).values()]


OBJECT_TYPES = {
    kind.name: kind
    for kind in (
        ObjectType("System", lambda system: {system.id: system}, system_object, "System"),
        ObjectType(
            "ProtectionDomain",
            lambda system: system.protection_domains,
            protection_domain_object,
            "protectionDomainList",
        ),
        ObjectType("StoragePool", lambda system: system.storage_pools, storage_pool_object, "storagePoolList"),
        ObjectType("Volume", lambda system: system.volumes, volume_object, "volumeList"),
        ObjectType("VTree", lambda system: system.vtrees, vtree_object, "vTreeList"),
        ObjectType("Sdc", lambda system: system.sdcs, sdc_object, "sdcList"),
        ObjectType("Sds", lambda system: system.nodes, sds_object, "sdsList"),
        ObjectType("Device", lambda system: system.devices, device_object, "deviceList"),
    )
}
EMPTY_TYPES = frozenset({"FaultSet", "RfcacheDevice", "Sdr", "SnapshotPolicy", "AccelerationPool", "PeerMdm"})
"""Types that exist, and of which the scenario has none."""
