"""An exporter whose sources answer from a tape, at one moment, and in one order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest

from exporter.decode import ListReader
from exporter.model import instant
from exporter.powerflex import session, statistics
from exporter.simulator import Simulator, World, config_yaml
from exporter.simulator.scenario.cloud import volume_id_of
from exporter.web.status import page
from tests.faults.conftest import small_scenario
from tests.fuzz.stage import SETTINGS
from tests.fuzz.tape import Tape, recorded

T = TypeVar("T")

_PIECE_BYTES = 2000


class Standstill:
    """Stands in for the module time."""

    def __init__(self, unix: float) -> None:
        self._unix = unix

    def time(self) -> float:
        return self._unix

    def monotonic(self) -> float:
        return 1000.0


def smaller_scenario() -> World:
    """A scenario whose CloudStack is as small as its arrays, with all that is special about them."""
    world = small_scenario()
    special = set(world.landmarks.values())
    kept = special | {volume for system in world.systems.values() for volume in system.volumes}
    for installation in world.installations.values():
        rows = installation.volumes.items()
        installation.volumes = {key: row for key, row in rows if {volume_id_of(row), row.uuid} & kept}
        routers = list(installation.routers)
        installation.routers = {
            key: router for key, router in installation.routers.items() if key in special or key in routers[-2:]
        }
    world.touch()
    return world


async def inline(function: Callable[..., T], *arguments: Any) -> T:  # noqa: ANN401 - handed through
    return function(*arguments)


@pytest.fixture(scope="session")
def tape() -> Iterator[Tape]:
    with Simulator(smaller_scenario()) as simulator:
        yield recorded(simulator, config_yaml(simulator) + SETTINGS)


@pytest.fixture(scope="module")
def at_one_moment(tape: Tape) -> Iterator[pytest.MonkeyPatch]:
    """Let the time stand still, and do at once what would be done in a thread."""
    with pytest.MonkeyPatch.context() as patch:
        tape.play(patch)
        moment = Standstill(smaller_scenario().now)
        for module in (instant, session, statistics, page):
            patch.setattr(module, "time", moment)
        patch.setattr(asyncio, "to_thread", inline)
        patch.setattr(ListReader.__init__, "__defaults__", (_PIECE_BYTES,))
        yield patch
