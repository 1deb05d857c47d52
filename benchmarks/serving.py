"""The exporter as `serve` runs it: scrapes, health, memory over its own rounds, and a real Prometheus before it.

python -m benchmarks.serving PORT OBJECTS all|default SECONDS
"""

from __future__ import annotations

import contextlib
import json
import secrets
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote
from urllib.request import Request, urlopen

from benchmarks.children import process, serving
from benchmarks.results import cpu_seconds, median, peak_mib, rss_mib
from benchmarks.rounds import ALL_SERIES, CONFIG
from benchmarks.truth import check_sums

_SCRAPES = 9
_PING_SECONDS = 0.02
_SCHEDULE = """\
schedule:
  powerflex: {pools: 10s, volumes: 20s, used_sizes: 20s, vtrees: 20s, sdcs: 20s}
"""
_PROMETHEUS = """\
global: {{scrape_interval: 10s}}
scrape_configs:
  - job_name: powerflex
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""


def free_port() -> int:
    """Return a port that nobody listens on, from below those that the system gives to whoever asks for any."""
    while True:
        port = 20_000 + secrets.randbelow(10_000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def fetch(port: int, path: str = "/metrics", *, gzip: bool = True) -> tuple[float, bytes]:
    """Return the seconds that an answer took, and its body as it came."""
    headers = {"Accept-Encoding": "gzip"} if gzip else {}
    started = time.perf_counter()
    with urlopen(Request(f"http://127.0.0.1:{port}{path}", headers=headers), timeout=60) as answer:
        body: bytes = answer.read()
    return time.perf_counter() - started, body


def measure(gateway: int, objects: int, series: str, seconds: float) -> dict[str, float]:
    """Serve, look on for some time, scrape, and have Prometheus scrape."""
    with TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        config = folder / "config.yaml"
        config.write_text(CONFIG.format(port=gateway) + _SCHEDULE + (ALL_SERIES if series == "all" else ""))
        command = [sys.executable, "-m", "exporter", "serve", "--config.file", str(config)]
        with process([*command, "--web.listen-address", f"127.0.0.1:{port}"], stderr=subprocess.DEVNULL) as exporter:
            until_ready(port)
            check_sums(fetch(port, gzip=False)[1].decode(), objects)
            watched = _watch(exporter.pid, port, seconds)
            served = _scrapes(port, folder)
            return watched | served | _prometheus(port, folder)


def until_ready(port: int) -> None:
    """Wait until the exporter has tried every collector."""
    for _ in range(600):
        try:
            fetch(port, "/-/ready")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the exporter is not ready within a minute")


def _watch(pid: int, port: int, seconds: float) -> dict[str, float]:
    """Ask for health all the time, while the exporter polls and renders as it is scheduled to."""
    started, cpu = time.monotonic(), cpu_seconds(pid)
    pings, sizes = [], []
    while time.monotonic() < started + seconds:
        pings.append(fetch(port, "/-/healthy")[0])
        sizes.append(rss_mib(pid))
        time.sleep(_PING_SECONDS)
    return {
        "healthy_longest": max(pings),
        "healthy_median": median(pings),
        "rss_median": median(sizes),
        "rss_peak": peak_mib(pid),
        "cpu_share": (cpu_seconds(pid) - cpu) / seconds,
    }


def _scrapes(port: int, folder: Path) -> dict[str, float]:
    body = fetch(port)[1]
    file = folder / "static"
    file.write_bytes(body)
    with serving("static", file) as static:
        fetch(static)
        pairs = [(fetch(port)[0], fetch(static)[0]) for _ in range(_SCRAPES)]
    return {
        "gzip_bytes": len(body),
        "scrape": median(scrape for scrape, _ in pairs),
        "static": median(static_file for _, static_file in pairs),
        "scrape_to_static": median(scrape / static_file for scrape, static_file in pairs),
    }


def _prometheus(port: int, folder: Path) -> dict[str, float]:
    """Have a Prometheus scrape for a minute, with its default time-out of ten seconds."""
    if shutil.which("prometheus") is None:
        return {}
    own = free_port()
    (folder / "prometheus.yaml").write_text(_PROMETHEUS.format(port=port))
    command = ["prometheus", f"--config.file={folder}/prometheus.yaml", f"--storage.tsdb.path={folder}/data"]
    with process([*command, f"--web.listen-address=127.0.0.1:{own}"], stderr=subprocess.DEVNULL) as prometheus:
        time.sleep(35)
        return {
            "prometheus_first_scrape": _query(own, "max_over_time(scrape_duration_seconds[1m])"),
            "prometheus_scrape": _query(own, "min_over_time(scrape_duration_seconds[1m])"),
            "prometheus_up": _query(own, "min_over_time(up[1m])"),
            "prometheus_series": _query(own, "prometheus_tsdb_head_series or scrape_samples_scraped"),
            "prometheus_rss": rss_mib(prometheus.pid),
        }


def _query(port: int, query: str) -> float:
    answer = json.loads(fetch(port, f"/api/v1/query?query={quote(query)}", gzip=False)[1])
    return float(answer["data"]["result"][0]["value"][1])


def main() -> None:
    """Measure, and print the figures as JSON."""
    print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], float(sys.argv[4]))))


if __name__ == "__main__":
    main()
