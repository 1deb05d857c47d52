"""One gateway's state: the system it speaks for, its release, sessions, and what it was told to refuse."""

import threading

from exporter.simulator.gateway.faults import Faults
from exporter.simulator.gateway.personality import personality_of
from exporter.simulator.gateway.request_log import RequestLog
from exporter.simulator.gateway.sessions import MAX_SESSIONS, Sessions, TokenLifetimes
from exporter.simulator.gateway.statistics.figures import Figures
from exporter.simulator.gateway.statistics.properties import STATISTICS_TYPES, properties_of
from exporter.simulator.scenario.array import System
from exporter.simulator.scenario.census import Census
from exporter.simulator.scenario.world import World


class GatewayMachine:
    """What stands behind the gateway's HTTP interface, without any HTTP in it."""

    def __init__(  # noqa: PLR0913  # they are what a gateway is set up with
        self,
        world: World,
        system: System,
        *,
        username: str,
        password: str,
        version: str | None = None,
        lifetimes: TokenLifetimes | None = None,
        max_sessions: int = MAX_SESSIONS,
    ) -> None:
        self.world = world
        self.system = system
        self.username = username
        self.password = password
        self.personality = personality_of(version or system.version)
        self.sessions = Sessions(username, lifetimes or TokenLifetimes(), max_sessions)
        self.faults = Faults()
        self.requests = RequestLog()
        self._refused_properties: set[tuple[str, str]] = set()
        self._refused_types: set[str] = set()
        self._figures: Figures | None = None
        self._lock = threading.Lock()

    @property
    def census(self) -> Census:
        """The system as it is now."""
        return self.world.census(self.system.key)

    @property
    def figures(self) -> Figures:
        """The figures as they are now; kept until something changes."""
        census = self.census
        with self._lock:
            if self._figures is None or self._figures.census is not census:
                self._figures = Figures(census)
            return self._figures

    def refuse_property(self, kind: str, name: str) -> None:
        """Know a statistics property no longer, as another patch level would."""
        with self._lock:
            self._refused_properties.add((kind, name))

    def refuse_statistics_type(self, kind: str) -> None:
        """Refuse a type in querySelectedStatistics: whether a real gateway takes VTree there is not known."""
        with self._lock:
            self._refused_types.add(kind)

    def accept_all(self) -> None:
        """Forget what was to be refused."""
        with self._lock:
            self._refused_properties.clear()
            self._refused_types.clear()

    def statistics_types(self) -> list[str]:
        """Return the types that querySelectedStatistics takes."""
        with self._lock:
            return [kind for kind in STATISTICS_TYPES if kind not in self._refused_types]

    def properties(self, kind: str) -> frozenset[str]:
        """Return the properties that a type's statistics have on this gateway."""
        with self._lock:
            refused = {name for other, name in self._refused_properties if other == kind}
        return properties_of(kind, self.personality) - refused
