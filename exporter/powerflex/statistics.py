"""Statistics of all objects of a type in one request, whatever properties this gateway knows.

`POST /api/instances/querySelectedStatistics` is all or nothing: one property that
the gateway does not know is a 400 for the whole request. The names differ between
versions, so what is refused is dropped, remembered, and asked anew once an hour
and after an upgrade.
"""

from __future__ import annotations

import re
import time
from typing import TypeVar

import msgspec

from exporter.decode import Decoder
from exporter.errors import RequestError
from exporter.powerflex.gateway import Gateway

RecordT = TypeVar("RecordT", bound=msgspec.Struct)

BULK_PATH = "/api/instances/querySelectedStatistics"
_BAD_REQUEST = 400
_PERMITTED = re.compile(r"should contain only following values:([\w\s,]*)")
_REMEMBERED_SECONDS = 3600.0


class Rejections:
    """The statistics properties that one gateway refuses, until an hour has passed or its version changes."""

    def __init__(self) -> None:
        self._properties: dict[str, set[str]] = {}
        self._since: dict[str, float] = {}
        self._searched: dict[str, float] = {}
        self._version: str | None = None

    def of(self, kind: str, version: str) -> frozenset[str]:
        """Return the properties of a type that this version refused within the last hour."""
        if version != self._version:
            self._properties.clear()
            self._searched.clear()
            self._version = version
        if time.monotonic() > self._since.get(kind, 0.0) + _REMEMBERED_SECONDS:
            self._properties.pop(kind, None)
        return frozenset(self._properties.get(kind, ()))

    def may_search(self, kind: str) -> bool:
        """Return whether no search was made for this type within the last hour; if so, one is made now."""
        last = self._searched.get(kind)
        if last is not None and time.monotonic() < last + _REMEMBERED_SECONDS:
            return False
        self._searched[kind] = time.monotonic()
        return True

    def add(self, kind: str, properties: set[str]) -> None:
        """Remember that these were refused."""
        if kind not in self._properties:
            self._since[kind] = time.monotonic()
        self._properties.setdefault(kind, set()).update(properties)

    def all(self) -> list[tuple[str, str]]:
        """Return what is refused now, as (type, property)."""
        return sorted((kind, name) for kind, names in self._properties.items() for name in names)


async def query(gateway: Gateway, rejections: Rejections, decoder: Decoder[RecordT]) -> dict[str, RecordT]:
    """Return the statistics of every object of the decoder's type, by object id.

    Properties that the gateway refuses are at their default in the result.

    Raises:
        PollError: one of its kinds; a RequestError of status 400 where leaving out properties did not help.
    """
    known = rejections.of(decoder.kind, await gateway.version())
    wanted = [name for name in decoder.properties if name not in known]
    if not wanted:
        return {}
    try:
        return await _ask(gateway, decoder, wanted)
    except RequestError as error:
        if error.status != _BAD_REQUEST:
            raise
        refused = _refused(error, wanted)
        if not refused and rejections.may_search(decoder.kind):
            refused = await _search(gateway, decoder, wanted)
        if not refused or len(refused) == len(wanted):
            raise
    answer = await _ask(gateway, decoder, [name for name in wanted if name not in refused])
    rejections.add(decoder.kind, refused)
    return answer


async def _ask(gateway: Gateway, decoder: Decoder[RecordT], properties: list[str]) -> dict[str, RecordT]:
    selected = {"type": decoder.kind, "allIds": "", "properties": properties}
    body = await gateway.call("POST", BULK_PATH, json={"selectedStatisticsList": [selected]})
    return await gateway.decode(body, decoder.decode_map)


def _refused(error: RequestError, wanted: list[str]) -> set[str]:
    """Return which properties a 400 refuses, by its list of the permitted ones; none where it has no such list."""
    permitted = _PERMITTED.search(error.text)
    if permitted is None:
        return set()
    return set(wanted) - {name.strip() for name in permitted.group(1).split(",")}


async def _search(gateway: Gateway, decoder: Decoder[RecordT], properties: list[str]) -> set[str]:
    """Find the refused properties behind a 400 that cannot be read, by asking for ever smaller parts."""
    if len(properties) == 1:
        return set(properties)
    refused: set[str] = set()
    middle = len(properties) // 2
    for part in (properties[:middle], properties[middle:]):
        try:
            await _ask(gateway, decoder, part)
        except RequestError as error:
            if error.status != _BAD_REQUEST:
                raise
            refused |= _refused(error, part) or await _search(gateway, decoder, part)
    return refused
