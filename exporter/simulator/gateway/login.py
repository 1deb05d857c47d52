"""Logging in and out, in the legacy way (a token by HTTP Basic) and the way of 4.x (bearer tokens)."""

import base64
import binascii
import secrets

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from exporter.simulator.gateway.answers import json_object, json_response
from exporter.simulator.gateway.errors import GatewayError, unauthorized
from exporter.simulator.gateway.machine import GatewayMachine
from exporter.simulator.gateway.sessions import BearerTokens, TooManySessionsError


def require_session(machine: GatewayMachine, request: Request) -> None:
    """Let a request pass that shows a good token.

    On /api that is Basic with any user name and the token as the password, or, from 4.x on, Bearer; tokens of both
    logins do, as Dell's own SDK uses them so. Under /rest a bearer login's token alone does.

    Raises:
        GatewayError: 401.

    """
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    bearer = machine.personality.bearer_login
    if scheme.lower() == "basic":
        token = _basic(rest)[1]
        good = request.url.path.startswith("/api") and machine.sessions.accept(token)
    elif scheme.lower() == "bearer" and bearer:
        good = machine.sessions.accept(rest, bearer_only=not request.url.path.startswith("/api"))
    else:
        good = False
    if not good:
        raise unauthorized()


class LoginEndpoints:
    """The calls that open, renew and close sessions."""

    def __init__(self, machine: GatewayMachine) -> None:
        self._machine = machine

    def routes(self) -> list[Route]:
        """Return the routes of this release."""
        routes = [
            Route("/api/login", self.legacy_login, methods=["GET"]),
            Route("/api/logout", self.legacy_logout, methods=["GET"]),
        ]
        if self._machine.personality.bearer_login:
            routes += [
                Route("/rest/auth/login", self.bearer_login, methods=["POST"]),
                Route("/rest/auth/update-token", self.update_token, methods=["POST"]),
                Route("/rest/auth/logout", self.bearer_logout, methods=["POST"]),
            ]
        return routes

    async def legacy_login(self, request: Request) -> Response:
        """GET /api/login with the user's password: a JSON string, the token."""
        scheme, _, rest = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic" or not self._knows(*_basic(rest)):
            raise unauthorized()
        try:
            return json_response(self._machine.sessions.open_legacy())
        except TooManySessionsError as error:
            raise _too_many() from error

    async def legacy_logout(self, request: Request) -> Response:
        """GET /api/logout with the token as the password."""
        require_session(self._machine, request)
        _, _, rest = request.headers["authorization"].partition(" ")
        token = _basic(rest)[1] if request.headers["authorization"].lower().startswith("basic") else rest
        self._machine.sessions.close(token)
        return json_response("")

    async def bearer_login(self, request: Request) -> Response:
        """POST /rest/auth/login with username and password."""
        body = await json_object(request)
        username, password = body.get("username"), body.get("password")
        if not isinstance(username, str) or not isinstance(password, str):
            raise GatewayError(400, "username and password must be supplied")
        if not self._knows(username, password):
            raise GatewayError(401, "Invalid user credentials")
        try:
            return _tokens(self._machine.sessions.open_bearer())
        except TooManySessionsError as error:
            raise _too_many() from error

    async def update_token(self, request: Request) -> Response:
        """POST /rest/auth/update-token with refresh_token: new tokens."""
        refresh_token = (await json_object(request)).get("refresh_token")
        if not isinstance(refresh_token, str):
            raise GatewayError(400, "refresh_token must be supplied")
        tokens = self._machine.sessions.refresh(refresh_token)
        if tokens is None:
            raise GatewayError(401, "Token is not active")
        return _tokens(tokens)

    async def bearer_logout(self, request: Request) -> Response:
        """POST /rest/auth/logout with refresh_token: 204."""
        refresh_token = (await json_object(request)).get("refresh_token")
        if not isinstance(refresh_token, str):
            raise GatewayError(400, "refresh_token must be supplied")
        if not self._machine.sessions.close(refresh_token):
            raise GatewayError(401, "Token is not active")
        return Response(status_code=204)

    def _knows(self, username: str, password: str) -> bool:
        right_user = secrets.compare_digest(username.encode(), self._machine.username.encode())
        return secrets.compare_digest(password.encode(), self._machine.password.encode()) and right_user


def _basic(rest: str) -> tuple[str, str]:
    """User and password of a Basic header; empty if it is none."""
    try:
        user, _, password = base64.b64decode(rest, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user, password


def _tokens(tokens: BearerTokens) -> Response:
    return json_response(
        {
            "access_token": tokens.access_token,
            "expires_in": tokens.expires_in,
            "refresh_expires_in": tokens.refresh_expires_in,
            "refresh_token": tokens.refresh_token,
            "token_type": "Bearer",
            "not-before-policy": 0,
            "session_state": "",
            "scope": "openid profile email",
        }
    )


def _too_many() -> GatewayError:
    # The name is the gateway's; its status and code are not known, so it looks like any refusal by the MDM.
    return GatewayError(500, "TOO_MANY_SESSIONS: the maximum number of sessions has been reached", 61)
