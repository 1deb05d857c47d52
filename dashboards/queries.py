"""Queries of panels, and what is done with what they bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dashboards.fields import Json

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}


def over_time(expression: str, legend: str) -> Json:
    """Ask for a course over the dashboard's time range."""
    return {"expr": expression, "legendFormat": legend, "range": True, "instant": False, "format": "time_series"}


def now(expression: str, legend: str = "") -> Json:
    """Ask for the values of this moment."""
    return {"expr": expression, "legendFormat": legend, "range": False, "instant": True, "format": "time_series"}


def rows(expression: str) -> Json:
    """Ask for the values of this moment as the rows of a table, a column for each label."""
    return {"expr": expression, "legendFormat": "", "range": False, "instant": True, "format": "table"}


def of_pools(expression: str, selector: str) -> str:
    """Keep what is of the chosen pools, and name their protection domain: the names of pools repeat across them."""
    return (
        f"{expression} * on (instance, system, pool_id) group_left (pool, protection_domain)"
        f" powerflex_storage_pool_info{selector}"
    )


def numbered(queries: Sequence[Json]) -> list[Json]:
    """Give queries their letters and their data source."""
    return [
        {**query, "datasource": DATASOURCE, "editorMode": "code", "refId": chr(ord("A") + index)}
        for index, query in enumerate(queries)
    ]


def columns(names: Mapping[str, str], *, hidden: Sequence[str] = ()) -> list[Json]:
    """Merge the rows of all queries, and give the columns an order and names; the column `Time` goes."""
    return [
        {"id": "merge", "options": {}},
        {
            "id": "organize",
            "options": {
                "excludeByName": dict.fromkeys(("Time", *hidden), True),
                "includeByName": {},
                "indexByName": {name: index for index, name in enumerate(names)},
                "renameByName": {old: new for old, new in names.items() if old != new},
            },
        },
    ]


def sorted_by(column: str, *, descending: bool = True) -> Json:
    """Sort the rows of a table."""
    return {"id": "sortBy", "options": {"fields": {}, "sort": [{"field": column, "desc": descending}]}}
