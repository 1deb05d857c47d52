"""The newest reading of each collector, dropped when it is stale."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from exporter.model.cloudstack import CloudStackReading, InventoryReading
from exporter.model.powerflex import PoolsReading, PowerFlexReading, SystemReading, UsedSizesReading
from exporter.model.snapshot import CloudStackSnapshot, PowerFlexSnapshot

Reading = PowerFlexReading | CloudStackReading

T = TypeVar("T")


def stale_after(interval: float, timeout: float) -> float:
    """Return the age in seconds from which a reading is dropped, given its poll interval and the source's time-out."""
    return max(3 * interval, interval + 2 * timeout)


@dataclass(frozen=True, slots=True)
class PowerFlexEntry:
    """What the inventory must know of a configured system.

    Attributes:
        name: the configured name.
        storage_pools: the configured names or ids of its pools; empty for all.
        stale_after: the age in seconds from which a reading is dropped, by collector.
    """

    name: str
    storage_pools: tuple[str, ...]
    stale_after: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class CloudStackEntry:
    """What the inventory must know of a configured installation.

    Attributes:
        name: the configured name.
        identifiers: the configured former values of `custom.cs.identifier`.
        stale_after: the age in seconds from which a reading is dropped, by collector.
    """

    name: str
    identifiers: tuple[str, ...]
    stale_after: Mapping[str, float]


class Inventory:
    """The newest readings of all sources.

    Args:
        systems: the configured PowerFlex systems, in the order of the configuration.
        installations: the configured CloudStack installations, likewise.
    """

    def __init__(self, systems: tuple[PowerFlexEntry, ...], installations: tuple[CloudStackEntry, ...] = ()) -> None:
        self._systems = {entry.name: entry for entry in systems}
        self._installations = {entry.name: entry for entry in installations}
        self._stale_after = {entry.name: entry.stale_after for entry in systems}
        self._stale_after.update({entry.name: entry.stale_after for entry in installations})
        self._readings: dict[tuple[str, str], Reading] = {}
        self._tried: set[tuple[str, str]] = set()
        self._up: dict[str, bool] = {}
        self._system_ids: dict[str, str] = {}
        self._last_pools: dict[str, PoolsReading] = {}
        self._last_inventory: dict[str, InventoryReading] = {}

    def take_over(self, former: Inventory, kept: Collection[str]) -> None:
        """Go on with what a former inventory knew of the sources that are kept."""
        self._readings.update({key: reading for key, reading in former._readings.items() if key[0] in kept})
        self._tried.update(key for key in former._tried if key[0] in kept)
        self._up.update(_of_these(former._up, kept))
        self._system_ids.update(_of_these(former._system_ids, kept))
        self._last_pools.update(_of_these(former._last_pools, kept))
        self._last_inventory.update(_of_these(former._last_inventory, kept))

    def put(self, source: str, collector: str, reading: Reading) -> None:
        """Take a new reading in place of the collector's former one."""
        self._readings[source, collector] = reading
        if isinstance(reading, SystemReading):
            self._system_ids[source] = reading.system_id
        elif isinstance(reading, PoolsReading):
            self._last_pools[source] = reading
        elif isinstance(reading, InventoryReading):
            self._last_inventory[source] = reading

    def note_try(self, source: str, collector: str, *, up: bool) -> None:
        """Note that a poll ended, and whether the source could be reached and gave a session.

        That a CloudStack installation is up tells its inventory alone, which makes the first call: were the others to
        tell it as well, a refusal of that call would be gainsaid by whichever of them ended last.
        """
        self._tried.add((source, collector))
        if not up or collector == "inventory" or source not in self._installations:
            self._up[source] = up

    def was_tried(self, source: str, collector: str) -> bool:
        """Return whether a poll of that collector has ended, whatever came of it."""
        return (source, collector) in self._tried

    def same_array(self, source: str) -> str | None:
        """Return the name of an earlier configured system that turned out to be the same array, if there is one."""
        system_id = self._system_ids.get(source)
        for name in self._systems:
            if name == source or system_id is None:
                return None
            if self._system_ids.get(name) == system_id:
                return name
        return None

    def snapshots(self, monotonic: float) -> tuple[PowerFlexSnapshot, ...]:
        """Drop what is stale at that monotonic second and return the rest, a snapshot a PowerFlex system."""
        self._drop_stale(monotonic)
        return tuple(self._snapshot(entry) for entry in self._systems.values())

    def cloudstack_snapshots(self, monotonic: float) -> tuple[CloudStackSnapshot, ...]:
        """Drop what is stale at that monotonic second and return the rest, a snapshot an installation."""
        self._drop_stale(monotonic)
        return tuple(self._cloudstack_snapshot(entry) for entry in self._installations.values())

    def _drop_stale(self, monotonic: float) -> None:
        for (source, collector), reading in list(self._readings.items()):
            oldest = monotonic - self._stale_after[source][collector]
            if reading.taken_at.monotonic < oldest:
                del self._readings[source, collector]
            elif isinstance(reading, UsedSizesReading):
                self._readings[source, collector] = reading.measured_since(oldest - reading.walk_seconds)

    def _snapshot(self, entry: PowerFlexEntry) -> PowerFlexSnapshot:
        if self.same_array(entry.name):
            return PowerFlexSnapshot(entry.name, entry.storage_pools, up=False)
        last = self._last_pools.get(entry.name)
        nothing = () if self.was_tried(entry.name, "pools") else None
        return PowerFlexSnapshot(
            entry.name,
            entry.storage_pools,
            up=self._up.get(entry.name),
            known_pools=last.pools if last else nothing,
            known_domains=last.domains if last else (),
            **self._of(entry.name),
        )

    def _cloudstack_snapshot(self, entry: CloudStackEntry) -> CloudStackSnapshot:
        last = self._last_inventory.get(entry.name)
        nothing = () if self.was_tried(entry.name, "inventory") else None
        return CloudStackSnapshot(
            entry.name,
            entry.identifiers,
            up=self._up.get(entry.name),
            known_pools=last.pools if last else nothing,
            **self._of(entry.name),
        )

    def _of(self, source: str) -> dict[str, Any]:
        return {collector: reading for (name, collector), reading in self._readings.items() if name == source}


def _of_these(known: Mapping[str, T], sources: Collection[str]) -> dict[str, T]:
    return {source: value for source, value in known.items() if source in sources}
