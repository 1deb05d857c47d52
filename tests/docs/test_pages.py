"""The pages are true: their links, commands, queries, flags, paths and messages."""

from __future__ import annotations

import argparse
import ast
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any, cast, get_args

import pytest
from starlette.responses import Response
from starlette.routing import Route

from exporter.cli import _parser
from exporter.config import PowerFlex, PowerFlexSchedule, format_duration, parse_duration
from exporter.inventory.store import stale_after
from exporter.metrics.catalogue import ALL
from exporter.metrics.docs import reference
from exporter.powerflex.collectors import COLLECTORS
from exporter.simulator import Simulator, config_yaml, default_scenario
from exporter.simulator.gateway.control import ControlEndpoints
from exporter.simulator.gateway.faults import Action
from exporter.web.app import create_app

from .conftest import ROOT, Page

Pages = dict[str, Page]

LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
CODE = re.compile(r"`([^`]+)`")
METRIC = re.compile(r"\bpowerflex_[a-z_]+\b")
PROGRAM = "cloudstack-powerflex-exporter"
PROMETHEUS_LABELS = {"kind", "installation", "provisioning", "data_layout", "type"}
EVERY_COLLECTOR = "all others"
"""How the pages call the collectors that have no row of their own."""


def anchors(page: Page) -> set[str]:
    words = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(page.prose())]
    return {heading.replace(" ", "-") for heading in words}


def commands() -> dict[str, argparse.ArgumentParser]:
    actions = _parser()._actions
    return next(dict(one.choices) for one in actions if isinstance(one, argparse._SubParsersAction))


def run(*words: str | Path, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, check=False, cwd=folder, capture_output=True, text=True, timeout=60)


def test_every_link_leads_somewhere(pages: Pages) -> None:
    broken = []
    for page in pages.values():
        for link in LINK.findall(page.prose()):
            path, _, anchor = link.partition("#")
            if link.startswith("https://"):
                continue
            target = (page.path.parent / path).resolve() if path else page.path
            named = target.relative_to(ROOT).as_posix()
            if not target.exists() or (anchor and anchor not in anchors(pages[named])):
                broken.append(f"{page.name}: {link}")

    assert broken == []


def test_every_page_is_within_reach_of_the_readme(pages: Pages) -> None:
    reached: set[str] = set()
    ahead = ["README.md"]
    while ahead:
        page = pages[ahead.pop()]
        reached.add(page.name)
        for link in LINK.findall(page.prose()):
            target = (page.path.parent / link.partition("#")[0]).resolve()
            name = target.relative_to(ROOT).as_posix() if target.is_relative_to(ROOT) else ""
            if name in pages and name not in reached:
                ahead.append(name)

    assert set(pages) - reached == set()


def test_the_reference_of_the_metrics_is_the_catalogue(pages: Pages) -> None:
    assert pages["docs/metrics.md"].text == reference(), "run make docs"


def test_every_metric_that_a_page_names_is_there(pages: Pages) -> None:
    named = {name for page in pages.values() for name in METRIC.findall(page.text)}

    assert named - {family.name for family in ALL} == set()


def test_every_query_is_one(pages: Pages, tmp_path: Path) -> None:
    queries = [query for page in pages.values() for block in page.blocks("promql") for query in block.split("\n\n")]
    rules = "groups:\n- name: documentation\n  rules:\n" + "".join(
        f"  - record: query{number}\n    expr: |\n" + "".join(f"      {line}\n" for line in query.splitlines())
        for number, query in enumerate(queries)
    )
    (tmp_path / "rules.yaml").write_text(rules)

    checked = run("promtool", "check", "rules", tmp_path / "rules.yaml")

    assert len(queries) > 10
    assert f"SUCCESS: {len(queries)} rules found" in checked.stdout + checked.stderr


def test_the_scrape_configuration_is_one(pages: Pages, tmp_path: Path) -> None:
    (block,) = [one for one in pages["README.md"].blocks("yaml") if "scrape_configs" in one]
    (tmp_path / "prometheus.yaml").write_text(block)

    checked = run("promtool", "check", "config", tmp_path / "prometheus.yaml")

    assert checked.returncode == 0, checked.stderr


def test_the_configuration_in_the_readme_is_valid(pages: Pages, tmp_path: Path) -> None:
    (block,) = [one for one in pages["README.md"].blocks("yaml") if "powerflex:" in one]
    (tmp_path / "config.yaml").write_text(block)
    (tmp_path / "powerflex-password").write_text("secret\n")
    with Simulator(default_scenario(live=False)) as simulator:
        (tmp_path / "gateway-ca.pem").write_bytes(simulator.ca_file.read_bytes())

    checked = run(sys.executable, "-m", "exporter", "check-config", "--config.file", "config.yaml", folder=tmp_path)

    assert (checked.returncode, checked.stderr) == (0, "")


def test_every_command_can_be_given(pages: Pages) -> None:
    lines = [line for page in pages.values() for block in page.blocks("sh") for line in block.splitlines()]
    silent = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    for line in lines:
        assert run("bash", "-n", "-c", line).returncode == 0, line
        words = shlex.split(line.partition(" | ")[0])
        if words[0] == "make":
            subprocess.run([*words, "--dry-run"], check=True, cwd=ROOT, env=silent, capture_output=True)
        elif Path(words[0]).name == PROGRAM and words[1:] != ["--version"]:
            _parser().parse_args(words[1:])
        elif words[0].startswith(".venv/bin/"):
            assert words[1:4] == ["-m", "pytest", "tests/docs"], line
        else:
            assert Path(words[0]).name in {"curl", "docker", "openssl", "pip", "python3", "scli", PROGRAM}, line

    assert len(lines) > 20


def test_every_command_and_flag_is_documented(pages: Pages) -> None:
    page = pages["docs/command-line.md"]
    known: dict[str, set[str]] = {}
    for name, parser in commands().items():
        for action in parser._actions:
            for flag in action.option_strings:
                known.setdefault(flag, set()).add(name)
    del known["-h"], known["--help"]

    written = {row[0].strip("`").split()[0]: set(CODE.findall(row[1])) for row in page.rows("| Flag |")}
    everywhere = {flag for flag, names in written.items() if not names}

    assert [row[0].strip("`") for row in page.rows("| Command |")] == sorted(
        commands(), key=["serve", "once", "check-config", "demo", "simulate", "metrics-docs"].index
    )
    assert written | {flag: set(commands()) for flag in everywhere} == known


def test_the_defaults_of_the_flags_are_true(pages: Pages) -> None:
    parsers = commands().values()
    options = {flag: one for parser in parsers for one in parser._actions for flag in one.option_strings}
    for row in pages["docs/command-line.md"].rows("| Flag |"):
        flag = row[0].strip("`").split()[0]
        default = options[flag].default
        assert row[2].strip("`") == (":10445" if flag == "--web.listen-address" else str(default))


def test_every_path_is_documented(pages: Pages) -> None:
    async def answer(_request: object) -> Response:
        return Response()

    app = create_app(
        metrics=cast("Any", answer),
        metrics_path="/metrics",
        status=cast("Any", answer),
        ready=lambda: True,
        max_requests=40,
    )

    written = {row[0].strip("`") for row in pages["docs/http.md"].rows("| Path |")}

    assert {route.path for route in app.routes if isinstance(route, Route)} == written


def test_every_quoted_message_is_one_of_ours(pages: Pages) -> None:
    """An ellipsis in a quoted message stands for what differs."""
    page = pages["docs/troubleshooting.md"]
    ours = [
        node.value
        for path in (ROOT / "exporter").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    cells = [row[0] for heading in ("## `powerflex_up`", "## A collector") for row in messages(page, heading)]
    quoted = [message for cell in cells for message in CODE.findall(cell)]
    for message in quoted:
        for part in filter(None, (part.strip() for part in message.split("…"))):
            if part != "answered":
                assert any(part in text for text in ours), message

    assert len(quoted) > 12


def messages(page: Page, heading: str) -> list[list[str]]:
    start = page.text.index(f"\n{heading}")
    table = page.text[page.text.index("\n| Message", start) :].split("\n\n")[0].strip().splitlines()
    return [row.strip("|").split(" | ") for row in table[2:]]


def test_the_ages_at_which_readings_are_dropped_are_true(pages: Pages) -> None:
    intervals = PowerFlexSchedule().model_dump()
    timeout = PowerFlex.model_fields["timeout"].default
    rows = pages["docs/reading-the-numbers.md"].rows("| Collector |")
    written = {row[0].strip("`"): (in_seconds(row[1]), in_seconds(row[2])) for row in rows}
    of_the_others = written.pop(EVERY_COLLECTOR)

    for name, interval in intervals.items():
        expected = (interval, stale_after(interval, timeout))
        assert written.get(name, of_the_others) == expected, format_duration(interval)


def in_seconds(words: str) -> float:
    return parse_duration(words.replace("min", "m").replace(" ", ""))


def test_what_is_asked_of_a_gateway_is_what_the_page_says(pages: Pages, tmp_path: Path) -> None:
    page = pages["docs/powerflex-user.md"]
    rows = page.rows("| Collector |")
    asked = [request for row in rows for request in CODE.findall(row[1])]
    with Simulator(default_scenario(live=False)) as simulator:
        (tmp_path / "config.yaml").write_text(config_yaml(simulator))
        once = run(sys.executable, "-m", "exporter", "once", "--config.file", tmp_path / "config.yaml")
        sent = {
            name: sorted(f"{entry.method} {entry.path}" for entry in gateway.requests.entries)
            for name, gateway in simulator.gateways.items()
        }

    assert once.returncode == 0, once.stderr
    assert [row[0].strip("`") for row in rows] == list(COLLECTORS)
    alerts = {"pf-ams1": "GET /rest/v1/alerts", "pf-ams2": "GET /api/types/Alert/instances"}
    for name, of_the_other_version in alerts.items():
        wanted = sorted(request for request in asked if request != of_the_other_version)
        assert len(wanted) == 12
        assert [request for request in sent[name] if not is_of_the_session(request)] == wanted


def is_of_the_session(request: str) -> bool:
    return "log" in request or request == "GET /api/version"


def test_the_intervals_on_the_page_are_the_defaults(pages: Pages) -> None:
    rows = pages["docs/powerflex-user.md"].rows("| Collector |")

    assert {row[0].strip("`"): in_seconds(row[2]) for row in rows} == PowerFlexSchedule().model_dump()


def test_the_simulators_calls_and_faults_are_documented(pages: Pages) -> None:
    page = pages["docs/simulator.md"]
    with Simulator(default_scenario(live=False), tls=False) as simulator:
        machine = next(iter(simulator.gateways.values())).machine
        routes = ControlEndpoints(machine).routes()

    calls = " ".join(row[0] for row in page.rows("| Call |"))
    written = {words.split()[-1] for words in CODE.findall(calls) if "/" in words}

    assert {route.path for route in routes} == written
    assert {action for action in get_args(Action) if f"`{action}`" not in page.text} == set()


def test_the_architecture_names_every_part(pages: Pages) -> None:
    parts = {path.stem for path in (ROOT / "exporter").iterdir() if path.suffix in {".py", ""}}
    parts = {part for part in parts if not part.startswith("_")}

    written = {row[0].strip("`").removeprefix("exporter.") for row in pages["docs/architecture.md"].rows("| Package |")}

    assert written == parts - {"py"}


@pytest.mark.parametrize("word", ["TODO", "FIXME", "TBD"])
def test_nothing_is_left_open(pages: Pages, word: str) -> None:
    assert [page.name for page in pages.values() if word in page.text] == []
