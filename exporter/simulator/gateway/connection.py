"""The HTTP protocol of a gateway: uvicorn's, with the connection within reach of the application."""

import asyncio

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

TRANSPORT_KEY = "simulator.transport"
"""Where the scope of a request holds the connection's transport, so that a fault can cut it."""


class ControlledProtocol(H11Protocol):
    """One connection to a gateway."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in the base class
        """Bind the application to this connection."""
        super().connection_made(transport)
        inner = self.app

        async def with_transport(scope: Scope, receive: Receive, send: Send) -> None:
            scope[TRANSPORT_KEY] = transport
            await inner(scope, receive, send)

        self.app = with_transport

    def shutdown(self) -> None:
        """Cut the connection when the gateway stops: a client that waits for an answer gets none."""
        self.transport.abort()
