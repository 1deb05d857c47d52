"""One connection of a client, by HTTP/1.1 and within bounds."""

from __future__ import annotations

import asyncio
import ssl
import sys
from http import HTTPStatus
from typing import cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

MAX_HEAD_BYTES = 16 * 1024
_MAX_CONNECTIONS = 512
_FIRST_REQUEST_SECONDS = 10.0
_LINGER_SECONDS = 2.0


class Connection(H11Protocol):
    """A connection, of which there is a bounded number; its first request comes soon, and no request's head is long.

    TLS begins when the connection has been counted: uvicorn itself knows of none before its handshake is over.

    Attributes:
        tls: makes it secure; None for plain HTTP.
        made_at: when it was made, by the event loop's clock.
    """

    tls: ssl.SSLContext | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection, and have an older one give way where there are too many."""
        super().connection_made(transport)
        self.made_at = self.loop.time()
        self._refused = False
        self._early: list[bytes] | None = None
        if len(self.connections) > _MAX_CONNECTIONS:
            self._make_room()
        self.loop.call_later(_FIRST_REQUEST_SECONDS, self._abort_without_request)
        if self.tls is not None:
            self._early = []
            self._handshake = self.loop.create_task(self._shake_hands(transport, self.tls))

    @property
    def is_answering(self) -> bool:
        """Whether a request is under way."""
        return self.cycle is not None and not self.cycle.response_complete

    @property
    def takes_no_answer(self) -> bool:
        """Whether the client has yet to read of the answer what could be sent of it."""
        return self.is_answering and self.flow.write_paused

    def data_received(self, data: bytes) -> None:
        """Take what the client sends."""
        if self._early is not None:
            self._early.append(data)
        elif not self._refused:
            super().data_received(data)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request; called while the error of it is handled."""
        error = sys.exception()
        status = error.error_status_hint if isinstance(error, h11.RemoteProtocolError) else HTTPStatus.BAD_REQUEST
        if self.is_answering:
            self.transport.abort()
        elif status == HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE:
            self._refuse(status, f"The head of the request is longer than {MAX_HEAD_BYTES} bytes.\n")
        else:
            self._refuse(status, f"{msg}\n")

    async def _shake_hands(self, transport: asyncio.Transport, tls: ssl.SSLContext) -> None:
        try:
            secure = await self.loop.start_tls(transport, self, tls, server_side=True)
        except OSError:
            secure = None
        if secure is None:
            # A connection that ends during the handshake is not told of its end.
            transport.abort()
            self.connections.discard(self)
            return
        super().connection_made(secure)
        early, self._early = self._early or [], None
        for data in early:
            self.data_received(data)

    def _make_room(self) -> None:
        """Abort the oldest connection that has no request under way, else one that takes no answer, else this one."""
        others = cast("set[Connection]", self.connections)
        idle = [one for one in others if not one.is_answering and one is not self]
        oldest = min(idle or [one for one in others if one.takes_no_answer] or [self], key=lambda one: one.made_at)
        oldest.transport.abort()
        # Its end comes a turn of the loop later, and more of them may come in this one.
        others.discard(oldest)

    def _abort_without_request(self) -> None:
        if self.cycle is None:
            self.transport.abort()

    def _refuse(self, status: int, words: str) -> None:
        """Answer, and read on for a moment: to close at once would take the answer from a client that still sends."""
        body = words.encode()
        headers = [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Connection", "close"),
        ]
        reason = HTTPStatus(status).phrase.encode()
        for event in (h11.Response(status_code=status, headers=headers, reason=reason), h11.Data(body)):
            self.transport.write(self.conn.send(event) or b"")
        self._refused = True
        self.loop.call_later(_LINGER_SECONDS, self.transport.abort)
