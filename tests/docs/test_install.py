"""The page on how to install is true: files, names, versions, secrets."""

from __future__ import annotations

import re
import shlex
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from exporter.cli import _parser
from exporter.config import load_config

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
    assert f"\nExecStart={shlex.split(of_the_readme.splitlines()[-1])[0]} serve " in UNIT


def test_the_secret_of_the_example_is_where_the_unit_puts_it(page: Page, tmp_path: Path) -> None:
    (example,) = page.blocks("yaml")
    given, folder = re.findall(r"^LoadCredential=(\w+):(\S+)$", UNIT, re.MULTILINE)[0]
    place = f"/run/credentials/{PROJECT['name']}.service"
    (tmp_path / f"{given}_powerflex-password").write_text("secret\n")
    (tmp_path / "config.yaml").write_text(example.replace(place, str(tmp_path)))

    assert load_config(str(tmp_path / "config.yaml")).powerflex[0].password.reveal() == "secret"
    assert commands(page, "mkdir", "-p", folder)


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
