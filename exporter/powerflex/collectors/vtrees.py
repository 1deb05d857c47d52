"""V-Trees and their migrations: `VTree`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from sys import intern

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
    await asyncio.to_thread(check_unique, vtrees, "VTree")
    return VTreesReading(taken_at=taken_at, vtrees=await asyncio.to_thread(_records, vtrees))


def _records(vtrees: Iterable[wire.VTree]) -> list[VTree]:
    # Hundreds of thousands of trees share a handful of pools and states.
    return [
        VTree(id=tree.id, storage_pool_id=intern(tree.storage_pool_id), migration_status=_status(tree))
        for tree in vtrees
    ]


def _status(tree: wire.VTree) -> str | None:
    status = tree.migration.status if tree.migration else None
    return None if status is None else intern(status)
