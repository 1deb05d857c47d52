"""V-Trees and their migrations: `VTree`."""

from __future__ import annotations

from exporter.decode import Decoder
from exporter.model.instant import now
from exporter.model.powerflex import VTree, VTreesReading
from exporter.powerflex import wire
from exporter.powerflex.source import PowerFlexSource, check_unique

_vtrees = Decoder(wire.VTree, "VTree")


async def collect(source: PowerFlexSource) -> VTreesReading:
    """Read every V-Tree of the array.

    Raises:
        PollError: one of its kinds.
    """
    taken_at = now()
    vtrees = await source.gateway.list(_vtrees)
    check_unique(vtrees, "VTree")
    return VTreesReading(
        taken_at=taken_at,
        vtrees=[
            VTree(
                id=tree.id,
                storage_pool_id=tree.storage_pool_id,
                migration_status=tree.migration.status if tree.migration else None,
            )
            for tree in vtrees
        ],
    )
