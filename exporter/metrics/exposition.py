"""The Prometheus text format, in the part that OpenMetrics shares: gauges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from exporter.metrics.catalogue.family import Family

Sample = tuple[Family, str, int | float]
"""A family, the text of a sample's labels, and its value."""

_SEPARATOR = "\0"


class Lines(NamedTuple):
    """Whole lines of one family, each a sample: for those of which there are hundreds of thousands."""

    family: Family
    lines: list[str]


def escape(value: str) -> str:
    """Return a label value as it stands between quotation marks."""
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def escape_all(values: list[str]) -> list[str]:
    """Return label values as they stand between quotation marks, for many at once in a fraction of the time."""
    escaped = escape(_SEPARATOR.join(values)).split(_SEPARATOR)
    # There are as many as before unless a value holds the separator, or there was none.
    return escaped if len(escaped) == len(values) else [escape(value) for value in values]


def pairs(names: Sequence[str], values: Sequence[str]) -> str:
    """Return label names and values as they stand between braces."""
    return ",".join([f'{name}="{escape(value)}"' for name, value in zip(names, values, strict=True)])


def labels(family: Family, *values: str) -> str:
    """Return the text of a sample's labels, the values in the order of the family's names."""
    return f"{{{pairs(family.labels, values)}}}"


def header(family: Family) -> str:
    """Return the two lines that stand before a family's samples; help texts hold nothing to escape."""
    return f"# HELP {family.name} {family.help}\n# TYPE {family.name} gauge\n"
