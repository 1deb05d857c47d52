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
        self._until: dict[str, float] = {}
        self._searched_until: dict[str, float] = {}
        self._version: str | None = None

    def of(self, kind: str, version: str | None) -> frozenset[str]:
        """Return the properties of a type that are not to be asked for now; version None tells no change."""
        if version not in (None, self._version):
            self._properties.clear()
            self._searched_until.clear()
            self._version = version
        if time.monotonic() > self._until.get(kind, 0.0):
            self._properties.pop(kind, None)
        return frozenset(self._properties.get(kind, ()))

    def was_searched(self, kind: str) -> bool:
        """Return whether a search for this type came to an end within the last hour."""
        return time.monotonic() < self._searched_until.get(kind, 0.0)

    def note_search(self, kind: str) -> None:
        """Note that a search for this type came to an end."""
        self._searched_until[kind] = time.monotonic() + _REMEMBERED_SECONDS

    def add(self, kind: str, properties: set[str], seconds: float | None = None) -> None:
        """Remember that these were refused, for an hour or as long as is said."""
        if kind not in self._properties:
            self._until[kind] = time.monotonic() + (_REMEMBERED_SECONDS if seconds is None else seconds)
        self._properties.setdefault(kind, set()).update(properties)

    def all(self) -> list[tuple[str, str]]:
        """Return what is refused now, as (type, property)."""
        return sorted((kind, name) for kind, names in self._properties.items() for name in names)


async def query(gateway: Gateway, rejections: Rejections, decoder: Decoder[RecordT]) -> dict[str, RecordT]:
    """Return the statistics of every object of the decoder's type, by object id.

    Properties that the gateway refuses are at their default in the result; where it refuses all of them, by a list
    of those that it permits, the result is empty.

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
        if not refused:
            refused = await _searched(gateway, rejections, decoder, wanted)
            if not refused or len(refused) == len(wanted):
                raise
    if len(refused) == len(wanted):
        rejections.add(decoder.kind, refused)
        return {}
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


async def _searched(
    gateway: Gateway, rejections: Rejections, decoder: Decoder[RecordT], properties: list[str]
) -> set[str]:
    """Return what a search finds, or nothing where one was made not long ago."""
    if rejections.was_searched(decoder.kind):
        return set()
    refused = await _search(gateway, decoder, properties)
    rejections.note_search(decoder.kind)
    return refused


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
