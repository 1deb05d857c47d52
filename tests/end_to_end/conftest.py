"""Programs as an operator runs them: the exporter as a process, and a real Prometheus."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

_PATIENCE_SECONDS = 60.0
_ADDRESS = re.compile(r"event=listening address=(\S+)")


def until(happened: Callable[[], object], what: str) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.1)


@dataclass
class Exporter:
    """A running exporter."""

    process: subprocess.Popen[str]
    log: Path

    @property
    def url(self) -> str:
        until(lambda: _ADDRESS.search(self.log.read_text()), "the line that tells the address")
        return f"http://{_ADDRESS.findall(self.log.read_text())[0]}"

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(f"{self.url}{path}", headers=headers, timeout=30, trust_env=False)

    def until_ready(self) -> None:
        until(lambda: self.get("/-/ready").status_code == 200, "readiness")

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=50)


@pytest.fixture
def run_exporter(tmp_path: Path) -> Iterator[Callable[..., Exporter]]:
    """Starts `python -m exporter` with arguments, on a port of its own."""
    with contextlib.ExitStack() as stack:

        def start(*arguments: str) -> Exporter:
            log = tmp_path / f"exporter-{len(list(tmp_path.glob('exporter-*')))}.log"
            command = [sys.executable, "-m", "exporter", *arguments, "--web.listen-address", "127.0.0.1:0"]
            with log.open("w") as output:
                process = subprocess.Popen(command, stdout=output, stderr=output, text=True)
            stack.callback(process.wait)
            stack.callback(process.kill)
            return Exporter(process, log)

        yield start


@pytest.fixture
def command() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs `python -m exporter` with arguments to its end."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "exporter", *arguments],
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
            env=os.environ | environment,
        )

    return run


@dataclass(frozen=True)
class Prometheus:
    """A running Prometheus."""

    url: str

    def query(self, expression: str) -> list[dict[str, Any]]:
        answer = httpx.get(f"{self.url}/api/v1/query", params={"query": expression}, timeout=30, trust_env=False)
        assert answer.status_code == 200, answer.text
        result: list[dict[str, Any]] = answer.json()["data"]["result"]
        return result


@pytest.fixture
def run_prometheus(tmp_path: Path) -> Iterator[Callable[[str], Prometheus]]:
    """Starts Debian's Prometheus, scraping an exporter every second."""
    with contextlib.ExitStack() as stack:

        def start(target: str) -> Prometheus:
            with socket.create_server(("127.0.0.1", 0)) as free:
                port = free.getsockname()[1]
            config = tmp_path / "prometheus.yml"
            config.write_text(
                "scrape_configs:\n"
                "  - job_name: exporter\n    scrape_interval: 1s\n    scrape_timeout: 1s\n"
                f"    static_configs: [{{targets: ['{target.removeprefix('http://')}']}}]\n"
            )
            with (tmp_path / "prometheus.log").open("w") as log:
                process = subprocess.Popen(
                    [
                        "prometheus",
                        f"--config.file={config}",
                        f"--storage.tsdb.path={tmp_path / 'tsdb'}",
                        f"--web.listen-address=127.0.0.1:{port}",
                    ],
                    stdout=log,
                    stderr=log,
                )
            stack.callback(process.wait)
            stack.callback(process.terminate)
            server = Prometheus(f"http://127.0.0.1:{port}")

            def is_up() -> bool:
                with contextlib.suppress(httpx.HTTPError, AssertionError):
                    return [one["value"][1] for one in server.query("up")] == ["1"]
                return False

            until(is_up, "a scrape by Prometheus")
            return server

        yield start
