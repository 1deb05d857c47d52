"""What the commands say and exit with when something is amiss."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from exporter import __version__
from exporter.cli import main
from exporter.metrics.catalogue import POWERFLEX
from exporter.simulator import Simulator, default_scenario
from tests.end_to_end.watching import write_config
from tests.programs import Exporter, until

Command = Callable[..., subprocess.CompletedProcess[str]]

_ROOT = Path(__file__).parents[2]


def promtool(exposition: str) -> list[str]:
    checked = subprocess.run(
        ["promtool", "check", "metrics"], input=exposition, capture_output=True, text=True, check=False
    )
    return (checked.stdout + checked.stderr).splitlines()


def test_every_family_of_the_catalogue_is_to_be_seen_once_a_licence_ends(tmp_path: Path, command: Command) -> None:
    """In the default scenario none does; the linter's one word is on that metric's fixed name."""
    with Simulator(default_scenario(live=False)) as simulator:
        array = simulator.world.systems["pf-ams2"].id
        simulator.change("set", object=array, field="licence_days", value="87")
        ended = command("once", "--config.file", write_config(tmp_path, simulator))
    assert ended.returncode == 0
    assert 'powerflex_license_remaining_days{system="pf-ams2"} 87\n' in ended.stdout
    shown = {line.partition("{")[0] for line in ended.stdout.splitlines() if not line.startswith("#")}
    inventory = {name for name in shown if name.startswith("powerflex_") and not name.startswith("powerflex_exporter_")}
    assert inventory == {family.name for family in POWERFLEX}
    assert promtool(ended.stdout) == ['powerflex_license_remaining_days use base unit "seconds" instead of "days"']


def test_once_without_any_gateway_prints_that_they_are_down_and_exits_1(tmp_path: Path, command: Command) -> None:
    with Simulator(default_scenario(live=False)) as simulator:
        config = write_config(tmp_path, simulator)
        for gateway in simulator.gateways.values():
            gateway.stop()
        ended = command("once", "--config.file", config)
    assert ended.returncode == 1
    assert ended.stdout.count("\npowerflex_up{") == 2
    assert 'powerflex_up{system="pf-ams1"} 0\n' in ended.stdout
    assert ended.stderr.count("failed:") == 16
    assert promtool(ended.stdout) == []


def test_once_of_one_array_under_two_names_exits_1_whichever_answers_first(tmp_path: Path, command: Command) -> None:
    with Simulator(default_scenario(live=False), tls=False) as simulator:
        first, second = simulator.gateways.values()
        config = write_config(tmp_path, simulator)
        Path(config).write_text(Path(config).read_text().replace(second.url, first.url))
        first.faults.add({"action": "delay", "path": "types/System/", "times": 1, "seconds": 1})
        ended = command("once", "--config.file", config)
    assert ended.returncode == 1
    assert 'powerflex_up{system="pf-ams2"} 0\n' in ended.stdout
    assert ended.stdout.count('{system="pf-ams2"') == 1
    assert ended.stderr.count("failed: pf-ams2 ") == 8


def test_log_lines_can_be_json(tmp_path: Path, command: Command) -> None:
    with Simulator(default_scenario(live=False), tls=False) as simulator:
        simulator.gateways["pf-ams1"].faults.add({"action": "status", "status": 500, "path": "types/Device"})
        ended = command(
            "once", "--log.level", "warning", "--log.format", "json", "--config.file", write_config(tmp_path, simulator)
        )
    line = json.loads(ended.stderr.splitlines()[0])
    assert (line["source"], line["collector"], line["level"]) == ("pf-ams1", "nodes", "warning")


def test_the_example_configuration_is_valid(tmp_path: Path, command: Command) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "powerflex-password").write_text("only-for-the-test\n")
    shutil.copy(_ROOT / "config.example.yaml", tmp_path)
    keys = {"CLOUDSTACK_API_KEY": "key", "CLOUDSTACK_SECRET_KEY": "secret"}
    ended = command("check-config", "--config.file", str(tmp_path / "config.example.yaml"), **keys)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "1 PowerFlex system" in ended.stdout


def test_an_address_that_is_taken_exits_2(tmp_path: Path, command: Command) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("powerflex: [{name: a, gateway: 'https://127.0.0.1:1', username: u, password: some-word}]\n")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        ended = command("serve", "--config.file", str(config), "--web.listen-address", address)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"cannot listen on {address}: Address already in use; see --web.listen-address\n"
    assert "Traceback" not in ended.stderr


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert __version__ in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["--no.such.flag"],
        ["no-such-command"],
        ["serve", "too", "much"],
        ["serve", "--web.listen-address", "nowhere"],
        ["serve", "--web.listen-address", "127.0.0.1:65536"],
        ["serve", "--web.listen-address", "::1:80"],
        ["serve", "--web.listen-address", "127.0.0.1:http"],
        ["serve", "--web.telemetry-path", "metrics"],
        ["serve", "--web.telemetry-path", "/"],
        ["serve", "--web.telemetry-path", "/metrics?all"],
        ["serve", "--web.telemetry-path", "//host/metrics"],
        ["serve", "--web.max-requests", "-1"],
        ["serve", "--log.level", "loud"],
        ["serve", "--log.format", "xml"],
        ["once", "--web.listen-address", ":0"],
        ["serve", "--config", "abbreviated.yaml"],
        ["simulate", "--simulator.port", "65536"],
    ],
    ids=" ".join,
)
def test_bad_flags_exit_2_with_a_word_on_the_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (2, "")
    assert "usage:" in said.err


def test_the_demo_names_an_address_that_can_be_opened(run_exporter: Callable[..., Exporter]) -> None:
    """Where any free port was asked for, port 0 is none."""
    demo = run_exporter("demo")
    until(lambda: "event=listening" in demo.log.read_text(), "the demo to listen")
    assert ":0/" not in demo.log.read_text()


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_is_said_without_a_traceback(unbuffered: str) -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "exporter", "metrics-docs"],
            env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert (ended.returncode, ended.stderr) == (1, "cannot write the output: No space left on device\n")
