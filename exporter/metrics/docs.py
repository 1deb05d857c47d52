"""The metric reference, written from the catalogue."""

from __future__ import annotations

from collections.abc import Iterable

from exporter.metrics.catalogue import ALL, CLOUDSTACK, EXPORTER, POWERFLEX
from exporter.metrics.catalogue.family import Family

_INTRODUCTION = """\
# Metrics

This page is written by `make docs` from the catalogue in `exporter/metrics/catalogue`.

All values come from scheduled polls, not from the scrape: `powerflex_exporter_poll_last_success_timestamp_seconds`
tells when. A value that is not known has no sample; it is never 0. A reading older than three poll intervals (or one
interval and two time-outs, if that is longer) is dropped with all its series.

Sizes are bytes. `system` is the configured name of a PowerFlex system; pools are named by `pool_id` and `pool`
together, because the same name can stand in two protection domains.
"""


def reference() -> str:
    """Return the reference of all families as Markdown."""
    sections = (("PowerFlex", POWERFLEX), ("CloudStack", CLOUDSTACK), ("The exporter itself", EXPORTER))
    tables = "".join(f"\n## {title}\n\n{_table(families)}" for title, families in sections)
    return f"{_INTRODUCTION}{tables}{_joins()}"


def _table(families: Iterable[Family]) -> str:
    rows = [
        f"| `{family.name}` | {family.kind} | {family.unit} | {_labels(family)} | {family.help} | {family.source} |"
        for family in families
    ]
    return "\n".join(("| metric | type | unit | labels | meaning | source |", "|---|---|---|---|---|---|", *rows, ""))


def _joins() -> str:
    joins = "\n".join(f"# {family.name}\n{family.join}\n" for family in ALL if family.join)
    return f"\n## Joins\n\nHow a metric is joined with its partner on the other side.\n\n```promql\n{joins}```\n"


def _labels(family: Family) -> str:
    return ", ".join(f"`{label}`" for label in family.labels)
