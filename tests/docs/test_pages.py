"""The pages are true: their links, commands, queries, flags, paths and messages."""

from __future__ import annotations

import argparse
import ast
import inspect
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any, cast, get_args

import pytest
import trustme
from starlette.responses import Response
from starlette.routing import Route

from exporter.cli import _parser
from exporter.config import CloudStack, CloudStackSchedule, PowerFlex, PowerFlexSchedule, parse_duration
from exporter.inventory.store import stale_after
from exporter.metrics.catalogue import ALL
from exporter.metrics.docs import reference
from exporter.model.findings import Suspension
from exporter.powerflex.collectors import COLLECTORS
from exporter.simulator import Simulator, config_yaml, default_scenario
from exporter.simulator.cloudstack.control import ManagementControl
from exporter.simulator.gateway.control import GatewayControl
from exporter.simulator.gateway.faults import Action
from exporter.simulator.scenario.changes import _OPERATIONS
from exporter.web.app import create_app
from exporter.web.web_config import _HEADERS, _HTTP, _KEYS, _NOT_SUPPORTED, _TLS, WebConfig, load_web_config

from .conftest import ROOT, Page

Pages = dict[str, Page]

LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
CODE = re.compile(r"`([^`]+)`")
METRIC = re.compile(r"(?<!:)\b(?:powerflex|cloudstack)_[a-z_]+\b(?!\*|\.|:)")
RECORDED = re.compile(r"\b[a-z_]+:[a-z_]+:\w+\b")
PROGRAM = "cloudstack-powerflex-exporter"
PROMETHEUS_LABELS = {"kind", "installation", "provisioning", "data_layout", "type"}
EVERY_COLLECTOR = "all others"
"""How the pages call the collectors that have no row of their own."""
NO_METRICS = {"cloudstack_pool", *Suspension}
"""Labels and their values that begin as metrics do."""
TOOLS = {
    "amtool",
    "cd",
    "chmod",
    "chown",
    "cmk",
    "cp",
    "curl",
    "date",
    "docker",
    "git",
    "htpasswd",
    "kubectl",
    "ln",
    "mkdir",
    "openssl",
    "pip",
    "promtool",
    "python3",
    "scli",
    "systemctl",
    PROGRAM,
}


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

    assert named - {family.name for family in ALL} - NO_METRICS == set()


def test_every_recorded_series_that_a_page_names_is_there(pages: Pages) -> None:
    named = {name for page in pages.values() for name in RECORDED.findall(page.text)}
    rules = "".join(path.read_text() for path in (ROOT / "alerts" / "rules").glob("*.yaml"))

    assert {name for name in named if f"record: {name}\n" not in rules} == set()


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


@pytest.mark.parametrize("page", ["README.md", "docs/web-config.md"])
def test_the_scrape_configuration_is_one(pages: Pages, page: str, tmp_path: Path) -> None:
    (block,) = [one for one in pages[page].blocks("yaml") if "scrape_configs" in one]
    (tmp_path / "prometheus.yaml").write_text(block)
    write_pair(tmp_path, "prometheus", "ca")

    checked = run("promtool", "check", "config", tmp_path / "prometheus.yaml")

    assert checked.returncode == 0, checked.stderr


def test_every_web_configuration_is_one_to_promtool_and_to_the_exporter(pages: Pages, tmp_path: Path) -> None:
    blocks = [one for one in pages["docs/web-config.md"].blocks("yaml") if "scrape_configs" not in one]
    write_pair(tmp_path, "server", "clients")
    file = tmp_path / "web.yaml"
    for block in blocks:
        file.write_text(block)
        checked = run("promtool", "check", "web-config", file)
        assert "SUCCESS" in checked.stdout + checked.stderr, block
        load_web_config(file)

    assert len(blocks) == 3


def test_the_keys_of_the_web_configuration_are_documented(pages: Pages) -> None:
    page = pages["docs/web-config.md"]
    for section, keys in {_TLS: _KEYS[_TLS], _HTTP: _KEYS[_HTTP]}.items():
        part = page.text[page.text.index(f"## `{section}`") :]
        table = part[part.index("\n| Key |") :].split("\n\n")[0].strip().splitlines()[2:]
        assert {CODE.findall(row)[0] for row in table} == set(keys)
    refused = page.text[page.text.index("## What is not supported") :].split("\n\n")[1]

    assert set(_NOT_SUPPORTED) <= set(CODE.findall(refused))
    assert {name for name in _HEADERS if f"`{name}`" not in page.text} == set()


def write_pair(folder: Path, name: str, authority: str) -> None:
    """Write a certificate, its key, and who signed it."""
    signer = trustme.CA()
    leaf = signer.issue_cert("exporter.example.net")
    leaf.cert_chain_pems[0].write_to_path(str(folder / f"{name}.crt"))
    leaf.private_key_pem.write_to_path(str(folder / f"{name}.key"))
    signer.cert_pem.write_to_path(str(folder / f"{authority}.crt"))


def test_the_configuration_in_the_readme_is_valid(pages: Pages, tmp_path: Path) -> None:
    (block,) = [one for one in pages["README.md"].blocks("yaml") if "powerflex:" in one]
    (tmp_path / "config.yaml").write_text(block)
    for name in ("powerflex-password", "cloudstack-api-key", "cloudstack-secret-key"):
        (tmp_path / name).write_text("secret\n")
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
            assert Path(words[0]).name in TOOLS, line

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
        commands(), key=["serve", "once", "check-config", "doctor", "demo", "simulate", "metrics-docs"].index
    )
    assert written | {flag: set(commands()) for flag in everywhere} == known


def test_the_defaults_of_the_flags_are_true(pages: Pages) -> None:
    parsers = commands().values()
    options = {flag: one for parser in parsers for one in parser._actions for flag in one.option_strings}
    for row in pages["docs/command-line.md"].rows("| Flag |"):
        flag = row[0].strip("`").split()[0]
        default = options[flag].default
        written = {"--web.listen-address": ":10445", "--web.config.file": "none", "--json": "off", "--strict": "off"}
        assert row[2].strip("`") == written.get(flag, str(default))


def test_every_path_is_documented(pages: Pages) -> None:
    async def answer(_request: object) -> Response:
        return Response()

    app = create_app(
        metrics=answer,
        metrics_path="/metrics",
        status=answer,
        ready=lambda: True,
        config=str,
        reload=cast("Any", answer),
        web_config=WebConfig,
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
    headings = ("## `powerflex_up`", "## `cloudstack_up`", "## A call to CloudStack", "## A collector")
    cells = [row[0] for heading in headings for row in messages(page, heading)]
    quoted = [message for cell in cells for message in CODE.findall(cell)]
    for message in quoted:
        for part in filter(None, (part.strip() for part in message.split("…"))):
            if part != "answered":
                assert any(part in text for text in ours), message

    assert len(quoted) > 25


def messages(page: Page, heading: str) -> list[list[str]]:
    start = page.text.index(f"\n{heading}")
    table = page.text[page.text.index("\n| Message", start) :].split("\n\n")[0].strip().splitlines()
    return [row.strip("|").split(" | ") for row in table[2:]]


def test_the_ages_at_which_readings_are_dropped_are_true(pages: Pages) -> None:
    sources = {
        "powerflex": (PowerFlexSchedule().model_dump(), PowerFlex.model_fields["timeout"].default),
        "cloudstack": (CloudStackSchedule().model_dump(), CloudStack.model_fields["timeout"].default),
    }
    rows = pages["docs/reading-the-numbers.md"].rows("| Collector |")
    written = {row[0].strip("`"): (in_seconds(row[1]), in_seconds(row[2])) for row in rows}
    of_the_others = written.pop(EVERY_COLLECTOR)

    for source, (intervals, timeout) in sources.items():
        for name, interval in intervals.items():
            expected = (interval, stale_after(interval, timeout))
            assert written.pop(f"{source}.{name}", of_the_others) == expected, name
    assert written == {}


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
        gateway = GatewayControl(next(iter(simulator.gateways.values())).machine)
        server = ManagementControl(next(iter(simulator.management_servers.values())).machine)
    servers = {"gateways": calls_of(gateway.routes()), "management servers": calls_of(server.routes())}
    everywhere = set(servers)
    known = {
        call: {name for name, calls in servers.items() if call in calls} for call in set().union(*servers.values())
    }

    written = {}
    for row in page.rows("| Call |"):
        words = " ".join(CODE.findall(row[0])).split()
        written.update({(words[-1], method): everywhere if row[1] == "all" else {row[1]} for method in words[:-1]})

    assert written == known
    assert {action for action in get_args(Action) if f"`{action}`" not in page.text} == set()


def calls_of(routes: list[Route]) -> set[tuple[str, str]]:
    return {(route.path, method) for route in routes for method in (route.methods or set()) - {"HEAD"}}


def test_the_operations_of_the_simulator_are_documented_with_their_operands(pages: Pages) -> None:
    written = {}
    for row in pages["docs/simulator.md"].rows("| Operation |"):
        operands = {word for word in CODE.findall(re.sub(r"\(.*?\)", "", row[1])) if word.isidentifier()}
        written.update(dict.fromkeys(CODE.findall(row[0]), operands))

    known = {name: set(inspect.signature(one).parameters) - {"world"} for name, one in _OPERATIONS.items()}

    assert written == known


def test_the_users_of_the_simulator_are_documented(pages: Pages) -> None:
    rows = pages["docs/simulator.md"].rows("| User |")
    simulator = Simulator(default_scenario(live=False))
    admin = simulator.management_servers["ams"].users["admin"]

    assert {row[0].strip("`") for row in rows} == set(simulator.management_servers["ams"].users)
    assert f"`{admin.api_key}` and `{admin.secret_key}`" in pages["docs/simulator.md"].text


def test_every_join_of_the_catalogue_is_quoted(pages: Pages) -> None:
    queries = {line for page in pages.values() for block in page.blocks("promql") for line in block.splitlines()}

    assert {family.join for family in ALL if family.join} - queries == set()


def test_the_architecture_names_every_part(pages: Pages) -> None:
    parts = {path.stem for path in (ROOT / "exporter").iterdir() if path.suffix in {".py", ""}}
    parts = {part for part in parts if not part.startswith("_")}

    written = {row[0].strip("`").removeprefix("exporter.") for row in pages["docs/architecture.md"].rows("| Package |")}

    assert written == parts - {"py"}


@pytest.mark.parametrize("word", ["TODO", "FIXME", "TBD"])
def test_nothing_is_left_open(pages: Pages, word: str) -> None:
    assert [page.name for page in pages.values() if word in page.text] == []


def test_the_page_of_the_doctor_lists_its_checks(pages: Pages) -> None:
    files = [path for path in (ROOT / "exporter/doctor/checks").glob("*.py") if path.stem != "__init__"]
    checks = [re.findall(r'^_CHECK = "(.+)"$', path.read_text(), re.MULTILINE) for path in files]

    assert sorted([row[0].strip("`")] for row in pages["docs/doctor.md"].rows("| Check |")) == sorted(checks)


def test_every_event_of_the_log_is_documented(pages: Pages) -> None:
    logged = set()
    for path in (ROOT / "exporter").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(ast.Attribute(ast.Name("_log") | ast.Attribute(attr="_log"), level), [event, *_]):
                    logged.add((ast.literal_eval(event), level.replace("exception", "error")))

    rows = pages["docs/command-line.md"].rows("| Event |")
    assert {(row[0].strip("`"), row[1]) for row in rows} == logged
