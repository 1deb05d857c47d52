"""Runs the exporter through thousands of poll cycles with all that may happen meanwhile, and prints what it holds.

python -m benchmarks.soak [CYCLES]
"""

from __future__ import annotations

import contextlib
import platform
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import clients
from benchmarks.children import process
from benchmarks.nuisances import Nuisances
from benchmarks.results import median, rss_mib
from benchmarks.serving import free_port, until_ready
from exporter.simulator import Simulator, TokenLifetimes, config_yaml, default_scenario

CYCLES = 5_000
_COLLECTORS = 12
"""Those of the two sources that are never taken out of the configuration."""
_INTERVAL_SECONDS = 0.1
_SAMPLES = 40
_FEWEST_SAMPLES = 8
"""A short soak on a busy machine goes on until there are as many."""
_SEED = 1
_QUIET_SECONDS = 3.0
_HEALING_SECONDS = 60.0
_COLLECTORS_IN_ALL = 24
_MAX_GROWTH = 1.2
_MAX_TASKS = 40
_MAX_THREADS = 20
_MAX_SOCKETS = 100
"""A collector has one task and one connection at most, of 24; the rest is the web server's."""
_POLLS = re.compile(r"^powerflex_exporter_poll_success{.*} [01]\.0$", re.MULTILINE)
_POLL_NUMBER = re.compile(r'^powerflex_exporter_polls_total{.*source="(?:pf-ams1|ams)"} (\S+)$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Holdings:
    """What the exporter held at a moment, of how many volumes, and what the gateways held for it."""

    cycles: float
    volumes: int
    rss_mib: float
    blocks: int
    tasks: int
    threads: int
    sockets: int
    sessions: int


class Watched:
    """An exporter that is hurried, and the servers that it polls."""

    def __init__(self, simulator: Simulator, running: subprocess.Popen[str], port: int) -> None:
        self.port = port
        self._simulator = simulator
        self._running = running

    @property
    def sessions(self) -> int:
        """How many sessions the gateways know."""
        return sum(len(gateway.machine.sessions) for gateway in self._simulator.gateways.values())

    def page(self) -> str:
        """Return the metrics."""
        return clients.ask(self.port, encoding="identity").body.decode()

    def cycles(self) -> float:
        """Return how often each collector was polled on average, by the exporter's own count."""
        return sum(map(float, _POLL_NUMBER.findall(self.page()))) / _COLLECTORS

    def holdings(self, cycles: float) -> Holdings:
        """Look at the exporter as it is now."""
        folder = Path(f"/proc/{self._running.pid}")
        tasks, blocks = self._tasks_and_blocks()
        return Holdings(
            cycles=cycles,
            volumes=sum(len(system.volumes) for system in self._simulator.world.systems.values()),
            rss_mib=rss_mib(self._running.pid),
            blocks=blocks,
            tasks=tasks,
            threads=len(list((folder / "task").iterdir())),
            sockets=sum(_is_socket(file) for file in (folder / "fd").iterdir()),
            sessions=self.sessions,
        )

    def _tasks_and_blocks(self) -> tuple[int, int]:
        if self._running.stdout is None:
            raise AssertionError
        self._running.send_signal(signal.SIGUSR1)
        tasks, blocks = map(int, self._running.stdout.readline().split())
        return tasks, blocks


def _is_socket(file: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return str(file.readlink()).startswith("socket:")
    return False


@contextlib.contextmanager
def hurried(folder: Path, simulator: Simulator) -> Iterator[Watched]:
    """Run an exporter of a simulator's servers; its log is in the folder, and it must end in order."""
    config, port = folder / "config.yaml", free_port()
    entries = config_yaml(simulator)
    for key in ("    username:", "    api_key:"):
        entries = entries.replace(key, f"    timeout: 3s\n{key}")
    config.write_text(f"{entries}volumes: {{series: all}}\n")
    command = [sys.executable, "-m", "benchmarks.hurried", str(config), str(port), str(_INTERVAL_SECONDS)]
    with (folder / "log").open("w") as log, process(command, stdout=subprocess.PIPE, stderr=log) as running:
        until_ready(port)
        yield Watched(simulator, running, port)
    if running.returncode != 0:
        raise AssertionError(f"the exporter ended with {running.returncode}")


def soak(
    cycles: int, folder: Path, tell: Callable[[Holdings], None] = lambda _: None
) -> tuple[list[Holdings], dict[str, int]]:
    """Run an exporter that long, and return what it held from time to time, and what happened to it.

    The last holdings are of when all is well again. Each is told at once.

    Raises:
        AssertionError: a counter went back, the last page is not the truth, there is a secret in the log, or something
            grows or is left behind.
    """
    scenario = default_scenario(live=False, started=int(time.time()))
    with Simulator(scenario, lifetimes=TokenLifetimes(access=5, refresh=60)) as simulator:
        with hurried(folder, simulator) as exporter:
            nuisances = Nuisances(simulator, folder / "config.yaml", exporter.port, _SEED)
            held: list[Holdings] = []

            def look() -> None:
                held.append(exporter.holdings(done - begun))
                tell(held[-1])

            begun = done = exporter.cycles()
            with nuisances.going_on():
                while done < begun + cycles or len(held) < _FEWEST_SAMPLES:
                    if done >= begun + cycles * len(held) / _SAMPLES:
                        look()
                    time.sleep(0.2)
                    done = exporter.cycles()
            _wait_until_healed(exporter)
            look()
            _check_page(exporter.page(), simulator)
            if exporter.sessions != len(simulator.gateways):
                raise AssertionError(f"{exporter.sessions} sessions of {len(simulator.gateways)} gateways")
        if exporter.sessions:
            raise AssertionError(f"{exporter.sessions} sessions are left behind")
    _check_log((folder / "log").read_text(), simulator)
    _check_holdings(held)
    return held, nuisances.done


def _wait_until_healed(exporter: Watched) -> None:
    deadline = time.monotonic() + _HEALING_SECONDS
    while True:
        polls = _POLLS.findall(exporter.page())
        if sum(poll.endswith(" 1.0") for poll in polls) == _COLLECTORS_IN_ALL:
            break
        if time.monotonic() > deadline:
            raise AssertionError(f"not healed: {polls}")
        time.sleep(0.5)
    time.sleep(_QUIET_SECONDS)


def _check_page(page: str, simulator: Simulator) -> None:
    for name, system in simulator.world.systems.items():
        shown = page.count(f'\npowerflex_volume_virtual_size_bytes{{system="{name}"')
        if shown != len(system.volumes):
            raise AssertionError(f"{shown} volumes of {name} are shown, and there are {len(system.volumes)}")


def _check_holdings(held: list[Holdings]) -> None:
    if growth(held, lambda one: one.blocks) > _MAX_GROWTH or growth(held, lambda one: one.rss_mib) > _MAX_GROWTH:
        raise AssertionError(f"memory grows: {held}")
    for one in held:
        if one.tasks > _MAX_TASKS or one.threads > _MAX_THREADS or one.sockets > _MAX_SOCKETS:
            raise AssertionError(f"too much is held: {one}")


def _check_log(log: str, simulator: Simulator) -> None:
    secrets = [gateway.password for gateway in simulator.gateways.values()]
    secrets += [key for server in simulator.management_servers.values() for key in (server.api_key, server.secret_key)]
    for word in ("Traceback", "defect", "never retrieved", *secrets):
        if word in log:
            raise AssertionError(f"{word!r} in the log: {log[max(0, log.index(word) - 200) :][:2000]}")


def growth(held: list[Holdings], what: Callable[[Holdings], float]) -> float:
    """Return by what factor something had grown in the last quarter of the time, against the second one."""
    quarter = len(held) // 4
    early, late = held[quarter : 2 * quarter], held[-quarter:]
    return median(map(what, late)) / median(map(what, early))


def _print(one: Holdings) -> None:
    memory = f"{one.cycles:8.0f}{one.volumes:9}{one.rss_mib:9.1f}{one.blocks:9}"
    print(f"{memory}{one.tasks:7}{one.threads:9}{one.sockets:9}{one.sessions:10}", flush=True)


def main() -> None:
    """Soak, and print."""
    cycles = int(sys.argv[1]) if sys.argv[1:] else CYCLES
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {platform.platform()}, Python {platform.python_version()}\n")
    memory = f"{'cycles':>8}{'volumes':>9}{'RSS MiB':>9}{'blocks':>9}"
    print(f"{memory}{'tasks':>7}{'threads':>9}{'sockets':>9}{'sessions':>10}")
    started = time.monotonic()
    with TemporaryDirectory() as folder:
        held, happened = soak(cycles, Path(folder), _print)
    print(f"\n{(time.monotonic() - started) / 60:.0f} min; the last line is of when all was well again")
    print(
        f"From the second quarter of the time to the last, blocks grew by {growth(held, lambda one: one.blocks):.2f},"
    )
    print(f"and RSS by {growth(held, lambda one: one.rss_mib):.2f}")
    for what, times in happened.items():
        print(f"{times:8} {what}")


if __name__ == "__main__":
    main()
