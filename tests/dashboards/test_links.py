"""Every link leads to a dashboard that there is, and sets and takes variables that there are."""

from __future__ import annotations

import pytest

from tests.dashboards.conftest import DASHBOARDS
from tests.dashboards.grafana import Dashboard, variables
from tests.dashboards.links import Link, links

BY_UID = {dashboard["uid"]: dashboard for dashboard in DASHBOARDS.values()}
LINKS = [(dashboard, link) for dashboard in DASHBOARDS.values() for link in links(dashboard)]


def name_of(value: Dashboard | Link) -> str:
    return value.panel if isinstance(value, Link) else str(value["uid"])


def variables_of(dashboard: Dashboard) -> set[str]:
    return {variable["name"] for variable in variables(dashboard)}


@pytest.mark.parametrize(("dashboard", "link"), LINKS, ids=name_of)
def test_a_link_leads_somewhere(dashboard: Dashboard, link: Link) -> None:
    assert link.variables - variables_of(dashboard) == set()
    if link.uid:
        assert link.uid in sorted(BY_UID)
        assert link.given - variables_of(BY_UID[link.uid]) == set()
    else:
        assert link.address.startswith("https://")


@pytest.mark.parametrize("dashboard", DASHBOARDS.values(), ids=name_of)
def test_a_list_of_dashboards_holds_the_others(dashboard: Dashboard) -> None:
    listed = [set(link["tags"]) for link in dashboard["links"] if link["type"] == "dashboards"]

    assert listed
    for tags in listed:
        assert all(tags <= set(other["tags"]) for other in DASHBOARDS.values())
