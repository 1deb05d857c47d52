"""HTTP to one gateway."""

from __future__ import annotations

from typing import Any

import msgspec

from exporter.http import transport
from exporter.http.transport import Answer, Request

__all__ = ["MAX_BODY_BYTES", "Answer", "Transport", "message_of"]

MAX_BODY_BYTES = 1 << 30


def message_of(answer: Answer) -> str | None:
    """Return the gateway's own words in an error answer, where it has any."""
    try:
        return str(msgspec.json.decode(answer.body)["message"])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, KeyError, TypeError):
        return None


class Transport(transport.Transport):
    """Sends requests to one gateway."""

    async def send(self, method: str, path: str, *, authorization: str | None = None, json: Any = None) -> Answer:  # noqa: ANN401 - any JSON
        """Send one request and return its answer, whatever its status.

        Raises:
            UnreachableError: connecting, TLS or the name look-up failed.
            RequestError: there was no whole answer in time.
            TooLargeError: the answer is larger than `MAX_BODY_BYTES`.
        """
        headers = {"Authorization": authorization} if authorization else {}
        return await self.request(
            Request(method, path, called=f"{method} {path}", max_bytes=MAX_BODY_BYTES, headers=headers, json=json)
        )
