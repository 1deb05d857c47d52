"""What the page must say after some polls, worked out from the answers alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from exporter.inventory.store import Reading
from exporter.metrics.catalogue import CLOUDSTACK, POWERFLEX
from exporter.model import cloudstack, powerflex
from exporter.model.snapshot import CloudStackSnapshot, PowerFlexSnapshot
from tests.fuzz.cloudstack_answers import ApiAnswers
from tests.fuzz.powerflex_answers import GatewayAnswers
from tests.fuzz.tape import Call, Tape
from tests.fuzz.values import FailedError
from tests.oracle.cloudstack import Surroundings, tell_installation
from tests.oracle.page import Series
from tests.oracle.powerflex import Told, tell
from tests.oracle.routers import tell_routers

Collected = tuple[str, str]
"""A source and a collector."""

LABELS = {family.name: family.labels for family in (*POWERFLEX, *CLOUDSTACK)}


class Expected:
    """What is known after the polls so far; `watched` are the configured pools of each system."""

    def __init__(self, tape: Tape, systems: dict[str, tuple[str, ...]], installations: tuple[str, ...]) -> None:
        self._tape = tape
        self._systems = systems
        self._installations = installations
        self._readings: dict[Collected, Reading] = {}
        self._up: dict[str, bool] = {}

    def poll(self) -> set[Collected]:
        """Take what is answered now, and return who fails."""
        failing: set[Collected] = set()
        answers = {name: GatewayAnswers(self._of(name), watched) for name, watched in self._systems.items()}
        for name, gateway in answers.items():
            failing |= self._take(name, "system", gateway.system)
        for name, gateway in answers.items():
            self._up[name] = not self._is_refused(name)
            for collector, read in gateway.collectors().items():
                if self._is_refused(name):
                    failing.add((name, collector))
                elif collector != "system":
                    failing |= self._take(name, collector, read)
        for name in self._installations:
            api = ApiAnswers(self._of(name))
            self._up[name] = api.is_up()
            for collector, read in api.collectors().items():
                failing |= self._take(name, collector, read)
        return failing

    def page(self, oldest_check: float) -> dict[Series, float]:
        """Return what must be shown; `oldest_check` is the unix second before which a router's result is none."""
        found: dict[Series, float] = {}
        for name, values, value in self._tell(oldest_check):
            if value is not None:
                found[name, frozenset(zip(LABELS[name], values, strict=True))] = float(value)
        return found

    def _tell(self, oldest_check: float) -> Iterator[Told]:
        systems = [self._system(name) for name in self._systems]
        installations = [self._installation(name) for name in self._installations]
        for system in systems:
            yield from tell(system)
        for number, installation in enumerate(installations):
            yield from tell_installation(installation, Surroundings(systems, installations[:number]))
            yield from tell_routers(installation, oldest_check)

    def _take(self, source: str, collector: str, read: Callable[[], Reading]) -> set[Collected]:
        try:
            self._readings[source, collector] = read()
        except FailedError:
            return {(source, collector)}
        return set()

    def _of(self, source: str) -> Callable[[str], bytes]:
        return lambda name: self._tape.body(Call(source, name))

    def _id_of(self, system: str) -> str | None:
        reading = self._readings.get((system, "system"))
        return reading.system_id if isinstance(reading, powerflex.SystemReading) else None

    def _is_refused(self, system: str) -> bool:
        """Whether an earlier system is the same array."""
        names = list(self._systems)
        earlier = [self._id_of(name) for name in names[: names.index(system)]]
        return self._id_of(system) is not None and self._id_of(system) in earlier

    def _known(self, source: str) -> dict[str, Any]:
        return {collector: reading for (name, collector), reading in self._readings.items() if name == source}

    def _system(self, name: str) -> PowerFlexSnapshot:
        watched = self._systems[name]
        if self._is_refused(name):
            return PowerFlexSnapshot(name, watched, up=False)
        pools = self._readings.get((name, "pools"))
        known = pools if isinstance(pools, powerflex.PoolsReading) else None
        return PowerFlexSnapshot(
            name,
            watched,
            up=self._up[name],
            known_pools=known.pools if known else (),
            known_domains=known.domains if known else (),
            **self._known(name),
        )

    def _installation(self, name: str) -> CloudStackSnapshot:
        inventory = self._readings.get((name, "inventory"))
        pools = inventory.pools if isinstance(inventory, cloudstack.InventoryReading) else ()
        return CloudStackSnapshot(name, up=self._up[name], known_pools=pools, **self._known(name))
