"""Serves one gateway on a socket of this machine."""

from exporter.simulator.gateway.app import gateway_app
from exporter.simulator.gateway.faults import Faults
from exporter.simulator.gateway.machine import GatewayMachine
from exporter.simulator.gateway.request_log import RequestLog
from exporter.simulator.listener import Listener


class Gateway(Listener):
    """A simulated gateway: where it listens, who may log in, and how to disturb it. Thread-safe."""

    def __init__(self, machine: GatewayMachine, host: str, port: int, *, tls: bool) -> None:
        super().__init__(machine.system.key, lambda: gateway_app(machine), host, port, tls=tls)
        self.machine = machine

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return self.origin

    @property
    def username(self) -> str:
        """Who may log in."""
        return self.machine.username

    @property
    def password(self) -> str:
        """And with what."""
        return self.machine.password

    @property
    def version(self) -> str:
        """What GET /api/version answers."""
        return self.machine.personality.version

    @property
    def faults(self) -> Faults:
        """The rules of misbehaviour."""
        return self.machine.faults

    @property
    def requests(self) -> RequestLog:
        """What clients have asked."""
        return self.machine.requests

    def expire_sessions(self) -> int:
        """Drop all sessions; returns how many there were."""
        return self.machine.sessions.expire_all()

    def refuse_property(self, kind: str, name: str) -> None:
        """Let the bulk query answer 400 to a property, as another patch level would."""
        self.machine.refuse_property(kind, name)

    def refuse_statistics_type(self, kind: str) -> None:
        """Let the bulk query answer 400 to a whole type."""
        self.machine.refuse_statistics_type(kind)

    def restart(self) -> None:
        """Stop, forget all sessions as a restarted gateway does, and listen again on the same port."""
        self.stop()
        self.expire_sessions()
        self.start()
