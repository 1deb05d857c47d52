"""The collectors of a CloudStack installation, one file each: what one poll asks and the reading it makes of it.

Their names are the keys of `schedule.cloudstack` and the values of the label `collector`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from exporter.cloudstack.collectors import inventory, routers, settings, volumes
from exporter.cloudstack.source import CloudStackSource
from exporter.model.cloudstack import CloudStackReading

Collect = Callable[[CloudStackSource], Awaitable[CloudStackReading]]

COLLECTORS: Mapping[str, Collect] = {
    "inventory": inventory.collect,
    "volumes": volumes.collect,
    "settings": settings.collect,
    "routers": routers.collect,
}
