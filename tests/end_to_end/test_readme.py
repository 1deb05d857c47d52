"""The commands of the README, run as a new user would: in a folder with the configuration that it shows."""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from exporter.simulator import Simulator, default_scenario
from tests.programs import Exporter, until

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
PROGRAM = "cloudstack-powerflex-exporter"
COMMANDS = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
    if line.startswith(PROGRAM)
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the README's configuration, pointed at simulated servers, and the files that it names."""
    (config,) = re.findall(r"^```yaml\n(powerflex:.*?)^```$", README, re.MULTILINE | re.DOTALL)
    (tmp_path / "config.yaml").write_text(config)
    return tmp_path


def point_at(simulator: Simulator, folder: Path) -> None:
    gateway, server = simulator.gateways["pf-ams1"], simulator.management_servers["ams"]
    config = (folder / "config.yaml").read_text()
    for shown, real in (("https://10.10.2.130", gateway.url), ("https://cs.example.net/client/api", server.url)):
        assert shown in config
        config = config.replace(shown, real)
    config = re.sub(r"(endpoint: .*\n)", r"\1    tls: {ca_file: gateway-ca.pem}\n", config)
    (folder / "config.yaml").write_text(config)
    (folder / "gateway-ca.pem").write_bytes(simulator.ca_file.read_bytes())
    for name, secret in (
        ("powerflex-password", gateway.password),
        ("cloudstack-api-key", server.api_key),
        ("cloudstack-secret-key", server.secret_key),
    ):
        assert name in config
        (folder / name).write_text(f"{secret}\n")


def started(command: str, folder: Path, log: Path) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "exporter", *shlex.split(command)[1:]]
    if words[3] == "serve":
        words += ["--web.listen-address", "127.0.0.1:0"]
    environment = {"PYTHONPATH": str(ROOT), "PATH": ""}
    with log.open("w") as output:
        return subprocess.Popen(words, cwd=folder, stdout=output, stderr=output, text=True, env=environment)


def test_every_command_of_the_readme_runs(folder: Path) -> None:
    log = folder / "log"
    assert [shlex.split(command)[1] for command in COMMANDS] == ["doctor", "once", "serve"]
    with Simulator(default_scenario(live=False)) as simulator:
        point_at(simulator, folder)
        for command in COMMANDS:
            process = started(command, folder, log)
            if " serve" in command:
                exporter = Exporter(process, log)
                exporter.until_ready()
                until(lambda: 'powerflex_up{system="pf-ams1"} 1' in exporter.get("/metrics").text, "the gateway")  # noqa: B023
                process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0, log.read_text()


def test_the_verbs_of_the_readme_are_verbs_of_make() -> None:
    verbs = re.findall(r"^make ([a-z-]+)$", README, re.MULTILINE)

    assert {"demo", "test"} <= set(verbs)
    for verb in verbs:
        planned = subprocess.run(["make", "--dry-run", verb], cwd=ROOT, check=True, capture_output=True, text=True)
        assert planned.stdout
