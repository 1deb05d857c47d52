"""Programs as an operator runs them: the exporter as a process, and a real Prometheus."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from benchmarks.serving import free_port
from tests.planted import check_output

_PATIENCE_SECONDS = 60.0
_ADDRESS = re.compile(r"event=listening address=(\S+)")


def until(happened: Callable[[], object], what: str, *, seconds: float = _PATIENCE_SECONDS) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
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
        answer = httpx.get(f"{self.url}{path}", headers=headers, timeout=30, trust_env=False)
        check_output(answer.text)
        return answer

    def until_ready(self) -> None:
        until(lambda: self.get("/-/ready").status_code == 200, "readiness")

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=50)


@contextlib.contextmanager
def exporter_running(log: Path, *arguments: str) -> Iterator[Exporter]:
    """Start `python -m exporter` with arguments, on a port of its own."""
    command = [sys.executable, "-m", "exporter", *arguments, "--web.listen-address", "127.0.0.1:0"]
    with log.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, text=True)
    try:
        yield Exporter(process, log)
    finally:
        process.kill()
        process.wait()
    # The demo tells first how to log in to its simulator.
    check_output(log.read_text().rpartition("The exporter polls them")[2])


def in_a_terminal(*arguments: str) -> tuple[int, bytes]:
    """Run `python -m exporter` to its end, and return its exit code and what a terminal got."""
    ours, theirs = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    command = [sys.executable, "-m", "exporter", *arguments]
    with subprocess.Popen(command, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        seen = b""
        # The read fails when the other end is closed.
        with contextlib.suppress(OSError):
            while chunk := os.read(ours, 65536):
                seen += chunk
        os.close(ours)
        return process.wait(timeout=50), seen


@dataclass(frozen=True)
class Prometheus:
    """A running Prometheus."""

    url: str

    def query(self, expression: str) -> list[dict[str, Any]]:
        answer = httpx.get(f"{self.url}/api/v1/query", params={"query": expression}, timeout=30, trust_env=False)
        assert answer.status_code == 200, answer.text
        result: list[dict[str, Any]] = answer.json()["data"]["result"]
        return result

    def is_ready(self) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(f"{self.url}/-/ready", timeout=30, trust_env=False).status_code == 200
        return False


@contextlib.contextmanager
def prometheus_running(folder: Path, config: str, port: int = 0) -> Iterator[Prometheus]:
    """Start Debian's Prometheus in a folder, whose data outlive it; on a port of its own unless one is given."""
    file = folder / "prometheus.yml"
    file.write_text(config)
    port = port or free_port()
    command = [
        "prometheus",
        f"--config.file={file}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with (folder / "prometheus.log").open("a") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        prometheus = Prometheus(f"http://127.0.0.1:{port}")
        until(prometheus.is_ready, "Prometheus to be ready")
        yield prometheus
    finally:
        process.terminate()
        process.wait()
