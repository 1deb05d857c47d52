"""Loads an exporter with more clients than there should be, and worse ones, and prints what came of it.

python -m benchmarks.load
"""

from __future__ import annotations

import contextlib
import platform
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import clients
from benchmarks.children import process, serving
from benchmarks.results import peak_mib, rss_mib
from benchmarks.rounds import ALL_SERIES, CONFIG
from benchmarks.serving import free_port, until_ready

_VOLUMES = 20_000
_HALF_A_REQUEST = b"GET /metrics HTTP/1.1\r\nHo"
_SCRAPES = 10
_WRK_SECONDS = 10

Load = contextlib.AbstractContextManager[object]


class Table:
    """What `/metrics` answered under each load, and how large the exporter was."""

    def __init__(self, port: int, pid: int) -> None:
        self._port = port
        self._pid = pid
        print(f"{'load':44}{'its own answers':>28}{'/metrics meanwhile':>24}{'longest s':>11}{'RSS MiB':>9}")

    def row(self, what: str, load: Callable[[], Load]) -> None:
        """Print what a load does; other answers than 200, 503 and refusals in words end it all."""
        with load() as own:
            answers = [clients.ask(self._port) for _ in range(_SCRAPES)]
            healthy = clients.ask(self._port, "/-/healthy")
        statuses = Counter(answer.status for answer in answers)
        if healthy.status != 200 or not statuses.keys() <= {200, 503}:
            raise AssertionError(f"{what}: {statuses}, /-/healthy {healthy.status}")
        longest = max(answer.seconds for answer in answers)
        print(f"{what:44}{_shown(own):>28}{_shown(statuses):>24}{longest:11.3f}{rss_mib(self._pid):9.0f}", flush=True)


def _shown(counted: object) -> str:
    return ", ".join(f"{number} x {what}" for what, number in counted.items()) if isinstance(counted, Counter) else ""


def loads(port: int) -> dict[str, Callable[[], Load]]:
    """Return the loads, by what they are called."""

    def asked(requests: list[bytes]) -> Load:
        told = clients.answers_to(port, requests)
        return contextlib.nullcontext(Counter({line.split(" ")[1]: number for line, number in told.items() if line}))

    def scraped(number: int) -> Load:
        return contextlib.nullcontext(Counter(one.status for one in clients.scrapers(port, number, 10)))

    return {
        "nothing": contextlib.nullcontext,
        "50 scrapers at once, 500 scrapes": lambda: scraped(50),
        "30 that do not read": lambda: clients.slow_readers(port, 30, "identity"),
        "60 that do not read": lambda: clients.slow_readers(port, 60, "identity"),
        "60 that do not read gzip": lambda: clients.slow_readers(port, 60, "gzip"),
        "700 connections that say nothing": lambda: clients.lingering(port, 700, b""),
        "700 connections with half a request": lambda: clients.lingering(port, 700, _HALF_A_REQUEST),
        "500 heads of 1 MB": lambda: asked(clients.giant_heads(500, 1_000_000)),
        "4,000 requests that make no sense": lambda: asked(clients.nonsense(4_000)),
        "nothing any more": contextlib.nullcontext,
    }


def hammer(port: int) -> None:
    """Have wrk ask without a pause."""
    if shutil.which("wrk") is None:
        print("\nwrk is missing, so nothing was asked without a pause; Debian's package is wrk")
        return
    for path, connections in (("/metrics", 30), ("/metrics", 50), ("/-/healthy", 50)):
        command = ["wrk", "--threads", "2", "--connections", str(connections), "--duration", f"{_WRK_SECONDS}s"]
        url = f"http://127.0.0.1:{port}{path}"
        done = subprocess.run(
            [*command, "--timeout", "30s", "--latency", "--header", "Accept-Encoding: gzip", url],
            check=True,
            capture_output=True,
            text=True,
        )
        print(f"\n{done.stdout}", end="", flush=True)


def main() -> None:
    """Load, and print."""
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {platform.platform()}, Python {platform.python_version()}")
    with TemporaryDirectory() as name, serving("gateway", _VOLUMES) as gateway:
        config, port = Path(name) / "config.yaml", free_port()
        config.write_text(CONFIG.format(port=gateway) + ALL_SERIES)
        command = [sys.executable, "-m", "exporter", "serve", "--config.file", str(config), "--log.level", "error"]
        with process([*command, "--web.listen-address", f"127.0.0.1:{port}"]) as exporter:
            until_ready(port)
            page = clients.ask(port, encoding="identity").body
            print(f"{_VOLUMES:,} volumes, a page of {len(page) / 1e6:.1f} MB\n")
            table = Table(port, exporter.pid)
            for what, load in loads(port).items():
                table.row(what, load)
            hammer(port)
            print(f"\nRSS {rss_mib(exporter.pid):.0f} MiB, {peak_mib(exporter.pid):.0f} MiB at its peak")


if __name__ == "__main__":
    main()
