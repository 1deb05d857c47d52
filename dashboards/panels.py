"""The kinds of panels, in the JSON that Grafana 10 to 12 writes itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from grafanalib import core

from dashboards.fields import NO_LABEL, Json, field_config
from dashboards.queries import DATASOURCE, numbered

_GRAFANA = "10.4.0"
"""Whose shape of a panel this is. Without it Grafana takes a panel for one of version 6, and converts it."""

_MOMENTS = 60
"""Grafana refuses to draw more cells than there is room for."""

_SOFT_MAXIMUM = {"none": 2, "percentunit": 1}
"""How far an axis reaches at least. Grafana would draw a count that is 0 all the time on one from 0 to 100."""

_STATES = {
    "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
    "rowHeight": 0.9,
    "showValue": "never",
    "tooltip": {"mode": "single", "sort": "none"},
}


class Panel(core.Panel):  # type: ignore[misc]  # grafanalib has no types
    """A panel of any kind. What grafanalib writes for Grafana before 7 is left out."""

    def to_json_data(self) -> Json:
        """Give the panel as it is stored."""
        panel = {
            "datasource": self.dataSource,
            "description": self.description,
            "gridPos": self.gridPos,
            "id": self.id,
            "pluginVersion": _GRAFANA,
            "targets": self.targets,
            "timeFrom": self.timeFrom,
            "title": self.title,
            "transformations": self.transformations,
            **self.extraJson,
        }
        return {name: value for name, value in panel.items() if value not in (None, [], {})}


class Row(core.RowPanel):  # type: ignore[misc]  # grafanalib has no types
    """The heading of a section; a collapsed one holds its panels."""

    def to_json_data(self) -> Json:
        """Give the row as it is stored."""
        return {
            "collapsed": self.collapsed,
            "gridPos": self.gridPos,
            "id": self.id,
            "panels": self.panels,
            "title": self.title,
            "type": "row",
        }


def _panel(  # noqa: PLR0913  # what every kind of panel has
    kind: str,
    title: str,
    description: str,
    queries: Sequence[Json],
    *,
    fields: Json,
    options: Json,
    width: int,
    rows: int,
    transformations: Sequence[Json] = (),
    last: str | None = None,
) -> Panel:
    return Panel(
        dataSource=DATASOURCE,
        title=title,
        description=description,
        targets=numbered(queries),
        transformations=list(transformations),
        gridPos=core.GridPos(h=rows, w=width, x=0, y=0),
        timeFrom=last,
        extraJson={"type": kind, "fieldConfig": fields, "options": options},
    )


def _reduced(calculation: str = "lastNotNull") -> Json:
    return {"calcs": [calculation], "fields": "", "values": False}


def timeseries(  # noqa: PLR0913  # the choices of a graph
    title: str,
    description: str,
    *queries: Json,
    unit: str,
    width: int = 12,
    rows: int = 8,
    stacked: bool = False,
    legend: Literal["table", "list"] = "list",
    least_first: bool = False,
    last: str | None = None,
    **field: Any,  # noqa: ANN401  # passed on to field_config
) -> Panel:
    """Draw courses. Gaps stay gaps, for there nothing was known.

    A legend that is a table begins with what is largest now, or least: it shows only some of its lines at once.
    `last` is a time range of its own, such as `7d`, where the dashboard's does not fit the question.
    """
    custom = {
        "axisPlacement": "auto",
        "drawStyle": "line",
        "fillOpacity": 30 if stacked else 0,
        "lineInterpolation": "linear",
        "lineWidth": 1,
        "showPoints": "never",
        "spanNulls": False,
        "stacking": {"group": "A", "mode": "normal" if stacked else "none"},
        "thresholdsStyle": {"mode": "off"},
    } | ({"axisSoftMax": _SOFT_MAXIMUM[unit]} if unit in _SOFT_MAXIMUM else {})
    options = {
        "legend": {
            "calcs": ["lastNotNull", "max"] if legend == "table" else [],
            "displayMode": legend,
            "placement": "bottom",
            "showLegend": True,
        }
        | ({"sortBy": "Last *", "sortDesc": not least_first} if legend == "table" else {}),
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    return _panel(
        "timeseries",
        title,
        description,
        queries,
        fields=field_config(unit, open_ended=True, color="palette-classic", custom=custom, **field),
        options=options,
        width=width,
        rows=rows,
        last=last,
    )


def stat(  # noqa: PLR0913  # the choices of a figure
    title: str,
    description: str,
    *queries: Json,
    unit: str,
    width: int = 4,
    rows: int = 4,
    graph: bool = False,
    text: Literal["auto", "value", "value_and_name"] = "auto",
    **field: Any,  # noqa: ANN401  # passed on to field_config
) -> Panel:
    """Show a figure, in the colour of its threshold."""
    options = {
        "colorMode": "background" if not graph else "value",
        "graphMode": "area" if graph else "none",
        "justifyMode": "auto",
        "orientation": "auto",
        "reduceOptions": _reduced(),
        "showPercentChange": False,
        "textMode": text,
        "wideLayout": True,
    }
    fields = field_config(unit, **field)
    return _panel("stat", title, description, queries, fields=fields, options=options, width=width, rows=rows)


def gauge(
    title: str,
    description: str,
    *queries: Json,
    unit: str,
    width: int = 4,
    rows: int = 5,
    **field: Any,  # noqa: ANN401  # passed on to field_config
) -> Panel:
    """Show a figure on a dial from the least to the most that it can be."""
    options = {
        "minVizHeight": 75,
        "minVizWidth": 75,
        "orientation": "auto",
        "reduceOptions": _reduced(),
        "showThresholdLabels": False,
        "showThresholdMarkers": True,
        "sizing": "auto",
    }
    fields = field_config(unit, **field)
    return _panel("gauge", title, description, queries, fields=fields, options=options, width=width, rows=rows)


def bar_gauge(
    title: str,
    description: str,
    *queries: Json,
    unit: str,
    width: int = 8,
    rows: int = 8,
    **field: Any,  # noqa: ANN401  # passed on to field_config
) -> Panel:
    """Draw a bar for each series, one below the other."""
    options = {
        "displayMode": "basic",
        "maxVizHeight": 300,
        "minVizHeight": 16,
        "minVizWidth": 8,
        "namePlacement": "auto",
        "orientation": "horizontal",
        "reduceOptions": _reduced(),
        "showUnfilled": True,
        "sizing": "auto",
        "valueMode": "color",
    }
    fields = field_config(unit, **field)
    return _panel("bargauge", title, description, queries, fields=fields, options=options, width=width, rows=rows)


def table(  # noqa: PLR0913  # the choices of a table
    title: str,
    description: str,
    *queries: Json,
    unit: str = "short",
    width: int = 24,
    rows: int = 8,
    transformations: Sequence[Json],
    **field: Any,  # noqa: ANN401  # passed on to field_config
) -> Panel:
    """List rows; the columns are what the transformations leave. A label that a row lacks leaves its cell empty."""
    custom = {"align": "auto", "cellOptions": {"type": "auto"}, "filterable": True, "inspect": False}
    options = {
        "cellHeight": "sm",
        "footer": {"countRows": False, "reducer": ["sum"], "show": False},
        "showHeader": True,
    }
    return _panel(
        "table",
        title,
        description,
        queries,
        fields=field_config(unit, custom=custom, mappings=[NO_LABEL], **field),
        options=options,
        width=width,
        rows=rows,
        transformations=transformations,
    )


def state_timeline(
    title: str,
    description: str,
    *queries: Json,
    width: int = 12,
    rows: int = 8,
    **field: Any,  # noqa: ANN401  # passed on to field_config
) -> Panel:
    """Draw how long each state lasted, a line for each series, in the colours of its value mappings."""
    options = _STATES | {"alignValue": "left", "mergeValues": True}
    # Coloured by thresholds, Grafana would merge by them and pass over the mappings.
    fields = field_config("none", color="palette-classic", custom={"fillOpacity": 70, "lineWidth": 0}, **field)
    return _panel("state-timeline", title, description, queries, fields=fields, options=options, width=width, rows=rows)


def status_history(
    title: str,
    description: str,
    *queries: Json,
    width: int = 12,
    rows: int = 8,
    **field: Any,  # noqa: ANN401  # passed on to field_config
) -> Panel:
    """Draw a cell for each of 60 moments, a line for each series, in the colours of its value mappings."""
    options = _STATES | {"colWidth": 0.9}
    fields = field_config("none", color="palette-classic", custom={"fillOpacity": 70, "lineWidth": 1}, **field)
    panel = _panel(
        "status-history", title, description, queries, fields=fields, options=options, width=width, rows=rows
    )
    panel.extraJson["maxDataPoints"] = _MOMENTS
    return panel


def text(title: str, description: str, content: str, *, width: int = 12, rows: int = 8) -> Panel:
    """Show Markdown."""
    options = {"content": content, "mode": "markdown"}
    return _panel("text", title, description, (), fields={}, options=options, width=width, rows=rows)
