"""What may happen to an exporter in the course of years, at random, and much more often than it should."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from benchmarks import clients
from exporter.simulator import Simulator

_FAULTS: tuple[Mapping[str, Any], ...] = (
    {"action": "delay", "seconds": 0.5},
    {"action": "drop"},
    {"action": "hang"},
    {"action": "truncate"},
    {"action": "drip", "bytes": 200, "seconds": 0.05},
    {"action": "status", "status": 401, "body": {"message": "Unauthorized"}},
    {"action": "status", "status": 500, "body": {"message": "no"}},
    {"action": "status", "status": 503, "body": "<html>later</html>"},
    {"action": "body", "body": '[{"id": 7'},
    {"action": "set_field", "field": "sizeInKb", "value": "many"},
    {"action": "remove_field", "field": "id", "objects": "first"},
    {"action": "empty_list"},
)
_NO_LOGIN = r"^(?!/api/login|/rest/auth/login)"
"""A gateway whose answer to a login is lost keeps a session that nobody can end."""
VOLUMES_ADDED = 60
"""As many come before the first one goes."""
_SCRAPE_PATHS = ("/metrics", "/metrics", "/", "/config", "/-/ready", "/nothing")


class Nuisances:
    """Everything at once, each in a thread of its own, until it is stopped.

    Attributes:
        done: how often each has happened.
    """

    def __init__(self, simulator: Simulator, config: Path, port: int, seed: int) -> None:
        self.done: dict[str, int] = {}
        self._simulator = simulator
        self._faults = [
            *(gateway.faults for gateway in simulator.gateways.values()),
            *(server.faults for server in simulator.management_servers.values()),
        ]
        self._config = config
        self._sound = config.read_text()
        self._port = port
        self._seed = seed
        self._stopped = threading.Event()
        self._added: list[str] = []
        self._reads_past: dict[str, float] = {}

    @contextlib.contextmanager
    def going_on(self) -> Iterator[None]:
        """Let them happen while the body runs; one that fails ends it in an error."""
        kinds: dict[str, tuple[Callable[[random.Random], None], float]] = {
            "changes of volumes": (self._change_a_volume, 0.1),
            "ends of all sessions": (self._end_sessions, 3.0),
            "faults": (self._fault, 0.5),
            "reloads": (self._reload, 4.0),
            "scrapes and other requests": (self._ask, 0.2),
            "clients that hang up": (self._hang_up, 0.5),
        }
        with ThreadPoolExecutor(len(kinds)) as pool:
            threads: list[Future[None]] = [pool.submit(self._repeat, name, *kind) for name, kind in kinds.items()]
            try:
                yield
            finally:
                self._stopped.set()
        for thread in threads:
            thread.result()
        self._heal()

    def _repeat(self, name: str, happen: Callable[[random.Random], None], seconds: float) -> None:
        chance = random.Random(f"{self._seed} {name}")
        while not self._stopped.wait(chance.uniform(0, 2 * seconds)):
            happen(chance)
            self.done[name] = self.done.get(name, 0) + 1

    def _change_a_volume(self, chance: random.Random) -> None:
        if len(self._added) < VOLUMES_ADDED:
            system = chance.choice(list(self._simulator.world.systems.values()))
            pool, sdc = chance.choice(list(system.storage_pools)), chance.choice(list(system.sdcs))
            name = chance.choice([None, f"volume {chance.getrandbits(32)}", f"vol-{chance.getrandbits(32):08x}-10ee"])
            volume = self._simulator.change("add_volume", pool=pool, name=name)["volume"]
            self._simulator.change("map_volume", volume=volume, sdc=sdc)
            self._added.append(volume)
        else:
            volume = self._added.pop(chance.randrange(len(self._added)))
            self._simulator.change("set_volume_size", volume=volume, size_gib=chance.randrange(8, 800, 8))
            self._simulator.change("remove_volume", volume=volume)

    def _end_sessions(self, chance: random.Random) -> None:
        chance.choice(list(self._simulator.gateways.values())).expire_sessions()

    def _fault(self, chance: random.Random) -> None:
        hit = {"path_regex": _NO_LOGIN, "times": chance.randrange(1, 4), "skip": chance.randrange(4)}
        faults = chance.choice(self._faults)
        if not faults.as_json():
            faults.add({**chance.choice(_FAULTS), **hit})

    def _reload(self, chance: random.Random) -> None:
        changed = {
            "the same": self._sound,
            "another timeout": self._sound.replace("timeout: 3s", f"timeout: {chance.randrange(3000, 4000)}ms", 1),
            "another name": self._sound.replace("pf-ams2", "renamed"),
            "an installation less": self._sound.partition('  - name: "lab"')[0],
            "a fault": self._sound.replace("username:", "usrname:"),
        }
        what = chance.choice(list(changed))
        self._config.write_text(changed[what])
        request = Request(f"http://127.0.0.1:{self._port}/-/reload", method="POST")
        try:
            with urlopen(request, timeout=60) as answer:
                status = answer.status
        except HTTPError as refusal:
            status = refusal.code
        if (status == 200) == (what == "a fault"):
            raise AssertionError(f"the reload of {what} was answered with {status}")

    def _ask(self, chance: random.Random) -> None:
        path, encoding = chance.choice(_SCRAPE_PATHS), chance.choice(["gzip", "identity"])
        answer = clients.ask(self._port, path, encoding)
        if answer.status not in {200, 404, 503}:
            raise AssertionError(f"{path} was answered with {answer.status}")
        if path == "/metrics" and encoding == "identity":
            self._check_counters(answer.body.decode())

    def _check_counters(self, page: str) -> None:
        """No counter of a source that was there all the time goes back."""
        now = {}
        for line in page.splitlines():
            series, _, value = line.rpartition(" ")
            if "_total{" in series and ('source="pf-ams1"' in series or 'source="ams"' in series):
                now[series] = float(value)
        for series, before in self._reads_past.items():
            if now.get(series, -1.0) < before:
                raise AssertionError(f"{series} went from {before} to {now.get(series)}")
        self._reads_past |= now

    def _hang_up(self, chance: random.Random) -> None:
        with socket.create_connection(("127.0.0.1", self._port), 60) as client:
            client.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n"[: chance.randrange(70)])
            time.sleep(chance.random() / 10)

    def _heal(self) -> None:
        for faults in self._faults:
            faults.clear()
        self._config.write_text(self._sound)
        with urlopen(Request(f"http://127.0.0.1:{self._port}/-/reload", method="POST"), timeout=60):
            pass
