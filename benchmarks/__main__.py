"""Measures what the largest PowerFlex costs, and prints it as tables; a wrong page ends it with an error.

python -m benchmarks [--full]
"""

from __future__ import annotations

import platform
import sys
from datetime import UTC, datetime
from os import cpu_count, getloadavg
from typing import Any

from benchmarks.children import figures, serving

_LARGEST, _WITH_SNAPSHOTS = 131_072, 264_192
_SMALL = 10_000
_SCALES = (1_000, 10_000, 100_000, _WITH_SNAPSHOTS)
_WATCHED_SECONDS = 40


class Table:
    """A table of goals: what, goal, floor, measured, ratio."""

    def __init__(self) -> None:
        print(f"{'what':56}{'goal':>14}{'floor':>10}{'measured':>11}{'ratio':>8}")

    def row(self, what: str, goal: str, measured: float, floor: float | None = None) -> None:
        """Print one line."""
        least = "" if floor is None else f"{floor:.3f}"
        ratio = "" if not floor else f"{measured / floor:.2f}"
        print(f"{what:56}{goal:>14}{least:>10}{measured:11.3f}{ratio:>8}", flush=True)


def goals(objects: int, cloud: int, routers: int) -> None:
    """Print the table of goals."""
    table = Table()
    with serving("gateway", objects) as port:
        found = figures("rounds", port, objects)
        least, whole = found["floor"], found["whole"]
        table.row("requests in a round", "<= 12", found["requests"])
        table.row("CPU s from the answers to the page, all series", "<= 2 x floor", whole["total"], least["total"])
        table.row("  of it receiving and decoding", "", whole["poll"], least["receive"] + least["decode"])
        table.row("  of it rendering and compressing", "", whole["publish"], least["format"] + least["compress"])
        table.row("CPU s, only the pools are new, to a whole round", "< 0.05", found["pools"]["total"], whole["total"])
        table.row("longest stall of the event loop, s", "< 0.150", found["longest_stall"])
        table.row("RSS between rounds, MiB", "< 250", found["rss_steady"])
        table.row("RSS at its peak, MiB", "< 500", found["rss_peak"])
        served = figures("serving", port, objects, "all", _WATCHED_SECONDS)
        table.row("serve: longest answer of /-/healthy, s", "< 0.150", served["healthy_longest"])
        table.row("serve: RSS, median, MiB", "< 250", served["rss_median"])
        table.row("serve: RSS at its peak, MiB", "< 500", served["rss_peak"])
        table.row("scrape, gzip, s, to a static file", "<= 2 x floor", served["scrape"], served["static"])
        _prometheus(table, "all series", served)
        _prometheus(table, "default configuration", figures("serving", port, objects, "default", 1))
    standard = figures("standard", objects)
    table.row("CPU s of generate_latest, to our page", ">= 8 x", standard["standard"], standard["page"])
    joined = figures("join", cloud, routers)
    decoding = joined["cloudstack"] + joined["array"]
    table.row(f"CPU s of the join, {cloud} volumes, to decoding", "<= 0.5 x", joined["join"], decoding)
    with serving("gateway", cloud, cloud, routers) as port:
        found = figures("rounds", port, cloud, cloud, routers, 1)
        whole = found["whole"]["total"]
        table.row("with CloudStack: CPU s of a whole round", "", whole)
        table.row("with CloudStack: only the pools are new", "< 0.05", found["pools"]["total"], whole)
        table.row(f"with CloudStack: only {routers} routers are new", "< 0.05", found["routers"]["total"], whole)
        table.row("with CloudStack: longest stall, s", "< 0.150", found["longest_stall"])
        table.row("with CloudStack: RSS between rounds, MiB", "", found["rss_steady"])
        table.row("with CloudStack: requests in a round", "", found["requests"])


def _prometheus(table: Table, what: str, found: dict[str, Any]) -> None:
    if "prometheus_up" in found:
        table.row(f"Prometheus, {what}: first scrape, s", "< 10", found["prometheus_first_scrape"])
        table.row(f"Prometheus, {what}: later scrapes, s", "< 10", found["prometheus_scrape"])
        table.row(f"Prometheus, {what}: RSS, MiB", "", found["prometheus_rss"])


def scaling() -> None:
    """Print the law of growth."""
    names = (
        "objects",
        "series",
        "page MB",
        "gzip MB",
        "CPU s",
        "floor",
        "ratio",
        "us/object",
        "stall s",
        "RSS",
        "peak",
    )
    print("\n" + "".join(f"{name:>10}" for name in names))
    for objects in _SCALES:
        with serving("gateway", objects) as port:
            found = figures("rounds", port, objects)
        whole = found["whole"]["total"]
        cells = (
            f"{objects}",
            f"{found['series']}",
            f"{found['bytes'] / 1e6:.1f}",
            f"{found['deflated'] / 1e6:.2f}",
            f"{whole:.3f}",
            f"{found['floor']['total']:.3f}",
            f"{found['to_floor']:.2f}",
            f"{whole / objects * 1e6:.1f}",
            f"{found['longest_stall']:.3f}",
            f"{found['rss_steady']:.0f}",
            f"{found['rss_peak']:.0f}",
        )
        print("".join(f"{cell:>10}" for cell in cells), flush=True)


def main() -> None:
    """Measure and print."""
    full = sys.argv[1:] == ["--full"]
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {platform.platform()}, Python {platform.python_version()},")
    print(f"{cpu_count()} cores, load {getloadavg()[0]:.1f}\n")
    if full:
        goals(_LARGEST, 100_000, 10_000)
        scaling()
    else:
        goals(_SMALL, _SMALL, 1_000)
    print(f"\nload {getloadavg()[0]:.1f}; every page held what the generator made")


if __name__ == "__main__":
    main()
