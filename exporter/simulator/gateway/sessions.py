"""Sessions and tokens: who is logged in, and for how long."""

import base64
import json
import secrets
import threading
import time
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TokenLifetimes:
    """How long tokens are good for, in seconds. The defaults are the real ones."""

    session: float = 8 * 3600
    """A token of GET /api/login, from its creation."""
    idle: float = 600
    """A token of GET /api/login, from its last use."""
    access: float = 300
    refresh: float = 1800


MAX_SESSIONS = 128


class TooManySessionsError(Exception):
    """The limit of sessions is reached: TOO_MANY_SESSIONS."""


@dataclass(slots=True)
class _Session:
    used: float
    refresh_token: str | None = None
    refresh_until: float = 0
    access: dict[str, float] = field(default_factory=dict)
    """Token to the moment at which it ends; a legacy session has a single one."""


@dataclass(frozen=True, slots=True)
class BearerTokens:
    """What a bearer login answers with."""

    access_token: str
    refresh_token: str
    expires_in: int
    refresh_expires_in: int


class Sessions:
    """The sessions of one gateway. Thread-safe."""

    def __init__(self, username: str, lifetimes: TokenLifetimes, limit: int = MAX_SESSIONS) -> None:
        self._username = username
        self._lifetimes = lifetimes
        self._limit = limit
        self._sessions: list[_Session] = []
        self._skipped = 0.0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        with self._lock:
            self._drop_ended()
            return len(self._sessions)

    def open_legacy(self) -> str:
        """Open a session as GET /api/login does.

        The token of a 3.x gateway is base64 of `user:epoch-milliseconds:hash`.
        """
        with self._lock:
            now = self._admit()
            text = f"{self._username}:{int(time.time() * 1000)}:{secrets.token_hex(16)}"
            token = base64.b64encode(text.encode()).decode()
            self._sessions.append(_Session(now, access={token: now + self._lifetimes.session}))
            return token

    def open_bearer(self) -> BearerTokens:
        """Open a session as POST /rest/auth/login does."""
        with self._lock:
            now = self._admit()
            session = _Session(now)
            self._sessions.append(session)
            return self._issue(session, now)

    def refresh(self, refresh_token: str) -> BearerTokens | None:
        """Exchange a refresh token for new tokens, or None if it is not good any more.

        Earlier access tokens stay good until they end; the refresh token is spent.
        """
        with self._lock:
            self._drop_ended()
            now = self._now()
            for session in self._sessions:
                if session.refresh_token == refresh_token and session.refresh_until > now:
                    return self._issue(session, now)
            return None

    def accept(self, token: str, *, bearer_only: bool = False) -> bool:
        """Say whether a token is good, and note its use.

        Args:
            token: the token.
            bearer_only: do not take one of a legacy login.

        """
        with self._lock:
            self._drop_ended()
            now = self._now()
            for session in self._sessions:
                if session.access.get(token, 0) > now and not (bearer_only and session.refresh_token is None):
                    session.used = now
                    return True
            return False

    def close(self, token: str) -> bool:
        """End the session that an access or refresh token belongs to; say whether there was one."""
        with self._lock:
            self._drop_ended()
            for session in self._sessions:
                if token in session.access or token == session.refresh_token:
                    self._sessions.remove(session)
                    return True
            return False

    def expire_all(self) -> int:
        """Drop every session, as a restarted gateway does. Returns how many there were."""
        with self._lock:
            self._drop_ended()
            count = len(self._sessions)
            self._sessions.clear()
            return count

    def skip(self, seconds: float) -> None:
        """Let the sessions grow older by so much, at once."""
        with self._lock:
            self._skipped += seconds

    def _now(self) -> float:
        return time.monotonic() + self._skipped

    def _admit(self) -> float:
        self._drop_ended()
        if len(self._sessions) >= self._limit:
            raise TooManySessionsError
        return self._now()

    def _drop_ended(self) -> None:
        now = self._now()
        self._sessions = [session for session in self._sessions if self._lives(session, now)]

    def _lives(self, session: _Session, now: float) -> bool:
        if session.refresh_token is not None:
            return session.refresh_until > now or max(session.access.values()) > now
        return max(session.access.values()) > now and session.used + self._lifetimes.idle > now

    def _issue(self, session: _Session, now: float) -> BearerTokens:
        access_token, refresh_token = self._jwt("Bearer"), self._jwt("Refresh")
        session.access[access_token] = now + self._lifetimes.access
        session.refresh_token = refresh_token
        session.refresh_until = now + self._lifetimes.refresh
        return BearerTokens(access_token, refresh_token, int(self._lifetimes.access), int(self._lifetimes.refresh))

    def _jwt(self, kind: str) -> str:
        """Something that looks like a JWT; its signature is nothing but random."""
        header = {"alg": "RS256", "typ": "JWT"}
        payload = {"typ": kind, "preferred_username": self._username, "jti": secrets.token_hex(8)}
        parts = [json.dumps(part).encode() for part in (header, payload)]
        return ".".join(
            base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (*parts, secrets.token_bytes(64))
        )
