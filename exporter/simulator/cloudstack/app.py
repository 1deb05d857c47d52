"""The HTTP interface of one management server: /client/api, and the simulator's own calls."""

import urllib.parse
from email.utils import formatdate

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from exporter.simulator.cloudstack.call import Call
from exporter.simulator.cloudstack.command_log import LoggedCall
from exporter.simulator.cloudstack.commands.registry import COMMANDS
from exporter.simulator.cloudstack.control import ManagementControl
from exporter.simulator.cloudstack.errors import ApiError, unverified
from exporter.simulator.cloudstack.machine import ManagementMachine
from exporter.simulator.cloudstack.responses import answer, page, refusal
from exporter.simulator.cloudstack.signing import Pairs, authenticate
from exporter.simulator.gateway.errors import GatewayError
from exporter.simulator.gateway.misbehaviour import Misbehaviour

API_PATH = "/client/api"
_FORM = "application/x-www-form-urlencoded"
_UNLOGGED = {"apikey", "signature", "signatureversion", "expires", "response"}


def management_app(machine: ManagementMachine) -> ASGIApp:
    """Build the application that answers for one management server, its control calls included."""

    async def endpoint(request: Request) -> Response:
        if machine.starting:
            return page(503, "Service Unavailable")
        return await _call(machine, request.method, _pairs(request.scope, await request.body()))

    routes = [Route(API_PATH, endpoint, methods=["GET", "POST"]), *ManagementControl(machine).routes()]
    api = Starlette(routes=routes, exception_handlers={GatewayError: _refused, HTTPException: _no_such_page})
    return _dated(_CallMisbehaviour(api, machine), machine)


def _dated(app: ASGIApp, machine: ManagementMachine) -> ASGIApp:
    """Let every answer tell the time by the server's own clock."""

    async def dated(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                date = formatdate(machine.clock, usegmt=True).encode()
                message = {**message, "headers": [*message.get("headers", []), (b"date", date)]}
            await send(message)

        await app(scope, receive, send_dated)

    return dated


class _CallMisbehaviour(Misbehaviour):
    """Notes commands in place of paths; fault rules find `command=listVolumes&page=2` in them."""

    def __init__(self, app: ASGIApp, machine: ManagementMachine) -> None:
        super().__init__(app, machine)
        self._users = machine.users_by_key

    def describe(self, scope: Scope, body: bytes) -> LoggedCall:
        """Note command, parameters and user; never a key or a signature."""
        given = {name.lower(): value for name, value in _pairs(scope, body)}
        parameters = {name: given[name] for name in sorted(given) if name not in _UNLOGGED}
        command = parameters.pop("command", "")
        user = self._users.get(given.get("apikey", ""))
        query = urllib.parse.urlencode({"command": command, **parameters})
        return LoggedCall(
            method=scope["method"],
            path=f"{scope['path']}?{query}",
            query="",
            scheme="signature" if "signature" in given else "",
            body="",
            command=command,
            parameters=parameters,
            user=user.name if user else None,
        )


def _pairs(scope: Scope, body: bytes) -> Pairs:
    """Return the parameters of a request, decoded: those of the query, then those of a form."""
    pairs = urllib.parse.parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    content_type = next((value for name, value in scope["headers"] if name == b"content-type"), b"").decode("latin-1")
    if content_type.partition(";")[0].strip().lower() == _FORM:
        pairs += urllib.parse.parse_qsl(body.decode("latin-1"), keep_blank_values=True)
    return pairs


async def _call(machine: ManagementMachine, method: str, pairs: Pairs) -> Response:
    parameters = {name.lower(): value for name, value in pairs}
    name = parameters.get("command", "")
    command = COMMANDS.get(name)
    wrapper = f"{name.lower()}response" if command else "errorresponse"
    json = parameters.get("response", "").lower() == "json"
    content_type = machine.setting("json.content.type")
    try:
        if command is None:
            raise unverified()
        strict = (
            machine.personality.can_enforce_posts and machine.setting("enforce.post.requests.and.timestamps") == "true"
        )
        user = authenticate(pairs, machine.users_by_key, now=machine.clock, method=method, strict=strict)
        machine.admit(user, name)
        call = Call(machine, user, name, parameters)
        with machine.world.lock:
            machine.catch_up()
        if command.prepare is not None:
            await command.prepare(call)
        with machine.world.lock:
            content = command.answer(call)
    except ApiError as error:
        return refusal(wrapper, error, json=json, content_type=content_type)
    return answer(wrapper, content, json=json, content_type=content_type)


async def _refused(request: Request, error: Exception) -> Response:
    del request  # the error says it all
    assert isinstance(error, GatewayError)  # noqa: S101  # registered for it alone
    return error.response()


async def _no_such_page(request: Request, error: Exception) -> Response:
    del request  # the page does not say what was asked for
    assert isinstance(error, HTTPException)  # noqa: S101  # registered for it alone
    return page(error.status_code, error.detail)
