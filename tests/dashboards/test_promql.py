"""The dashboards ask only for series and labels that there are."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.dashboards.asking import Query, examples, parts_of, queries, query_of
from tests.dashboards.conftest import DASHBOARDS
from tests.dashboards.grafana import interpolated, variables
from tests.known_series import known_series
from tests.promql import examine

_LEGEND = re.compile(r"\{\{\s*(\w+)\s*\}\}")
QUERIES = [query for dashboard in DASHBOARDS.values() for query in queries(dashboard, examples(dashboard))]
VARIABLES = [
    (name, variable, interpolated(query_of(variable), examples(dashboard)))
    for name, dashboard in DASHBOARDS.items()
    for variable in variables(dashboard)
    if variable["type"] == "query"
]


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: "-".join(query.place))
def test_a_query_asks_only_for_what_there_is(query: Query) -> None:
    left, faults = examine(query.expression, known_series())

    assert faults == []
    assert set(_LEGEND.findall(query.legend)) - left == set()


@pytest.mark.parametrize(("dashboard", "variable", "query"), VARIABLES, ids=str)
def test_a_variable_asks_only_for_what_there_is(dashboard: str, variable: dict[str, Any], query: str) -> None:
    expression, label = parts_of(query)
    left, faults = examine(expression, known_series())

    assert faults == []
    assert {label} - {""} - left == set()
