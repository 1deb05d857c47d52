"""Every query of a dashboard as Grafana would send it, and what Prometheus answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from tests.dashboards.grafana import (
    Dashboard,
    Panel,
    Value,
    interpolated,
    intervals,
    panels,
    seconds,
    step,
    time_range,
    variables,
)

_LABEL_VALUES = re.compile(r"label_values\((?:(?P<selector>.+),)?\s*(?P<label>\w+)\s*\)")
_QUERY_RESULT = re.compile(r"query_result\((?P<expression>.+)\)")


@dataclass(frozen=True)
class Query:
    """A query with everything filled in."""

    dashboard: str
    panel: str
    ref: str
    expression: str
    length: int
    step: int | None
    """None: it is asked for this moment alone."""
    legend: str = ""

    @property
    def place(self) -> tuple[str, str, str]:
        return self.dashboard, self.panel, self.ref


@dataclass(frozen=True)
class Answer:
    """What came back: the labels of the series that have a number, or the error."""

    series: list[dict[str, str]]
    error: str = ""


class Asker:
    """Asks a Prometheus as Grafana does."""

    def __init__(self, url: str, end: float) -> None:
        self._client = httpx.Client(base_url=f"{url}/api/v1", timeout=60, trust_env=False)
        self._end = end

    def close(self) -> None:
        self._client.close()

    def ask(self, query: Query) -> Answer:
        """Run a query over its range, or for this moment."""
        if query.step is None:
            return self._ask("query", query=query.expression, time=self._end)
        end = self._end // query.step * query.step
        start = (self._end - query.length) // query.step * query.step
        return self._ask("query_range", query=query.expression, start=start, end=end, step=query.step)

    def _ask(self, path: str, **parameters: str | float) -> Answer:
        answer = self._client.post(path, data=parameters).json()
        if answer["status"] != "success":
            return Answer([], answer["error"])
        data = answer["data"]
        if data["resultType"] == "scalar":
            return Answer([{}])
        return Answer([one["metric"] for one in data["result"] if _has_a_number(one)])

    def choices(self, query: str, length: int) -> list[str]:
        """Give what the query of a variable finds, in order."""
        expression, label = parts_of(query)
        if not label:
            answer = self._ask("query", query=expression, time=self._end)
            assert answer.error == "", f"{query}: {answer.error}"
            return sorted(map(_written, answer.series))
        asked: dict[str, str | float] = {"start": self._end - length, "end": self._end}
        if expression:
            asked["match[]"] = expression
        found = self._client.get(f"label/{label}/values", params=asked).json()
        assert found["status"] == "success", f"{query}: {found['error']}"
        return sorted(value for value in found["data"] if value)


def _has_a_number(one: Mapping[str, Any]) -> bool:
    return any(value != "NaN" for _, value in one.get("values", [one.get("value")]))


def _written(metric: Mapping[str, str]) -> str:
    labels = ",".join(f'{name}="{value}"' for name, value in metric.items() if name != "__name__")
    return f"{metric.get('__name__', '')}{{{labels}}}"


def chosen(dashboard: Dashboard, asker: Asker) -> dict[str, Value]:
    """Choose what the variables stand for: All where that can be had, else what the dashboard opens with."""
    values: dict[str, Value] = {}
    length = time_range(dashboard)
    for variable in variables(dashboard):
        values[variable["name"]] = _value(variable, _options(variable, asker, values, length))
    return values


def examples(dashboard: Dashboard) -> dict[str, Value]:
    """Give something that each variable could stand for."""
    return {
        variable["name"]: Value(["x"] if variable["type"] == "query" else _fixed_options(variable)[:1])
        for variable in variables(dashboard)
    }


def query_of(variable: Mapping[str, Any]) -> str:
    """Give the query of a variable, or the list of its options."""
    query = variable["query"]
    return str(query["query"] if isinstance(query, dict) else query)


def parts_of(query: str) -> tuple[str, str]:
    """Give the expression that the query of a variable asks for, and the label that it wants of the result."""
    if found := _LABEL_VALUES.fullmatch(query):
        return found["selector"] or "", found["label"]
    found = _QUERY_RESULT.fullmatch(query)
    assert found, f"not known here: {query}"
    return found["expression"], ""


def _fixed_options(variable: Mapping[str, Any]) -> list[str]:
    return [option.split(" : ")[-1].strip() for option in query_of(variable).split(",")]


def _options(variable: Mapping[str, Any], asker: Asker, values: Mapping[str, Value], length: int) -> list[str]:
    if variable["type"] != "query":
        return _fixed_options(variable)
    options = asker.choices(interpolated(query_of(variable), values), length)
    if not variable.get("regex"):
        return options
    pattern = re.compile(re.sub(r"\(\?<(\w+)>", r"(?P<\1>", variable["regex"].strip("/")))
    found = [match for match in map(pattern.search, options) if match]
    return [match.groupdict().get("value") or match[min(pattern.groups, 1)] for match in found]


def _value(variable: Mapping[str, Any], options: list[str]) -> Value:
    listed = bool(variable.get("multi") or variable.get("includeAll"))
    if variable.get("includeAll"):
        return Value(options, listed, variable.get("allValue") or None)
    current = variable.get("current", {}).get("value")
    if variable["type"] == "query" or not current:
        return Value(options[:1], listed)
    return Value(current if isinstance(current, list) else [current], listed)


def queries(dashboard: Dashboard, values: Mapping[str, Value]) -> Iterator[Query]:
    """Give the queries of all panels, and those of annotations."""
    name = dashboard["uid"].removeprefix("powerflex-")
    length = time_range(dashboard)
    for panel in panels(dashboard):
        for target in panel.get("targets", []):
            yield _query(name, panel, target, values, length)
    for annotation in dashboard["annotations"]["list"]:
        if "expr" in annotation:
            wide = {"gridPos": {"w": 24}}
            step_ = step(wide, length)
            expression = interpolated(annotation["expr"], {**values, **intervals(length, step_)})
            yield Query(name, "annotations", annotation["name"], expression, length, step_)


def _query(name: str, panel: Panel, target: Mapping[str, Any], values: Mapping[str, Value], length: int) -> Query:
    own = seconds(panel["timeFrom"].removeprefix("now-")) if panel.get("timeFrom") else length
    step_ = step(panel, own)
    expression = interpolated(target["expr"], {**values, **intervals(own, step_)})
    asked_step = None if target.get("instant") else step_
    return Query(name, panel["title"], target["refId"], expression, own, asked_step, target.get("legendFormat", ""))
