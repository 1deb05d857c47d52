"""The simulator's own calls, /simulator/...: faults, sessions, the request log, the truth, and changes to it.

They need no login, and answer clients on this machine alone.
"""

import ipaddress
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from exporter.simulator.gateway.answers import json_response
from exporter.simulator.gateway.errors import GatewayError
from exporter.simulator.gateway.faults import FaultError
from exporter.simulator.gateway.machine import GatewayMachine
from exporter.simulator.scenario.changes import ChangeError, apply_change
from exporter.simulator.scenario.truth import truth_of


class ControlEndpoints:
    """The control calls of one gateway. Those that change the world change it for all gateways."""

    def __init__(self, machine: GatewayMachine) -> None:
        self._machine = machine

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            _route("/simulator/faults", self.list_faults, "GET"),
            _route("/simulator/faults", self.add_faults, "POST"),
            _route("/simulator/faults", self.clear_faults, "DELETE"),
            _route("/simulator/sessions/expire", self.expire_sessions, "POST"),
            _route("/simulator/requests", self.list_requests, "GET"),
            _route("/simulator/requests", self.clear_requests, "DELETE"),
            _route("/simulator/state", self.state, "GET"),
            _route("/simulator/world", self.change_world, "POST"),
        ]

    async def list_faults(self, request: Request) -> object:
        """Answer the fault rules that are left."""
        del request
        return self._machine.faults.as_json()

    async def add_faults(self, request: Request) -> object:
        """Add fault rules; the keys are those of FaultRule."""
        try:
            self._machine.faults.add(*await _objects(request))
        except FaultError as error:
            raise GatewayError(400, str(error)) from error
        return self._machine.faults.as_json()

    async def clear_faults(self, request: Request) -> object:
        """Behave again."""
        del request
        self._machine.faults.clear()
        return []

    async def expire_sessions(self, request: Request) -> object:
        """Drop all sessions."""
        del request
        return {"expired": self._machine.sessions.expire_all()}

    async def list_requests(self, request: Request) -> object:
        """Answer what clients have asked, control calls excepted."""
        del request
        return self._machine.requests.as_json()

    async def clear_requests(self, request: Request) -> object:
        """Forget what clients have asked."""
        del request
        self._machine.requests.clear()
        return {}

    async def state(self, request: Request) -> object:
        """Answer a summary of the truth, for all systems, with the sessions of this gateway."""
        del request
        return truth_of(self._machine.world) | {"sessions": len(self._machine.sessions)}

    async def change_world(self, request: Request) -> object:
        """Make changes, in their order; the first that cannot be made ends it, and those before stay."""
        try:
            return [apply_change(self._machine.world, change) for change in await _objects(request)]
        except ChangeError as error:
            raise GatewayError(400, str(error)) from error


def _route(path: str, answer: Callable[[Request], Awaitable[object]], method: str) -> Route:
    async def endpoint(request: Request) -> Response:
        if request.client is None or not ipaddress.ip_address(request.client.host).is_loopback:
            raise GatewayError(403, "control calls are answered on the loopback interface alone")
        return json_response(await answer(request))

    return Route(path, endpoint, methods=[method])


async def _objects(request: Request) -> list[dict[str, Any]]:
    try:
        return msgspec.json.decode(await request.body(), type=list[dict[str, Any]])
    except msgspec.DecodeError as error:
        raise GatewayError(400, f"a JSON list of objects is expected: {error}") from error
