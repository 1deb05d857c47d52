"""Volumes, templates and snapshots: `Volume`."""

from __future__ import annotations

import asyncio

from exporter.decode import Decoder
from exporter.model.instant import now
from exporter.model.powerflex import VolumesReading
from exporter.powerflex import wire
from exporter.powerflex.source import PowerFlexSource, check_unique

_volumes = Decoder(wire.Volume, "Volume")


async def collect(source: PowerFlexSource) -> VolumesReading:
    """Read every volume of the array, whatever its pool.

    Raises:
        PollError: one of its kinds.
    """
    taken_at = now()
    volumes = await source.gateway.list(_volumes)
    await asyncio.to_thread(check_unique, volumes, "Volume")
    return VolumesReading(taken_at=taken_at, volumes=[*volumes])
