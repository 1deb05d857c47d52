"""The compose stack: its mounts give each program the files that it reads, and its services find each other."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from exporter.cli import _DEFAULT_PORT

from .conftest import DEPLOY, PROJECT, ROOT, run

FOLDER = DEPLOY / "compose"
STACK: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = STACK["services"]
GRAFANAS = "etc/grafana/provisioning"


def mounts(name: str) -> dict[str, Path]:
    """Give what a service sees of the project, by the paths at which it sees it."""
    pairs = [volume.split(":") for volume in SERVICES[name].get("volumes", [])]
    return {pair[1]: FOLDER / pair[0] for pair in pairs if pair[0].startswith(".")}


def seen(name: str, folder: Path) -> Path:
    """Lay out what a service sees of the project."""
    for target, source in mounts(name).items():
        place = folder / target.removeprefix("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, place)
        else:
            shutil.copy(source, place)
    return folder


@pytest.mark.parametrize("profile", ["production", "demo"])
def test_compose_finds_no_mistake(profile: str) -> None:
    run("docker-compose", "--file", FOLDER / "compose.yaml", "--profile", profile, "config", "--quiet")


def test_one_of_two_exporters_runs_and_production_is_what_is_meant_without_a_word() -> None:
    profiles = {name: service["profiles"] for name, service in SERVICES.items() if "profiles" in service}

    assert profiles == {"exporter": ["production"], "demo": ["demo"]}
    assert (FOLDER / ".env").read_text() == "COMPOSE_PROFILES=production\n"
    assert SERVICES["demo"]["command"] == ["demo"]


def test_every_mount_is_there_and_cannot_be_written_to() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source, _, *options = volume.split(":")
            if source.startswith("."):
                assert (FOLDER / source).exists(), volume
                assert options == ["ro"], volume
            else:
                assert source in STACK["volumes"], volume


def test_configuration_and_secrets_are_never_committed() -> None:
    for name in ("config", "secrets"):
        assert (FOLDER / name / ".gitignore").read_text() == "*\n!.gitignore\n"


def test_no_service_has_privileges_or_can_write_to_its_image() -> None:
    for name, service in SERVICES.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name


def test_no_core_dump_can_hold_secrets() -> None:
    assert SERVICES["exporter"]["ulimits"] == SERVICES["demo"]["ulimits"] == {"core": 0}


def test_every_image_is_pinned() -> None:
    tags = {name: service["image"].split(":")[1] for name, service in SERVICES.items()}
    versions = {name: tuple(map(int, re.findall(r"\d+", tag))) for name, tag in tags.items()}

    assert all(re.fullmatch(r"v?\d+\.\d+\.\d+", tag) for tag in tags.values())
    assert tags["exporter"] == tags["demo"] == PROJECT["version"]
    assert versions["prometheus"] >= (2, 42)
    assert versions["alertmanager"] >= (0, 25)
    assert (10,) <= versions["grafana"] < (13,)


def test_nothing_is_open_to_other_machines_and_every_service_is_looked_after() -> None:
    for name, service in SERVICES.items():
        (port,) = service["ports"]
        address, outside, inside = port.split(":")
        assert (address, outside) == ("127.0.0.1", inside), name
        if "build" in service:
            assert int(inside) == _DEFAULT_PORT
            assert "\nHEALTHCHECK " in (FOLDER / service["build"] / "Dockerfile").read_text()
        else:
            assert f"http://127.0.0.1:{inside}/" in service["healthcheck"]["test"][-1], name


def test_prometheus_reads_its_configuration_and_all_rules(tmp_path: Path) -> None:
    checked = run("promtool", "check", "config", seen("prometheus", tmp_path) / "etc/prometheus/prometheus.yml")

    assert f"{len(list((ROOT / 'alerts/rules').glob('*.yaml')))} rule files found" in checked


def test_prometheus_finds_the_exporter_and_alertmanager() -> None:
    config = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
    (job,) = config["scrape_configs"]
    targets = [
        *job["static_configs"][0]["targets"],
        *config["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"],
    ]
    aliases = [SERVICES[name]["networks"]["default"]["aliases"] for name in ("exporter", "demo")]

    assert targets == [f"exporter:{_DEFAULT_PORT}", "alertmanager:9093"]
    assert aliases == [["exporter"], ["exporter"]]
    assert re.fullmatch(".*powerflex.*", job["job_name"])


def test_alertmanager_reads_its_configuration_and_the_templates(tmp_path: Path) -> None:
    checked = run("amtool", "check-config", seen("alertmanager", tmp_path) / "etc/alertmanager/alertmanager.yml")

    assert "SUCCESS" in checked
    assert "- 1 templates" in checked


def test_alertmanager_finds_its_secrets() -> None:
    config = (ROOT / "alerts/alertmanager.example.yaml").read_text()
    folders = {str(Path(file).parent) for file in re.findall(r"_file: (\S+)", config)}

    assert {mounts("alertmanager")[folder] for folder in folders} == {FOLDER / "secrets"}


def test_grafana_finds_the_dashboards_and_prometheus(tmp_path: Path) -> None:
    root = seen("grafana", tmp_path)
    (provider,) = yaml.safe_load((root / GRAFANAS / "dashboards/powerflex.yaml").read_text())["providers"]
    source = yaml.safe_load((root / GRAFANAS / "datasources/prometheus.yaml").read_text())
    elsewhere = yaml.safe_load((ROOT / "dashboards/provisioning/datasources/prometheus.yaml").read_text())
    elsewhere["datasources"][0]["url"] = "http://prometheus:9090"

    dashboards = {path.name for path in (root / provider["options"]["path"].removeprefix("/")).iterdir()}

    assert dashboards == {path.name for path in (ROOT / "dashboards/generated").iterdir()}
    assert source == elsewhere
