"""The wheel holds what it needs, and needs what it says."""

from __future__ import annotations

import tomllib
from pathlib import Path

from exporter.metrics.docs import reference
from tests.programs import Exporter

from .conftest import ROOT, Installation

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CONFIG = """\
powerflex:
  - {name: pf, gateway: "http://127.0.0.1:1", username: monitor, password: not-a-secret}
"""


def test_the_wheel_is_the_exporter_and_nothing_else(installation: Installation) -> None:
    folders = {path.split("/")[0] for path in installation.files()}
    beside = f"cloudstack_powerflex_exporter-{PROJECT['version']}"

    assert folders == {"exporter", f"{beside}.dist-info", f"{beside}.data"}


def test_every_file_of_the_package_is_in_the_wheel(installation: Installation) -> None:
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / "exporter").rglob("*") if path.is_file()}
    files = {path for path in files if "__pycache__" not in path}

    assert files - installation.files() == set()
    assert {"exporter/py.typed", "exporter/web/templates/status.html", "exporter/simulator/__init__.py"} <= files


def test_dashboards_rules_and_examples_are_installed_under_their_paths(installation: Installation) -> None:
    folders = ("alerts/rules", "alerts/templates", "dashboards/generated")
    paths = [path for folder in folders for path in (ROOT / folder).iterdir()]
    paths += [ROOT / "alerts" / "alertmanager.example.yaml", ROOT / "config.example.yaml"]
    share = installation.folder / "share" / PROJECT["name"]

    installed = {path.relative_to(share): path.read_bytes() for path in share.rglob("*") if path.is_file()}

    assert installed == {path.relative_to(ROOT): path.read_bytes() for path in paths}


def test_the_wheel_carries_the_licence_and_the_readme(installation: Installation) -> None:
    metadata = installation.metadata()

    assert metadata["License-Expression"] == "Apache-2.0"
    assert any(path.endswith("licenses/LICENSE") for path in installation.files())
    assert str(metadata.get_payload()).startswith("# cloudstack-powerflex-exporter")


def test_the_installed_program_says_its_version(installation: Installation) -> None:
    ran = installation.run("--version")

    assert ran.stdout == f"cloudstack-powerflex-exporter {PROJECT['version']}\n"


def test_the_installed_program_writes_the_reference(installation: Installation) -> None:
    assert installation.run("metrics-docs").stdout == reference()


def test_the_installed_program_checks_a_configuration(installation: Installation, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG)

    ran = installation.run("check-config", "--config.file", str(config))

    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_installed_program_polls_and_fails_where_nothing_listens(
    installation: Installation, tmp_path: Path
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG)

    ran = installation.run("once", "--config.file", str(config))

    assert ran.returncode == 1
    assert 'powerflex_up{system="pf"} 0\n' in ran.stdout


def test_the_installed_program_demonstrates_itself(installation: Installation, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with installation.started(log, "demo", "--web.listen-address", "127.0.0.1:0") as process:
        exporter = Exporter(process, log)
        exporter.until_ready()

        assert 'cloudstack_router_filesystem_writable{cloudstack="ams"' in exporter.get("/metrics").text
        assert "cspool" in exporter.get("/").text
        assert exporter.end() == 0
