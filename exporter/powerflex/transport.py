"""HTTP to one gateway."""

from __future__ import annotations

from typing import Any

import msgspec

from exporter.http import transport
from exporter.http.transport import Answer, Request, Sink

__all__ = ["Answer", "Sink", "Transport", "message_of"]


def message_of(answer: Answer) -> str | None:
    """Return the gateway's own words in an error answer, where it has any."""
    try:
        return str(msgspec.json.decode(answer.body)["message"])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, KeyError, TypeError):
        return None


class Transport(transport.Transport):
    """Sends requests to one gateway."""

    async def send(
        self,
        method: str,
        path: str,
        *,
        authorization: str | None = None,
        json: Any = None,  # noqa: ANN401 - any JSON
        sink: Sink | None = None,
    ) -> Answer:
        """Send one request and return its answer, whatever its status; the body of a 200 goes to the sink, if any.

        Raises:
            UnreachableError: connecting, TLS or the name look-up failed.
            RequestError: there was no whole answer in time.
            TooLargeError: the answer's body is longer than what is taken in.
        """
        headers = {"Authorization": authorization} if authorization else {}
        return await self.request(
            Request(method, path, called=f"{method} {path}", headers=headers, json=json, sink=sink)
        )
