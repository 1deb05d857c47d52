"""Every query of every dashboard answers with data from a Prometheus that holds the demo."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.dashboards.asking import Answer, Asker, Query, chosen, queries
from tests.dashboards.conftest import DASHBOARDS
from tests.dashboards.demo import demo_with_a_past
from tests.dashboards.grafana import Value, panels
from tests.dashboards.links import fields, links

EXCEPTIONS: dict[tuple[str, str, str], str] = {}
"""Queries without data, each with the reason, by dashboard, panel and refId."""

Variables = dict[str, dict[str, Value]]
Answers = dict[Query, Answer]


@pytest.fixture(scope="module")
def asker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asker]:
    with (
        demo_with_a_past(tmp_path_factory.mktemp("demo")) as prometheus,
        contextlib.closing(Asker(prometheus.url, time.time())) as asker,
    ):
        yield asker


@pytest.fixture(scope="module")
def values(asker: Asker) -> Variables:
    return {name: chosen(dashboard, asker) for name, dashboard in DASHBOARDS.items()}


@pytest.fixture(scope="module")
def answers(asker: Asker, values: Variables) -> Answers:
    asked = [query for name, dashboard in DASHBOARDS.items() for query in queries(dashboard, values[name])]
    with ThreadPoolExecutor(4) as threads:
        return dict(zip(asked, threads.map(asker.ask, asked), strict=True))


def test_every_variable_has_something_to_choose(values: Variables) -> None:
    assert [
        (name, variable) for name, given in values.items() for variable, value in given.items() if not value.values
    ] == []


def test_every_query_answers(answers: Answers) -> None:
    errors = {query.place: (answer.error, query.expression) for query, answer in answers.items() if answer.error}

    assert errors == {}


def test_every_query_answers_with_data(answers: Answers) -> None:
    empty = {query.place: query.expression for query, answer in answers.items() if not answer.series}

    assert {place: expression for place, expression in empty.items() if place not in EXCEPTIONS} == {}
    assert EXCEPTIONS.keys() - empty.keys() == set()


def test_every_link_takes_what_its_panel_has(answers: Answers) -> None:
    missing = {}
    for name, dashboard in DASHBOARDS.items():
        for panel in panels(dashboard):
            series = [
                labels
                for query, answer in answers.items()
                if query.place[:2] == (name, panel["title"])
                for labels in answer.series
            ]
            labels = set[str]().union(*series)
            for link in links({**dashboard, "links": [], "panels": [panel]}):
                if lost := (link.fields - fields(panel, series)) | (link.labels - labels):
                    missing[name, panel["title"], link.address] = lost

    assert missing == {}
