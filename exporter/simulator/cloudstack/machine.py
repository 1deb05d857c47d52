"""One management server's state: the installation it speaks for, its release, users, and what it was told to do."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from typing import Any

from exporter.simulator.cloudstack.command_log import CommandLog
from exporter.simulator.cloudstack.errors import not_available
from exporter.simulator.cloudstack.personality import personality_of
from exporter.simulator.cloudstack.stats import StatsCollector
from exporter.simulator.cloudstack.throttle import Throttle
from exporter.simulator.gateway.faults import Faults
from exporter.simulator.scenario.cloud import Installation
from exporter.simulator.scenario.credentials import ApiUser, api_users
from exporter.simulator.scenario.health_checks import catch_up
from exporter.simulator.scenario.settings import setting_value
from exporter.simulator.scenario.world import World

_KEPT_LISTS = 16


class ManagementMachine:
    """What stands behind the API, without any HTTP in it."""

    def __init__(self, world: World, installation: Installation, *, version: str | None = None) -> None:
        self.world = world
        self.installation = installation
        self.personality = personality_of(version or installation.version)
        self.users = api_users(installation.name)
        self.users_by_key = {user.api_key: user for user in self.users.values()}
        self.faults = Faults()
        self.requests = CommandLog()
        self.stats = StatsCollector(world, installation)
        self.fresh_run_seconds = 0.1
        """How long a fresh run of a router's health checks takes, in real seconds."""
        self.throttle_root_admins = False
        """Whether the rate limit holds for root admins too; a real one spares them."""
        self.throttle = Throttle()
        self.router_locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._started = 0.0
        self._lists: dict[object, list[Any]] = {}
        self._lists_edits = -1

    @property
    def now(self) -> int:
        """The server's clock in the scenario, epoch seconds."""
        return self.world.now + self.installation.clock_skew_seconds

    @property
    def clock(self) -> float:
        """The server's clock as a caller's expiry is held against it: the real time, with the skew."""
        return time.time() + self.installation.clock_skew_seconds

    @property
    def starting(self) -> bool:
        """Whether the servlet container is up and the API is not yet."""
        return time.monotonic() < self._started

    def boot(self, seconds: float = 0) -> None:
        """Begin anew; for so long the API is not there."""
        self._started = time.monotonic() + seconds
        self.throttle = Throttle()
        # The locks belong to the event loop of the thread that served before.
        self.router_locks.clear()
        self.stats = StatsCollector(self.world, self.installation)

    def setting(self, name: str, *places: str) -> str:
        """Return a setting's effective value."""
        return setting_value(self.installation, name, *places)

    def admit(self, user: ApiUser, command: str) -> None:
        """Let a user call a command.

        Raises:
            ApiError: 429 or 401.

        """
        if self.setting("api.throttling.enabled") == "true" and (self.throttle_root_admins or not user.root_admin):
            limit, interval = int(self.setting("api.throttling.max")), float(self.setting("api.throttling.interval"))
            self.throttle.count(user.name, limit=limit, interval=interval)
        if not any(fnmatchcase(command, pattern) for pattern in user.allowed):
            raise not_available(command)

    def catch_up(self) -> None:
        """Let pass what has passed: the time of the scenario, and the collections of health checks."""
        self.world.catch_up()
        catch_up(self.world)

    def kept_list(self, key: object, build: Callable[[], Iterable[Any]]) -> list[Any]:
        """Return a list that was built for the same key and has not changed since: pages are cut from it."""
        if self._lists_edits != self.world.edits or len(self._lists) >= _KEPT_LISTS:
            self._lists.clear()
            self._lists_edits = self.world.edits
        if key not in self._lists:
            self._lists[key] = list(build())
        return self._lists[key]
