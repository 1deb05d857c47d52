"""A file of some size from the exporter's own web server, as what a scrape is held against.

python -m benchmarks.static FILE
"""

from __future__ import annotations

import asyncio
import sys

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route

from exporter.web.server import ListenAddress, WebServer, bind


async def serve(file: str) -> None:
    """Serve the file at /metrics, and say at which port."""

    async def answer(_request: Request) -> FileResponse:
        return FileResponse(file)

    listening = bind(ListenAddress("127.0.0.1", 0))
    server = WebServer(Starlette(routes=[Route("/metrics", answer)]), [listening])
    server.start()
    print(listening.getsockname()[1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
