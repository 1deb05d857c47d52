"""The image, as far as its Dockerfile tells: small, without privileges, and with what it needs."""

from __future__ import annotations

import ast
import json
import re
import shlex
import tomllib

from exporter.cli import _DEFAULT_PORT, _parser, _with_command
from exporter.web.app import HEALTHY_PATH

from .conftest import ROOT

Instruction = tuple[str, str]


def stages() -> list[list[Instruction]]:
    """Give the instructions of each stage, a line each."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
    found: list[list[Instruction]] = []
    for line in text.splitlines():
        if line and not line.startswith("#"):
            word, _, rest = line.partition(" ")
            if word == "FROM":
                found.append([])
            found[-1].append((word, rest))
    return found


BUILD, IMAGE = stages()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def one(stage: list[Instruction], word: str) -> str:
    (rest,) = [rest for found, rest in stage if found == word]
    return rest


def test_both_stages_are_of_one_pinned_base() -> None:
    bases = [one(stage, "FROM").split()[0] for stage in (BUILD, IMAGE)]

    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:3\.\d+-slim-[a-z]+", bases[0])


def test_the_image_holds_only_what_the_first_stage_installed() -> None:
    assert one(IMAGE, "COPY") == "--from=build /opt/exporter /opt/exporter"
    assert "RUN" not in {word for word, _ in IMAGE}


def test_what_is_copied_is_in_the_build_context_and_nothing_else_is() -> None:
    copied = {name for word, rest in BUILD if word == "COPY" for name in rest.split()[:-1]}
    ignored = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]

    assert ignored[0] == "*"
    assert {line.removeprefix("!") for line in ignored if line.startswith("!")} == copied
    assert [name for name in copied if not (ROOT / name).exists()] == []


def test_nothing_is_left_in_a_cache() -> None:
    commands = [shlex.split(command) for command in one(BUILD, "RUN").split("&&")]
    of_pip = [command for command in commands if command[0] == "pip"]

    assert len(of_pip) == 3
    assert all("--no-cache-dir" in command for command in of_pip)


def test_the_image_has_the_versions_that_were_tested_and_nothing_else() -> None:
    installed = [command.split() for command in one(BUILD, "RUN").split("&&") if " install " in command]

    assert [words[words.index("--no-cache-dir") + 1 :] for words in installed] == [
        ["--require-hashes", "-r", "requirements.lock"],
        ["--no-deps", "/wheels/*.whl"],
    ]


def test_the_user_is_a_number_and_not_root() -> None:
    user, _, group = one(IMAGE, "USER").partition(":")

    assert int(user) > 0
    assert int(group) > 0


def test_the_port_is_the_default_one() -> None:
    assert one(IMAGE, "EXPOSE") == str(_DEFAULT_PORT)


def test_the_entry_point_is_the_console_script_and_its_command_can_be_given() -> None:
    assert json.loads(one(IMAGE, "ENTRYPOINT")) == list(PROJECT["scripts"])
    assert _parser().parse_args(_with_command(json.loads(one(IMAGE, "CMD")))).config_file == "config.yaml"


def test_the_health_check_is_a_program_that_python_takes() -> None:
    check = one(IMAGE, "HEALTHCHECK")
    command = json.loads(check[check.index("CMD ") + 4 :])

    assert command[:2] == ["python", "-c"]
    ast.parse(command[2])
    assert f"http://127.0.0.1:{one(IMAGE, 'EXPOSE')}{HEALTHY_PATH}" in command[2]


def test_the_labels_are_those_of_the_project() -> None:
    labels = dict(label.split("=", 1) for label in shlex.split(one(IMAGE, "LABEL")))

    assert labels == {
        "org.opencontainers.image.title": PROJECT["name"],
        "org.opencontainers.image.description": PROJECT["description"],
        "org.opencontainers.image.version": PROJECT["version"],
        "org.opencontainers.image.licenses": PROJECT["license"],
    }
