"""What holds for every dashboard: the rules of Grafana's dashboard linter that apply here, and habits of our own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, get_args, get_type_hints

import pytest
from grafana_foundation_sdk.models import units

from tests.dashboards.asking import query_of
from tests.dashboards.conftest import DASHBOARDS
from tests.dashboards.grafana import Dashboard, Panel, panels, variables
from tests.known_series import known_series
from tests.promql import names

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
SHORTEST_POLL = 30
UNITS = {get_args(hint)[0] for hint in get_type_hints(units).values()} | {"dateTimeFromNow"}
GRAPHS = {"timeseries", "state-timeline", "status-history"}
FIGURES = {"stat", "gauge", "bargauge", "table"}

PANELS = [(name, panel) for name, dashboard in DASHBOARDS.items() for panel in panels(dashboard)]
QUERIED = [(name, panel) for name, panel in PANELS if panel["type"] != "text"]
TARGETS = [(name, panel, target) for name, panel in QUERIED for target in panel.get("targets", [])]
CHOICES = [
    (name, one) for name, dashboard in DASHBOARDS.items() for one in variables(dashboard) if one["type"] == "query"
]


def called(value: Any) -> str:  # noqa: ANN401  # whatever a test is parametrised with
    return str(value.get("title") or value.get("refId") or value.get("name")) if isinstance(value, dict) else str(value)


each_dashboard = pytest.mark.parametrize(("name", "dashboard"), DASHBOARDS.items(), ids=called)
each_panel = pytest.mark.parametrize(("name", "panel"), PANELS, ids=called)
each_queried_panel = pytest.mark.parametrize(("name", "panel"), QUERIED, ids=called)
each_target = pytest.mark.parametrize(("name", "panel", "target"), TARGETS, ids=called)
each_choice = pytest.mark.parametrize(("name", "variable"), CHOICES, ids=called)


# Dashboards


@each_dashboard
def test_nobody_edits_it_in_grafana_and_it_is_found_again(name: str, dashboard: Dashboard) -> None:
    assert dashboard["editable"] is False
    assert dashboard["id"] is None
    assert dashboard["uid"] == f"powerflex-{name}"
    assert dashboard["tags"] == ["cloudstack", "powerflex"]
    assert dashboard["title"].startswith("PowerFlex / ")


@each_dashboard
def test_it_answers_a_question_and_begins_with_the_verdict(name: str, dashboard: Dashboard) -> None:
    assert dashboard["description"].endswith("?")
    first, *others = dashboard["panels"]
    assert (first["type"], first["title"]) == ("row", "Verdict")
    assert others[0]["type"] in {"stat", "gauge"}


@each_dashboard
def test_grafana_has_nothing_to_migrate(name: str, dashboard: Dashboard) -> None:
    assert dashboard["schemaVersion"] >= 39
    assert all(panel["pluginVersion"] >= "10" for panel in panels(dashboard))
    assert not {"rows", "sharedCrosshair", "hideControls"} & set(dashboard)


@each_dashboard
def test_its_time_and_its_cursor_are_shared(name: str, dashboard: Dashboard) -> None:
    assert dashboard["timezone"] == "browser"
    assert dashboard["graphTooltip"] == 1
    assert dashboard["time"]["to"] == "now"


@each_dashboard
def test_it_asks_no_oftener_than_the_exporter_polls(name: str, dashboard: Dashboard) -> None:
    number, unit = dashboard["refresh"][:-1], dashboard["refresh"][-1:]

    assert not dashboard["refresh"] or int(number) * {"s": 1, "m": 60}[unit] >= SHORTEST_POLL


@each_dashboard
def test_the_other_dashboards_are_one_click_away_with_what_was_chosen(name: str, dashboard: Dashboard) -> None:
    (link,) = dashboard["links"]

    assert link["type"] == "dashboards"
    assert link["tags"] == dashboard["tags"]
    assert all(link[option] for option in ("asDropdown", "includeVars", "keepTime"))


@each_dashboard
def test_panels_have_ids_and_titles_of_their_own(name: str, dashboard: Dashboard) -> None:
    ids = [panel["id"] for panel in [*panels(dashboard), *rows_of(dashboard)]]
    titles = [panel["title"] for panel in panels(dashboard)]

    assert sorted(ids) == sorted(set(ids))
    assert sorted(titles) == sorted(set(titles))


@each_dashboard
def test_panels_do_not_overlap(name: str, dashboard: Dashboard) -> None:
    for together in (dashboard["panels"], *(row["panels"] for row in rows_of(dashboard))):
        taken = [cell for panel in together for cell in cells(panel)]
        assert len(taken) == len(set(taken))
        assert all(0 <= column < 24 for column, _ in taken)


def rows_of(dashboard: Dashboard) -> list[Panel]:
    return [panel for panel in dashboard["panels"] if panel["type"] == "row"]


def cells(panel: Panel) -> Iterator[tuple[int, int]]:
    place = panel["gridPos"]
    for column in range(place["x"], place["x"] + place["w"]):
        for line in range(place["y"], place["y"] + place["h"]):
            yield column, line


# Variables


@each_dashboard
def test_there_is_one_data_source_to_choose(name: str, dashboard: Dashboard) -> None:
    (source,) = [one for one in variables(dashboard) if one["type"] == "datasource"]

    assert (source["name"], source["label"], source["query"]) == ("datasource", "Data source", "prometheus")
    assert variables(dashboard)[0] is source


@each_choice
def test_a_choice_is_of_one_some_or_all(name: str, variable: dict[str, Any]) -> None:
    assert variable["label"]
    assert variable["datasource"] == DATASOURCE
    assert variable["includeAll"]
    assert variable["multi"]
    assert variable["allValue"] in {".*", ".+"}
    assert variable["current"]["value"] == ["$__all"]
    assert variable["definition"] == variable["query"]["query"]


@each_choice
def test_a_choice_is_sorted_and_follows_the_time_range(name: str, variable: dict[str, Any]) -> None:
    assert variable["refresh"] == 2
    assert variable["sort"] == 1


@each_dashboard
def test_what_can_be_chosen_has_an_effect(name: str, dashboard: Dashboard) -> None:
    asked = " ".join(target["expr"] for panel in panels(dashboard) for target in panel.get("targets", []))
    asked += " ".join(query_of(variable) for variable in variables(dashboard))
    chosen = [one["name"] for one in variables(dashboard) if one["type"] != "datasource"]

    assert [one for one in chosen if f"${one}" not in asked and f"${{{one}" not in asked] == []


# Panels


@each_panel
def test_a_panel_says_what_it_shows(name: str, panel: Panel) -> None:
    assert panel["title"]
    assert panel["description"].endswith(".")


@each_queried_panel
def test_a_panel_asks_the_chosen_data_source(name: str, panel: Panel) -> None:
    assert panel["targets"]
    assert [panel["datasource"], *(target["datasource"] for target in panel["targets"])] == [DATASOURCE] * (
        1 + len(panel["targets"])
    )


@each_queried_panel
def test_a_panel_has_a_unit_that_grafana_knows(name: str, panel: Panel) -> None:
    assert set(values_of(panel, "unit")) - UNITS == set()


@each_queried_panel
def test_a_share_has_bounds(name: str, panel: Panel) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    if defaults["unit"] == "percentunit":
        assert defaults["min"] == 0
        assert defaults.get("max") == 1 or defaults["custom"]["axisSoftMax"] == 1
    for properties in overridden(panel):
        if properties.get("unit") == "percentunit":
            assert (properties["min"], properties["max"]) == (0, 1)


@each_queried_panel
def test_a_count_that_stays_0_is_not_drawn_up_to_100(name: str, panel: Panel) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    if panel["type"] == "timeseries" and defaults["unit"] == "none":
        assert defaults["custom"]["axisSoftMax"] == 2


@each_queried_panel
def test_unknown_looks_unknown(name: str, panel: Panel) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    of_nothing = [
        mapping["options"]["result"] for mapping in defaults["mappings"] if mapping["options"].get("match") == "null"
    ]

    assert len(of_nothing) == 1
    assert not {defaults["noValue"], of_nothing[0]["text"]} & {"0", "0 %", "OK", "ok", "yes", "no"}
    assert of_nothing[0]["color"] not in {"green", "orange", "red", "blue"}
    assert defaults["custom"].get("spanNulls", False) is False


@each_queried_panel
def test_a_curve_of_what_is_wrong_is_not_green(name: str, panel: Panel) -> None:
    if panel["type"] == "timeseries":
        colored = {override["matcher"]["options"] for override in panel["fieldConfig"]["overrides"]}
        wrong = re.compile(r'failed_capacity_bytes|filesystem="(read_only|unknown)"|state!~"None|discrepancies\{')
        assert {target["refId"] for target in panel["targets"] if wrong.search(target["expr"])} <= colored


@each_queried_panel
def test_a_threshold_begins_below_everything(name: str, panel: Panel) -> None:
    for thresholds in values_of(panel, "thresholds"):
        first, *others = (step["value"] for step in thresholds["steps"])
        assert first is None
        assert all(lower < upper for lower, upper in pairwise(others))


@each_queried_panel
def test_an_exception_is_of_fields_that_there_are(name: str, panel: Panel) -> None:
    refs = {target["refId"] for target in panel["targets"]}
    shown = {target["legendFormat"] for target in panel["targets"]} | columns_of(panel)
    for override in panel["fieldConfig"]["overrides"]:
        match override["matcher"]:
            case {"id": "byFrameRefID", "options": ref}:
                assert ref in refs
            case {"id": "byName", "options": field}:
                assert field in shown
            case {"id": "byRegexp", "options": pattern}:
                assert [field for field in shown if re.fullmatch(pattern, field)]


@each_queried_panel
def test_many_values_under_the_cursor_are_told_apart(name: str, panel: Panel) -> None:
    options = panel["options"]
    if panel["type"] == "timeseries":
        assert options["tooltip"] == {"mode": "multi", "sort": "desc"}
        assert options["legend"]["showLegend"]
    if options.get("legend", {}).get("displayMode") == "table":
        assert options["legend"]["calcs"]


@each_queried_panel
def test_a_legend_that_shows_some_of_its_lines_begins_with_the_worst(name: str, panel: Panel) -> None:
    legend = panel["options"].get("legend", {})
    if legend.get("displayMode") == "table":
        less_is_worse = panel["title"].startswith("Days until") or " less " in panel["title"]
        assert (legend["sortBy"], legend["sortDesc"]) == ("Last *", not less_is_worse)


@each_queried_panel
def test_a_number_of_days_says_so(name: str, panel: Panel) -> None:
    """Grafana would show 396 days as 1.08 years, so they have no unit."""
    if panel["fieldConfig"]["defaults"]["unit"] == "none":
        for target in panel["targets"]:
            if re.search(r"/ 86400|_days\b|days_until", target["expr"]):
                said = [panel["title"], *(column for column in columns_of(panel) if "days" in column)]
                assert "days" in " ".join(said).lower()


@each_queried_panel
def test_days_that_are_far_off_do_not_flatten_those_that_are_near(name: str, panel: Panel) -> None:
    if panel["type"] == "timeseries" and any("days_until" in target["expr"] for target in panel["targets"]):
        assert (panel["fieldConfig"]["defaults"]["min"], panel["fieldConfig"]["defaults"]["max"]) == (0, 90)
        assert "90 days" in panel["description"]


@each_queried_panel
def test_a_link_takes_the_time_and_the_data_source_along(name: str, panel: Panel) -> None:
    for link in [link for links in values_of(panel, "links") for link in links]:
        assert link["title"]
        if link["url"].startswith("/d/"):
            assert "${datasource:queryparam}" in link["url"]
            assert "${__url_time_range}" in link["url"]
            filled_in = re.findall(r"\$\{__(?:data|field)[^}]+\}", link["url"])
            assert [one for one in filled_in if not one.endswith(":percentencode}")] == []


def overridden(panel: Panel) -> Iterator[dict[str, Any]]:
    for override in panel["fieldConfig"]["overrides"]:
        yield {each["id"]: each["value"] for each in override["properties"]}


def values_of(panel: Panel, key: str) -> Iterator[Any]:
    yield panel["fieldConfig"]["defaults"][key]
    yield from (properties[key] for properties in overridden(panel) if key in properties)


def columns_of(panel: Panel) -> set[str]:
    """The columns of a table by the names that they are shown with."""
    columns = set()
    for step in panel.get("transformations", []):
        if step["id"] == "organize":
            renamed = step["options"]["renameByName"]
            columns |= {renamed.get(field, field) for field in step["options"]["indexByName"]}
    return columns


# Queries


@each_target
def test_a_query_is_of_a_range_in_a_graph_and_of_now_elsewhere(name: str, panel: Panel, target: dict[str, Any]) -> None:
    kinds = dict.fromkeys(GRAPHS, "range") | dict.fromkeys(FIGURES, "instant")
    if panel["type"] == "stat" and panel["options"]["graphMode"] != "none":
        kinds["stat"] = "range"

    assert {kind for kind in ("range", "instant") if target[kind]} == {kinds[panel["type"]]}
    assert target["format"] == ("table" if panel["type"] == "table" else "time_series")


@each_target
def test_a_series_has_a_name(name: str, panel: Panel, target: dict[str, Any]) -> None:
    assert bool(target["legendFormat"]) == (panel["type"] != "table")


@each_target
def test_a_tenant_is_named_in_full(name: str, panel: Panel, target: dict[str, Any]) -> None:
    """Every installation has an admin, and two domains can have accounts of one name."""
    if "{{account}}" in target["legendFormat"]:
        assert target["legendFormat"] == "{{cloudstack}} · {{domain}} · {{account}}{{project}}"


@each_target
def test_a_rate_is_of_a_counter_over_the_interval_that_grafana_gives(
    name: str, panel: Panel, target: dict[str, Any]
) -> None:
    for function, of, window in re.findall(r"\b(i?rate|increase|resets)\((\w+)[^\[]*\[([^\]]+)\]", target["expr"]):
        assert of.endswith("_total"), f"{of} is no counter"
        if function != "increase":
            assert window == "$__rate_interval"


@each_target
def test_a_counter_is_asked_for_its_growth_alone(name: str, panel: Panel, target: dict[str, Any]) -> None:
    counters = {name for name in names(plain(target["expr"])) if name.endswith("_total")}
    rated = set(re.findall(r"\b(?:i?rate|increase|resets)\((\w+)", target["expr"]))

    assert counters - rated == set()


@each_target
def test_nothing_that_is_unknown_becomes_0(name: str, panel: Panel, target: dict[str, Any]) -> None:
    assert not re.search(r"\bor\s+(on\s*\(\)\s*)?(vector|absent|scalar)\b", target["expr"])


@each_target
def test_the_largest_stay_the_same_over_a_graph(name: str, panel: Panel, target: dict[str, Any]) -> None:
    """Else a graph holds each series that was among the largest at any moment."""
    if target["range"] and re.search(r"\b(top|bottom)k\b", target["expr"]):
        assert "@ end()" in target["expr"]


@each_target
def test_what_was_chosen_narrows_a_query(name: str, panel: Panel, target: dict[str, Any]) -> None:
    series = known_series()
    labels = set[str]().union(*(series[of] for of in names(plain(target["expr"])) if of in series))
    chosen = {one["name"] for one in variables(DASHBOARDS[name]) if one["type"] == "query"} & labels

    assert [variable for variable in sorted(chosen) if f"${variable}" not in target["expr"]] == []


def plain(expression: str) -> str:
    """Give PromQL that can be parsed."""
    return re.sub(r"\$__\w+", "5m", expression).replace("$top", "5")


@each_queried_panel
def test_a_unit_is_that_of_the_metric(name: str, panel: Panel) -> None:
    """Of plain queries: who counts or divides makes another unit."""
    expected = {
        unit
        for target in panel["targets"]
        if not re.search(r" / |\bcount\b|\* [1-9]|^\(?\w+_over_time|days_until|rate\(", target["expr"])
        for of in names(plain(target["expr"]))
        if (unit := unit_of(of))
    }

    assert expected - set(values_of(panel, "unit")) == set()


def unit_of(metric: str) -> str | None:
    endings = {
        "_bytes_per_second": "Bps",
        "_iops": "iops",
        "_latency_seconds": "s",
        "_duration_seconds": "s",
        "_bytes": "bytes",
        ":ratio": "percentunit",
        "_ratio": "percentunit",
    }
    return next((unit for ending, unit in endings.items() if metric.endswith(ending)), None)
