"""The page on how to install is true: files, names, versions, secrets."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml

from exporter.cli import _parser
from exporter.config import load_config
from exporter.web.web_config import load_web_config

from .conftest import ROOT, Page

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
UNIT = (ROOT / "deploy/systemd/cloudstack-powerflex-exporter.service").read_text()
STACK = "deploy/compose/compose.yaml"


@pytest.fixture
def page(pages: dict[str, Page]) -> Page:
    return pages["docs/install.md"]


def commands(page: Page, *beginning: str) -> list[list[str]]:
    """Give the words of each command that begins so."""
    lines = [shlex.split(line) for block in page.blocks("sh") for line in block.splitlines()]
    return [words for words in lines if words[: len(beginning)] == list(beginning)]


def test_every_file_of_the_project_that_is_named_is_there(page: Page) -> None:
    named = re.findall(r"(?:alerts|deploy|dashboards)/[\w./-]+\w|requirements\.lock", page.text)
    files = {cell.strip("`") for row in page.rows("| File of") for cell in row[0].split(", ")}

    assert len(set(named)) > 5
    assert [name for name in named if not (ROOT / name).exists()] == []
    assert files == {path.name for path in (ROOT / "deploy/kubernetes").iterdir()}


def test_every_version_is_that_of_the_project(page: Page) -> None:
    tags = re.findall(rf"{PROJECT['name']}:(\d\S+)", page.text)

    assert len(tags) > 3
    assert set(tags) == {PROJECT["version"]}


def test_the_readme_installs_as_the_page_does(pages: dict[str, Page], page: Page) -> None:
    (of_the_readme, *_) = pages["README.md"].blocks("sh")[2:]

    assert of_the_readme == page.blocks("sh")[0]
    (linked,) = [shlex.split(line)[2] for line in of_the_readme.splitlines() if line.startswith("ln -s ")]
    assert f"\nExecStart={linked} serve " in UNIT


def credentials(folder: Path) -> tuple[str, str, Path]:
    """Give where the unit puts its secrets, the folder that they come from, and one that stands for the first."""
    given, source = re.findall(r"^LoadCredential=(\w+):(\S+)$", UNIT, re.MULTILINE)[0]
    return f"/run/credentials/{PROJECT['name']}.service/{given}_", source, folder / "credential_"


def test_the_secret_of_the_example_is_where_the_unit_puts_it(page: Page, tmp_path: Path) -> None:
    (example,) = [block for block in page.blocks("yaml") if "powerflex:" in block]
    place, folder, stand_in = credentials(tmp_path)
    Path(f"{stand_in}powerflex-password").write_text("secret\n")
    (tmp_path / "config.yaml").write_text(example.replace(place, str(stand_in)))

    assert load_config(str(tmp_path / "config.yaml")).powerflex[0].password.reveal() == "secret"
    assert commands(page, "mkdir", "-p", folder)


def test_the_servers_key_is_where_the_unit_puts_it(page: Page, tmp_path: Path) -> None:
    (example,) = [block for block in page.blocks("yaml") if "tls_server_config:" in block]
    place, _, stand_in = credentials(tmp_path)
    leaf = trustme.CA().issue_cert("exporter.example.net")
    leaf.cert_chain_pems[0].write_to_path(f"{stand_in}server.crt")
    leaf.private_key_pem.write_to_path(f"{stand_in}server.key")
    (tmp_path / "web.yaml").write_text(example.replace(place, str(stand_in)))

    assert load_web_config(tmp_path / "web.yaml").tls is not None


def test_the_override_of_the_unit_is_one(page: Page, tmp_path: Path) -> None:
    """To systemd, which refuses two commands, and to the exporter."""
    (override,) = page.blocks("ini")
    (first, line) = re.findall(r"^ExecStart=(.*)$", override, re.MULTILINE)
    (of_the_unit,) = re.findall(r"^ExecStart=(.*)$", UNIT, re.MULTILINE)
    program, *arguments = shlex.split(line)
    unit = tmp_path / f"{PROJECT['name']}.service"
    unit.write_text(UNIT.replace(program, sys.executable))
    drop_in = tmp_path / f"{unit.name}.d" / "override.conf"
    drop_in.parent.mkdir()

    def complaints(text: str) -> str:
        drop_in.write_text(text.replace(program, sys.executable))
        environment = os.environ | {"SYSTEMD_UNIT_PATH": f"{tmp_path}:"}
        command = ["systemd-analyze", "verify", str(unit)]
        ended = subprocess.run(command, check=False, capture_output=True, text=True, env=environment, timeout=60)
        return ended.stdout + ended.stderr

    assert first == ""
    assert line.startswith(f"{of_the_unit} ")
    assert _parser().parse_args(arguments).web_config_file == "/etc/cloudstack-powerflex-exporter/web.yaml"
    assert complaints(override) == ""
    assert "more than one ExecStart=" in complaints(override.replace("ExecStart=\n", ""))


def test_systemctl_is_told_the_name_of_the_unit(page: Page) -> None:
    named = {words[-1] for words in commands(page, "systemctl")}

    assert named == {"daemon-reload", PROJECT["name"]}


def test_compose_is_told_services_and_profiles_that_are_there(page: Page) -> None:
    services: dict[str, Any] = yaml.safe_load((ROOT / STACK).read_text())["services"]
    given = [words[4:] for words in commands(page, "docker", "compose", "-f", STACK)]

    assert [words[:3] for words in given] == [
        ["--profile", "demo", "up"],
        ["--profile", "demo", "down"],
        ["run", "--rm", "--build"],
        ["up", "--detach"],
        ["kill", "--signal", "HUP"],
    ]
    assert given[2][3] == given[4][3] == "exporter"
    assert services["exporter"]["profiles"] == ["production"]
    assert services["demo"]["profiles"] == ["demo"]


def test_every_address_of_the_stack_is_named(page: Page) -> None:
    services = yaml.safe_load((ROOT / STACK).read_text())["services"].values()
    ports = {port.split(":")[1] for service in services for port in service["ports"]}

    assert {row[0].removeprefix("<http://localhost:").removesuffix("/>") for row in page.rows("| Address |")} == ports


def test_the_commands_in_containers_are_ours(page: Page) -> None:
    (docker,) = commands(page, "docker", "run", "--rm")
    (kubectl,) = commands(page, "kubectl", "--namespace", "monitoring", "exec")

    program, *arguments = kubectl[kubectl.index("--") + 1 :]

    assert program == PROJECT["name"]
    for words in (docker[-1:], arguments):
        assert _parser().parse_args(words).config_file == "config.yaml"


def test_the_secret_of_kubernetes_has_every_file_that_the_configuration_names(page: Page) -> None:
    (created,) = commands(page, "kubectl", "--namespace", "monitoring", "create", "secret")
    files = {name for option, name in pairwise(created) if option == "--from-file"}
    config = (ROOT / "deploy/kubernetes/config.yaml").read_text()
    deployment = yaml.safe_load((ROOT / "deploy/kubernetes/deployment.yaml").read_text())
    sources = deployment["spec"]["template"]["spec"]["volumes"][0]["projected"]["sources"]

    assert files == set(re.findall(r"_file: (\S+)", config))
    assert created[created.index("generic") + 1] == sources[1]["secret"]["name"]
