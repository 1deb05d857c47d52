"""Two exporters of one configuration, scraped side by side, break no query of a runbook and none of a dashboard."""

from __future__ import annotations

import re
from collections.abc import Iterator

import promql_parser as promql
import pytest
from promql_parser import LabelModifierType, VectorMatchCardinality

from tests.dashboards.asking import examples, parts_of, queries, query_of
from tests.dashboards.conftest import DASHBOARDS
from tests.dashboards.grafana import interpolated, variables
from tests.known_series import known_series
from tests.promql import examine

from .conftest import RUNBOOKS

_BLOCK = re.compile(r"^```promql\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SET_OPERATORS = {"and", "or", "unless"}

OF_RUNBOOKS = [
    (path.stem, query.strip())
    for path in sorted(RUNBOOKS.glob("*.md"))
    for block in _BLOCK.findall(path.read_text())
    for query in block.split("\n\n")
]
OF_DASHBOARDS = sorted(
    {
        (name, query.expression)
        for name, dashboard in DASHBOARDS.items()
        for query in queries(dashboard, examples(dashboard))
    }
    | {
        (name, expression)
        for name, dashboard in DASHBOARDS.items()
        for variable in variables(dashboard)
        if variable["type"] == "query"
        and (expression := parts_of(interpolated(query_of(variable), examples(dashboard)))[0])
    }
)


@pytest.mark.parametrize(("place", "query"), OF_RUNBOOKS + OF_DASHBOARDS)
def test_what_two_exporters_tell_is_not_mixed(place: str, query: str) -> None:
    assert list(mixed(query)) == []


def test_a_join_that_mixes_is_found() -> None:
    name = 'label_replace(cloudstack_router_info, "a", "b", "zone", "c")'

    assert list(mixed("up == 0 and on (job) up"))
    assert list(mixed("up + on (job) up"))
    assert list(mixed(f"cloudstack_router_running * on (cloudstack, router_id) group_left (zone) {name}"))
    assert list(mixed(f"1 + sum({name} * on (cloudstack, router_id) group_right () cloudstack_router_running)"))
    assert not list(mixed("up == 0 and on (instance) up"))
    assert not list(mixed("up * on (job) group_left () sum by (job) (up)"))
    assert not list(mixed("sum by (job) (up) * on (job) group_right () up"))
    assert not list(mixed("up and on (job) sum by (job) (up)"))


def mixed(query: str) -> Iterator[str]:
    """Find the joins in which series of one exporter meet those of another.

    An operator that calculates or compares fails where the side that has one series for each match has two, as it has
    its `instance` still, which is not matched. `and`, `or` and `unless` do not fail: they take one exporter's word for
    the other's series.
    """
    found: list[promql.BinaryExpr] = []

    def visit(node: promql.Expr) -> None:
        if isinstance(node, promql.BinaryExpr):
            found.append(node)

    promql.walk(promql.parse(query), visit)
    for node in found:
        modifier = node.modifier
        matching = modifier.matching if modifier else None
        if not modifier or not matching or matching.type != LabelModifierType.Include or "instance" in matching.labels:
            continue
        left, right = ("instance" in examine(str(side), known_series())[0] for side in (node.lhs, node.rhs))
        if str(node.op).split()[0] in _SET_OPERATORS:
            fails = left and right
        elif modifier.card == VectorMatchCardinality.ManyToOne:
            fails = right
        elif modifier.card == VectorMatchCardinality.OneToMany:
            fails = left
        else:
            fails = left or right
        if fails:
            yield str(node)
