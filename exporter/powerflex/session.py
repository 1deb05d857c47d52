"""The session with one gateway: login, renewal and logout, shared by all collectors of the system.

PowerFlex up to 3.6 gives a token for Basic authentication at `GET /api/login`; 4.x
gives an access and a refresh token at `POST /rest/auth/login`. The array allows
128 sessions in all, so there is one, and a refused password is not sent again
before a while has passed, so that no account is locked by us.
"""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeVar

import msgspec

from exporter.errors import ConfigError, LoginError, PasswordRefusedError, PollError, RequestError
from exporter.log import MASKER
from exporter.own_thread import OwnThread
from exporter.powerflex.transport import Answer, Transport, message_of

T = TypeVar("T")
Auth = Literal["auto", "legacy", "bearer"]

_PROBE_SAYS_LEGACY = frozenset({404, 405, 501})
_PROBE_SAYS_BEARER = frozenset({200, 400, 401, 403, 415, 422})
_NOT_FOUND = 404
_REFUSED = frozenset({401, 403})
_OK = 200

_LEGACY_LIFE = 8 * 3600.0
_LEGACY_IDLE = 600.0
_BEARER_LIFE = 300.0
_WORDS_SHOWN = 200
_WAITS_AFTER_REFUSAL = (60.0, 300.0, 900.0)


class Credentials(NamedTuple):
    """User name, and a function that reads the password anew on each call (ConfigError when it cannot)."""

    username: str
    password: Callable[[], str]


@dataclass(frozen=True, slots=True)
class _Token:
    """An open session; the times are monotonic seconds.

    A bearer token has an empty `refresh` where the gateway gave none.
    """

    value: str
    renew_at: float
    idle_limit: float | None = None
    refresh: str | None = None

    @property
    def is_bearer(self) -> bool:
        return self.refresh is not None


class _BearerAnswer(msgspec.Struct, frozen=True):
    access_token: str
    refresh_token: str | None = None
    expires_in: Any = None


class _Refusal(NamedTuple):
    password: str
    times: int
    wait_until: float
    words: str


class Session:
    """One session with one gateway, opened when first needed.

    Args:
        transport: how the gateway is reached.
        credentials: who we are.
        auth: the login to use; `auto` asks the gateway which one it has.
        hide: called with each token, so that logs can mask it.

    Attributes:
        logins: how many times a session was opened.
        renewals: how many times it was renewed, by login or by refresh.
    """

    def __init__(self, transport: Transport, credentials: Credentials, auth: Auth, hide: Callable[[str], None]) -> None:
        self.logins = 0
        self.renewals = 0
        self._transport = transport
        self._credentials = credentials
        self._password = OwnThread(credentials.password)
        self._auth = auth
        self._hide = hide
        self._token: _Token | None = None
        self._last_used = 0.0
        self._opening: asyncio.Task[_Token] | None = None
        self._under_way: set[asyncio.Task[Any]] = set()
        self._refusal: _Refusal | None = None

    @property
    def is_bearer(self) -> bool:
        """Whether the session was opened by the login of 4.x."""
        return self._token is not None and self._token.is_bearer

    async def authorization(self, path: str) -> str:
        """Return the Authorization header for a call of that path, logging in or renewing first where needed.

        Callers that come while a login is under way share it, and its failure.

        Raises:
            UnreachableError: connecting, TLS or the name look-up failed.
            LoginError: the gateway gave no session.
        """
        token = self._token
        if token is None or self._is_due(token):
            if self._opening is None or self._opening.done():
                self._opening = self._begin(self._open())
            token = await asyncio.shield(self._opening)
        self._last_used = time.monotonic()
        return self._header(token, path)

    async def reject(self, authorization: str, path: str) -> None:
        """Drop the session because a call with that header got a 401; a newer session is kept.

        The array may know it all the same, so it is logged out, lest it count towards the 128 that there can be.
        """
        token = self._token
        if token is not None and self._header(token, path) == authorization:
            self._token = None
            await asyncio.shield(self._begin(self._log_out(token)))

    async def close(self) -> None:
        """Log out, also of a session that is just being opened. That the gateway cannot be reached is no error."""
        while self._under_way:
            await asyncio.gather(*self._under_way, return_exceptions=True)
        token, self._token = self._token, None
        if token is not None:
            await self._log_out(token)

    def _begin(self, change: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Change the session to the end, even where nobody waits any more, lest one be left behind at the gateway."""
        task = asyncio.create_task(change)
        self._under_way.add(task)
        task.add_done_callback(self._end)
        return task

    def _end(self, task: asyncio.Task[Any]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            # Or asyncio logs a failure that nobody waited for.
            task.exception()

    async def _log_out(self, token: _Token) -> None:
        path = "/rest/auth/logout" if token.is_bearer else "/api/logout"
        header = self._header(token, path)
        try:
            if token.is_bearer:
                await self._transport.send("POST", path, authorization=header, json={"refresh_token": token.refresh})
            else:
                await self._transport.send("GET", path, authorization=header)
        except PollError:
            return

    def _header(self, token: _Token, path: str) -> str:
        if token.is_bearer or path.startswith("/rest/"):
            return f"Bearer {token.value}"
        return _basic(self._credentials.username, token.value)

    def _is_due(self, token: _Token) -> bool:
        now = time.monotonic()
        idle = token.idle_limit is not None and now >= self._last_used + token.idle_limit
        return idle or now >= token.renew_at

    async def _open(self) -> _Token:
        try:
            if self._token is not None and self._token.refresh:
                self._token = await self._refresh(self._token) or await self._log_in()
            else:
                self._token = await self._log_in()
        except RequestError as error:
            self._token = None
            raise LoginError(f"login failed: {error}") from None
        except PollError:
            self._token = None
            raise
        # Who asked may be gone, and a session that seems idle would be opened once more.
        self._last_used = time.monotonic()
        return self._token

    async def _log_in(self) -> _Token:
        try:
            password = await self._password.ask()
        except ConfigError as error:
            raise LoginError(f"cannot read the password: {error}") from None
        self._wait_after_refusal(password)
        if await self._gateway_wants_bearer():
            token = await self._log_in_bearer(password)
        else:
            token = await self._log_in_legacy(password)
        self._refusal = None
        if self.logins:
            self.renewals += 1
        self.logins += 1
        return token

    async def _gateway_wants_bearer(self) -> bool:
        if self._auth != "auto":
            return self._auth == "bearer"
        answer = await self._transport.send("POST", "/rest/auth/login", json={})
        if answer.status in _PROBE_SAYS_BEARER:
            return True
        if answer.status in _PROBE_SAYS_LEGACY:
            return False
        raise LoginError(
            f"cannot tell which login the gateway has: POST /rest/auth/login answered {answer.status}; "
            "set auth to legacy or bearer if it stays so"
        )

    async def _log_in_legacy(self, password: str) -> _Token:
        basic = _basic(self._credentials.username, password)
        self._hide(basic.removeprefix("Basic "))
        answer = await self._transport.send("GET", "/api/login", authorization=basic)
        self._check_login(answer, password, "GET /api/login")
        try:
            value = msgspec.json.decode(answer.body, type=str)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            value = ""
        _check_token(value, "GET /api/login")
        self._hide(value)
        self._hide(_basic(self._credentials.username, value).removeprefix("Basic "))
        return _Token(value, renew_at=_renew_at(_LEGACY_LIFE), idle_limit=_shortened(_LEGACY_IDLE))

    async def _log_in_bearer(self, password: str) -> _Token:
        body = {"username": self._credentials.username, "password": password}
        answer = await self._transport.send("POST", "/rest/auth/login", json=body)
        self._check_login(answer, password, "POST /rest/auth/login")
        return self._bearer_token(answer, "POST /rest/auth/login")

    async def _refresh(self, token: _Token) -> _Token | None:
        """Return the session with new tokens, or None; one that gets none is logged out."""
        try:
            answer = await self._transport.send(
                "POST",
                "/rest/auth/update-token",
                authorization=f"Bearer {token.value}",
                json={"refresh_token": token.refresh},
            )
            renewed = self._bearer_token(answer, "POST /rest/auth/update-token") if answer.status == _OK else None
        except PollError:
            self._begin(self._log_out(token))
            raise
        if renewed is None:
            await self._log_out(token)
        else:
            self.renewals += 1
        return renewed

    def _bearer_token(self, answer: Answer, call: str) -> _Token:
        try:
            tokens = msgspec.json.decode(answer.body, type=_BearerAnswer, strict=False)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise LoginError(f"{call} answered {answer.status} without a token") from None
        _check_token(tokens.access_token, call)
        self._hide(tokens.access_token)
        refresh = tokens.refresh_token or ""
        self._hide(refresh)
        return _Token(tokens.access_token, renew_at=_renew_at(_life(tokens.expires_in)), refresh=refresh)

    def _check_login(self, answer: Answer, password: str, call: str) -> None:
        if answer.status in _REFUSED:
            raise self._refused(password, answer.status)
        if answer.status != _OK:
            message = message_of(answer)
            words = f": {MASKER.mask(message)[:_WORDS_SHOWN]}" if message else ""
            known = ", there is no such login at the address" if answer.status == _NOT_FOUND else ""
            raise LoginError(f"{call} answered {answer.status}{known}{words}")

    def _refused(self, password: str, status: int) -> PasswordRefusedError:
        times = self._refusal.times + 1 if self._refusal and self._refusal.password == password else 1
        wait = _WAITS_AFTER_REFUSAL[min(times, len(_WAITS_AFTER_REFUSAL)) - 1]
        words = (
            f"the gateway refuses the user name or password ({status}); lest the account be locked "
            f"it is not sent again for {wait / 60:g} min, unless it changes"
        )
        self._refusal = _Refusal(password, times, time.monotonic() + wait, words)
        return PasswordRefusedError(words)

    def _wait_after_refusal(self, password: str) -> None:
        refusal = self._refusal
        if refusal and refusal.password == password and time.monotonic() < refusal.wait_until:
            raise PasswordRefusedError(refusal.words)


def _check_token(token: str, call: str) -> None:
    """Check that there is a token, and that a header can hold it; the error does not show it."""
    if not token:
        raise LoginError(f"{call} answered 200 without a token")
    if not token.isascii() or not token.isprintable():
        raise LoginError(f"{call} answered 200 with a token that cannot be sent")


def _life(expires_in: object) -> float:
    """Return the seconds for which a bearer token is good, by the answer's own word where that makes sense."""
    try:
        life = float(str(expires_in))
    except ValueError:
        return _BEARER_LIFE
    return life if 0 < life < _LEGACY_LIFE else _BEARER_LIFE


def _shortened(seconds: float) -> float:
    """Return a little less than a life time, so that a session is renewed before it ends."""
    return seconds - min(30.0, seconds / 10)


def _renew_at(life: float) -> float:
    return time.monotonic() + _shortened(life)


def _basic(username: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()
