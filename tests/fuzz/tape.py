"""What every call to every source was answered once, to be played again with other bodies in their place."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import pytest

from exporter.config import parse_config
from exporter.http.transport import Answer, Request, Transport
from exporter.service import Service
from exporter.simulator import Simulator

_CHUNK_BYTES = 700
_OF_A_SIGNATURE = {"apikey", "command", "expires", "page", "pagesize", "response", "signature", "signatureversion"}


class Call(NamedTuple):
    """A call to a source: a path of a gateway, a type of statistics, or a command with its parameters."""

    source: str
    name: str


Respond = Callable[[Call], Awaitable[Answer]]


class Tape:
    """The answers, by call.

    Args:
        config: the configuration of the exporter that asked.
        sources: the names of the sources by their URLs.

    Attributes:
        answers: what was recorded.
        bodies: what is given in place of it.
    """

    def __init__(self, config: str, sources: Mapping[str, str]) -> None:
        self.config = config
        self.answers: dict[Call, Answer] = {}
        self.bodies: Mapping[Call, bytes] = {}
        self._sources = sources
        self._bases: WeakKeyDictionary[Transport, str] = WeakKeyDictionary()

    def body(self, call: Call) -> bytes:
        """Return the body of an answer; to a list that was never asked for, one without rows."""
        if call in self.bodies:
            return self.bodies[call]
        return self.answers[call].body if call in self.answers else _empty(call)

    def answer(self, call: Call) -> Answer:
        """Return the answer to a call; 404 where there never was one."""
        if call in self.answers or call.name.startswith("list"):
            return replace(self.answers.get(call, Answer(200, b"")), body=self.body(call))
        return Answer(404, b"")

    def play(self, patch: pytest.MonkeyPatch, respond: Respond | None = None) -> None:
        """Answer every request from the tape, or as is said, and not all of a long body at once."""
        self.bodies = {}

        async def from_tape(call: Call) -> Answer:
            return self.answer(call)

        async def request(transport: Transport, request: Request) -> Answer:
            answer = await (respond or from_tape)(self._call_of(transport, request))
            transport.requests[str(answer.status)] += 1
            return _handed_over(answer, request)

        self._take_the_place_of(patch, request)

    def record(self, patch: pytest.MonkeyPatch) -> None:
        """Note the answer to every request."""
        ask = Transport.request

        async def request(transport: Transport, request: Request) -> Answer:
            answer = await ask(transport, replace(request, sink=None))
            self.answers[self._call_of(transport, request)] = answer
            return _handed_over(answer, request)

        self._take_the_place_of(patch, request)

    def _take_the_place_of(
        self, patch: pytest.MonkeyPatch, request: Callable[[Transport, Request], Awaitable[Answer]]
    ) -> None:
        make = Transport.__init__

        def made(transport: Transport, base_url: str, **options: Any) -> None:  # noqa: ANN401 - handed through
            make(transport, base_url, **options)
            self._bases[transport] = base_url

        patch.setattr(Transport, "__init__", made)
        patch.setattr(Transport, "request", request)

    def _call_of(self, transport: Transport, request: Request) -> Call:
        return Call(self._sources[self._bases[transport] or request.url], _name(request))


def recorded(simulator: Simulator, config: str) -> Tape:
    """Let an exporter poll everything once, over real sockets."""
    urls = {gateway.url: name for name, gateway in simulator.gateways.items()}
    urls |= {server.url: name for name, server in simulator.management_servers.items()}
    tape = Tape(config, urls)

    async def poll() -> None:
        _, failures = await Service(parse_config(config, base_dir=Path("/"))).once()
        assert failures == []

    with pytest.MonkeyPatch.context() as patch:
        tape.record(patch)
        asyncio.run(poll())
    return tape


def _handed_over(answer: Answer, request: Request) -> Answer:
    """Give the body to the sink, where there is one."""
    if request.sink is None or answer.status != 200:
        return answer
    for start in range(0, len(answer.body), _CHUNK_BYTES):
        request.sink(answer.body[start : start + _CHUNK_BYTES])
    return replace(answer, body=b"")


def _empty(call: Call) -> bytes:
    """Return the answer of a list without rows."""
    return b'{"%sresponse":{}}' % call.name.partition(" ")[0].lower().encode()


def _name(request: Request) -> str:
    if request.form is not None:
        chosen = sorted((key, value) for key, value in request.form.items() if key.lower() not in _OF_A_SIGNATURE)
        return " ".join([request.form["command"], *(f"{key}={value}" for key, value in chosen)])
    selected = (request.json or {}).get("selectedStatisticsList")
    if selected:
        return f"statistics of {selected[0]['type']}"
    return f"{request.url} to probe" if request.json == {} else request.url
