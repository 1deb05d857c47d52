"""The tape: what a small scenario answered."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from exporter.simulator import Simulator, World, config_yaml
from exporter.simulator.scenario.cloud import volume_id_of
from tests.faults.conftest import small_scenario
from tests.fuzz.tape import Tape, recorded

SETTINGS = """\
volumes: {series: all}
reconciliation: {grace: 0s}
router_health_checks: {run: never, stale_after: 30m}
"""


def smaller_scenario() -> World:
    """A scenario whose CloudStack is as small as its arrays, with all that is special about them."""
    world = small_scenario()
    special = set(world.landmarks.values())
    kept = special | {volume for system in world.systems.values() for volume in system.volumes}
    for installation in world.installations.values():
        rows = installation.volumes.items()
        installation.volumes = {key: row for key, row in rows if {volume_id_of(row), row.uuid} & kept}
        chosen = special | set(list(installation.routers)[-2:])
        installation.routers = {key: one for key, one in installation.routers.items() if key in chosen}
    world.touch()
    return world


@pytest.fixture(scope="session")
def tape() -> Iterator[Tape]:
    with Simulator(smaller_scenario()) as simulator:
        yield recorded(simulator, config_yaml(simulator) + SETTINGS)
