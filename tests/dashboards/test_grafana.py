"""Steps and variables come out as they do in Grafana."""

from __future__ import annotations

import pytest

from tests.dashboards.asking import parts_of
from tests.dashboards.grafana import Value, interpolated, intervals, step
from tests.dashboards.links import Link, fields

DAY = 86_400
VALUES = {
    "system": Value(["pf-1.a", "pf-2"], listed=True),
    "pool": Value(["a.b"], listed=True),
    "zone": Value(["x", "y"], listed=True, pattern=".*"),
    "volume": Value(['one "b.c"']),
}


@pytest.mark.parametrize(
    ("length", "panel", "seconds"),
    [
        (21_600, {"gridPos": {"w": 24}}, 15),  # 13.5
        (30 * DAY, {"gridPos": {"w": 12}}, 3_600),  # 3,240
        (7 * DAY, {"gridPos": {"w": 12}, "maxDataPoints": 100}, 7_200),  # 6,048
        (3_600, {"gridPos": {"w": 24}}, 15),  # 2.25, and no finer than the scrapes
        (3_600, {"gridPos": {"w": 24}, "interval": "5m"}, 300),
    ],
)
def test_steps(length: int, panel: dict[str, object], seconds: int) -> None:
    assert step(panel, length) == seconds


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ('a{system=~"$system"}', r'a{system=~"(pf-1\\.a|pf-2)"}'),
        ('a{pool=~"${pool}"}', r'a{pool=~"a\\.b"}'),
        ('a{pool=~"${pool:regex}"}', r'a{pool=~"a\.b"}'),
        ('a{zone=~"[[zone]]"}', 'a{zone=~".*"}'),
        ("${system:csv} [[system:pipe]]", "pf-1.a,pf-2 pf-1.a|pf-2"),
        ('a{name="$volume"}', r'a{name="one \"b.c\""}'),
        ("rate(a[$__rate_interval]) $1 $other", "rate(a[75s]) $1 $other"),
    ],
)
def test_variables(text: str, written: str) -> None:
    assert interpolated(text, VALUES | intervals(21_600, 60)) == written


def test_queries_of_variables() -> None:
    assert parts_of('label_values(up{a="b,c"}, system)') == ('up{a="b,c"}', "system")
    assert parts_of("label_values(system)") == ("", "system")
    assert parts_of("query_result(topk(5, up))") == ("topk(5, up)", "")


def test_what_a_link_takes_and_gives() -> None:
    link = Link(
        "Pools",
        '/d/powerflex-volumes?var-pool=${__data.fields.pool_id}&var-x=${__data.fields["Used size"]}'
        "&var-system=${__field.labels.system}&${zone:queryparam}&var-top=$top&${__url_time_range}",
    )

    assert link.uid == "powerflex-volumes"
    assert link.given == {"pool", "x", "system", "zone", "top"}
    assert (link.fields, link.labels, link.variables) == ({"pool_id", "Used size"}, {"system"}, {"zone", "top"})


def test_fields_that_a_table_leaves_out_are_gone() -> None:
    panel = {
        "targets": [{"refId": "A"}],
        "transformations": [
            {
                "id": "organize",
                "options": {"excludeByName": {"job": True, "pool": False}, "renameByName": {"Value #A": "Used size"}},
            }
        ],
    }

    assert fields(panel, [{"pool": "p", "job": "j"}]) == {"Time", "Value", "Value #A", "pool", "Used size"}
