"""HTTP to one gateway."""

from __future__ import annotations

from typing import Any

from exporter.http import transport
from exporter.http.transport import Answer, Request

__all__ = ["MAX_BODY_BYTES", "Answer", "Transport"]

MAX_BODY_BYTES = 1 << 30


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
