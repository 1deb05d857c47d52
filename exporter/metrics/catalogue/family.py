"""The declaration of a metric family."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """A metric family as it is declared, from which its header, its docs and its tests are made.

    Attributes:
        name: the full name, of a counter with its `_total`.
        help: one sentence; in the exposition it is the HELP text.
        labels: the label names, in the order of the values.
        unit: what one is: bytes, seconds, a ratio, or the thing that is counted.
        source: the API call and field that the value comes from.
        kind: all but the exporter's own counts of events are gauges.
        join: PromQL that joins it to its partner on the other side, where one is meant.
    """

    name: str
    help: str
    labels: tuple[str, ...]
    unit: str
    source: str
    kind: Literal["gauge", "counter"] = "gauge"
    join: str = ""
