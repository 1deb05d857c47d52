"""V-Trees and their migrations: `VTree`."""

from __future__ import annotations

import asyncio

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
    vtrees: list[VTree] = []
    known: dict[str, str] = {}

    def take(some: list[wire.VTree]) -> None:
        vtrees.extend(_vtree(tree, known) for tree in some)

    await source.gateway.list_to(take, _vtrees)
    await asyncio.to_thread(check_unique, vtrees, "VTree")
    return VTreesReading(taken_at=taken_at, vtrees=vtrees)


def _vtree(tree: wire.VTree, known: dict[str, str]) -> VTree:
    """Return the model's record; trees in the same pool or state hold one text of it."""
    pool_id = tree.storage_pool_id
    status = tree.migration.status if tree.migration else None
    return VTree(
        id=tree.id,
        storage_pool_id=known.setdefault(pool_id, pool_id),
        migration_status=None if status is None else known.setdefault(status, status),
    )
