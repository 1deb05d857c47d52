"""The HTTP server: uvicorn, within our event loop and under our signals."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass

import structlog
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from exporter.errors import ConfigError
from exporter.web.connection import MAX_HEAD_BYTES, Connection
from exporter.web.limits import SlowClientError

_BACKLOG = 64
"""So many are accepted at a time, before older ones can give way to them."""
_HIGHEST_PORT = 65535
_GRACE_SECONDS = 2.0
_KEEP_ALIVE_SECONDS = 75

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """Where to listen; an empty host stands for all addresses, port 0 for any free one."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> ListenAddress:
        """Read `:10445`, `127.0.0.1:10445` or `[::1]:10445`.

        Raises:
            ValueError: it is none of these.
        """
        host, colon, port = text.rpartition(":")
        bracketed = host.startswith("[") and host.endswith("]")
        is_port = port.isascii() and port.isdigit() and int(port) <= _HIGHEST_PORT
        if not colon or not is_port or bracketed != (":" in host):
            raise ValueError(f"{text!r} is no address to listen on; write HOST:PORT, :PORT or [IPV6]:PORT")
        return cls(host[1:-1] if bracketed else host, int(port))

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def bind(address: ListenAddress) -> socket.socket:
    """Return a listening socket.

    Raises:
        ConfigError: the address cannot be had.
    """
    try:
        if not address.host and socket.has_dualstack_ipv6():
            listening = socket.create_server(
                ("", address.port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=_BACKLOG
            )
        else:
            # It knows the scope of a link-local address, and an IPv4 address is the least. Bytes that are no name are
            # an OSError; a text would be an error of its encoding.
            host = address.host.encode()
            family, *_, found = min(socket.getaddrinfo(host, address.port, type=socket.SOCK_STREAM))
            listening = socket.create_server(found, family=family, backlog=_BACKLOG)
    except OSError as error:
        # Python adds the address that it attempted, which stands there already.
        reason = (error.strerror or str(error)).partition(" (while ")[0]
        raise ConfigError([f"cannot listen on {address}: {reason}; see --web.listen-address"]) from None
    # Its connections inherit it. Else the end of an answer would wait 40 ms for the receipt of its head.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


class _Server(uvicorn.Server):
    """A server that leaves the signals to the program."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class WebServer:
    """Serves an application on some sockets until it is stopped.

    Args:
        app: what answers.
        sockets: where it is served.
        tls: makes the connections; None for plain HTTP.
    """

    def __init__(self, app: ASGIApp, sockets: list[socket.socket], tls: ssl.SSLContext | None = None) -> None:
        self._app = app
        config = uvicorn.Config(
            self._answer,
            interface="asgi3",
            http=type("Connection", (Connection,), {"tls": tls}),
            backlog=_BACKLOG,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            h11_max_incomplete_event_size=MAX_HEAD_BYTES,
        )
        self._server = _Server(config)
        self._sockets = sockets
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start serving."""
        self._task = asyncio.create_task(self._server.serve(self._sockets))

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except SlowClientError as error:
            _log.warning("connection broken off", path=scope["path"], error=str(error))
            await self._abort(scope["client"])
        except asyncio.CancelledError:
            # The end of what is broken off by the stop would be logged as an error.
            if not self._server.should_exit:
                raise

    async def _abort(self, client: tuple[str, int] | None) -> None:
        """Break off a connection at once: to close it would wait for the client to read what was sent."""
        for connection in self._server.server_state.connections:
            if isinstance(connection, Connection) and connection.client == client:
                connection.transport.abort()
        await asyncio.sleep(0)

    async def stop(self) -> None:
        """Stop serving; requests under way have a moment to end, and are broken off then."""
        self._server.should_exit = True
        if self._task is not None:
            await asyncio.wait([self._task], timeout=_GRACE_SECONDS)
            for connection in self._server.server_state.connections:
                connection.transport.abort()
            # They must know that their clients are gone.
            await asyncio.sleep(0)
            for request in self._server.server_state.tasks:
                request.cancel()
            await self._task
