"""The systemd unit: without a mistake, with few privileges, and of one mind with the exporter."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from exporter.cli import _parser

from .conftest import DEPLOY, run

UNIT = DEPLOY / "systemd" / "cloudstack-powerflex-exporter.service"
PROGRAM, *ARGUMENTS = shlex.split(
    next(line.removeprefix("ExecStart=") for line in UNIT.read_text().splitlines() if line.startswith("ExecStart="))
)


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with a program that is there."""
    path = tmp_path / UNIT.name
    path.write_text(UNIT.read_text().replace(PROGRAM, sys.executable))
    return path


def settings() -> dict[str, list[str]]:
    pairs = [line.split("=", 1) for line in UNIT.read_text().splitlines() if line[:1].isalpha()]
    return {key: [value for other, value in pairs if other == key] for key, _ in pairs}


def test_systemd_finds_no_mistake(unit: Path) -> None:
    assert run("systemd-analyze", "verify", unit) == ""


def test_systemd_finds_mistakes_at_all(unit: Path) -> None:
    unit.write_text(unit.read_text().replace("MemoryMax=", "MemoryMost="))

    assert "Unknown key 'MemoryMost' in section [Service]" in run("systemd-analyze", "verify", unit)


def test_the_exposure_is_low(unit: Path) -> None:
    """Of 10, in tenths; what is left is what it needs: the network, and reading the system."""
    run("systemd-analyze", "security", "--no-pager", "--offline=true", "--threshold=15", unit)


def test_the_command_is_one_of_ours() -> None:
    assert _parser().parse_args(ARGUMENTS).config_file == "/etc/cloudstack-powerflex-exporter/config.yaml"
    assert Path(PROGRAM).name == UNIT.stem


def test_a_fault_of_the_configuration_is_not_repeated_and_any_other_failure_is() -> None:
    assert settings()["Restart"] == ["on-failure"]
    assert settings()["RestartPreventExitStatus"] == ["2"]


def test_a_reload_that_comes_before_it_can_be_taken_leaves_it_running() -> None:
    """systemd takes the end by SIGHUP for one that was wanted."""
    assert settings()["ExecReload"] == ["/bin/kill -HUP $MAINPID"]
    assert settings()["RestartForceExitStatus"] == ["SIGHUP"]


def test_no_core_dump_can_hold_secrets() -> None:
    assert settings()["LimitCORE"] == ["0"]


def test_the_boot_time_can_be_read() -> None:
    """`process_start_time_seconds` needs /proc/stat, which `ProcSubset=pid` would hide."""
    assert "ProcSubset" not in settings()
