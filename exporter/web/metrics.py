"""The endpoint that Prometheus scrapes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from exporter.metrics import deflate
from exporter.metrics.deflate import Block
from exporter.metrics.page import Page

_PIECE_BYTES = 1 << 16
_WRITTEN_VERSIONS: tuple[list[str], ...] = ([], ["0.0.1"], ["0.0.4"], ["1.0.0"], ["2.0.0"])


class MetricsEndpoint:
    """Serves the page as it is, with the exporter's own part behind it.

    One body serves the text format and OpenMetrics; only the small own part is
    rendered for the one that was asked for.

    Args:
        page: gives the page that is served now.
        own: the exporter's own families.
    """

    def __init__(self, page: Callable[[], Page], own: CollectorRegistry) -> None:
        self._page = page
        self._own = own

    async def __call__(self, request: Request) -> Response:
        """Answer a scrape."""
        encode, content_type = choose_encoder(_understood(request.headers.get("accept", "")))
        own: bytes = encode(self._own)
        blocks = self._page().blocks
        headers = {"Vary": "Accept, Accept-Encoding"}
        if _takes_gzip(request.headers.get("accept-encoding", "")):
            member = deflate.gzip(blocks, own)
            headers |= {"Content-Encoding": "gzip", "Content-Length": str(sum(map(len, member)))}
            return StreamingResponse(_pieces(member), media_type=content_type, headers=headers)
        return StreamingResponse(_plain(blocks, own), media_type=content_type, headers=headers)


def _plain(blocks: Iterable[Block], own: bytes) -> Iterator[bytes]:
    yield from deflate.text(blocks)
    yield own


async def _pieces(parts: Iterable[bytes]) -> AsyncIterator[bytes]:
    """Give small pieces, so that little is held for a client that does not take them."""
    for part in parts:
        for start in range(0, len(part), _PIECE_BYTES):
            yield part[start : start + _PIECE_BYTES]
            # Here it becomes known that the client has hung up, and others have their turn.
            await asyncio.sleep(0)


def _understood(accept: str) -> str:
    """Return an Accept header without the media types of versions that are not written here."""
    return ",".join(part for part in accept.split(",") if _versions(part) in _WRITTEN_VERSIONS)


def _versions(media_type: str) -> list[str]:
    parameters = (parameter.strip().partition("=") for parameter in media_type.split(";")[1:])
    return [value for name, _, value in parameters if name == "version"]


def _takes_gzip(accept_encoding: str) -> bool:
    weights = {}
    for part in accept_encoding.lower().split(","):
        coding, _, weight = part.partition(";")
        weights[coding.strip()] = weight.replace(" ", "").removeprefix("q=") or "1"
    try:
        return float(weights.get("gzip", weights.get("*", "0"))) > 0
    except ValueError:
        return False
