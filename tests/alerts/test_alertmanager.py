"""The example of an Alertmanager configuration is valid, its routes lead somewhere, and its templates can be read."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from .conftest import ROOT

EXAMPLE = ROOT / "alerts" / "alertmanager.example.yaml"
TEMPLATES = ROOT / "alerts" / "templates"
CONFIG: dict[str, Any] = yaml.safe_load(EXAMPLE.read_text())
SECRETS = re.compile(r"(password|secret|token|credentials|api_key|service_key|routing_key|api_url|bearer)$")
NAMED_TEMPLATE = re.compile(r'template "([^"]+)"')
RUNBOOK = "https://docs.example.net/runbooks/CloudStackRouterFilesystemReadOnly.md"


def amtool(*words: str | Path) -> str:
    done = subprocess.run(["amtool", *words], check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def receivers(*labels: str) -> list[str]:
    return amtool("config", "routes", "test", f"--config.file={EXAMPLE}", *labels).split()


def test_amtool_accepts_the_example() -> None:
    checked = amtool("check-config", EXAMPLE)

    assert f"- {len(CONFIG['receivers'])} receivers" in checked
    assert f"- {len(CONFIG['inhibit_rules'])} inhibit rules" in checked
    assert "- 1 templates" in checked


@pytest.mark.parametrize(
    ("severity", "name", "receiver"),
    [
        ("critical", "PowerFlexExporterDown", "pager-and-slack"),
        ("critical", "CloudStackRouterFilesystemReadOnly", "pager-and-slack"),
        ("warning", "PowerFlexPollFailing", "slack"),
        ("warning", "CloudStackVolumesOrphaned", "slack"),
        ("info", "CloudStackVolumeQosDrift", "digest"),
        ("info", "CloudStackRouterHealthCheckFailing", "digest"),
    ],
)
def test_an_alert_goes_where_its_severity_belongs(severity: str, name: str, receiver: str) -> None:
    assert receivers(f"alertname={name}", f"severity={severity}", "cloudstack=ams") == [receiver]


def test_an_alert_without_a_severity_is_not_lost() -> None:
    assert receivers("alertname=Unknown") == ["slack"]


def test_every_receiver_is_used_and_says_what_it_does_when_an_alert_ends() -> None:
    routes = [CONFIG["route"], *CONFIG["route"]["routes"]]
    integrations = [
        settings
        for receiver in CONFIG["receivers"]
        for kind, several in receiver.items()
        if kind != "name"
        for settings in several
    ]

    assert sorted(route["receiver"] for route in routes) == sorted(one["name"] for one in CONFIG["receivers"])
    assert [settings["send_resolved"] for settings in integrations] == [True, True, True, False]


def test_no_secret_is_written_into_the_example() -> None:
    keys = {key for key, _ in entries(CONFIG)}

    assert {key for key in keys if SECRETS.search(key)} == set()
    assert {key for key in keys if key.endswith("_file")} == {
        "credentials_file",
        "slack_api_url_file",
        "smtp_auth_password_file",
    }
    assert "@" not in "".join(str(value) for key, value in entries(CONFIG) if key == "url")


def entries(node: object) -> Iterator[tuple[str, object]]:
    """Every key with its value, however deep."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield key, value
            yield from entries(value)
    elif isinstance(node, list):
        for one in node:
            yield from entries(one)


def test_every_template_that_is_asked_for_is_there_and_every_one_is_asked_for() -> None:
    text = "".join(path.read_text() for path in TEMPLATES.glob("*.tmpl"))
    defined = re.findall(r'define "([^"]+)"', text)
    asked = {*NAMED_TEMPLATE.findall(EXAMPLE.read_text()), *NAMED_TEMPLATE.findall(text)}

    assert set(defined) == asked
    assert len(defined) == len(asked)
    assert {name.partition(".")[0] for name in defined} == {"powerflex"}


def alert(router: str, status: str = "firing", **labels: str) -> dict[str, Any]:
    """An alert as Alertmanager gives it to a template."""
    named = {"alertname": "CloudStackRouterFilesystemReadOnly", "severity": "critical", "cloudstack": "ams"}
    return {
        "status": status,
        "labels": named | labels | {"router": router},
        "annotations": {
            "summary": "A virtual router cannot write to its file system.",
            "description": f"Router {router} of ams has a read-only file system.",
            "runbook_url": RUNBOOK,
        },
    }


def render(folder: Path, name: str, *group: dict[str, Any], kind: str = "text") -> str:
    """Let amtool make a text of a group of alerts."""

    def common(key: str) -> dict[str, str]:
        pairs = [set(one[key].items()) for one in group]
        return dict(pairs[0].intersection(*pairs))

    firing = any(one["status"] == "firing" for one in group)
    data = {
        "status": "firing" if firing else "resolved",
        "alerts": group,
        "commonLabels": common("labels"),
        "commonAnnotations": common("annotations"),
    }
    file = folder / "data.json"
    file.write_text(json.dumps(data))
    return amtool(
        *("template", "render", f"--template.glob={TEMPLATES}/*.tmpl", f"--template.type={kind}"),
        *(f'--template.text={{{{ template "{name}" . }}}}', f"--template.data={file}"),
    )


@pytest.mark.parametrize(
    ("group", "title"),
    [
        ([alert("r-1-VM")], "CRITICAL (1) ams: A virtual router cannot write to its file system."),
        (
            [alert("r-1-VM"), alert("r-2-VM"), alert("r-3-VM", "resolved")],
            "CRITICAL (2) ams: A virtual router cannot write to its file system.",
        ),
        ([alert("r-1-VM", "resolved")], "RESOLVED (1) ams: A virtual router cannot write to its file system."),
        (
            [alert("r-1-VM", severity="warning", system="pf-ams1")],
            "WARNING (1) ams on pf-ams1: A virtual router cannot write to its file system.",
        ),
        (
            [alert("r-1-VM", cloudstack="", system="pf-ams1", source="pf-ams1")],
            "CRITICAL (1) pf-ams1: A virtual router cannot write to its file system.",
        ),
        (
            [alert("r-1-VM", cloudstack="", source="lab")],
            "CRITICAL (1) lab: A virtual router cannot write to its file system.",
        ),
        ([alert("r-1-VM", cloudstack="")], "CRITICAL (1): A virtual router cannot write to its file system."),
        (
            [alert("r-1-VM"), alert("r-2-VM", severity="warning") | {"annotations": {"summary": "Another."}}],
            "FIRING (2) ams: Several alerts.",
        ),
    ],
)
def test_the_title_tells_how_bad_how_many_where_and_what(
    tmp_path: Path, group: list[dict[str, Any]], title: str
) -> None:
    assert render(tmp_path, "powerflex.title", *group) == title


def test_the_text_has_a_line_for_each_alert_and_the_runbook(tmp_path: Path) -> None:
    text = render(tmp_path, "powerflex.text", alert("r-1-VM"), alert("r-2-VM"), alert("r-3-VM", "resolved"))

    assert text == (
        f"CloudStackRouterFilesystemReadOnly: {RUNBOOK}\n"
        "- Router r-1-VM of ams has a read-only file system.\n"
        "- Router r-2-VM of ams has a read-only file system.\n"
        "\n"
        "Resolved:\n"
        "\n"
        f"CloudStackRouterFilesystemReadOnly: {RUNBOOK}\n"
        "- was: A virtual router cannot write to its file system. (ams, r-3-VM)\n"
    )


@pytest.mark.parametrize(
    ("labels", "line"),
    [
        ({"system": "pf-ams1", "source": "pf-ams1"}, "pf-ams1"),
        ({"source": "lab", "collector": "volumes"}, "lab, volumes"),
        ({"system": "pf-ams1", "source": "pf-ams1", "collector": "volumes"}, "pf-ams1, volumes"),
        ({"system": "pf-ams1", "pool_id": "p1", "pool": "cspool"}, "pf-ams1, cspool"),
        (
            {
                "cloudstack": "ams",
                "system": "pf-ams1",
                "pool_id": "p1",
                "pool_uuid": "u1",
                "cloudstack_pool": "primary",
            },
            "ams, pf-ams1, primary",
        ),
        ({"system": "pf-ams1", "protection_domain": "pd-a", "sds_id": "1", "sds": "sds-a1"}, "pf-ams1, pd-a, sds-a1"),
        ({"system": "pf-ams1", "pool": "cspool", "vtree_id": "7"}, "pf-ams1, cspool, 7"),
        ({"system": "pf-ams1", "sdc_id": "c1", "sdc": "kvm-a01"}, "pf-ams1, kvm-a01"),
        ({"instance": "exporter:10445"}, "exporter:10445"),
    ],
)
def test_what_has_ended_says_what_it_was_about_and_not_what_to_do(
    tmp_path: Path, labels: dict[str, str], line: str
) -> None:
    ended = alert("", "resolved", cloudstack="") | {"labels": {"alertname": "Some", "job": "powerflex", **labels}}

    text = render(tmp_path, "powerflex.text", ended)

    assert text == f"Some: {RUNBOOK}\n- was: A virtual router cannot write to its file system. ({line})\n"


def test_what_has_ended_and_has_no_name_is_told_as_well(tmp_path: Path) -> None:
    ended = alert("", "resolved") | {"labels": {"alertname": "PowerFlexExporterDown", "severity": "critical"}}

    text = render(tmp_path, "powerflex.text", ended)

    assert text == f"PowerFlexExporterDown: {RUNBOOK}\n- was: A virtual router cannot write to its file system.\n"


def test_slack_gets_a_link_and_no_markup_from_names(tmp_path: Path) -> None:
    text = render(tmp_path, "powerflex.slack", alert("<!channel> R&D"), alert("<r>-3-VM", "resolved"))

    assert text == (
        f"*<{RUNBOOK}|CloudStackRouterFilesystemReadOnly>*\n"
        "• Router &lt;!channel&gt; R&amp;D of ams has a read-only file system.\n"
        "\n"
        "Resolved:\n"
        f"*<{RUNBOOK}|CloudStackRouterFilesystemReadOnly>*\n"
        "• was: A virtual router cannot write to its file system. (ams, &lt;r&gt;-3-VM)\n"
    )


def test_slack_is_not_flooded(tmp_path: Path) -> None:
    lines = render(tmp_path, "powerflex.slack", *(alert(f"r-{number}-VM") for number in range(60))).splitlines()

    assert len(lines) == 1 + 20 + 1
    assert lines[20:] == ["• Router r-19-VM of ams has a read-only file system.", "… and 40 more"]


def test_a_mail_is_plain_html(tmp_path: Path) -> None:
    html = render(tmp_path, "powerflex.html", alert("<b>R&D"), alert("<r>-3-VM", "resolved"), kind="html")

    assert html == (
        "<!DOCTYPE html>\n"
        '<html lang="en">\n'
        "<body>\n"
        "<h3>CRITICAL (1) ams: A virtual router cannot write to its file system.</h3>\n"
        f'<p><a href="{RUNBOOK}">CloudStackRouterFilesystemReadOnly</a></p>\n'
        "<p>Router &lt;b&gt;R&amp;D of ams has a read-only file system.</p>\n"
        "<h4>Resolved</h4>\n"
        f'<p><a href="{RUNBOOK}">CloudStackRouterFilesystemReadOnly</a></p>\n'
        "<p>was: A virtual router cannot write to its file system. (ams, &lt;r&gt;-3-VM)</p>\n"
        "</body>\n"
        "</html>\n"
    )


@pytest.mark.parametrize(
    ("group", "color"),
    [
        ([alert("r-1-VM"), alert("r-2-VM", "resolved")], "danger"),
        ([alert("r-1-VM", severity="warning")], "warning"),
        ([alert("r-1-VM", "resolved")], "good"),
    ],
)
def test_slack_shows_the_severity_as_a_colour(tmp_path: Path, group: list[dict[str, Any]], color: str) -> None:
    assert render(tmp_path, "powerflex.color", *group) == color
