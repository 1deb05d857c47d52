"""Volumes, templates and snapshots: `Volume`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from msgspec.structs import force_setattr

from exporter.decode import Decoder
from exporter.model.instant import now
from exporter.model.powerflex import Volume, VolumesReading
from exporter.powerflex import wire
from exporter.powerflex.source import PowerFlexSource, check_unique

_volumes = Decoder(wire.Volume, "Volume")


async def collect(source: PowerFlexSource) -> VolumesReading:
    """Read every volume of the array, whatever its pool.

    Raises:
        PollError: one of its kinds.
    """
    taken_at = now()
    volumes: list[Volume] = []
    known: dict[Any, Any] = {}

    def take(some: list[wire.Volume]) -> None:
        _share(some, known)
        volumes.extend(some)

    await source.gateway.list_to(take, _volumes)
    await asyncio.to_thread(check_unique, volumes, "Volume")
    return VolumesReading(taken_at=taken_at, volumes=volumes)


def _share(volumes: Iterable[wire.Volume], known: dict[Any, Any]) -> None:
    """Let volumes that say the same of pool, type, size or mappings hold one object that says it: half the memory.

    The records are frozen, but nobody has seen them yet.
    """
    shared = known.setdefault
    for volume in volumes:
        force_setattr(volume, "storage_pool_id", shared(volume.storage_pool_id, volume.storage_pool_id))
        force_setattr(volume, "volume_type", shared(volume.volume_type, volume.volume_type))
        force_setattr(volume, "mapped_sdcs", shared(volume.mapped_sdcs, volume.mapped_sdcs))
        force_setattr(volume, "size_kib", shared(volume.size_kib, volume.size_kib))
