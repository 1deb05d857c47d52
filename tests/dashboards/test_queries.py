"""Every query of every dashboard answers with data from a Prometheus that holds the demo, of two exporters."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.dashboards.asking import Answer, Asker, Query, chosen, queries
from tests.dashboards.conftest import DASHBOARDS
from tests.dashboards.demo import demo_with_a_past
from tests.dashboards.grafana import Dashboard, Value, panels
from tests.dashboards.links import fields, links

EXCEPTIONS: dict[tuple[str, str, str], str] = {
    ("discrepancies", "Pairs that are not judged", "A"): "every pair of the demo is judged",
    ("exporter", "Refused statistics properties", "A"): "the gateways of the demo know all properties",
    ("exporter", "Fields passed over", "A"): "the sources of the demo send no field of a wrong type",
}
"""Queries without data, each with the reason, by dashboard, panel and refId."""

Answers = Mapping[Query, Answer]


@pytest.mark.timeout(600)
def test_every_variable_every_query_and_every_link_has_data(tmp_path: Path) -> None:
    """One test, for each worker that had a part of it would start a demo of its own."""
    assert DASHBOARDS
    with (
        demo_with_a_past(tmp_path, exporters=2) as prometheus,
        contextlib.closing(Asker(prometheus.url, time.time())) as asker,
    ):
        values = {name: chosen(dashboard, asker) for name, dashboard in DASHBOARDS.items()}
        asked = [query for name, dashboard in DASHBOARDS.items() for query in queries(dashboard, values[name])]
        with ThreadPoolExecutor(4) as threads:
            answers = dict(zip(asked, threads.map(asker.ask, asked), strict=True))
    faults = [
        *(fault for name, given in values.items() for fault in variables_without_a_choice(name, given)),
        *queries_without_data(answers),
        *(fault for name, dashboard in DASHBOARDS.items() for fault in links_without_data(name, dashboard, answers)),
    ]

    assert not faults, "\n".join(faults)


def variables_without_a_choice(name: str, values: Mapping[str, Value]) -> Iterator[str]:
    yield from (f"{name}: ${variable} has nothing to choose" for variable, value in values.items() if not value.values)


def queries_without_data(answers: Answers) -> Iterator[str]:
    empty = set()
    for query, answer in answers.items():
        if answer.error:
            yield f"{query.place}: {answer.error}: {query.expression}"
        elif not answer.series:
            empty.add(query.place)
            if query.place not in EXCEPTIONS:
                yield f"{query.place}: no data: {query.expression}"
    yield from (f"{place}: is no exception, it has data" for place in EXCEPTIONS if place not in empty)


def links_without_data(name: str, dashboard: Dashboard, answers: Answers) -> Iterator[str]:
    for panel in panels(dashboard):
        series = [
            labels
            for query, answer in answers.items()
            if query.place[:2] == (name, panel["title"])
            for labels in answer.series
        ]
        there = set[str]().union(*series)
        for link in links({"links": [], "panels": [panel]}):
            lost = (link.fields - fields(panel, series)) | (link.labels - there)
            yield from (f"{name}, {panel['title']}: there is no {field} for {link.address}" for field in lost)
