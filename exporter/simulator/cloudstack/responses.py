"""Answers on the wire: JSON if asked for, else XML, as CloudStack has it."""

from typing import Any
from xml.sax.saxutils import escape

import msgspec
from starlette.responses import HTMLResponse, Response

from exporter.simulator.cloudstack.errors import ApiError


def answer(wrapper: str, content: dict[str, Any], *, json: bool, content_type: str, status: int = 200) -> Response:
    """Return an answer in its wrapper, such as `listzonesresponse`."""
    if json:
        return Response(msgspec.json.encode({wrapper: content}), status, {"content-type": content_type})
    body = f'<?xml version="1.0" encoding="UTF-8"?><{wrapper}>{_xml(content)}</{wrapper}>'
    return Response(body, status, {"content-type": "text/xml; charset=UTF-8"})


def refusal(wrapper: str, error: ApiError, *, json: bool, content_type: str) -> Response:
    """Return an error in its wrapper; a header repeats the text."""
    content = {"uuidList": [], "errorcode": error.status, "cserrorcode": error.code, "errortext": error.text}
    response = answer(wrapper, given(content), json=json, content_type=content_type, status=error.status)
    # Header fields are Latin-1 and one line.
    response.headers["x-description"] = " ".join(error.text.encode("latin-1", "replace").decode("latin-1").split())
    return response


def page(status: int, reason: str) -> Response:
    """Return an error page of the servlet container: HTML, for what never reaches the API."""
    title = f"Error {status} {reason}"
    return HTMLResponse(f"<html><head><title>{title}</title></head><body><h2>HTTP {title}</h2></body></html>", status)


def given(fields: dict[str, Any]) -> dict[str, Any]:
    """Leave out what has no value: an answer holds no null."""
    return {name: value for name, value in fields.items() if value is not None}


def _xml(content: Any) -> str:  # noqa: ANN401  # any JSON
    if isinstance(content, dict):
        return "".join(
            "".join(f"<{name}>{_xml(item)}</{name}>" for item in (value if isinstance(value, list) else [value]))
            for name, value in content.items()
        )
    if isinstance(content, bool):
        return str(content).lower()
    return escape(str(content))
