"""The commands, as processes."""

from __future__ import annotations

import re
import signal
import ssl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx

from exporter.simulator import Simulator, config_yaml, default_scenario
from tests.programs import Exporter, in_a_terminal, until

Command = Callable[..., subprocess.CompletedProcess[str]]


def promtool(exposition: str) -> str:
    checked = subprocess.run(
        ["promtool", "check", "metrics"], input=exposition, capture_output=True, text=True, check=False
    )
    return checked.stdout + checked.stderr


def test_once_prints_what_is_there_and_logs_out(tmp_path: Path, command: Command) -> None:
    with Simulator(default_scenario(live=False)) as simulator:
        config = tmp_path / "config.yaml"
        config.write_text(config_yaml(simulator))

        ended = command("once", "--config.file", str(config))

        sessions = [len(gateway.machine.sessions) for gateway in simulator.gateways.values()]
    assert (ended.returncode, ended.stderr, sessions) == (0, "", [0, 0])
    assert 'powerflex_up{system="pf-ams1"} 1' in ended.stdout
    assert promtool(ended.stdout) == ""


def test_once_over_plain_http(tmp_path: Path, command: Command) -> None:
    with Simulator(default_scenario(live=False), tls=False) as simulator:
        config = tmp_path / "config.yaml"
        config.write_text(config_yaml(simulator))

        assert command("once", "--config.file", str(config)).returncode == 0


def test_once_tells_what_failed_and_prints_the_rest(tmp_path: Path, command: Command) -> None:
    with Simulator(default_scenario(live=False)) as simulator:
        simulator.gateways["pf-ams2"].faults.add({"action": "status", "path": "types/Sds", "status": 502})
        config = tmp_path / "config.yaml"
        config.write_text(config_yaml(simulator))

        ended = command("once", "--config.file", str(config))

    assert ended.returncode == 1
    assert "failed: pf-ams2 nodes: GET /api/types/Sds/instances answered 502" in ended.stderr
    assert 'powerflex_sds_healthy{system="pf-ams1"' in ended.stdout
    assert 'powerflex_sds_healthy{system="pf-ams2"' not in ended.stdout
    assert 'powerflex_storage_pool_max_capacity_bytes{system="pf-ams2"' in ended.stdout


def test_once_shows_its_progress_in_a_terminal_and_takes_it_away(tmp_path: Path) -> None:
    with Simulator(default_scenario(live=False), tls=False) as simulator:
        for faults in (one.faults for one in simulator.gateways.values()):
            faults.add({"action": "delay", "seconds": 1, "path": "types/Device"})
        simulator.gateways["pf-ams1"].faults.add({"action": "status", "status": 500, "path": "types/Sdc"})
        config = tmp_path / "config.yaml"
        config.write_text(config_yaml(simulator))
        code, seen = in_a_terminal("once", "--config.file", str(config))
    assert code == 1
    progress, _, output = seen.rpartition(b"\033[K")
    assert progress.startswith(b"\r\033[Kpolled 0 of 24 collectors\r\033[Kpolled ")
    assert output.startswith(b"# HELP ")
    assert output.count(b"failed: pf-ams1 sdcs: ") == 1
    assert b"event=" not in seen


def test_a_bad_configuration_starts_nothing(tmp_path: Path, command: Command) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("powerflex:\n  - name: a\n    gateway: https://gw\n    username: u\n    pasword: x\n")

    for name in ("serve", "once", "check-config"):
        ended = command(name, "--config.file", str(config))
        assert ended.returncode == 2
        assert f"{config}:5: powerflex[0].pasword" in ended.stderr
        assert ended.stdout == ""


def test_the_demo_answers_at_once_and_ends_cleanly(run_exporter: Callable[..., Exporter]) -> None:
    demo = run_exporter("demo")
    demo.until_ready()

    plain = demo.get("/metrics").text
    assert promtool(plain) == ""
    assert demo.get("/metrics", Accept="application/openmetrics-text;version=1.0.0").text.endswith("# EOF\n")
    assert "cspool" in demo.get("/").text
    assert demo.end() == 0
    assert "level=error" not in demo.log.read_text()


def test_a_stop_logs_out_of_every_gateway(tmp_path: Path, run_exporter: Callable[..., Exporter]) -> None:
    with Simulator(default_scenario(live=False)) as simulator:
        config = tmp_path / "config.yaml"
        config.write_text(config_yaml(simulator))
        exporter = run_exporter("serve", "--config.file", str(config))
        exporter.until_ready()
        assert [len(gateway.machine.sessions) for gateway in simulator.gateways.values()] == [1, 1]

        assert exporter.end() == 0
        assert [len(gateway.machine.sessions) for gateway in simulator.gateways.values()] == [0, 0]


def test_a_gateway_that_hangs_does_not_hold_up_the_stop(tmp_path: Path, run_exporter: Callable[..., Exporter]) -> None:
    with Simulator(default_scenario(live=False)) as simulator:
        config = tmp_path / "config.yaml"
        config.write_text(config_yaml(simulator))
        exporter = run_exporter("serve", "--config.file", str(config))
        exporter.until_ready()
        for gateway in simulator.gateways.values():
            gateway.faults.add({"action": "hang"})

        assert exporter.end() == 0


def test_with_every_gateway_dead_the_reason_is_served(tmp_path: Path, run_exporter: Callable[..., Exporter]) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(
        "powerflex:\n  - {name: dead, gateway: 'https://127.0.0.1:1', username: u, password: a-secret-word}\n"
    )
    exporter = run_exporter("serve", "--config.file", str(config))
    exporter.until_ready()

    assert 'powerflex_up{system="dead"} 0' in exporter.get("/metrics").text
    assert exporter.get("/-/healthy").status_code == 200
    assert "cannot connect" in exporter.get("/").text
    log = exporter.log.read_text()
    assert log.count('event="poll failed"') == 8
    assert "a-secret-word" not in log


def test_simulated_gateways_let_any_client_in(tmp_path: Path) -> None:
    log = tmp_path / "simulate.log"
    with log.open("w") as output:
        process = subprocess.Popen([sys.executable, "-m", "exporter", "simulate"], stdout=output, stderr=output)
    try:
        until(lambda: "CA certificate" in log.read_text(), "the simulator to tell where it is")
        text = log.read_text()
        ((url,), (user,), (authority,)) = (
            re.findall(pattern, text)
            for pattern in (r"pf-ams1 .* (https://\S+)", r"User (\S+), password (\S+)", r"CA certificate (\S+)")
        )
        context = ssl.create_default_context(cafile=authority)
        login = httpx.get(f"{url}/api/login", auth=user, verify=context, trust_env=False, timeout=30)
        assert login.status_code == 200
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=50) == 0
