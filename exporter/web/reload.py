"""The endpoint that has a changed configuration taken up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

Reload: TypeAlias = Callable[[], Awaitable[list[str]]]
"""Takes up a changed configuration, and returns what is wrong with it, a sentence each."""


class ReloadEndpoint:
    """Takes up a changed configuration, unless it is the page of another site that has a browser ask for it.

    Args:
        reload: does it.
    """

    def __init__(self, reload: Reload) -> None:
        self._reload = reload

    async def __call__(self, request: Request) -> Response:
        """Reload, and answer when that is done."""
        if _is_of_another_site(request):
            return PlainTextResponse("A page of another site cannot have the configuration reloaded.\n", 403)
        faults = await self._reload()
        if faults:
            words = "".join(f"{fault}\n" for fault in faults)
            return PlainTextResponse(f"The configuration was not reloaded, the former one stays.\n{words}", 500)
        return PlainTextResponse("The configuration was reloaded.\n")


def _is_of_another_site(request: Request) -> bool:
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None:
        return site not in {"same-origin", "none"}
    return origin is not None and urlsplit(origin).netloc != request.headers.get("Host")
