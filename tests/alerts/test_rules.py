"""The rules are valid, and each alert has its fields, its promtool tests, its runbook and its line in the docs."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from .conftest import ROOT, RULE_TESTS, RULES, RUNBOOKS, Rule, alerts, all_rules, rule_test_groups

ALERTS = alerts()
NAMES = sorted({alert.name for alert in ALERTS})
RUNBOOK_URL = "https://github.com/cloudstack-powerflex-exporter/cloudstack-powerflex-exporter/blob/main/docs/runbooks/"
HEADINGS = ["## Meaning", "## Impact", "## How to confirm", "## How to mend", "## How to silence"]
FIXED = [
    "PowerFlexExporterDown",
    "PowerFlexExporterPageEmpty",
    "PowerFlexGatewayDown",
    "CloudStackAPIDown",
    "PowerFlexGatewayUnreadable",
    "CloudStackAPIUnreadable",
    "PowerFlexPollFailing",
    "PowerFlexDataStale",
    "PowerFlexConfigReloadFailed",
    "PowerFlexCertificateExpiring",
    "PowerFlexPoolUsedAboveDisableThreshold",
    "PowerFlexPoolAllocatedAboveDisableThreshold",
    "PowerFlexPoolFillingUp",
    "PowerFlexPoolNearlyFull",
    "PowerFlexPoolDegraded",
    "PowerFlexPoolFailedCapacity",
    "PowerFlexPoolRebuildStuck",
    "PowerFlexPoolCapacityDrift",
    "CloudStackPoolNotUp",
    "PowerFlexMdmClusterDegraded",
    "PowerFlexProtectionDomainInactive",
    "PowerFlexSdsUnhealthy",
    "PowerFlexDeviceErrors",
    "PowerFlexArrayCriticalAlerts",
    "PowerFlexLicenseExpiring",
    "PowerFlexSdcDisconnected",
    "PowerFlexSdcNotApproved",
    "PowerFlexVTreeMigrationStuck",
    "CloudStackVolumeMissing",
    "CloudStackVolumesOrphaned",
    "CloudStackVolumePoolMismatch",
    "CloudStackVolumeSizeMismatch",
    "CloudStackVolumeClaimedTwice",
    "CloudStackVolumeUnmappedWhileRunning",
    "CloudStackVolumeMappedToMany",
    "CloudStackVolumeMappedToDeadSdc",
    "CloudStackVolumeQosDrift",
    "CloudStackReconciliationSuspended",
    "CloudStackRouterFilesystemReadOnly",
    "CloudStackRouterUnreachable",
    "CloudStackRouterResultsStale",
    "CloudStackRouterHealthCheckFailing",
    "CloudStackRouterHealthChecksDisabled",
]
"""Routes, silences and runbooks rest on these names: one is not changed without a major version."""


def title(path: Path) -> str:
    return path.stem


def each(rule: Rule) -> str:
    return f"{rule.name}-{rule.severity}"


def promtool(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["promtool", *words], check=False, capture_output=True, text=True, timeout=600)


@pytest.mark.parametrize("path", RULES, ids=title)
def test_promtool_accepts_the_rules(path: Path) -> None:
    checked = promtool("check", "rules", path)

    assert (checked.returncode, checked.stderr) == (0, ""), checked.stdout


@pytest.mark.timeout(600)
@pytest.mark.parametrize("path", RULE_TESTS, ids=title)
def test_the_rules_do_what_their_promtool_tests_say(path: Path) -> None:
    tested = promtool("test", "rules", path)

    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_the_names_that_others_rest_on_are_there() -> None:
    assert sorted(FIXED) == NAMES


def test_every_file_of_rules_has_its_file_of_tests() -> None:
    assert [path.name for path in RULES] == [path.name for path in RULE_TESTS]


@pytest.mark.parametrize("alert", ALERTS, ids=each)
def test_an_alert_has_every_field(alert: Rule) -> None:
    assert alert.severity in {"critical", "warning", "info"}
    assert set(alert.annotations) == {"summary", "description", "runbook_url"}
    assert re.fullmatch(r"[A-Z][^{}]+\.", alert.annotations["summary"])
    assert alert.annotations["description"].rstrip().endswith(".")
    assert alert.annotations["runbook_url"] == f"{RUNBOOK_URL}{alert.name}.md"
    assert "for" in alert.text


def test_the_exporter_is_looked_for_in_the_scrape_jobs_that_we_name_and_in_no_others() -> None:
    (alert,) = (alert for alert in ALERTS if alert.name == "PowerFlexExporterDown")
    asked = set(re.findall(r'up\{job=~"([^"]+)"\}', alert.expression))
    written = [
        *(ROOT / "docs").glob("*.md"),
        ROOT / "README.md",
        ROOT / "deploy" / "compose" / "prometheus.yml",
    ]
    named = {
        job
        for path in written
        for job in re.findall(r"job_name: (\S+)", path.read_text())
        if job != "federate"  # a Prometheus above, which takes over the job of the exporter
    }
    service = yaml.safe_load((ROOT / "deploy" / "kubernetes" / "service.yaml").read_text())

    assert asked == {"powerflex|cloudstack-powerflex-exporter"}
    assert named | {service["metadata"]["name"]} == set("|".join(asked).split("|"))


@pytest.mark.parametrize("alert", ALERTS, ids=each)
def test_a_dying_source_resolves_no_alert(alert: Rule) -> None:
    assert ("keep_firing_for" in alert.text) == (alert.name != "PowerFlexExporterDown")


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.name)
def test_two_exporters_of_one_system_break_no_rule(rule: Rule) -> None:
    matched = re.findall(r"\bon\s*\(([^)]*)\)", rule.expression)

    assert [labels for labels in matched if "instance" not in labels.replace(" ", "").split(",")] == []


@pytest.mark.parametrize("name", NAMES)
def test_an_alert_fires_late_enough_and_resolves_when_mended(name: str) -> None:
    entries = checked_alerts(name, "fires when it has lasted, resolves when mended")
    expected = [entry.get("exp_alerts", []) for entry in entries]

    assert expected[0] == expected[-1] == []
    assert any(expected)
    for fired in filter(None, expected):
        assert all(one["exp_annotations"].keys() == {"summary", "description", "runbook_url"} for one in fired)


@pytest.mark.parametrize("name", NAMES)
def test_an_alert_is_silent_without_data(name: str) -> None:
    entries = checked_alerts(name, "is silent without data")

    assert [entry for entry in entries if entry.get("exp_alerts")] == []
    assert entries


@pytest.mark.parametrize("name", NAMES)
def test_an_alert_outlives_its_source(name: str) -> None:
    entries = checked_alerts(name, "keeps firing when its source dies")

    assert entries[-1]["exp_alerts"]


def checked_alerts(name: str, story: str) -> list[dict[str, Any]]:
    """The entries of an alert's group of promtool tests, in the order of time."""
    (file,) = {alert.file for alert in ALERTS if alert.name == name}
    group = rule_test_groups(file)[f"{name}: {story}"]
    entries = [entry for entry in group["alert_rule_test"] if entry["alertname"] == name]
    return sorted(entries, key=lambda entry: minutes(entry["eval_time"]))


def minutes(duration: str) -> float:
    parts = re.findall(r"(\d+)([smhd])", duration)
    return sum(int(number) * {"s": 1 / 60, "m": 1, "h": 60, "d": 1440}[unit] for number, unit in parts)


@pytest.mark.parametrize("name", [rule.name for rule in all_rules() if "record" in rule.text])
def test_a_recording_rule_has_values_worked_out(name: str) -> None:
    groups = rule_test_groups("recording")
    tested = [
        entry
        for title_, group in groups.items()
        if title_.startswith(f"{name}: ")
        for entry in group["promql_expr_test"]
        if name in entry["expr"]
    ]

    assert [entry for entry in tested if entry.get("exp_samples")]


@pytest.mark.parametrize("name", NAMES)
def test_an_alert_has_its_runbook(name: str) -> None:
    lines = (RUNBOOKS / f"{name}.md").read_text().splitlines()

    assert lines[0] == f"# {name}"
    assert [line for line in lines if line.startswith("## ")] == HEADINGS
    assert any(f"alertname={name}" in line or f'alertname="{name}"' in line for line in lines)


def test_every_runbook_has_its_alert() -> None:
    assert sorted(path.stem for path in RUNBOOKS.glob("*.md")) == NAMES


def test_the_page_of_the_alerts_lists_them_all() -> None:
    page = (ROOT / "docs" / "alerts.md").read_text()
    rows = re.findall(r"^\| \[(\w+)\]\(runbooks/(\w+)\.md\) \| ([a-z, ]+) \| (.+) \|$", page, re.MULTILINE)
    severities = {name: {alert.severity for alert in ALERTS if alert.name == name} for name in NAMES}

    assert {name: set(words.split(", ")) for name, _, words, _ in rows} == severities
    assert [name for name, page_, _, _ in rows if name != page_] == []
