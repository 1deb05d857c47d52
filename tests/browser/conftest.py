"""Debian's Chromium, and exporters whose status page it looks at."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from exporter.simulator import Simulator, World, config_yaml, default_scenario
from tests.programs import Exporter, exporter_running, until

SETTINGS = """\
schedule:
  powerflex: {system: 2s, pools: 2s, volumes: 2s, used_sizes: 2s, vtrees: 2s, sdcs: 2s, nodes: 2s, alerts: 2s}
  cloudstack: {inventory: 2s, volumes: 2s, settings: 2s, routers: 2s}
router_health_checks: {run: never}
reconciliation: {grace: 0s}
"""

COLLECTORS = 24
"""Of both systems and both installations."""

HOSTILE = "<script>document.title='taken'</script><img src=/x onerror=\"document.title='taken'\">{{ 7 * 7 }}'\"></td>"


# Not for the session: as long as it is there, no other test can run an event loop in this process.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # Without its sandbox, which a container's root may not set up; it looks at nothing but our own pages.
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


def scenario() -> World:
    return default_scenario(live=False, started=int(time.time()))


def scenario_of_hostile_names() -> World:
    """One in which whoever may name a thing has tried what a name can do."""
    world = scenario()
    for system in world.systems.values():
        for pool in system.storage_pools.values():
            pool.name = HOSTILE
        for domain in system.protection_domains.values():
            domain.name = HOSTILE
    for installation in world.installations.values():
        for zone in installation.zones.values():
            zone.name = HOSTILE
        for machine in installation.machines.values():
            machine.name = HOSTILE
    return world


def _all_fail(exporter: Exporter) -> bool:
    samples = re.findall(r"^powerflex_exporter_poll_success{.*} (\S+)$", exporter.get("/metrics").text, re.MULTILINE)
    return len(samples) == COLLECTORS and set(map(float, samples)) == {0}


@contextlib.contextmanager
def looked_at(folder: Path, world: World, *, broken: bool = False) -> Iterator[Exporter]:
    with contextlib.ExitStack() as stack:
        simulator = stack.enter_context(Simulator(world))
        config = folder / "config.yaml"
        # A reading is dropped after twice the time-out: no test comes too late for what was known before the failures.
        patient = re.sub(
            r"^    (username|api_key):", r"    timeout: 10m\n    \1:", config_yaml(simulator), flags=re.MULTILINE
        )
        config.write_text(patient + SETTINGS)
        exporter = stack.enter_context(exporter_running(folder / "exporter.log", "serve", "--config.file", str(config)))
        exporter.until_ready()
        until(lambda: "claimed twice" in (page := exporter.get("/").text) and "read-only<" in page, "what is wrong")
        if broken:
            fault = {"action": "status", "status": 503, "body": "<b>maintenance</b> " + "x" * 150}
            for gateway in simulator.gateways.values():
                gateway.faults.add(fault)
            for server in simulator.management_servers.values():
                server.faults.add(fault)
            until(lambda: _all_fail(exporter), "every collector to fail")
        yield exporter


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exporter]:
    """An exporter of the simulated world, in which some things are wrong and all sources answer."""
    with looked_at(tmp_path_factory.mktemp("sound"), scenario()) as exporter:
        yield exporter


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exporter]:
    """One of which every source has begun to fail."""
    with looked_at(tmp_path_factory.mktemp("broken"), scenario(), broken=True) as exporter:
        yield exporter


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exporter]:
    """One of sources in which everything has a hostile name."""
    with looked_at(tmp_path_factory.mktemp("hostile"), scenario_of_hostile_names()) as exporter:
        yield exporter


@pytest.fixture
def exporter(request: pytest.FixtureRequest) -> Exporter:
    """Either of the two, by its name."""
    found: Exporter = request.getfixturevalue(request.param)
    return found
