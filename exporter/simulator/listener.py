"""A socket of this machine with an application behind it, served in a thread of its own."""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from exporter.simulator.gateway.connection import ControlledProtocol

_START_SECONDS = 30
_POLL_SECONDS = 0.002
_TICK_SECONDS = 1.0


class _Server(uvicorn.Server):
    """uvicorn's server, told to stop from another thread, and stopping at once and not at its next tick."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._asked = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def main_loop(self) -> None:
        """Serve until asked to stop."""
        self._loop = asyncio.get_running_loop()
        # A tick 0 brings the header Date up to date.
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), _TICK_SECONDS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop, and cut the connections as well of which uvicorn does not know, being new or in their TLS handshake."""
        loop = asyncio.get_running_loop()
        # A connection that is accepted and not yet made when a server closes would be left open.
        for server in self.servers:
            for listener in server.sockets:
                loop.remove_reader(listener)
        for _ in range(2):
            await asyncio.sleep(0)
        await super().shutdown(sockets)
        # Server.abort_clients would do the rest from Python 3.13 on.
        for transport in list(loop._transports.values()):  # type: ignore[attr-defined]  # noqa: SLF001
            transport.abort()
        await asyncio.sleep(0)

    def ask_to_stop(self) -> None:
        """Begin to stop."""
        if not self.should_exit:
            self.should_exit = True
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._asked.set)


class Listener:
    """Listens while it is started, on the same port every time. Thread-safe."""

    tells_time = True
    """Whether answers get a Date header by the machine's clock."""

    def __init__(self, name: str, app: Callable[[], ASGIApp], host: str, port: int, *, tls: bool) -> None:
        self.name = name
        self.host = host
        self.port = port
        """The port; chosen at the first start if it was 0, and kept from then on."""
        self.tls = tls
        self.certificate: Path | None = None
        """The PEM file with key and certificate that TLS needs at the start."""
        self._app = app
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._claim: socket.socket | None = None

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        scheme = "https" if self.tls else "http"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{host}:{self.port}"

    @property
    def running(self) -> bool:
        """Whether it listens."""
        return self._thread is not None

    def start(self) -> None:
        """Listen. Returns when connections are accepted.

        Raises:
            OSError: the port is taken.

        """
        if self._claim is None:
            self._claim = self._bound()
            self.port = self._claim.getsockname()[1]
        listener = self._bound()
        config = uvicorn.Config(
            self._app(),
            http=ControlledProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=self.tells_time,
            timeout_keep_alive=60,
            timeout_graceful_shutdown=1,
            ssl_certfile=self.certificate,
        )
        self._server = _Server(config)
        self._thread = threading.Thread(
            target=self._server.run, args=([listener],), name=f"simulated {self.name}", daemon=True
        )
        self._thread.start()
        deadline = time.monotonic() + _START_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                listener.close()
                raise OSError(f"the simulated {self.name} did not start")
            time.sleep(_POLL_SECONDS)

    def ask_to_stop(self) -> None:
        """Begin to stop, without waiting."""
        if self._server is not None:
            self._server.ask_to_stop()

    def stop(self) -> None:
        """Cut all connections and stop listening. What is behind the socket survives, as if the network were gone.

        So does the claim to the port: meanwhile the system gives it to nobody else.
        """
        self.ask_to_stop()
        if self._thread is not None:
            self._thread.join()
        self._thread = self._server = None

    def close(self) -> None:
        """Stop, and leave the port to others."""
        self.stop()
        if self._claim is not None:
            self._claim.close()
            self._claim = None

    def _bound(self) -> socket.socket:
        """Return a socket with the port, which is refused to whoever connects while none of them listens."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind((self.host, self.port))
        except OSError:
            bound.close()
            raise
        return bound
