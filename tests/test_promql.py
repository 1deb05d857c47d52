"""The examination of PromQL finds what is wrong, and knows which labels are left."""

from __future__ import annotations

import pytest

from tests.promql import examine, names, waves

KNOWN = {
    "used": frozenset({"system", "pool_id", "pool"}),
    "total": frozenset({"system", "pool_id", "pool"}),
    "threshold": frozenset({"system", "pool_id", "pool", "level"}),
    "info": frozenset({"system", "pool_id", "zone"}),
    "up": frozenset(),
}


@pytest.mark.parametrize(
    ("expression", "labels"),
    [
        ('used{pool=~"a.*"}', {"system", "pool_id", "pool"}),
        ("rate(used[5m])", {"system", "pool_id", "pool"}),
        ("-(max_over_time(used[1d:1h]))", {"system", "pool_id", "pool"}),
        ("used / total", {"system", "pool_id", "pool"}),
        ("used / on (system, pool_id) total", {"system", "pool_id"}),
        ("threshold > ignoring (level) group_left () used", {"system", "pool_id", "pool", "level"}),
        ("used * on (system, pool_id) group_left (zone) info", {"system", "pool_id", "pool", "zone"}),
        ("info * on (system, pool_id) group_right (zone) used", {"system", "pool_id", "pool", "zone"}),
        ("used and on (system) info", {"system", "pool_id", "pool"}),
        ("used unless total > 5", {"system", "pool_id", "pool"}),
        ("sum(used) or vector(0)", set()),
        ("used or info", {"system", "pool_id", "pool", "zone"}),
        ("sum by (system) (used)", {"system"}),
        ("sum without (level) (threshold)", {"system", "pool_id", "pool"}),
        ("topk(5, used)", {"system", "pool_id", "pool"}),
        ('count_values by (system) ("size", used)', {"system", "size"}),
        ('label_replace(used, "name", "$1", "pool", "(.+)")', {"system", "pool_id", "pool", "name"}),
        ('label_replace(used, "capacity", "used", "", "")', {"system", "pool_id", "pool", "capacity"}),
        ('label_join(used, "name", "/", "system", "pool")', {"system", "pool_id", "pool", "name"}),
        ('absent(used{system="a", pool!="b"})', {"system"}),
        ('{__name__=~"used|info", system="a"}', {"system", "pool_id", "pool", "zone"}),
        ("time() - used", {"system", "pool_id", "pool"}),
        ("2 * 3", set()),
    ],
)
def test_labels_that_are_left(expression: str, labels: set[str]) -> None:
    found, faults = examine(expression, KNOWN)

    assert (set(found), faults) == (labels, [])


@pytest.mark.parametrize(
    ("expression", "fault"),
    [
        ("sum(usd)", "there is no series usd"),
        ('{__name__=~"us.?"}', "there is no series "),
        ('used{zone="a"}', "there is no label zone in used"),
        ("sum by (level) (used)", "there is no label level in used"),
        ("sum without (level) (used)", "there is no label level in used"),
        ("used / on (system, zone) info", "there is no label zone in used"),
        ("used / on (pool) info", "there is no label pool in info"),
        ("used / ignoring (level) total", "there is no label level in used / ignoring (level) total"),
        ("used * on (system) group_left (pol) info", "there is no label pol in the one side of"),
        ("threshold > used", "the sides of > never match, they differ in level"),
        ("used unless threshold", "the sides of unless never match, they differ in level"),
        ("sum by (system) (sum by (pool) (used))", "there is no label system in sum by (pool)"),
        ('label_replace(used, "x", "$1", "zone", "(.+)")', "there is no label zone in label_replace"),
    ],
)
def test_faults(expression: str, fault: str) -> None:
    _, (found,) = examine(expression, KNOWN)

    assert found.replace("{}", "").startswith(fault)


def test_no_promql_at_all() -> None:
    with pytest.raises(ValueError, match="matrix"):
        examine("rate(used)", KNOWN)


def test_rules_that_rest_on_others_come_after_them() -> None:
    ratio = {"record": "ratio", "expr": "used / total"}
    trend = {"record": "trend", "expr": "deriv(ratio[7d:1h])"}
    days = {"record": "days", "expr": "(1 - ratio) / trend"}

    assert waves([days, trend, ratio]) == [[ratio], [trend], [days]]
    assert names(days["expr"]) == {"ratio", "trend"}
