"""The calls to one gateway, with its session kept alive underneath."""

from __future__ import annotations

import asyncio
import builtins
import re
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from exporter.decode import Decoder, IgnoredFields, ListReader, check_objects
from exporter.errors import RequestError
from exporter.log import MASKER
from exporter.model.limits import MAX_OBJECTS
from exporter.powerflex.session import Session
from exporter.powerflex.transport import Answer, Sink, Transport, message_of

T = TypeVar("T")
RecordT = TypeVar("RecordT", bound=msgspec.Struct)

_OK = 200
_UNAUTHORIZED = 401
_HINTS = {401: " even in a new session", 403: ", the user's role does not allow it"}
_VERSION = re.compile(r"\d+\.\d+")
_WORDS_SHOWN = 200
_WORDS_KEPT = 1 << 20
_BARRED_SECONDS = 300.0
_OF_ONE_OBJECT = re.compile(r"::[^/]*")


class Gateway:
    """One PowerFlex gateway.

    Args:
        transport: how it is reached.
        session: the session with it.
        max_objects: how many objects a list may have, and a single answer.

    Attributes:
        transport: counts the requests and knows the certificate's end.
        session: counts the renewals.
        ignored: fields passed over because of a wrong type, by (type, field), since the start.
    """

    def __init__(self, transport: Transport, session: Session, max_objects: int = MAX_OBJECTS) -> None:
        self.transport = transport
        self.session = session
        self.ignored: IgnoredFields = Counter()
        self._max_objects = max_objects
        self._barred_until: dict[str, float] = {}
        self._version: str | None = None
        self._version_of_login = -1

    async def list(self, decoder: Decoder[RecordT]) -> list[RecordT]:
        """Return every object of the decoder's type: `GET /api/types/{type}/instances`.

        Raises:
            PollError: one of its kinds.
        """
        objects: builtins.list[RecordT] = []
        await self.list_to(objects.extend, decoder)
        return objects

    async def list_to(self, take: Callable[[builtins.list[RecordT]], object], decoder: Decoder[RecordT]) -> None:
        """Hand over every object of the decoder's type, some hundred at a time while the list comes in.

        Raises:
            PollError: one of its kinds; what was handed over before is then of no use.
        """
        reader = ListReader(decoder, take, self._max_objects)
        await self._call("GET", f"/api/types/{decoder.kind}/instances", sink=reader.add)
        try:
            await asyncio.to_thread(reader.finish)
        finally:
            self.ignored += reader.ignored

    async def get(self, path: str, decode: Callable[[bytes, IgnoredFields], T]) -> T:
        """Call a path and decode its answer off the event loop.

        Raises:
            PollError: one of its kinds.
        """
        return await self.decode(await self.call("GET", path), decode)

    async def decode(self, body: bytes, decode: Callable[[bytes, IgnoredFields], T]) -> T:
        """Decode an answer off the event loop, and count the fields it passes over."""
        ignored: IgnoredFields = Counter()
        try:
            return await asyncio.to_thread(decode, body, ignored)
        finally:
            self.ignored += ignored

    async def call(self, method: str, path: str, json: Any = None) -> bytes:  # noqa: ANN401 - any JSON
        """Send one request in the session and return the body of its 200; after a 401 renew once and send once more.

        A path that a session just opened may not use, of whichever object of its
        type, is not tried with yet another one for a while, so that it does not
        cost a login at every poll.

        Raises:
            PollError: one of its kinds.
        """
        body = await self._call(method, path, json)
        check_objects(body, f"{method} {path}", self._max_objects)
        return body

    async def _call(
        self,
        method: str,
        path: str,
        json: Any = None,  # noqa: ANN401 - any JSON
        sink: Sink | None = None,
    ) -> bytes:
        kind = _OF_ONE_OBJECT.sub("", path)
        authorization = await self.session.authorization(path)
        answer = await self.transport.send(method, path, authorization=authorization, json=json, sink=sink)
        if answer.status == _UNAUTHORIZED and time.monotonic() >= self._barred_until.get(kind, 0.0):
            await self.session.reject(authorization, path)
            authorization = await self.session.authorization(path)
            answer = await self.transport.send(method, path, authorization=authorization, json=json, sink=sink)
            if answer.status == _UNAUTHORIZED:
                self._barred_until[kind] = time.monotonic() + _BARRED_SECONDS
        if answer.status != _UNAUTHORIZED:
            self._barred_until.pop(kind, None)
        if answer.status != _OK:
            raise _request_error(f"{method} {path}", answer)
        return answer.body

    async def version(self) -> str | None:
        """Return the gateway's REST version, such as 3.6, or None where it does not tell; asked after each login.

        Raises:
            UnreachableError: connecting, TLS or the name look-up failed.
            LoginError: the gateway gave no session.
        """
        if self._version is None or self._version_of_login != self.session.logins:
            try:
                body = await self.call("GET", "/api/version")
            except RequestError:
                body = b""
            found = _VERSION.search(body[:_WORDS_SHOWN].decode(errors="replace"))
            self._version = found.group() if found else None
            self._version_of_login = self.session.logins
        return self._version

    async def close(self) -> None:
        """Log out and close the connections."""
        try:
            await self.session.close()
        finally:
            await self.transport.close()


def _request_error(request: str, answer: Answer) -> RequestError:
    words = MASKER.mask(message_of(answer) or answer.body[:_WORDS_KEPT].decode(errors="replace"))
    hint = _HINTS.get(answer.status, "")
    shown = " ".join(words.split())[:_WORDS_SHOWN]
    return RequestError(f"{request} answered {answer.status}{hint}: {shown}", status=answer.status, text=words)
