"""The choices at the head of a dashboard."""

from __future__ import annotations

from dashboards.fields import Json
from dashboards.queries import DATASOURCE

_ON_TIME_RANGE_CHANGE = 2
_ALPHABETICAL = 1

DATASOURCE_VARIABLE: Json = {
    "current": {},
    "hide": 0,
    "includeAll": False,
    "label": "Data source",
    "multi": False,
    "name": "datasource",
    "options": [],
    "query": "prometheus",
    "refresh": 1,
    "regex": "",
    "skipUrlSync": False,
    "type": "datasource",
}


def choice(name: str, label: str, selector: str, of: str = "") -> Json:
    """Let one, some or all values of a label be chosen.

    Args:
        name: of the variable.
        label: what stands before it.
        selector: the series whose label it is.
        of: the label, where it is called otherwise than the variable.
    """
    query = f"label_values({selector}, {of or name})"
    return {
        "allValue": ".*",
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
        "datasource": DATASOURCE,
        "definition": query,
        "hide": 0,
        "includeAll": True,
        "label": label,
        "multi": True,
        "name": name,
        "options": [],
        "query": {"query": query, "refId": "PrometheusVariableQueryEditor-VariableQuery"},
        "refresh": _ON_TIME_RANGE_CHANGE,
        "regex": "",
        "skipUrlSync": False,
        "sort": _ALPHABETICAL,
        "type": "query",
    }


def top(default: int = 10) -> Json:
    """Let be chosen how many a list of the largest shows."""
    numbers = sorted({5, 10, 20, 50, default})
    options = [{"selected": one == default, "text": str(one), "value": str(one)} for one in numbers]
    return {
        "current": {"selected": True, "text": str(default), "value": str(default)},
        "hide": 0,
        "includeAll": False,
        "label": "Top",
        "multi": False,
        "name": "top",
        "options": options,
        "query": ",".join(map(str, numbers)),
        "skipUrlSync": False,
        "type": "custom",
    }


SYSTEM = choice("system", "PowerFlex", "powerflex_up")
POOL = choice("pool", "Storage pool", 'powerflex_storage_pool_info{system=~"$system"}')
CLOUDSTACK = choice("cloudstack", "CloudStack", "cloudstack_up")
