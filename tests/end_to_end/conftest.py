"""Programs as an operator runs them, as fixtures."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.programs import Exporter, Prometheus, exporter_running, prometheus_running, until


@pytest.fixture
def run_exporter(tmp_path: Path) -> Iterator[Callable[..., Exporter]]:
    """Starts `python -m exporter` with arguments, on a port of its own."""
    with contextlib.ExitStack() as stack:

        def start(*arguments: str) -> Exporter:
            log = tmp_path / f"exporter-{len(list(tmp_path.glob('exporter-*')))}.log"
            return stack.enter_context(exporter_running(log, *arguments))

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


@pytest.fixture
def run_prometheus(tmp_path: Path) -> Iterator[Callable[[str], Prometheus]]:
    """Starts Debian's Prometheus, scraping an exporter every few seconds, which a busy machine may take to answer."""
    with contextlib.ExitStack() as stack:

        def start(target: str) -> Prometheus:
            config = (
                "scrape_configs:\n"
                "  - job_name: exporter\n    scrape_interval: 4s\n    scrape_timeout: 4s\n"
                f"    static_configs: [{{targets: ['{target.removeprefix('http://')}']}}]\n"
            )
            server = stack.enter_context(prometheus_running(tmp_path, config))
            until(lambda: [one["value"][1] for one in server.query("up")] == ["1"], "a scrape by Prometheus")
            return server

        yield start
