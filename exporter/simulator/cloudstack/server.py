"""Serves one management server on a socket of this machine."""

from collections.abc import Iterable

from exporter.simulator.cloudstack.app import API_PATH, management_app
from exporter.simulator.cloudstack.command_log import CommandLog
from exporter.simulator.cloudstack.machine import ManagementMachine
from exporter.simulator.gateway.faults import Faults
from exporter.simulator.listener import Listener
from exporter.simulator.scenario.credentials import ADMIN, ApiUser


class ManagementServer(Listener):
    """A simulated management server: where it listens, who may call, and how to disturb it. Thread-safe."""

    tells_time = False
    """The application does, by its own clock."""

    def __init__(self, machine: ManagementMachine, host: str, port: int, *, tls: bool) -> None:
        super().__init__(machine.installation.name, lambda: management_app(machine), host, port, tls=tls)
        self.machine = machine

    @property
    def url(self) -> str:
        """The API's endpoint."""
        return self.origin + API_PATH

    @property
    def api_key(self) -> str:
        """The root admin's."""
        return self.users[ADMIN].api_key

    @property
    def secret_key(self) -> str:
        """The root admin's."""
        return self.users[ADMIN].secret_key

    @property
    def users(self) -> dict[str, ApiUser]:
        """Who may call, by name: admin, domain-admin, restricted."""
        return self.machine.users

    @property
    def version(self) -> str:
        """What listCapabilities answers."""
        return self.machine.personality.version

    @property
    def faults(self) -> Faults:
        """The rules of misbehaviour; their `path` is looked for in "/client/api?command=...&..."."""
        return self.machine.faults

    @property
    def requests(self) -> CommandLog:
        """What clients have called."""
        return self.machine.requests

    @property
    def fresh_run_seconds(self) -> float:
        """How long a fresh run of a router's health checks takes."""
        return self.machine.fresh_run_seconds

    @fresh_run_seconds.setter
    def fresh_run_seconds(self, seconds: float) -> None:
        self.machine.fresh_run_seconds = seconds

    def allow(self, user: str, commands: Iterable[str]) -> None:
        """Let a user call these commands, given as patterns, and no others."""
        self.users[user].allowed = tuple(commands)

    def restart(self, starting_seconds: float = 0) -> None:
        """Stop, and listen again on the same port; for so long there is a page of HTML in place of the API."""
        self.stop()
        self.machine.boot(starting_seconds)
        self.start()
