"""Runs the gateways and management servers of a scenario."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from exporter.simulator.certificates import CertificateFault, authority, write_certificate
from exporter.simulator.cloudstack.machine import ManagementMachine
from exporter.simulator.cloudstack.server import ManagementServer
from exporter.simulator.gateway.machine import GatewayMachine
from exporter.simulator.gateway.server import Gateway
from exporter.simulator.gateway.sessions import MAX_SESSIONS, TokenLifetimes
from exporter.simulator.listener import Listener
from exporter.simulator.scenario.changes import apply_change
from exporter.simulator.scenario.default import PASSWORD, USERNAME, default_scenario
from exporter.simulator.scenario.world import World


class Simulator:
    """A scenario with a gateway per PowerFlex system and a management server per CloudStack installation.

    They listen on sockets of this machine. A context manager.

    Args:
        scenario: the world to answer from; the default scenario, live, if there is none.
        tls: serve HTTPS with certificates of `ca_file`, else plain HTTP.
        certificate_fault: what is wrong with the certificates.
        host: the address to listen on.
        base_port: the first gateway's port, the others follow, then the management servers; 0 lets the system choose.
        versions: other releases than the scenario's, by system or installation, to put another personality on.
        lifetimes: how long tokens are good for.
        max_sessions: how many sessions each gateway allows.

    """

    def __init__(  # noqa: PLR0913  # each of them is a knob of its own
        self,
        scenario: World | None = None,
        *,
        tls: bool = True,
        certificate_fault: CertificateFault = "none",
        host: str = "127.0.0.1",
        base_port: int = 0,
        versions: Mapping[str, str] | None = None,
        lifetimes: TokenLifetimes | None = None,
        max_sessions: int = MAX_SESSIONS,
        username: str = USERNAME,
        password: str = PASSWORD,
    ) -> None:
        self.world = default_scenario() if scenario is None else scenario
        self.tls = tls
        self._certificate_fault = certificate_fault
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.gateways: dict[str, Gateway] = {}
        for number, system in enumerate(self.world.systems.values()):
            machine = GatewayMachine(
                self.world,
                system,
                username=username,
                password=password,
                version=(versions or {}).get(system.key),
                lifetimes=lifetimes,
                max_sessions=max_sessions,
            )
            self.gateways[system.key] = Gateway(machine, host, base_port + number if base_port else 0, tls=tls)
        self.management_servers: dict[str, ManagementServer] = {}
        for number, installation in enumerate(self.world.installations.values(), len(self.gateways)):
            server = ManagementMachine(self.world, installation, version=(versions or {}).get(installation.name))
            self.management_servers[installation.name] = ManagementServer(
                server, host, base_port + number if base_port else 0, tls=tls
            )

    @property
    def ca_file(self) -> Path:
        """The CA's certificate, PEM; there while the simulator runs.

        Raises:
            RuntimeError: it does not run.

        """
        if self._folder is None:
            raise RuntimeError("the simulator does not run")
        return Path(self._folder.name) / "ca.pem"

    def __enter__(self) -> Self:
        """Start every gateway and management server."""
        self._folder = tempfile.TemporaryDirectory(prefix="simulated-powerflex-")
        authority().cert_pem.write_to_path(str(self.ca_file))
        try:
            for listener in self._listeners():
                if self.tls:
                    listener.certificate = write_certificate(
                        self.ca_file.parent, listener.name, self._certificate_fault
                    )
                listener.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop every gateway and management server."""
        self.close()

    def change(self, op: str, **operands: Any) -> dict[str, Any]:  # noqa: ANN401  # each operation's own
        """Change the scenario; the operations are those of `scenario/changes.py`."""
        return apply_change(self.world, {"op": op, **operands})

    def close(self) -> None:
        """Stop every gateway and management server, and remove the certificates."""
        for listener in self._listeners():
            listener.ask_to_stop()
        for listener in self._listeners():
            listener.close()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _listeners(self) -> list[Listener]:
        return [*self.gateways.values(), *self.management_servers.values()]
