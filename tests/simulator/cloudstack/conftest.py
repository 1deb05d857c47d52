import base64
import datetime as dt
import hashlib
import hmac
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus

import httpx
import pytest

from exporter.simulator import ManagementServer, Simulator

Ask = Callable[..., httpx.Response]
Listed = Callable[..., dict[str, dict[str, Any]]]


@pytest.fixture
def ams(plain_simulator: Simulator) -> ManagementServer:
    """The 4.20 installation."""
    return plain_simulator.management_servers["ams"]


@pytest.fixture
def lab(plain_simulator: Simulator) -> ManagementServer:
    """The 4.22 installation."""
    return plain_simulator.management_servers["lab"]


def signed(parameters: dict[str, str], secret: str) -> dict[str, str]:
    encoded = [f"{name}={quote(value, safe='*').replace('~', '%7E')}" for name, value in sorted(parameters.items())]
    digest = hmac.digest(secret.encode(), "&".join(encoded).lower().encode(), hashlib.sha1)
    return parameters | {"signature": base64.b64encode(digest).decode()}


@pytest.fixture
def ask() -> Iterator[Ask]:
    """Calls a command over HTTP without any client library; the signature is made here."""
    with httpx.Client(trust_env=False, timeout=30) as client:

        def send(
            server: ManagementServer,
            command: str,
            *,
            user: str = "admin",
            post: bool = False,
            expires_in: float = 300,
            **parameters: object,
        ) -> httpx.Response:
            expires = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=expires_in)
            texts = {
                name: str(value).lower() if isinstance(value, bool) else str(value)
                for name, value in parameters.items()
            }
            whole = {
                "apikey": server.users[user].api_key,
                "command": command,
                "response": "json",
                "signatureversion": "3",
                "expires": expires.strftime("%Y-%m-%dT%H:%M:%S%z"),
                **texts,
            }
            query = signed(whole, server.users[user].secret_key)
            if post:
                return client.post(server.url, data=query)
            return client.get(f"{server.url}?" + "&".join(f"{k}={quote_plus(v)}" for k, v in query.items()))

        yield send


@pytest.fixture
def listed(ask: Ask) -> Listed:
    """Returns every row that a root admin can see, by id."""

    def all_pages(server: ManagementServer, command: str, **parameters: object) -> dict[str, dict[str, Any]]:
        rows: dict[str, dict[str, Any]] = {}
        for page in range(1, 1000):
            answer = ask(server, command, page=page, pagesize=100, **parameters).json()[f"{command.lower()}response"]
            found: list[dict[str, Any]] = next((value for name, value in answer.items() if name != "count"), [])
            rows |= {row["id"]: row for row in found}
            if not found:
                return rows
        raise AssertionError("no end of pages")

    return all_pages


@pytest.fixture
def routers(listed: Listed) -> Callable[[ManagementServer], dict[str, dict[str, Any]]]:
    """Returns all routers with their results."""
    return lambda server: listed(server, "listRouters", listall=True, projectid=-1, fetchhealthcheckresults=True)
