"""Answers and request bodies in JSON."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from exporter.simulator.gateway.errors import GatewayError


def json_response(content: Any, status: int = 200) -> Response:  # noqa: ANN401  # any JSON
    """Return a JSON answer."""
    return Response(msgspec.json.encode(content), status, media_type="application/json")


async def json_object(request: Request) -> dict[str, Any]:
    """Return the JSON object in a request's body; an empty body is an empty object.

    Raises:
        GatewayError: 400, it is something else.

    """
    try:
        return msgspec.json.decode(await request.body() or b"{}", type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise GatewayError(400, "the request body is not a JSON object") from error
