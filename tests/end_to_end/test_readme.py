"""The commands of the README, run as a new user would: installed, and in a folder with the configuration it shows."""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from exporter.simulator import Simulator, default_scenario
from tests.programs import Exporter, until

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
PROGRAM = "cloudstack-powerflex-exporter"
BLOCKS = [block.splitlines() for block in re.findall(r"^```sh\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)]
(INSTALL,) = [block for block in BLOCKS if any("-m venv" in line for line in block)]
COMMANDS = [line for block in BLOCKS for line in block if line.startswith(PROGRAM)]
LOCKED = "--require-hashes -r requirements.lock"


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


@pytest.fixture(scope="module")
def bin_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install as the README says, but into a folder, and with the packages of this environment for those of PyPI."""
    root = tmp_path_factory.mktemp("root")
    bin_ = root / "usr/local/bin"
    bin_.mkdir(parents=True)
    # The packages that stand in are for this Python.
    (bin_ / "python3").symlink_to(sys.executable)
    # Of this variable alone pip takes 0 for yes.
    environment = {"PATH": f"{bin_}:/usr/bin:/bin", "PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0"}
    for line in INSTALL:
        command = re.sub(r"(?<=\s)/(?=opt/|usr/)|^/(?=opt/)", f"{root}/", line)
        if LOCKED in line:
            (site,) = root.glob("opt/*/lib/python*/site-packages")
            (site / "instead-of-pypi.pth").write_text(sysconfig.get_path("purelib") + "\n")
        else:
            subprocess.run(command, shell=True, cwd=ROOT, env=environment, check=True, timeout=100)
    return bin_


def started(command: str, folder: Path, bin_folder: Path, log: Path) -> subprocess.Popen[str]:
    words = shlex.split(command)
    if words[1] == "serve":
        words += ["--web.listen-address", "127.0.0.1:0"]
    with log.open("w") as output:
        return subprocess.Popen(
            [bin_folder / words[0], *words[1:]], cwd=folder, stdout=output, stderr=output, text=True, env={"PATH": ""}
        )


@pytest.mark.timeout(300)
def test_every_command_of_the_readme_runs(folder: Path, bin_folder: Path) -> None:
    log = folder / "log"
    assert len([line for line in INSTALL if LOCKED in line]) == 1
    assert [shlex.split(command)[1] for command in COMMANDS] == ["--version", "doctor", "once", "serve"]
    with Simulator(default_scenario(live=False)) as simulator:
        point_at(simulator, folder)
        for command in COMMANDS:
            process = started(command, folder, bin_folder, log)
            if " serve" in command:
                exporter = Exporter(process, log)
                exporter.until_ready()
                until(lambda: 'powerflex_up{system="pf-ams1"} 1' in exporter.get("/metrics").text, "the gateway")  # noqa: B023
                process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0, log.read_text()


def test_what_is_installed_is_the_installed_one(bin_folder: Path) -> None:
    """And not the tree of the project, which the packages of this environment may lead to."""
    program = bin_folder / PROGRAM
    python = program.resolve().parent / "python"

    found = subprocess.run(
        [python, "-I", "-c", "import exporter; print(exporter.__file__)"],
        cwd="/",
        check=True,
        capture_output=True,
        text=True,
    )

    assert program.is_symlink()
    assert Path(found.stdout).is_relative_to(python.parents[1])


def test_the_verbs_of_the_readme_are_verbs_of_make() -> None:
    verbs = re.findall(r"^make ([a-z-]+)$", README, re.MULTILINE)

    assert {"demo", "test"} <= set(verbs)
    for verb in verbs:
        planned = subprocess.run(["make", "--dry-run", verb], cwd=ROOT, check=True, capture_output=True, text=True)
        assert planned.stdout
