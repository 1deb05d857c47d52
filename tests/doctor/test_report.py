"""What the doctor writes, and how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from exporter.doctor import Finding, Severity, as_json, as_text
from exporter.simulator import Simulator, config_yaml, default_scenario
from tests.doctor.worlds import sound_world
from tests.programs import in_a_terminal

FINDINGS = [
    Finding(Severity.OK, "pf", "access", "lets us in, PowerFlex 4.5"),
    Finding(Severity.ERROR, "ams", "permissions", "lacks listRouters", "Allow it."),
    Finding(Severity.WARNING, "ams", "clock", "is 90 s behind ours", "Put both on NTP."),
]


def test_the_text_has_each_source_its_findings_and_a_count() -> None:
    assert as_text(FINDINGS, color=False) == (
        "pf\n"
        "  ok        access: lets us in, PowerFlex 4.5\n"
        "\n"
        "ams\n"
        "  error     permissions: lacks listRouters\n"
        "            > Allow it.\n"
        "  warning   clock: is 90 s behind ours\n"
        "            > Put both on NTP.\n"
        "\n"
        "1 error, 1 warning\n"
    )


def test_long_words_are_wrapped_below_each_other() -> None:
    found = Finding(Severity.WARNING, "ams", "pairing", "word " * 40, "mend " * 40)

    lines = as_text([found], color=False).splitlines()

    assert max(map(len, lines)) <= 100
    assert [line[:12] for line in lines[2:4]] == [" " * 12] * 2


def test_what_would_steer_a_terminal_is_shown_as_a_mark() -> None:
    found = Finding(Severity.OK, "pf", "pools", "watched: a\x1b[2Jb\x9bc\x07\nd")

    assert (
        as_text([found], color=False).splitlines()[1] == "  ok        pools: watched: a\ufffd[2Jb\ufffdc\ufffd\ufffdd"
    )


def test_colors_are_around_the_severity_alone() -> None:
    assert "\033[31;1merror  \033[0m   permissions" in as_text(FINDINGS, color=True)


def test_the_json_has_the_same() -> None:
    assert json.loads(as_json(FINDINGS)) == {
        "errors": 1,
        "warnings": 1,
        "findings": [
            {"severity": "ok", "source": "pf", "check": "access", "words": "lets us in, PowerFlex 4.5", "mend": ""},
            {
                "severity": "error",
                "source": "ams",
                "check": "permissions",
                "words": "lacks listRouters",
                "mend": "Allow it.",
            },
            {
                "severity": "warning",
                "source": "ams",
                "check": "clock",
                "words": "is 90 s behind ours",
                "mend": "Put both on NTP.",
            },
        ],
    }


@pytest.fixture
def doctor(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(simulator: Simulator, *flags: str) -> subprocess.CompletedProcess[str]:
        config = tmp_path / "config.yaml"
        config.write_text(config_yaml(simulator))
        return subprocess.run(
            [sys.executable, "-m", "exporter", "doctor", "--config.file", str(config), *flags],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run


def test_exit_codes(doctor: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    with Simulator(sound_world()) as simulator:
        sound = doctor(simulator, "--strict")
        assert (sound.returncode, sound.stderr) == (0, "")
        assert sound.stdout.endswith("\n0 errors, 0 warnings\n")
        assert "\033" not in sound.stdout

        simulator.change("set_clock_skew", cloudstack="ams", seconds=-90)
        assert doctor(simulator).returncode == 0
        assert doctor(simulator, "--strict").returncode == 1

        simulator.change("set_setting", cloudstack="lab", name="router.health.checks.enabled", value="false")
        broken = doctor(simulator, "--json")
    assert broken.returncode == 1
    assert (json.loads(broken.stdout)["errors"], json.loads(broken.stdout)["warnings"]) == (1, 1)


def test_a_terminal_sees_progress_and_colors(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    with Simulator(default_scenario(live=False)) as simulator:
        config.write_text(config_yaml(simulator))
        code, seen = in_a_terminal("doctor", "--config.file", str(config))
    assert code == 0
    assert b"asked pf-ams1 volumes" in seen
    assert b"\033[32mok     \033[0m" in seen
