"""The JSON that is committed is the one that the sources make, and Grafana's schema knows all of it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from dashboards.__main__ import FOLDER, files
from tests.dashboards.conftest import DASHBOARDS
from tests.dashboards.grafana import Dashboard
from tests.dashboards.schema import faults


def test_make_dashboards_would_change_nothing() -> None:
    committed = {path.name: path.read_text() for path in FOLDER.glob("*.json")}

    assert sorted(committed) == sorted(files())
    assert [name for name, text in files().items() if committed[name] != text] == [], "run make dashboards"


@pytest.mark.parametrize("name", DASHBOARDS)
def test_the_schema_knows_all_of_it(name: str) -> None:
    assert faults(DASHBOARDS[name]) == []


@pytest.fixture
def dashboard() -> Dashboard:
    return copy.deepcopy(DASHBOARDS["overview"])


@pytest.fixture
def panel(dashboard: Dashboard) -> dict[str, Any]:
    """The first figure of the overview."""
    found: dict[str, Any] = next(panel for panel in dashboard["panels"] if panel["type"] == "stat")
    return found


class TestTheSchemaCheck:
    """It finds what somebody could get wrong."""

    def test_a_key_that_is_misspelt(self, dashboard: Dashboard, panel: dict[str, Any]) -> None:
        panel["options"]["colourMode"] = panel["options"].pop("colorMode")

        assert faults(dashboard) == [".panels[1].options.colourMode is not in the schema"]

    def test_a_key_in_the_wrong_place(self, dashboard: Dashboard, panel: dict[str, Any]) -> None:
        panel["fieldConfig"]["unit"] = panel["fieldConfig"]["defaults"].pop("unit")

        assert faults(dashboard) == [".panels[1].fieldConfig.unit is not in the schema"]

    def test_a_word_that_is_none_of_those_allowed(self, dashboard: Dashboard, panel: dict[str, Any]) -> None:
        panel["options"]["graphMode"] = "sparkline"

        assert ["'sparkline'" in fault for fault in faults(dashboard)] == [True]

    def test_a_text_for_a_number(self, dashboard: Dashboard, panel: dict[str, Any]) -> None:
        panel["fieldConfig"]["defaults"]["thresholds"]["steps"][1]["value"] = "1"

        assert ["'1'" in fault for fault in faults(dashboard)] == [True]

    def test_an_option_of_another_kind_of_panel(self, dashboard: Dashboard, panel: dict[str, Any]) -> None:
        panel["type"] = "bargauge"

        assert ".panels[1].options.graphMode is not in the schema" in faults(dashboard)

    def test_a_range_of_a_query_that_is_misspelt(self, dashboard: Dashboard, panel: dict[str, Any]) -> None:
        panel["targets"][0]["isInstant"] = panel["targets"][0].pop("instant")

        assert faults(dashboard) == [".panels[1].targets[0].isInstant is not in the schema"]
