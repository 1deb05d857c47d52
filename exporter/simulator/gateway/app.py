"""The HTTP interface of one gateway."""

from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from exporter.simulator.gateway import instances
from exporter.simulator.gateway.answers import json_object, json_response
from exporter.simulator.gateway.bulk import query_selected
from exporter.simulator.gateway.control import GatewayControl
from exporter.simulator.gateway.errors import GatewayError
from exporter.simulator.gateway.login import LoginEndpoints, require_session
from exporter.simulator.gateway.machine import GatewayMachine
from exporter.simulator.gateway.misbehaviour import Misbehaviour
from exporter.simulator.gateway.objects.alert import rest_alerts
from exporter.simulator.gateway.objects.system import configuration, mdm_cluster


def gateway_app(machine: GatewayMachine) -> ASGIApp:
    """Build the application that answers for one gateway, its control calls included."""
    routes = [
        *LoginEndpoints(machine).routes(),
        *_api_routes(machine),
        *GatewayControl(machine).routes(),
    ]
    app = Starlette(routes=routes, exception_handlers={GatewayError: _refused, HTTPException: _unknown_path})
    return Misbehaviour(app, machine)


def _api_routes(machine: GatewayMachine) -> list[Route]:
    def reading(path: str, answer: Callable[..., Any]) -> Route:
        """Answer GET with what `answer` makes of the path's parts."""

        async def endpoint(request: Request) -> Response:
            require_session(machine, request)
            with machine.world.lock:
                return json_response(answer(**request.path_params))

        return Route(path, endpoint, methods=["GET"])

    def acting(path: str, answer: Callable[..., Any]) -> Route:
        """Answer POST with what `answer` makes of the body and the path's parts."""

        async def endpoint(request: Request) -> Response:
            require_session(machine, request)
            body = await json_object(request)
            with machine.world.lock:
                return json_response(answer(body=body, **request.path_params))

        return Route(path, endpoint, methods=["POST"])

    routes = [
        reading("/api/version", lambda: machine.personality.version),
        reading("/api/Configuration", lambda: configuration(machine.system)),
        reading("/api/instances", lambda: instances.list_everything(machine)),
        reading("/api/types/{kind}/instances", lambda kind: instances.list_type(machine, kind)),
        reading(
            "/api/instances/{kind}::{key}/relationships/{name}",
            lambda kind, key, name: instances.related(machine, kind, key, name),
        ),
        reading("/api/instances/{kind}::{key}", lambda kind, key: instances.single(machine, kind, key)),
        acting("/api/instances/System/queryMdmCluster", lambda body: mdm_cluster(machine.system)),  # noqa: ARG005
        acting("/api/instances/querySelectedStatistics", lambda body: query_selected(machine, body)),
        acting(
            "/api/types/{kind}/instances/action/{action}",
            lambda body, kind, action: instances.type_action(machine, kind, action, body),
        ),
        acting(
            "/api/instances/{kind}/action/{action}",
            lambda body, kind, action: instances.object_action(kind, action),  # noqa: ARG005  # takes no operands
        ),
    ]
    if machine.personality.rest_alerts:
        # Filters are not simulated: every alert is listed, whatever is asked for.
        routes.append(reading("/rest/v1/alerts", lambda: rest_alerts(machine.system)))
    return routes


async def _refused(request: Request, error: Exception) -> Response:
    del request  # the error says it all
    assert isinstance(error, GatewayError)  # noqa: S101  # registered for it alone
    return error.response()


async def _unknown_path(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # registered for it alone
    return GatewayError(error.status_code, f"{request.method} {request.url.path}: {error.detail}").response()
