"""Decodes a long list while it comes in, so that it is never held whole, nor the interpreter for as long.

The list is cut between two of its objects, and each piece is decoded by itself. Where to cut is a guess: before
whatever the first object begins with, such as `{"managedBy":`. It is proved right by the piece being a list, for what
follows the beginning of one object and ends a valid list before the beginning of another is whole objects. Where it is
wrong, as when an object holds others that begin so, all the rest is decoded in one go.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec

from exporter.decode.records import MALFORMED, Decoder, IgnoredFields, check_objects
from exporter.errors import AnswerError, TooLargeError
from exporter.model.limits import MAX_OBJECTS

RecordT = TypeVar("RecordT", bound=msgspec.Struct)

_PIECE_BYTES = 1 << 18
"""So much is decoded in a millisecond."""
_MAX_UNCUT_BYTES = 1 << 28
"""So much is held at most of a list that cannot be cut; its decoding takes as much again, or twice that."""
_BEGINNING = re.compile(rb'\s*\[\s*(\{\s*"[^"\\]{1,200}"\s*:)')


class ListReader(Generic[RecordT]):
    """Takes the body of a JSON list of objects chunk by chunk, and decodes what is whole of it in passing.

    Args:
        decoder: decodes the objects.
        take: is given the objects, some hundred at a time.
        max_objects: how many objects the list may have.
        piece_bytes: how many bytes are decoded at a time, about.

    Attributes:
        ignored: fields passed over because of a wrong type, by (type, field).
    """

    def __init__(
        self,
        decoder: Decoder[RecordT],
        take: Callable[[list[RecordT]], object],
        max_objects: int = MAX_OBJECTS,
        piece_bytes: int = _PIECE_BYTES,
    ) -> None:
        self.ignored: IgnoredFields = Counter()
        self._decoder = decoder
        self._piece_bytes = piece_bytes
        self._take = take
        self._max_objects = max_objects
        self._objects = 0
        self._rest = bytearray()
        self._opening: bytes | None = None
        self._may_cut = True
        self._error: AnswerError | None = None

    def add(self, chunk: bytes) -> None:
        """Take the next chunk; a fault in it shows at the end.

        Raises:
            TooLargeError: the list has more objects than it may, or is too long to be held and cannot be cut.
        """
        if self._error is not None:
            return
        self._rest += chunk
        if len(self._rest) > _MAX_UNCUT_BYTES:
            kind = self._decoder.kind
            raise TooLargeError(
                f"the list of type {kind} cannot be read in pieces and has over {_MAX_UNCUT_BYTES} bytes"
            )
        if self._may_cut and len(self._rest) >= self._piece_bytes:
            end = self._cut()
            if end is not None:
                self._decode_until(end)

    def finish(self) -> None:
        """Decode the rest.

        Raises:
            AnswerError: it is no such list, or an identity or a size in it is at fault.
            TooLargeError: the list has more objects than it may.
        """
        if self._error is not None:
            raise self._error
        if not self._may_cut:
            check_objects(self._rest, self._decoder.kind, self._max_objects)
        self._hand_over(self._decoder.decode_list(self._rest, self.ignored))

    def _decode_until(self, end: int) -> None:
        self._rest[end : end + 1] = b"]"
        piece = bytes(memoryview(self._rest)[: end + 1])
        try:
            records = self._decoder.decode_list(piece, self.ignored)
        except AnswerError as error:
            self._may_cut = False
            if _is_list(piece):
                self._error = error
            self._rest[end : end + 1] = b","
        else:
            self._rest[: end + 1] = b"["
            self._hand_over(records)

    def _hand_over(self, records: list[RecordT]) -> None:
        self._objects += len(records)
        if self._objects > self._max_objects:
            raise TooLargeError(f"the list of type {self._decoder.kind} has more than {self._max_objects} objects")
        self._take(records)

    def _cut(self) -> int | None:
        """Return where the comma between the last two objects is that have begun, None where none can be told."""
        if self._opening is None:
            beginning = _BEGINNING.match(self._rest)
            self._opening = beginning.group(1) if beginning else b""
            self._may_cut = bool(beginning)
        start = self._rest.rfind(self._opening) if self._opening else 0
        before = self._rest.rfind(b",", 0, max(start, 0))
        if before < 0 or self._rest[before + 1 : start].strip():
            # One object that is longer than a piece, or no comma where one must be: the end will tell.
            self._may_cut = self._may_cut and start >= 0 and len(self._rest) < 2 * self._piece_bytes
            return None
        return before


def _is_list(piece: bytes) -> bool:
    try:
        msgspec.json.decode(piece, type=list[msgspec.Raw])
    except MALFORMED:
        return False
    return True
