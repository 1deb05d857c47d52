"""A dashboard out of sections of panels, placed from left to right and from top to bottom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grafanalib import core

from dashboards.fields import Json
from dashboards.panels import Panel, Row
from dashboards.queries import DATASOURCE
from dashboards.variables import DATASOURCE_VARIABLE

_SCHEMA = 39
_COLUMNS = 24
_SHARED_CROSSHAIR = 1
_TAGS = ["cloudstack", "powerflex"]


_GRAFANAS_OWN = {
    "builtIn": 1,
    "datasource": {"type": "grafana", "uid": "-- Grafana --"},
    "enable": True,
    "hide": True,
    "iconColor": "rgba(0, 211, 255, 1)",
    "name": "Annotations & Alerts",
    "type": "dashboard",
}
"""Grafana adds it to a dashboard that lacks it."""

_BEFORE_GRAFANA_7 = {"__inputs", "gnetId", "hideControls", "rows", "sharedCrosshair", "style"}


class Dashboard(core.Dashboard):  # type: ignore[misc]  # grafanalib has no types
    """A dashboard without what Grafana takes out again when it loads one."""

    def to_json_data(self) -> Json:
        """Give the dashboard as it is stored."""
        written = super().to_json_data() | {"timepicker": {}}
        return {name: value for name, value in written.items() if name not in _BEFORE_GRAFANA_7}


@dataclass(frozen=True)
class Section:
    """Panels under a heading. A collapsed one asks for nothing until it is opened."""

    title: str
    panels: Sequence[Panel]
    collapsed: bool = False


def dashboard(  # noqa: PLR0913  # what a dashboard has
    name: str,
    title: str,
    question: str,
    sections: Sequence[Section],
    *,
    variables: Sequence[Json],
    time_range: str = "6h",
) -> Dashboard:
    """Give a dashboard; its uid is `powerflex-` and its name, and never changes."""
    board: Dashboard = Dashboard(
        title=title,
        description=question,
        uid=f"powerflex-{name}",
        tags=_TAGS,
        editable=False,
        graphTooltip=_SHARED_CROSSHAIR,
        links=[_others()],
        panels=_placed(sections),
        refresh="1m",
        schemaVersion=_SCHEMA,
        templating=core.Templating([DATASOURCE_VARIABLE, *variables]),
        annotations=core.Annotations([_GRAFANAS_OWN, _restarts()]),
        time=core.Time(f"now-{time_range}", "now"),
        timezone="browser",
    ).auto_panel_ids()
    return board


def _others() -> Json:
    return {
        "asDropdown": True,
        "icon": "external link",
        "includeVars": True,
        "keepTime": True,
        "tags": _TAGS,
        "targetBlank": False,
        "title": "PowerFlex",
        "tooltip": "The other dashboards of CloudStack on PowerFlex",
        "type": "dashboards",
        "url": "",
    }


def _restarts() -> Json:
    """Mark when the exporter started: gaps and counters begin anew there."""
    return {
        "datasource": DATASOURCE,
        "enable": True,
        "expr": (
            "changes(process_start_time_seconds[$__rate_interval]) > 0"
            " and on (job, instance) powerflex_exporter_build_info"
        ),
        "hide": False,
        "iconColor": "blue",
        "name": "Exporter started",
        "titleFormat": "The exporter started",
    }


def _placed(sections: Sequence[Section]) -> list[Panel | Row]:
    placed: list[Panel | Row] = []
    top = 0
    for section in sections:
        heading = core.GridPos(1, _COLUMNS, 0, top)
        bottom = _flow(section.panels, top + 1)
        within, beside = (section.panels, ()) if section.collapsed else ((), section.panels)
        placed += [Row(title=section.title, collapsed=section.collapsed, panels=list(within), gridPos=heading), *beside]
        top = top + 1 if section.collapsed else bottom
    return placed


def _flow(panels: Sequence[Panel], top: int) -> int:
    """Place panels in lines, each as high as its highest panel, and tell where the last one ends."""
    left = height = 0
    for panel in panels:
        size = panel.gridPos
        if left + size.w > _COLUMNS:
            top, left, height = top + height, 0, 0
        panel.gridPos = core.GridPos(size.h, size.w, left, top)
        left, height = left + size.w, max(height, size.h)
    return top + height
