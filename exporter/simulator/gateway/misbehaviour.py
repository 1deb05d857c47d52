"""The outermost layer of a simulated server: logs requests, and lets the fault rules spoil the answers."""

import asyncio
from typing import Protocol, cast

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from exporter.simulator.gateway.connection import TRANSPORT_KEY
from exporter.simulator.gateway.edits import edit
from exporter.simulator.gateway.faults import FaultRule, Faults
from exporter.simulator.gateway.request_log import LoggedRequest, RequestLog

CONTROL_PREFIX = "/simulator/"
_SECRET_PATHS = ("/api/login", "/rest/auth/")
_WITHOUT_BODY = (204, 304)


class _Answer:
    """A whole answer, before it is sent."""

    def __init__(self) -> None:
        self.status = 200
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""

    async def collect(self, message: Message) -> None:
        """Take what an application sends."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = list(message["headers"])
        else:
            self.body += message.get("body", b"")

    def set_body(self, body: bytes) -> None:
        """Put another body in, and its length into the headers; some answers can have none."""
        if self.status in _WITHOUT_BODY:
            return
        self.body = body
        self.headers = [(name, value) for name, value in self.headers if name.lower() != b"content-length"]
        self.headers.append((b"content-length", str(len(body)).encode()))


class Disturbed(Protocol):
    """What a simulated server has to have, to be logged and disturbed."""

    @property
    def faults(self) -> Faults:
        """The rules of misbehaviour."""

    @property
    def requests(self) -> RequestLog:
        """What clients have asked."""


class Misbehaviour:
    """ASGI middleware around a simulated server's application."""

    def __init__(self, app: ASGIApp, machine: Disturbed) -> None:
        self._app = app
        self._machine = machine

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or not."""
        path: str = scope["path"]
        if path.startswith(CONTROL_PREFIX):
            await self._app(scope, receive, send)
            return
        body = await _read(receive)
        entry = self.describe(scope, body)
        self._machine.requests.start(entry)
        try:
            await self._respond(scope, body, receive, send, entry)
        finally:
            self._machine.requests.finish()

    def describe(self, scope: Scope, body: bytes) -> LoggedRequest:
        """Say what is to be noted of a request; the fault rules go by its method and path."""
        path: str = scope["path"]
        return LoggedRequest(
            method=scope["method"],
            path=path,
            query=scope["query_string"].decode(),
            scheme=_scheme(scope),
            body="" if path.startswith(_SECRET_PATHS) else body.decode(errors="replace"),
        )

    async def _respond(self, scope: Scope, body: bytes, receive: Receive, send: Send, entry: LoggedRequest) -> None:
        transport = cast("asyncio.Transport", scope[TRANSPORT_KEY])
        rules = self._machine.faults.take(entry.method, entry.path)
        for rule in rules:
            if rule.action == "delay" and await _gone_within(rule.seconds, receive):
                return
            if rule.action == "hang":
                await _gone_within(None, receive)
                return
            if rule.action == "drop":
                transport.abort()
                await _gone_within(None, receive)
                return
        answer = _Answer()
        forced = next((rule for rule in rules if rule.action == "status"), None)
        if forced is None:
            await self._app(scope, _replay(body), answer.collect)
        else:
            _force(answer, forced)
        for rule in rules:
            _spoil(answer, rule)
        entry.status = answer.status
        await _send(answer, rules, receive, send, transport)


def _scheme(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"authorization":
            return str(value.partition(b" ")[0].decode().lower())
    return ""


async def _read(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _replay(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _gone_within(seconds: float | None, receive: Receive) -> bool:
    """Wait; say whether the client, or the server, has hung up meanwhile."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True


def _force(answer: _Answer, rule: FaultRule) -> None:
    is_text = isinstance(rule.body, str)
    content_type = rule.content_type or ("text/html" if is_text else "application/json")
    answer.status = rule.status
    answer.headers = [(b"content-type", content_type.encode())]
    answer.headers += [(name.lower().encode(), value.encode()) for name, value in rule.headers.items()]
    answer.set_body(_encoded(rule))


def _encoded(rule: FaultRule) -> bytes:
    return rule.body.encode(errors="surrogateescape") if isinstance(rule.body, str) else msgspec.json.encode(rule.body)


def _spoil(answer: _Answer, rule: FaultRule) -> None:
    if rule.action == "empty_list":
        answer.set_body(b"[]")
    elif rule.action == "body":
        answer.set_body(_encoded(rule))
    elif rule.action in ("set_field", "remove_field", "repeat"):
        try:
            content = msgspec.json.decode(answer.body)
        except msgspec.DecodeError:
            return
        edit(content, rule)
        answer.set_body(msgspec.json.encode(content))


async def _send(
    answer: _Answer, rules: list[FaultRule], receive: Receive, send: Send, transport: asyncio.Transport
) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    for rule in rules:
        if rule.action == "truncate":
            kept = len(answer.body) // 2 if rule.bytes is None else rule.bytes
            await send({"type": "http.response.body", "body": answer.body[:kept], "more_body": True})
            transport.close()
            await _gone_within(None, receive)
            return
        if rule.action == "drip":
            step = max(1, rule.bytes or 1)
            for start in range(0, len(answer.body), step):
                part = answer.body[start : start + step]
                await send({"type": "http.response.body", "body": part, "more_body": True})
                if await _gone_within(rule.seconds, receive):
                    return
    dripped = any(rule.action == "drip" for rule in rules)
    await send({"type": "http.response.body", "body": b"" if dripped else answer.body})
