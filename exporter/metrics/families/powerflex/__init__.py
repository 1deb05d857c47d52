"""The groups of a PowerFlex system."""

from __future__ import annotations

from exporter.metrics.families.group import PowerFlexGroup
from exporter.metrics.families.powerflex import (
    alerts,
    nodes,
    pools,
    sdcs,
    system,
    volume_series,
    volume_sums,
    vtrees,
)

_NOTHING: frozenset[str] = frozenset()

GROUPS: tuple[PowerFlexGroup, ...] = (
    PowerFlexGroup("system", lambda _, of: (of.up, of.system), system.samples),
    PowerFlexGroup("pools", lambda _, of: (of.pools, of.storage_pools), pools.samples),
    PowerFlexGroup(
        "volume_sums",
        lambda _, of: (of.volumes, of.used_sizes, of.known_pools, of.storage_pools),
        volume_sums.samples,
    ),
    PowerFlexGroup(
        "volume_series",
        lambda world, of: (of.volumes, of.known_pools, world.selection.get(of.name, _NOTHING)),
        volume_series.samples,
    ),
    PowerFlexGroup(
        "volume_used_sizes",
        lambda world, of: (of.volumes, of.used_sizes, of.known_pools, world.selection.get(of.name, _NOTHING)),
        volume_series.used_sizes,
    ),
    PowerFlexGroup("vtrees", lambda _, of: (of.vtrees, of.known_pools, of.storage_pools), vtrees.samples),
    PowerFlexGroup("sdcs", lambda _, of: (of.sdcs,), sdcs.samples),
    PowerFlexGroup(
        "nodes", lambda _, of: (of.nodes, of.known_domains, of.known_pools, of.storage_pools), nodes.samples
    ),
    PowerFlexGroup("alerts", lambda _, of: (of.alerts,), alerts.samples),
)
