"""The used size of each V-Tree: `netProvisionedAddressesInKb` of the V-Tree statistics."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from exporter.decode import Decoder
from exporter.errors import RequestError
from exporter.model.instant import now
from exporter.model.powerflex import UsedSizesReading
from exporter.powerflex import wire
from exporter.powerflex.source import PowerFlexSource
from exporter.powerflex.statistics import query

_BAD_REQUEST = 400
_statistics = Decoder(wire.VTreeStatistics, "VTree")


async def collect(source: PowerFlexSource) -> UsedSizesReading:
    """Read the used sizes in one request; where the gateway refuses that, tree by tree.

    Raises:
        PollError: one of its kinds.
    """
    gateway, rejections = source.gateway, source.rejections
    taken_at = now()
    statistics: dict[str, wire.VTreeStatistics] = {}
    try:
        statistics = await query(gateway, rejections, _statistics)
    except RequestError as error:
        if error.status != _BAD_REQUEST:
            raise
        rejections.add(_statistics.kind, set(_statistics.properties))
    if rejections.of(_statistics.kind, None):
        return await source.tree_walk.round(gateway)
    return UsedSizesReading(taken_at=taken_at, used_kib=await asyncio.to_thread(_known, statistics))


def _known(statistics: Mapping[str, wire.VTreeStatistics]) -> dict[str, int]:
    return {tree: one.used_kib for tree, one in statistics.items() if one.used_kib is not None}
