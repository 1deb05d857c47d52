"""What Grafana makes of a dashboard's JSON before it asks Prometheus: variables, steps, intervals."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Dashboard = dict[str, Any]
Panel = dict[str, Any]

SCRAPE_INTERVAL = 15
"""Seconds: what Grafana assumes unless the data source says otherwise."""
_SCREEN_PIXELS = 1600
_STEPS = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_REFERENCE = re.compile(r"\$(\w+)|\[\[(\w+?)(?::(\w+))?\]\]|\$\{(\w+)(?::([^}]+))?\}")


def panels(dashboard: Dashboard) -> Iterator[Panel]:
    """Give the panels, those of collapsed rows as well."""
    for panel in dashboard["panels"]:
        yield from panels(panel) if panel["type"] == "row" else [panel]


def variables(dashboard: Dashboard) -> list[dict[str, Any]]:
    """Give the variables in their order."""
    listed: list[dict[str, Any]] = dashboard["templating"]["list"]
    return listed


def seconds(duration: str) -> int:
    """Read a duration such as 6h."""
    number, unit = duration[:-1], duration[-1]
    return int(number) * _UNITS[unit]


def time_range(dashboard: Dashboard) -> int:
    """Give the length of the time range that the dashboard opens with, in seconds."""
    assert dashboard["time"]["to"] == "now"
    return seconds(dashboard["time"]["from"].removeprefix("now-"))


def step(panel: Panel, length: int) -> int:
    """Give the step in seconds at which Grafana draws a range of this length in this panel."""
    points = panel.get("maxDataPoints") or _SCREEN_PIXELS * panel["gridPos"]["w"] / 24
    least = seconds(panel["interval"]) if panel.get("interval") else SCRAPE_INTERVAL
    return max(min(_STEPS, key=lambda nice: abs(nice - length / points)), least)


@dataclass(frozen=True)
class Value:
    """What a variable stands for."""

    values: list[str]
    listed: bool = False
    """Whether more than one could be chosen, so that it stands in a pattern."""
    pattern: str | None = None
    """What All stands for, where the dashboard says so."""

    def written(self, form: str | None) -> str:
        """Give the text that takes the place of a reference."""
        if self.pattern is not None and form != "text":
            return self.pattern
        if form is None:
            form = "prometheus" if self.listed else "quoted"
        each = [_FORMS[form](value) for value in self.values]
        if form in {"prometheus", "regex"}:
            return each[0] if len(each) == 1 else f"({'|'.join(each)})"
        return {"pipe": "|"}.get(form, ",").join(each)


_FORMS: dict[str, Callable[[str], str]] = {
    "prometheus": lambda value: re.sub(r"[$^*{}\[\]'+?.()|]", r"\\\\\g<0>", value.replace("\\", r"\\\\")),
    "quoted": lambda value: value.replace("\\", r"\\").replace('"', r"\""),
    "regex": lambda value: re.sub(r"[\\^$*+?.()|\[\]{}/]", r"\\\g<0>", value),
    "pipe": str,
    "csv": str,
    "raw": str,
    "text": str,
}


def intervals(length: int, step_: int) -> dict[str, Value]:
    """Give the variables that Grafana adds to a query over a range of this length."""
    given = {
        "__interval": f"{step_}s",
        "__interval_ms": f"{step_ * 1000}",
        "__rate_interval": f"{max(step_ + SCRAPE_INTERVAL, 4 * SCRAPE_INTERVAL)}s",
        "__range": f"{length}s",
        "__range_s": f"{length}",
        "__range_ms": f"{length * 1000}",
    }
    return {name: Value([text]) for name, text in given.items()}


def interpolated(text: str, values: Mapping[str, Value]) -> str:
    """Put values in the place of variables. What is no variable stays, as it does in Grafana."""

    def replacement(found: re.Match[str]) -> str:
        name = found[1] or found[2] or found[4]
        return values[name].written(found[3] or found[5]) if name in values else found[0]

    return _REFERENCE.sub(replacement, text)
