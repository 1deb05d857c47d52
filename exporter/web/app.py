"""The web application: its paths, and what stands before them."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from exporter.web.limits import RequestLimits
from exporter.web.metrics import MetricsEndpoint
from exporter.web.status import StatusPage

HEALTHY_PATH = "/-/healthy"
READY_PATH = "/-/ready"
STYLE_PATH = "/status.css"


def create_app(
    *,
    metrics: MetricsEndpoint,
    metrics_path: str,
    status: StatusPage,
    ready: Callable[[], bool],
    max_requests: int,
) -> Starlette:
    """Return the application.

    Args:
        metrics: answers scrapes.
        metrics_path: where it does.
        status: the page for people.
        ready: whether a page was published after every collector had been tried.
        max_requests: how many requests are answered at once; 0 for any number.
    """
    style = resources.files("exporter.web").joinpath("templates/status.css").read_text()

    async def healthy(_request: Request) -> Response:
        return PlainTextResponse("The exporter is healthy.\n")

    async def readiness(_request: Request) -> Response:
        if ready():
            return PlainTextResponse("The exporter is ready.\n")
        return PlainTextResponse("The exporter has not tried every collector yet.\n", status_code=503)

    async def stylesheet(_request: Request) -> Response:
        return Response(style, media_type="text/css", headers={"X-Content-Type-Options": "nosniff"})

    return Starlette(
        routes=[
            Route("/", status.__call__),
            Route(STYLE_PATH, stylesheet),
            Route(metrics_path, metrics.__call__),
            Route(HEALTHY_PATH, healthy),
            Route(READY_PATH, readiness),
        ],
        middleware=[
            Middleware(RequestLimits, max_requests=max_requests, exempt=frozenset({HEALTHY_PATH})),
        ],
    )
