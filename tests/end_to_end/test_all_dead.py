"""No source answers: the exporter starts all the same, serves, and says why."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.watching import samples
from tests.programs import Exporter, until

_NO_NAMES = """\
import socket, time
find = socket.getaddrinfo
def find_none(host, *more, **named):
    name = host.decode() if isinstance(host, bytes) else host
    if name == "slow.example":
        time.sleep(300)
    if name == "unknown.example":
        raise socket.gaierror(-2, "Name or service not known")
    return find(host, *more, **named)
socket.getaddrinfo = find_none
"""
_REASONS = {
    "refuses": "cannot connect: Connection refused",
    "mute": "cannot connect: ",
    "unknown": "Name or service not known",
    "slow": "cannot connect: ",
}


_SECONDS = {"refuses": 30, "mute": 4, "unknown": 30, "slow": 4}
"""How long each is waited for: where the end of that is no part of the test, longer than a busy machine takes."""


def configuration(addresses: dict[str, str]) -> str:
    systems = "".join(
        f"  - {{name: {name}, gateway: 'https://{address}', username: u, password: some-word, "
        f"timeout: {_SECONDS[name]}s}}\n"
        for name, address in addresses.items()
    )
    installations = "".join(
        f"  - {{name: cs-{name}, endpoint: 'https://{address}/client/api', "
        f"api_key: an-api-key, secret_key: a-secret-key, timeout: {_SECONDS[name]}s}}\n"
        for name, address in addresses.items()
    )
    return f"powerflex:\n{systems}cloudstack:\n{installations}"


def test_it_serves_and_says_why(
    tmp_path: Path, run_exporter: Callable[..., Exporter], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(_NO_NAMES)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as mute, socket.socket() as refusing:
        refusing.bind(("127.0.0.1", 0))
        config = tmp_path / "config.yaml"
        config.write_text(
            configuration(
                {
                    "refuses": f"127.0.0.1:{refusing.getsockname()[1]}",
                    "mute": f"127.0.0.1:{mute.getsockname()[1]}",
                    "unknown": "unknown.example",
                    "slow": "slow.example",
                }
            )
        )
        exporter = run_exporter("serve", "--config.file", str(config))
        assert exporter.get("/-/healthy").status_code == 200
        assert exporter.get("/metrics").status_code == 200
        exporter.until_ready()
        # A page that is ready was rendered when all had been tried.
        down = {sample.labels["system"]: sample.value for sample in samples(exporter, "powerflex_up")}
        down |= {sample.labels["cloudstack"]: sample.value for sample in samples(exporter, "cloudstack_up")}
        assert down == dict.fromkeys([*_REASONS, *(f"cs-{name}" for name in _REASONS)], 0)

        status = exporter.get("/").text
        log = exporter.log.read_text()
        for name, reason in _REASONS.items():
            assert reason in status
            for source in (name, f"cs-{name}"):
                told = [line for line in log.splitlines() if f"source={source} " in line]
                assert told
                assert all("level=warning" in line and reason in line for line in told)
        assert "Traceback" not in log
        assert exporter.end() == 0
    until(lambda: "event=stopping" in exporter.log.read_text(), "its last line")
