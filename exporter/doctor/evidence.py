"""What was found out about the sources, for the checks to judge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from exporter.config import CloudStack, Config, PowerFlex
from exporter.model import cloudstack, powerflex
from exporter.views.joins import PlacedPool, place_pools
from exporter.views.pools import PoolDirectory, directory

EntryT = TypeVar("EntryT", PowerFlex, CloudStack)
ReadingT = TypeVar("ReadingT")


@dataclass(slots=True)
class Evidence(Generic[EntryT]):
    """What was found out about one source.

    Attributes:
        entry: the source as configured.
        access: why nothing could be asked at all; None where it could.
        version: what it says it is, such as `PowerFlex 4.5`; None where it does not tell.
        readings: what its collectors read, by their names.
        failures: why the others did not.
        denied: the commands that the role of the API user lacks, with what was said.
        certificate_expiry: when its certificate ends, in unix seconds; None without TLS or before an answer.
        clock_ahead: how many seconds its clock is ahead of ours, by the header `Date`; None where it has none.
    """

    entry: EntryT
    access: Exception | None = None
    version: str | None = None
    readings: dict[str, object] = field(default_factory=dict)
    failures: dict[str, Exception] = field(default_factory=dict)
    denied: dict[str, Exception] = field(default_factory=dict)
    certificate_expiry: float | None = None
    clock_ahead: float | None = None

    @property
    def name(self) -> str:
        """The configured name."""
        return self.entry.name

    def reading(self, collector: str, kind: type[ReadingT]) -> ReadingT | None:
        """Return what a collector read, None where it failed."""
        found = self.readings.get(collector)
        return found if isinstance(found, kind) else None


System = Evidence[PowerFlex]
Installation = Evidence[CloudStack]


@dataclass(frozen=True, slots=True)
class Case:
    """All that was found out.

    Attributes:
        config: the configuration.
        now: the unix second of the examination.
        systems: the PowerFlex systems.
        installations: the CloudStack installations.
    """

    config: Config
    now: float
    systems: tuple[System, ...]
    installations: tuple[Installation, ...]

    @property
    def sources(self) -> tuple[System | Installation, ...]:
        """All of them."""
        return (*self.systems, *self.installations)

    def directories(self) -> Mapping[str, PoolDirectory]:
        """Return the pools of each system that could be asked for them."""
        return {
            system.name: directory(reading.pools, system.entry.storage_pools)
            for system in self.systems
            if (reading := system.reading("pools", powerflex.PoolsReading)) is not None
        }

    def placed(self, installation: Installation) -> tuple[PlacedPool, ...]:
        """Return the PowerFlex pools of an installation, and where they lie."""
        inventory = installation.reading("inventory", cloudstack.InventoryReading)
        return place_pools(inventory.pools if inventory else (), self.directories())

    def pairs(self) -> Iterator[tuple[Installation, System, tuple[PlacedPool, ...]]]:
        """Yield each installation with each system on which it has pools, and these."""
        for installation in self.installations:
            placed = self.placed(installation)
            for system in self.systems:
                here = tuple(pool for pool in placed if pool.system == system.name)
                if here:
                    yield installation, system, here
