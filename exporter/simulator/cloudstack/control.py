"""The simulator's own calls to a management server: those of every server, and users, starting, and the clock."""

from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from exporter.simulator.cloudstack.machine import ManagementMachine
from exporter.simulator.gateway.answers import json_object
from exporter.simulator.gateway.control import ControlEndpoints, control_route
from exporter.simulator.gateway.errors import GatewayError
from exporter.simulator.scenario.truth import truth_of


class ManagementControl(ControlEndpoints):
    """The control calls of one management server."""

    def __init__(self, machine: ManagementMachine) -> None:
        super().__init__(machine)
        self._server = machine

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            *super().routes(),
            control_route("/simulator/users", self.list_users, "GET"),
            control_route("/simulator/users", self.change_user, "POST"),
            control_route("/simulator/restart", self.restart, "POST"),
            control_route("/simulator/fresh-runs", self.fresh_runs, "GET"),
            control_route("/simulator/fresh-runs", self.set_fresh_runs, "POST"),
        ]

    async def list_users(self, request: Request) -> object:
        """Answer the users with what they may call; no secret keys."""
        del request
        return [
            {"name": user.name, "api_key": user.api_key, "allowed": user.allowed, "enabled": user.enabled}
            for user in self._server.users.values()
        ]

    async def change_user(self, request: Request) -> object:
        """Change what a user may call: {"name": ..., "allowed": [patterns], "enabled": ...}."""
        body = await json_object(request)
        user = self._server.users.get(str(body.get("name")))
        if user is None:
            raise GatewayError(400, f"no user {body.get('name')!r}; there are {', '.join(self._server.users)}")
        user.allowed = tuple(map(str, body.get("allowed", user.allowed)))
        user.enabled = bool(body.get("enabled", user.enabled))
        return await self.list_users(request)

    async def restart(self, request: Request) -> object:
        """Begin anew; for `seconds` the API answers 503 with a page of HTML."""
        seconds = _number(await json_object(request), "seconds", 5)
        self._server.boot(seconds)
        return {"starting": seconds}

    async def fresh_runs(self, request: Request) -> object:
        """Answer how often each router's checks were run anew, and how long a run takes."""
        del request
        return {"seconds": self._server.fresh_run_seconds, "runs": dict(self._server.requests.fresh_runs)}

    async def set_fresh_runs(self, request: Request) -> object:
        """Set how long a fresh run takes: {"seconds": ...}."""
        self._server.fresh_run_seconds = _number(await json_object(request), "seconds", 0)
        return await self.fresh_runs(request)

    async def state(self, request: Request) -> object:
        """Answer a summary of the truth, for all systems and installations."""
        del request
        with self._server.world.lock:
            self._server.catch_up()
            return truth_of(self._server.world)


def _number(body: dict[str, Any], name: str, default: float) -> float:
    value = body.get(name, default)
    if not isinstance(value, int | float):
        raise GatewayError(400, f"{name} must be a number")
    return value
