"""What each snapshot says, as samples: one module per group of families.

A group is rendered anew only when what it reads has changed, so each names its
inputs and takes nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from exporter.metrics.exposition import Sample
from exporter.metrics.families import alerts, nodes, pools, sdcs, system, volume_series, volume_sums, vtrees
from exporter.model.snapshot import PowerFlexSnapshot


@dataclass(frozen=True, slots=True)
class Group:
    """A group of families that change together.

    Attributes:
        inputs: what of a snapshot the group reads, and the ids of the volumes that have series of their own.
        samples: the samples of one system, given its name and those inputs.
    """

    name: str
    inputs: Callable[[PowerFlexSnapshot, frozenset[str]], tuple[Any, ...]]
    samples: Callable[..., Iterator[Sample]]


GROUPS: tuple[Group, ...] = (
    Group("system", lambda of, _: (of.up, of.system), system.samples),
    Group("pools", lambda of, _: (of.pools, of.storage_pools), pools.samples),
    Group(
        "volume_sums",
        lambda of, _: (of.volumes, of.used_sizes, of.known_pools, of.storage_pools),
        volume_sums.samples,
    ),
    Group(
        "volume_series",
        lambda of, selected: (of.volumes, of.used_sizes, of.known_pools, selected),
        volume_series.samples,
    ),
    Group("vtrees", lambda of, _: (of.vtrees, of.known_pools, of.storage_pools), vtrees.samples),
    Group("sdcs", lambda of, _: (of.sdcs,), sdcs.samples),
    Group("nodes", lambda of, _: (of.nodes, of.known_domains, of.known_pools, of.storage_pools), nodes.samples),
    Group("alerts", lambda of, _: (of.alerts,), alerts.samples),
)
