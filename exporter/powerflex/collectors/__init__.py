"""The collectors of a PowerFlex gateway, one file each: what one poll asks and the reading it makes of it.

Their names are the keys of `schedule.powerflex` and the values of the label `collector`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from exporter.model.powerflex import PowerFlexReading
from exporter.powerflex.collectors import alerts, nodes, pools, sdcs, system, used_sizes, volumes, vtrees
from exporter.powerflex.source import PowerFlexSource

Collect = Callable[[PowerFlexSource], Awaitable[PowerFlexReading]]

COLLECTORS: Mapping[str, Collect] = {
    "system": system.collect,
    "pools": pools.collect,
    "volumes": volumes.collect,
    "used_sizes": used_sizes.collect,
    "vtrees": vtrees.collect,
    "sdcs": sdcs.collect,
    "nodes": nodes.collect,
    "alerts": alerts.collect,
}
