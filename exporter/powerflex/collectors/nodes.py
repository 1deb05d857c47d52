"""Storage nodes and their disks: `Sds` and `Device`."""

from __future__ import annotations

from exporter.decode import Decoder
from exporter.model.instant import now
from exporter.model.powerflex import NodesReading
from exporter.powerflex import wire
from exporter.powerflex.source import PowerFlexSource, check_unique

_nodes = Decoder(wire.Sds, "Sds")
_devices = Decoder(wire.Device, "Device")


async def collect(source: PowerFlexSource) -> NodesReading:
    """Read every SDS and every device.

    Raises:
        PollError: one of its kinds.
    """
    taken_at = now()
    nodes = await source.gateway.list(_nodes)
    check_unique(nodes, "Sds")
    devices = await source.gateway.list(_devices)
    check_unique(devices, "Device")
    return NodesReading(taken_at=taken_at, nodes=tuple(nodes), devices=tuple(devices))
