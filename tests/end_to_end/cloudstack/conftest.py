"""The simulator and the exporter as a process of its own, with real sockets between them."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from exporter.config import parse_config
from exporter.service import Service
from exporter.simulator import Simulator, config_yaml, default_scenario, expected_discrepancies
from tests.planted import check_output

DEADLINE_SECONDS = 60.0
_LOOK_SECONDS = 0.25
_LISTENING = re.compile(r"event=listening .*address=(\S+)")
QUICK_SCHEDULE = """
schedule:
  powerflex: {system: 2s, pools: 2s, volumes: 1s, used_sizes: 5s, vtrees: 5s, sdcs: 1s, nodes: 5s, alerts: 5s}
  cloudstack: {inventory: 1s, volumes: 1s, settings: 2s, routers: 2s}
"""

_LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(r"\\(.)")
ROUTERS_ALONE = """
schedule:
  cloudstack: {inventory: 1s, volumes: 1h, settings: 1h, routers: 1s}
"""

Labels = frozenset[tuple[str, str]]


class Accusation(NamedTuple):
    """Whose volume, where, and why."""

    cloudstack: str
    system: str
    volume_id: str
    reason: str


def _unescaped(found: re.Match[str]) -> str:
    return "\n" if found.group(1) == "n" else found.group(1)


class Page:
    """One scrape."""

    def __init__(self, text: str) -> None:
        self.text = text

    def series(self, name: str, **wanted: str) -> dict[Labels, float]:
        """The samples of a name that carry these labels. A whole parse of every scrape would take too long."""
        found: dict[Labels, float] = {}
        for labels, value in re.findall(rf"^{name}(?:{{(.*)}})? (\S+)$", self.text, re.MULTILINE):
            pairs = frozenset((key, _ESCAPED.sub(_unescaped, text)) for key, text in _LABEL.findall(labels))
            if wanted.items() <= pairs:
                assert pairs not in found, f"{name} has a sample twice"
                found[pairs] = float(value)
        return found

    def value(self, name: str, **wanted: str) -> float | None:
        """The one sample with these labels, None where there is none."""
        found = list(self.series(name, **wanted).values())
        assert len(found) < 2, f"{name}{wanted} is not one sample"
        return found[0] if found else None

    def total(self, name: str, **wanted: str) -> float:
        """The sum of the samples with these labels."""
        return sum(self.series(name, **wanted).values())

    @property
    def accusations(self) -> set[Accusation]:
        """Every discrepancy that is shown."""
        found = set()
        for labels in self.series("cloudstack_powerflex_discrepancy"):
            of = dict(labels)
            found.add(Accusation(of["cloudstack"], of["system"], of["volume_id"], of["reason"]))
        return found

    def suspensions(self, cloudstack: str, system: str) -> set[str]:
        """Why that pair is not judged now."""
        series = self.series("cloudstack_powerflex_reconciliation_suspended", cloudstack=cloudstack, system=system)
        return {dict(labels)["reason"] for labels, value in series.items() if value == 1}

    def writable(self, router: str) -> float | None:
        """Whether that router can write, None where that is not said."""
        return self.value("cloudstack_router_filesystem_writable", router_id=router)

    def poll_success(self, source: str, collector: str) -> float | None:
        """How that collector's last poll went."""
        return self.value("powerflex_exporter_poll_success", source=source, collector=collector)


VERDICTS = (
    "cloudstack_powerflex_volumes",
    "cloudstack_powerflex_discrepancies",
    "cloudstack_powerflex_discrepancy",
    "cloudstack_powerflex_reclaimable_bytes",
    "cloudstack_powerflex_reclaimable_unknown",
)


def verdicts(page: Page, cloudstack: str, system: str) -> dict[str, int]:
    """How many verdict series there are of a pair, by name."""
    counts = {name: len(page.series(name, cloudstack=cloudstack, system=system)) for name in VERDICTS}
    return {name: count for name, count in counts.items() if count}


def truth(simulator: Simulator) -> set[Accusation]:
    """What is to be accused."""
    return {
        Accusation(one.cloudstack, one.system, one.volume_id, str(one.reason))
        for one in expected_discrepancies(simulator.world)
    }


class Exporter:
    """An exporter that serves, until it is stopped."""

    def __init__(self, folder: Path, config: str, *flags: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "config.yaml"
        file.write_text(config)
        self._log_file = folder / "log"
        with self._log_file.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    *("-m", "exporter", "serve", "--config.file", str(file)),
                    *("--web.listen-address", "127.0.0.1:0", *flags),
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
                env=os.environ | {"PYTHONUNBUFFERED": "1"},
            )
        self.address = ""
        self._client = httpx.Client(timeout=30, trust_env=False)
        try:
            self.address = eventually(self._listening)
        except BaseException:
            self.stop()
            raise

    @property
    def log(self) -> str:
        return self._log_file.read_text(errors="replace")

    def page(self) -> Page:
        """What is served now."""
        return Page(self.get("/metrics"))

    def get(self, path: str) -> str:
        text = self._client.get(f"http://{self.address}{path}").text
        check_output(text)
        return text

    def ready(self) -> bool:
        return self._client.get(f"http://{self.address}/-/ready").status_code == 200

    def until(
        self,
        holds: Callable[[Page], object],
        *,
        always: Callable[[Page], object] = lambda _: True,
        seconds: float = DEADLINE_SECONDS,
    ) -> Page:
        """Return the first page of which that holds; something else must hold of every page until then."""
        deadline = time.monotonic() + seconds
        while True:
            page = self.page()
            assert always(page), "what must always hold did not"
            if holds(page):
                return page
            if time.monotonic() > deadline:
                raise AssertionError(f"it never came to be; the log says:\n{self.log[-4000:]}")
            time.sleep(_LOOK_SECONDS)

    def polls(self, source: str, collector: str) -> float:
        """How many polls of a collector have ended."""
        return self.page().total("powerflex_exporter_polls_total", source=source, collector=collector)

    def after_polls(self, source: str, *collectors: str, count: int = 2) -> Page:
        """Return a page made after these collectors have been polled so many times more."""
        before = self.page()
        name = "powerflex_exporter_polls_total"

        def done(page: Page) -> bool:
            return all(
                page.total(name, source=source, collector=one)
                >= before.total(name, source=source, collector=one) + count
                for one in collectors
            )

        self.until(done)
        time.sleep(0.5)
        return self.page()

    def stop(self) -> None:
        self._client.close()
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
                raise
        check_output(self.log)

    def _listening(self) -> str:
        if self._process.poll() is not None:
            raise AssertionError(f"the exporter ended: {self.log}")
        found = _LISTENING.search(self.log)
        return found.group(1).strip('"') if found else ""


def eventually(ask: Callable[[], str], seconds: float = DEADLINE_SECONDS) -> str:
    """Return the first answer that is not empty."""
    deadline = time.monotonic() + seconds
    while not (answer := ask()):
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(_LOOK_SECONDS)
    return answer


def config_of(
    simulator: Simulator,
    *,
    grace: str = "2s",
    run: str = "never",
    checks: str = "",
    timeout: str = "10s",
    routers_alone: bool = False,
    replace: Mapping[str, str] | None = None,
) -> str:
    """A configuration for the simulator that polls every second.

    Where routers alone matter it leaves PowerFlex out; `replace` puts texts in place of others.
    """
    text = config_yaml(simulator)
    if routers_alone:
        text = text[text.index("cloudstack:") :]
    text = re.sub(r"^(    (?:password|secret_key): .*)$", rf"\1\n    timeout: {timeout}", text, flags=re.MULTILINE)
    text += ROUTERS_ALONE if routers_alone else QUICK_SCHEDULE
    text += f"reconciliation: {{grace: {grace}}}\nrouter_health_checks: {{run: {run}{checks}}}\n"
    for old, new in (replace or {}).items():
        assert old in text
        text = text.replace(old, new)
    return text


Simulated = Callable[..., Simulator]
Serve = Callable[..., Exporter]


@pytest.fixture
def simulated() -> Iterator[Simulated]:
    """Starts simulators of the default scenario, frozen at this moment unless they are told another."""
    with ExitStack() as stack:

        def start(*, ago: int = 0, versions: Mapping[str, str] | None = None) -> Simulator:
            scenario = default_scenario(live=False, started=int(time.time()) - ago)
            return stack.enter_context(Simulator(scenario, tls=False, versions=versions))

        yield start


@pytest.fixture
def simulator(simulated: Simulated) -> Simulator:
    return simulated()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts exporters, returns them when they are ready, and stops them."""
    with ExitStack() as stack:
        number = iter(range(100))

        def start(config: str, *flags: str) -> Exporter:
            exporter = Exporter(tmp_path / f"exporter-{next(number)}", config, *flags)
            stack.callback(exporter.stop)
            eventually(lambda: "ready" if exporter.ready() else "")
            return exporter

        yield start


class Once(NamedTuple):
    """What polling everything once gave."""

    page: Page
    failures: list[str]


def poll_once(config: str) -> Once:
    """Do in this process what the command `once` does."""

    async def poll() -> tuple[bytes, list[str]]:
        return await Service(parse_config(config, base_dir=Path(), name="test")).once()

    exposition, failures = asyncio.run(poll())
    return Once(Page(exposition.decode()), failures)
