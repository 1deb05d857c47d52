"""The simulator's own calls, /simulator/...: faults, the request log, the truth, and changes to it.

They need no login, and answer clients on this machine alone.
"""

import ipaddress
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from exporter.simulator.gateway.answers import json_response
from exporter.simulator.gateway.errors import GatewayError
from exporter.simulator.gateway.faults import FaultError
from exporter.simulator.gateway.machine import GatewayMachine
from exporter.simulator.gateway.misbehaviour import Disturbed
from exporter.simulator.scenario.changes import ChangeError, apply_change
from exporter.simulator.scenario.truth import truth_of
from exporter.simulator.scenario.world import World


class Controlled(Disturbed, Protocol):
    """What a simulated server has to have, to be controlled."""

    @property
    def world(self) -> World:
        """The scenario."""


class ControlEndpoints:
    """The control calls that every simulated server has. Those that change the world change it for all of them."""

    def __init__(self, machine: Controlled) -> None:
        self._machine = machine

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            control_route("/simulator/faults", self.list_faults, "GET"),
            control_route("/simulator/faults", self.add_faults, "POST"),
            control_route("/simulator/faults", self.clear_faults, "DELETE"),
            control_route("/simulator/requests", self.list_requests, "GET"),
            control_route("/simulator/requests", self.clear_requests, "DELETE"),
            control_route("/simulator/state", self.state, "GET"),
            control_route("/simulator/world", self.change_world, "POST"),
        ]

    async def list_faults(self, request: Request) -> object:
        """Answer the fault rules that are left."""
        del request
        return self._machine.faults.as_json()

    async def add_faults(self, request: Request) -> object:
        """Add fault rules; the keys are those of FaultRule."""
        try:
            self._machine.faults.add(*await json_objects(request))
        except FaultError as error:
            raise GatewayError(400, str(error)) from error
        return self._machine.faults.as_json()

    async def clear_faults(self, request: Request) -> object:
        """Behave again."""
        del request
        self._machine.faults.clear()
        return []

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
        """Answer a summary of the truth, for all systems."""
        del request
        return truth_of(self._machine.world)

    async def change_world(self, request: Request) -> object:
        """Make changes, in their order; the first that cannot be made ends it, and those before stay."""
        try:
            return [apply_change(self._machine.world, change) for change in await json_objects(request)]
        except ChangeError as error:
            raise GatewayError(400, str(error)) from error


class GatewayControl(ControlEndpoints):
    """The control calls of a gateway: those of every server, and its sessions."""

    def __init__(self, machine: GatewayMachine) -> None:
        super().__init__(machine)
        self._sessions = machine.sessions

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [*super().routes(), control_route("/simulator/sessions/expire", self.expire_sessions, "POST")]

    async def expire_sessions(self, request: Request) -> object:
        """Drop all sessions."""
        del request
        return {"expired": self._sessions.expire_all()}

    async def state(self, request: Request) -> object:
        """Answer a summary of the truth, for all systems, with the sessions of this gateway."""
        del request
        return truth_of(self._machine.world) | {"sessions": len(self._sessions)}


def control_route(path: str, answer: Callable[[Request], Awaitable[object]], method: str) -> Route:
    """Return a route that answers clients on this machine alone, in JSON."""

    async def endpoint(request: Request) -> Response:
        if request.client is None or not ipaddress.ip_address(request.client.host).is_loopback:
            raise GatewayError(403, "control calls are answered on the loopback interface alone")
        return json_response(await answer(request))

    return Route(path, endpoint, methods=[method])


async def json_objects(request: Request) -> list[dict[str, Any]]:
    """Return the list of JSON objects in a request's body.

    Raises:
        GatewayError: 400, it is something else.

    """
    try:
        return msgspec.json.decode(await request.body(), type=list[dict[str, Any]])
    except msgspec.DecodeError as error:
        raise GatewayError(400, f"a JSON list of objects is expected: {error}") from error
