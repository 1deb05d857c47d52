"""The calls to one management server: signed, sent as a form, and asked again where it asks for patience."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple, TypeVar

import msgspec
from msgspec import Raw

from exporter.cloudstack.paging import Listing, Page, read_pages
from exporter.cloudstack.refusal import is_html, refusal
from exporter.cloudstack.signing import Keys, signed
from exporter.cloudstack.wire import Row
from exporter.decode import Decoder, IgnoredFields, check_objects, without_halves
from exporter.errors import AnswerError, ConfigError, LoginError, RequestError, TooLargeError
from exporter.http.transport import Answer, Request, Transport
from exporter.model.limits import MAX_OBJECTS
from exporter.own_thread import OwnThread

T = TypeVar("T")
RowT = TypeVar("RowT", bound=Row)

_PAGE_SIZE = 500
_PAGE_SIZE_LIMIT = re.compile(r"max allowed page size value:\s*(\d+)")
_RETRY_AFTER = re.compile(r"retry after\s*\[?(\d+)\]?\s*ms")
_ATTEMPTS = 4
_LONGEST_PAUSE_SECONDS = 5.0
_PAUSE_SECONDS = 1.0

_OK = 200
_TOO_MANY_REQUESTS = 429
_BAD_PARAMETER = 431


class Credentials(NamedTuple):
    """Functions that read the two keys of the API user, anew on each call (ConfigError when they cannot)."""

    api_key: Callable[[], str]
    secret_key: Callable[[], str]


class CloudStackApi:
    """The API of one CloudStack installation.

    Args:
        transport: how it is reached.
        endpoint: its URL, such as `https://cs.example.net/client/api`.
        credentials: who we are.
        clock: tells the unix second.
        max_objects: how many objects a list may have, and a single answer.

    Attributes:
        transport: counts the requests and knows the certificate's end.
        ignored: fields passed over because of a wrong type, by (type, field), since the start.
    """

    def __init__(
        self,
        transport: Transport,
        endpoint: str,
        credentials: Credentials,
        clock: Callable[[], float] = time.time,
        max_objects: int = MAX_OBJECTS,
    ) -> None:
        self.transport = transport
        self.ignored: IgnoredFields = Counter()
        self._endpoint = endpoint
        self._keys = OwnThread(lambda: Keys(credentials.api_key(), credentials.secret_key()))
        self._clock = clock
        self._max_objects = max_objects
        self._page_size = _PAGE_SIZE

    async def call(
        self, command: str, parameters: Mapping[str, str], *, timeout_seconds: float | None = None
    ) -> Mapping[str, Raw]:
        """Call a command and return what its answer holds.

        It is sent as a form, so that the keys stay out of the access logs on the
        way. Where the account has reached its API limit, the call waits as long as
        it is told and tries again, a few times.

        Args:
            command: the command's name, such as `listZones`.
            parameters: its parameters.
            timeout_seconds: how long one answer may take; None for the transport's own time.

        Raises:
            PollError: one of its kinds; a RequestError with the server's `errortext` where it refuses.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            keys = await self._read_keys()
            form = signed({"command": command, "response": "json", **parameters}, keys, self._clock())
            answer = await self.transport.request(
                Request("POST", self._endpoint, command, form=form, timeout=timeout_seconds)
            )
            if answer.status == _OK:
                return await asyncio.to_thread(_content, command, answer, self._max_objects)
            error = refusal(command, answer, (*keys, form["signature"]), self._clock())
            if answer.status != _TOO_MANY_REQUESTS or attempt == _ATTEMPTS:
                break
            await asyncio.sleep(_pause(error))
        raise error

    async def list(self, command: str, decoder: Decoder[RowT], **parameters: str) -> Listing[RowT]:
        """Call a list command and return the rows of all its pages; the decoder's kind is the name of its list.

        Raises:
            PollError: one of its kinds.
        """
        while True:
            size = self._page_size
            try:
                return await read_pages(self._pages(command, decoder, parameters, size), size)
            except RequestError as error:
                limit = _page_size_limit(error)
                if not 0 < limit < size:
                    raise
                self._page_size = limit

    def _pages(
        self, command: str, decoder: Decoder[RowT], parameters: Mapping[str, str], size: int
    ) -> Callable[[int], Awaitable[Page[RowT]]]:
        """Return a function that reads one page, until they hold too many rows in all."""
        rows = 0

        async def fetch(number: int) -> Page[RowT]:
            nonlocal rows
            content = await self.call(command, {**parameters, "page": str(number), "pagesize": str(size)})
            page = await self.decoded(lambda ignored: _page(content, decoder, ignored))
            rows += len(page.rows)
            if rows > self._max_objects:
                raise TooLargeError(f"{command} lists more than {self._max_objects} objects")
            return page

        return fetch

    async def decoded(self, decode: Callable[[IgnoredFields], T]) -> T:
        """Decode an answer off the event loop, and count the fields it passes over."""
        ignored: IgnoredFields = Counter()
        try:
            return await asyncio.to_thread(decode, ignored)
        finally:
            self.ignored += ignored

    async def close(self) -> None:
        """Close the connections."""
        await self.transport.close()

    async def _read_keys(self) -> Keys:
        try:
            return await self._keys.ask()
        except ConfigError as error:
            raise LoginError(f"cannot read the keys of the API: {error}") from None


def _content(command: str, answer: Answer, max_objects: int) -> Mapping[str, Raw]:
    check_objects(answer.body, command, max_objects)
    if is_html(answer.body):
        raise AnswerError(
            f"{command} answered {answer.status} with an HTML page; "
            "the endpoint must be the API itself, usually /client/api"
        )
    name = f"{command.lower()}response"
    try:
        return msgspec.json.decode(without_halves(answer.body), type=dict[str, dict[str, Raw]])[name]
    except KeyError:
        raise AnswerError(f"{command} answered without {name}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise AnswerError(f"{command} answered what cannot be understood: {error}") from None


def _page(content: Mapping[str, Raw], decoder: Decoder[RowT], ignored: IgnoredFields) -> Page[RowT]:
    rows = decoder.decode_list(bytes(content[decoder.kind]), ignored) if decoder.kind in content else []
    count: int | None = None if rows else 0
    if "count" in content:
        try:
            count = msgspec.json.decode(content["count"], type=int, strict=False)
        except msgspec.DecodeError:
            ignored[decoder.kind, "count"] += 1
    return Page(rows, count)


def _page_size_limit(error: RequestError) -> int:
    """Return the largest page that a refusal allows, 0 where it is about something else."""
    found = _PAGE_SIZE_LIMIT.search(error.text) if error.status == _BAD_PARAMETER else None
    return int(found.group(1)) if found else 0


def _pause(error: RequestError) -> float:
    """Return how many seconds to wait after a 429, whose text names milliseconds."""
    found = _RETRY_AFTER.search(error.text)
    return min(int(found.group(1)) / 1000, _LONGEST_PAUSE_SECONDS) if found else _PAUSE_SECONDS
