"""The pages about CloudStack are true: the role, what is asked, the reasons, the settings."""

from __future__ import annotations

import ast
import asyncio
import re
import shlex
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from exporter.cloudstack.collectors import COLLECTORS
from exporter.cloudstack.collectors.settings import _PREFIXES
from exporter.cloudstack.router_walk import _REQUESTS_PER_SECOND, ROUTERS_PER_POLL
from exporter.cloudstack.signing import VALID_SECONDS
from exporter.config import CloudStackSchedule, Reconciliation, RouterHealthChecks, load_config, parse_duration
from exporter.model.findings import Reason, Suspension
from exporter.service import Service
from exporter.simulator import Simulator, config_yaml, default_scenario

from .conftest import ROOT, Page

Pages = dict[str, Page]

PAGE = "docs/cloudstack-user.md"
FRESH = "getRouterHealthCheckResults"
CODE = re.compile(r"`([^`]+)`")
SETTING = re.compile(
    r"`((?:custom\.cs|router\.health|storage\.pool|pool\.storage|storage\.over|vm\.configdrive|powerflex\.[a-z]+)\.[a-z.]+)`"
)
ZONES_AND_POOLS = {"ams": {"zones": 2, "pools": 3}, "lab": {"zones": 1, "pools": 2}}
"""How many zones and pools the installations of the simulator have."""


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(default_scenario(live=False), tls=False) as running:
        yield running


@pytest.fixture
def config(simulator: Simulator, tmp_path: Path) -> Path:
    """A configuration of the CloudStack installations alone."""
    text = config_yaml(simulator)
    path = tmp_path / "config.yaml"
    path.write_text(text[text.index("cloudstack:") :])
    return path


def once(config: Path) -> tuple[str, list[str]]:
    """Poll every collector once; return the exposition and the failures."""

    async def poll() -> tuple[bytes, list[str]]:
        return await Service(load_config(str(config))).once()

    exposition, failures = asyncio.run(poll())
    return exposition.decode(), failures


def role(pages: Pages) -> list[str]:
    text = pages[PAGE].text
    section = text[text.index("\n## The role\n") :].split("\n## ")[1]
    (block,) = re.findall(r"^```\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    return str(block).split()


def called_by_the_code() -> set[str]:
    """Return the commands that are called by name in `exporter/cloudstack`."""
    return {
        node.args[0].value
        for path in (ROOT / "exporter/cloudstack").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"call", "list"}
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


def test_the_role_is_what_the_code_calls(pages: Pages) -> None:
    commands = role(pages)

    assert set(commands) == called_by_the_code()
    assert len(commands) == len(set(commands))
    assert [row[0].strip("`") for row in pages[PAGE].rows("| Command |")] == commands


def test_the_role_is_made_with_these_rules_and_denies_the_rest(pages: Pages) -> None:
    lines = [line for block in pages[PAGE].blocks("sh") for line in block.splitlines()]
    rules = [shlex.split(line)[3:] for line in lines if "createRolePermission" in line]

    assert rules == [
        *([f"rule={command}", "permission=allow"] for command in role(pages)),
        ["rule=*", "permission=deny"],
    ]


def test_the_role_is_enough(pages: Pages, simulator: Simulator, config: Path) -> None:
    for commands in (role(pages), [command for command in role(pages) if command != FRESH]):
        for server in simulator.management_servers.values():
            server.allow("admin", commands)

        _, failures = once(config)

        assert failures == []


def test_no_command_of_the_role_is_too_much(pages: Pages, simulator: Simulator, config: Path) -> None:
    ams, lab = simulator.management_servers.values()
    lab.allow("admin", role(pages))
    for command in role(pages):
        ams.allow("admin", [other for other in role(pages) if other != command])
        if command != FRESH:
            _, failures = once(config)
            assert failures
            assert all(f"allow {command} for the role of the API user" in failure for failure in failures)
            assert all(failure.startswith("ams ") for failure in failures)


def test_a_list_of_routers_that_fails_is_gone_round_with_the_whole_role_alone(
    pages: Pages, simulator: Simulator, config: Path
) -> None:
    ams = simulator.management_servers["ams"]
    ams.allow("admin", role(pages))
    fault = {"action": "status", "status": 530, "path": "command=listRouters&fetchhealthcheckresults=true"}
    ams.faults.add({**fault, "body": '{"listroutersresponse": {"errorcode": 530, "errortext": ""}}'})
    try:
        _, with_all = once(config)
        ams.allow("admin", [command for command in role(pages) if command != FRESH])
        _, without = once(config)
    finally:
        ams.faults.clear()

    assert with_all == []
    assert len(without) == 1
    assert f"allow {FRESH} for the role of the API user" in without[0]
    assert not ams.requests.fresh_runs


def test_what_is_asked_of_a_management_server_is_what_the_page_says(
    pages: Pages, simulator: Simulator, config: Path
) -> None:
    rows = pages[PAGE].rows("| Collector |")
    for server in simulator.management_servers.values():
        server.allow("admin", role(pages))
        server.requests.clear()

    _, failures = once(config)

    assert failures == []
    assert list(dict.fromkeys(row[0].strip("`") for row in rows)) == list(COLLECTORS)
    for name, server in simulator.management_servers.items():
        wanted: Counter[str] = Counter()
        for row in rows:
            wanted[row[1].strip("`")] += requests(row[2], ZONES_AND_POOLS[name])
        assert Counter(call.command for call in server.requests.calls) == wanted
        assert {call.method for call in server.requests.calls} == {"POST"}
        number = ZONES_AND_POOLS[name]
        assert wanted.total() == 14 + number["zones"] + 2 * number["pools"]


def requests(words: str, numbers: dict[str, int]) -> int:
    return sum(int(term) if term.isdigit() else numbers[term] for term in words.split(" + "))


def test_the_intervals_on_the_page_are_the_defaults(pages: Pages) -> None:
    rows = pages[PAGE].rows("| Collector |")

    written = {row[0].strip("`"): parse_duration(row[3].replace("min", "m").replace(" ", "")) for row in rows}
    assert written == CloudStackSchedule().model_dump()


def test_the_numbers_in_the_prose_are_the_codes(pages: Pages) -> None:
    text = pages[PAGE].text

    assert f"at most {ROUTERS_PER_POLL} in each poll and {_REQUESTS_PER_SECOND} a second" in text
    assert f"A signature ends by itself after {VALID_SECONDS / 60:g} minutes" in text
    assert f"`reconciliation.grace`, {Reconciliation().grace / 60:g} minutes" in pages["docs/reconciliation.md"].text
    stale_after = f"`router_health_checks.stale_after`, {RouterHealthChecks().stale_after / 60:g} minutes by default"
    assert stale_after in pages["docs/router-health.md"].text


def test_every_reason_is_explained_with_how_to_prove_it_and_what_to_do(pages: Pages) -> None:
    text = pages["docs/reconciliation.md"].text
    sections = {
        section.partition("\n")[0]: section
        for section in text[text.index("\n## The reasons\n") :].split("\n## ")[1].split("\n### ")[1:]
    }

    assert list(sections) == [reason.value for reason in Reason]
    for reason, section in sections.items():
        for words in ("**How it comes about.**", "**Prove it.**", "**Do.**"):
            assert words in section, reason


def test_every_suspension_is_explained(pages: Pages) -> None:
    for page in ("docs/reconciliation.md", "docs/troubleshooting.md"):
        assert [row[0].strip("`") for row in pages[page].rows("| reason |")] == [one.value for one in Suspension]


def test_every_way_to_run_checks_is_explained(pages: Pages) -> None:
    modes = set(
        re.findall(
            r"`(never|stale|always)`", " ".join(row[0] for row in pages["docs/router-health.md"].rows("| run |"))
        )
    )

    assert modes == {"never", "stale", "always"}


def test_the_settings_that_are_named_and_read_are_exported(pages: Pages, simulator: Simulator, config: Path) -> None:
    """A setting that a page tells to look at is among those that the exporter reads, where its name begins so."""
    for server in simulator.management_servers.values():
        server.allow("admin", role(pages))
    exported = set(re.findall(r'cloudstack_setting_info\{cloudstack="\w+",name="([^"]+)"', once(config)[0]))
    named = {name for page in pages.values() for name in SETTING.findall(page.text)}

    assert len(named) > 5
    assert all(name.startswith(_PREFIXES) for name in named)
    assert named - exported == set()
