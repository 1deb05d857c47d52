"""A group of families that change together, and what is there to be read by groups."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from exporter.metrics.exposition import Lines, Sample
from exporter.model.findings import Finding, Pair, Verdict
from exporter.model.snapshot import CloudStackSnapshot, PowerFlexSnapshot
from exporter.views.router_health import RouterHealth
from exporter.views.selection import Selection


@dataclass(frozen=True, slots=True)
class Judged:
    """What may be shown of an installation beside its readings.

    Attributes:
        verdicts: what may be shown of each pair.
        listed: the findings that have series of their own.
        routers: the health of the routers; None where they were not read.
    """

    verdicts: tuple[Verdict, ...] = ()
    listed: tuple[tuple[Pair, Finding], ...] = ()
    routers: tuple[RouterHealth, ...] | None = None


@dataclass(frozen=True, slots=True)
class World:
    """All that a page is made of.

    Attributes:
        systems: what is known of each PowerFlex system.
        installations: what is known of each CloudStack installation.
        judged: what may be shown beside that, by installation.
        selection: the volumes that have series of their own, by system.
    """

    systems: tuple[PowerFlexSnapshot, ...] = ()
    installations: tuple[CloudStackSnapshot, ...] = ()
    judged: Mapping[str, Judged] = field(default_factory=dict)
    selection: Selection = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PowerFlexGroup:
    """A group of one PowerFlex system.

    Attributes:
        inputs: what the group reads; it is rendered anew only when that has changed.
        samples: the samples of one system, given its name and those inputs.
    """

    name: str
    inputs: Callable[[World, PowerFlexSnapshot], tuple[Any, ...]]
    samples: Callable[..., Iterator[Sample | Lines]]


@dataclass(frozen=True, slots=True)
class CloudStackGroup:
    """A group of one CloudStack installation.

    Attributes:
        inputs: what the group reads; it is rendered anew only when that has changed.
        samples: the samples of one installation, given its name and those inputs.
    """

    name: str
    inputs: Callable[[World, CloudStackSnapshot], tuple[Any, ...]]
    samples: Callable[..., Iterator[Sample | Lines]]
