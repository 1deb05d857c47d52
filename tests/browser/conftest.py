"""Debian's Chromium, and exporters whose status page it looks at."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from exporter.simulator import Simulator, config_yaml, default_scenario
from tests.programs import Exporter, exporter_running, until

SETTINGS = """\
schedule:
  powerflex: {system: 2s, pools: 2s, volumes: 2s, used_sizes: 2s, vtrees: 2s, sdcs: 2s, nodes: 2s, alerts: 2s}
  cloudstack: {inventory: 2s, volumes: 2s, settings: 2s, routers: 2s}
router_health_checks: {run: never}
reconciliation: {grace: 0s}
"""


# Not for the session: as long as it is there, no other test can run an event loop in this process.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # Without its sandbox, which a container's root may not set up; it looks at nothing but our own pages.
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@contextlib.contextmanager
def looked_at(folder: Path, *, broken: bool) -> Iterator[Exporter]:
    with contextlib.ExitStack() as stack:
        simulator = stack.enter_context(Simulator(default_scenario(live=False, started=int(time.time()))))
        config = folder / "config.yaml"
        config.write_text(config_yaml(simulator) + SETTINGS)
        exporter = stack.enter_context(exporter_running(folder / "exporter.log", "serve", "--config.file", str(config)))
        exporter.until_ready()
        until(lambda: "claimed twice" in (page := exporter.get("/").text) and "read-only<" in page, "what is wrong")
        if broken:
            fault = {"action": "status", "status": 503, "body": "<b>maintenance</b> " + "x" * 150}
            for gateway in simulator.gateways.values():
                gateway.faults.add(fault)
            for server in simulator.management_servers.values():
                server.faults.add(fault)
            until(lambda: exporter.get("/").text.count(">bad<") > 20, "failures")
        yield exporter


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exporter]:
    """An exporter of the simulated world, in which some things are wrong and all sources answer."""
    with looked_at(tmp_path_factory.mktemp("sound"), broken=False) as exporter:
        yield exporter


@pytest.fixture(scope="session")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exporter]:
    """One of which every source has begun to fail."""
    with looked_at(tmp_path_factory.mktemp("broken"), broken=True) as exporter:
        yield exporter


@pytest.fixture
def exporter(request: pytest.FixtureRequest) -> Exporter:
    """Either of the two, by its name."""
    found: Exporter = request.getfixturevalue(request.param)
    return found
