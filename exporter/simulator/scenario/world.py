"""The one shared scenario: PowerFlex systems and CloudStack installations, and the time that passes in them."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from exporter.simulator.scenario.array import StoragePool, System, Volume
from exporter.simulator.scenario.census import Census, take_census
from exporter.simulator.scenario.cloud import Installation

_TICK_SECONDS = 5
"""I/O figures stay the same for this long."""
_FULL_PERCENT = 99


@dataclass(frozen=True, slots=True)
class Event:
    """A change that happens by itself once so many seconds have passed in the scenario."""

    at: float
    change: Callable[["World"], object]


@dataclass
class World:
    """Everything there is.

    Hold `lock` while reading more than one thing or changing anything, and call `touch` after a change; those of
    `changes.py` do both.

    Time stands still unless `live`, or until `advance` is called; the same calls lead to the same state.
    """

    systems: dict[str, System]
    installations: dict[str, Installation]
    started: int
    """Epoch seconds at which the scenario begins."""
    live: bool = False
    speed: float = 1.0
    """Seconds that pass in the scenario per real second."""
    events: list[Event] = field(default_factory=list)
    landmarks: dict[str, str] = field(default_factory=dict)
    """Ids of objects that something is special about, by a telling name."""
    elapsed: float = 0.0
    revision: int = 0
    """Counts changes, the growth of volumes included."""
    edits: int = 0
    """Counts changes that are made, and not the growth that comes with time."""
    lock: threading.RLock = field(default_factory=threading.RLock)
    _caught_up: float = field(default_factory=time.monotonic)
    _censuses: dict[str, tuple[tuple[int, int], Census]] = field(default_factory=dict)

    @property
    def now(self) -> int:
        """Epoch seconds in the scenario."""
        return self.started + int(self.elapsed)

    @property
    def tick(self) -> int:
        """Changes whenever the I/O figures do."""
        return int(self.elapsed) // _TICK_SECONDS

    def touch(self) -> None:
        """Say that something was changed."""
        self.revision += 1
        self.edits += 1

    def census(self, key: str) -> Census:
        """Return the indexes over a system as it is now."""
        with self.lock:
            self.catch_up()
            moment = (self.revision, self.tick)
            known = self._censuses.get(key)
            if known is None or known[0] != moment:
                known = (moment, take_census(self.systems[key], self.tick))
                self._censuses[key] = known
            return known[1]

    def catch_up(self) -> None:
        """Let as much time pass as has passed outside, if the scenario is live."""
        with self.lock:
            moment = time.monotonic()
            passed, self._caught_up = moment - self._caught_up, moment
            if self.live:
                self.advance(passed * self.speed)

    def advance(self, seconds: float) -> None:
        """Let time pass: volumes that grow do so, and due events happen."""
        with self.lock:
            end = self.elapsed + seconds
            while due := [event for event in self.events if event.at <= end]:
                event = min(due, key=lambda each: each.at)
                self.events.remove(event)
                self._pass_until(event.at)
                event.change(self)
                self.touch()
            self._pass_until(end)

    def pause(self) -> None:
        """Stop the time."""
        with self.lock:
            self.catch_up()
            self.live = False

    def resume(self) -> None:
        """Let the time run from now on."""
        with self.lock:
            self.catch_up()
            self.live = True

    def tables(self) -> Iterator[dict[str, Any]]:
        """Every table of objects by id, of all systems and installations."""
        for system in self.systems.values():
            yield {system.id: system}
            yield system.protection_domains
            yield system.storage_pools
            yield system.volumes
            yield system.vtrees
            yield system.sdcs
            yield system.nodes
            yield system.devices
            yield system.alerts
        for installation in self.installations.values():
            yield installation.pools
            yield installation.hosts
            yield installation.machines
            yield installation.volumes
            yield installation.elsewhere
            yield installation.offerings
            yield installation.routers

    def system_of_volume(self, volume_id: str) -> System:
        """Return the system that has a volume. KeyError if none has."""
        for system in self.systems.values():
            if volume_id in system.volumes:
                return system
        raise KeyError(volume_id)

    def _pass_until(self, moment: float) -> None:
        passed = int(moment) - int(self.elapsed)
        self.elapsed = moment
        if passed > 0:
            self._grow(passed)
            self.revision += 1

    def _grow(self, seconds: int) -> None:
        for system in self.systems.values():
            census = take_census(system, self.tick)
            for pool in system.storage_pools.values():
                growing = [v for v in census.volumes_by_pool[pool.id] if v.growth_kib_per_second]
                lasting = min(seconds, _seconds_until_full(census, pool, growing))
                for volume in growing:
                    written = volume.written_kib + volume.growth_kib_per_second * lasting
                    volume.written_kib = min(volume.size_kib, written)


def _seconds_until_full(census: Census, pool: StoragePool, growing: list[Volume]) -> int:
    raw = sum(device.capacity_kib for device in census.devices_by_pool[pool.id])
    usable = raw * (100 - pool.spare_percentage) // 200
    used = sum(volume.written_kib for volume in census.volumes_by_pool[pool.id])
    room = usable * _FULL_PERCENT // 100 - used
    rate = sum(volume.growth_kib_per_second for volume in growing)
    return max(0, room) // rate if rate else 0
