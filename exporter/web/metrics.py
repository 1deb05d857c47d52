"""The endpoint that Prometheus scrapes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from exporter.metrics import deflate
from exporter.metrics.deflate import Block
from exporter.metrics.page import Page


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
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        own: bytes = encode(self._own)
        blocks = self._page().blocks
        headers = {"Vary": "Accept, Accept-Encoding"}
        if _takes_gzip(request.headers.get("accept-encoding", "")):
            headers["Content-Encoding"] = "gzip"
            return Response(deflate.gzip(blocks, own), media_type=content_type, headers=headers)
        return StreamingResponse(_plain(blocks, own), media_type=content_type, headers=headers)


def _plain(blocks: Iterable[Block], own: bytes) -> Iterator[bytes]:
    yield from deflate.text(blocks)
    yield own


def _takes_gzip(accept_encoding: str) -> bool:
    for part in accept_encoding.lower().split(","):
        coding, _, weight = part.partition(";")
        if coding.strip() in {"gzip", "*"}:
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
