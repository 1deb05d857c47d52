"""A management server that answers as a test tells it, on a real socket, and our client for it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import pytest

from exporter.cloudstack.api import CloudStackApi, Credentials
from exporter.cloudstack.source import CloudStackSource
from exporter.http.transport import Transport

T = TypeVar("T")

API_KEY = "AKtest-marker"
SECRET_KEY = "SKtest-marker"

Parameters = dict[str, str]


@dataclass(frozen=True)
class Reply:
    """One answer; a body that is no bytes is sent as JSON, and of those bytes the first `cut` ones only."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None


def answer(command: str, content: Mapping[str, Any]) -> Reply:
    return Reply({f"{command.lower()}response": content})


def error(command: str, status: int, text: str) -> Reply:
    return Reply(
        {f"{command.lower()}response": {"uuidList": [], "errorcode": status, "cserrorcode": 9999, "errortext": text}},
        status,
    )


class ScriptedServer:
    """Answers each request with what `script` makes of its parameters.

    Attributes:
        requests: the parameters of every request, in the order in which they came.
    """

    def __init__(self) -> None:
        self.requests: list[Parameters] = []
        self.paths: list[str] = []
        self.script: Callable[[Parameters], Reply] = lambda parameters: answer(parameters["command"], {})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/client/api"

    def lists(self, tables: Mapping[str, tuple[str, list[dict[str, Any]]]], limit: int = 500) -> None:
        """Answer list commands by the server's rules: `{command: (key, rows)}`."""
        self.script = lambda parameters: list_answer(parameters, *tables[parameters["command"]], limit=limit)

    def commands(self) -> list[str]:
        return [parameters["command"] for parameters in self.requests]

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                form = self.rfile.read(int(self.headers["Content-Length"])).decode()
                parameters = dict(parse_qsl(form, keep_blank_values=True, strict_parsing=True))
                outer.paths.append(self.path)
                outer.requests.append(parameters)
                reply = outer.script(parameters)
                body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
                self.send_response_only(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                with contextlib.suppress(ConnectionError):
                    self.wfile.write(body[: reply.cut])
                self.close_connection = reply.cut is not None

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as in the base class
                pass

        return Handler


def list_answer(parameters: Parameters, key: str, rows: list[dict[str, Any]], *, limit: int = 500) -> Reply:
    """Answer a list command by the server's rules of paging."""
    command = parameters["command"]
    page, size = int(parameters["page"]), int(parameters["pagesize"])
    if size > limit:
        return error(command, 431, f"Page size can't exceed max allowed page size value: {limit}")
    part = rows[(page - 1) * size : page * size]
    return answer(command, {"count": len(rows), key: part} if part else {"count": len(rows)} if rows else {})


class Client:
    """Opens our client to a management server for the length of one coroutine."""

    def __init__(self, endpoint: str, api_key: str = API_KEY, secret_key: str = SECRET_KEY) -> None:
        self.endpoint = endpoint
        self.credentials = Credentials(lambda: api_key, lambda: secret_key)

    def run(self, use: Callable[[CloudStackSource], Awaitable[T]], *, timeout: float = 10.0) -> T:
        async def main() -> T:
            transport = Transport(
                self.endpoint,
                tls=ssl.create_default_context(),
                timeout=timeout,
                max_connections=4,
                user_agent="test/1",
            )
            source = CloudStackSource("ams", CloudStackApi(transport, self.endpoint, self.credentials))
            try:
                return await use(source)
            finally:
                await source.api.close()

        return asyncio.run(main())


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    server = ScriptedServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def client(server: ScriptedServer) -> Client:
    return Client(server.endpoint)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that our client would make, which are not made."""
    made: list[float] = []

    async def sleep(seconds: float) -> None:
        made.append(seconds)

    monkeypatch.setattr("exporter.cloudstack.api.asyncio.sleep", sleep)
    return made
