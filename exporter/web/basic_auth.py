"""Basic authentication before every path, against bcrypt hashes."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import secrets
from collections.abc import Callable, Mapping
from typing import NamedTuple

import bcrypt
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from exporter.web.limits import answer_in_time

_CHALLENGE = {"WWW-Authenticate": 'Basic realm="cloudstack-powerflex-exporter", charset="UTF-8"'}
_BCRYPT_BYTES = 72
"""No more of a password counts."""
_MOST_WAITING = 64


class _Credentials(NamedTuple):
    user: str
    password: bytes


class BasicAuth:
    """Lets those pass who give the password of a user.

    bcrypt is slow on purpose. So a password that was right is remembered, as a digest with a key of this process, and
    one is checked at a time, off the event loop. Guesses wait for each other, and nobody else waits for them.

    Args:
        app: what answers those who pass.
        users: gives the bcrypt hashes by user name; where there are none, everybody passes.
    """

    def __init__(self, app: ASGIApp, users: Callable[[], Mapping[str, str]]) -> None:
        self._app = app
        self._users = users
        self._key = secrets.token_bytes(32)
        self._proven: dict[str, bytes] = {}
        self._one_at_a_time = asyncio.Lock()
        self._waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or ask for a password."""
        users = self._users()
        credentials = _credentials(Headers(scope=scope).get("Authorization", ""))
        answer: ASGIApp = PlainTextResponse("A user name and a password are needed.\n", 401, _CHALLENGE)
        if not users or (credentials and self._is_proven(credentials, users)):
            answer = self._app
        elif credentials and self._waiting >= _MOST_WAITING:
            answer = PlainTextResponse("Too many passwords are being checked, try again later.\n", 503)
        elif credentials and await self._prove(credentials, users):
            answer = self._app
        await answer_in_time(answer, scope, receive, send)

    def _is_proven(self, credentials: _Credentials, users: Mapping[str, str]) -> bool:
        user, _ = credentials
        digest = self._proven.get(user)
        return user in users and digest is not None and hmac.compare_digest(digest, self._digest(credentials, users))

    async def _prove(self, credentials: _Credentials, users: Mapping[str, str]) -> bool:
        user, password = credentials
        # Whoever is not known costs as much as one who is, so that the time does not tell who is.
        hashed = users.get(user) or next(iter(users.values()))
        self._waiting += 1
        try:
            async with self._one_at_a_time:
                if self._is_proven(credentials, users):
                    return True
                fits = await asyncio.to_thread(bcrypt.checkpw, password, hashed.encode())
        finally:
            self._waiting -= 1
        if not fits or user not in users:
            return False
        self._proven[user] = self._digest(credentials, users)
        return True

    def _digest(self, credentials: _Credentials, users: Mapping[str, str]) -> bytes:
        """Return what stands for a password that is right for that very hash."""
        return hmac.digest(self._key, users[credentials.user].encode() + credentials.password, "sha256")


def _credentials(header: str) -> _Credentials | None:
    scheme, _, encoded = header.partition(" ")
    try:
        user, colon, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
        name = user.decode()
    except (binascii.Error, ValueError):
        return None
    return _Credentials(name, password[:_BCRYPT_BYTES]) if colon and scheme.lower() == "basic" else None
