"""The web application: its paths, and what stands before them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib import resources
from typing import TypeAlias

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from exporter.web.basic_auth import BasicAuth
from exporter.web.headers import ExtraHeaders
from exporter.web.limits import RequestLimits
from exporter.web.reload import Reload, ReloadEndpoint
from exporter.web.web_config import WebConfig

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]

HEALTHY_PATH = "/-/healthy"
READY_PATH = "/-/ready"
RELOAD_PATH = "/-/reload"
CONFIG_PATH = "/config"
STYLE_PATH = "/status.css"


def create_app(  # noqa: PLR0913 - each is of another kind, and all are given by name
    *,
    metrics: Endpoint,
    metrics_path: str,
    status: Endpoint,
    ready: Callable[[], bool],
    config: Callable[[], str],
    reload: Reload,
    web_config: Callable[[], WebConfig],
    max_requests: int,
) -> Starlette:
    """Return the application.

    Args:
        metrics: answers scrapes.
        metrics_path: where it does.
        status: the page for people.
        ready: whether a page was published after every collector had been tried.
        config: gives the configuration as YAML, without secrets.
        reload: takes up a changed configuration, and returns what is wrong with it.
        web_config: gives what the web configuration says.
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

    async def shown_config(_request: Request) -> Response:
        return PlainTextResponse(config(), headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"})

    app = Starlette(
        routes=[
            Route("/", status),
            Route(STYLE_PATH, stylesheet),
            Route(metrics_path, metrics),
            Route(CONFIG_PATH, shown_config),
            Route(HEALTHY_PATH, healthy),
            Route(READY_PATH, readiness),
            Route(RELOAD_PATH, ReloadEndpoint(reload).__call__, methods=["POST"]),
        ],
        middleware=[
            Middleware(ExtraHeaders, headers=lambda: web_config().headers),
            # Before the limits, so that those who guess passwords take no place from those who know one.
            Middleware(BasicAuth, users=lambda: web_config().users),
            Middleware(RequestLimits, max_requests=max_requests, exempt=frozenset({HEALTHY_PATH})),
        ],
    )
    # The redirect would go to whatever host the request names.
    app.router.redirect_slashes = False
    return app
