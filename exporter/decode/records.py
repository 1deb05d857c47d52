"""Turns the bytes of an answer into records, as strictly as each field deserves.

A fault in a field without a default (an identity or a size) fails the answer. A
fault in any other field leaves that field at its default and is counted. Numbers
in strings are numbers; null, and the texts in which a source says that it
has no number, are unknown and no fault.

The whole answer is decoded in one go; only one that holds a fault is decoded
again, field by field, to find it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar, get_args, get_origin

import msgspec
from msgspec import Raw, ValidationError
from msgspec.structs import FieldInfo, fields

from exporter.errors import AnswerError, TooLargeError

RecordT = TypeVar("RecordT", bound=msgspec.Struct)

IgnoredFields = Counter[tuple[str, str]]
"""How many fields of a wrong type were passed over, by (type, field)."""

_UNKNOWN_WORDS = frozenset({"nan", "unlimited", "n/a", ""})
MALFORMED = (msgspec.DecodeError, ValueError, RecursionError)
"""A ValueError tells of bytes that are no UTF-8, and of a time in a year that no datetime can hold."""

_WHOLE_PAIR = rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_HALF_A_PAIR = rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
_ESCAPED = re.compile(rb"%b|(%b)|\\." % (_WHOLE_PAIR, _HALF_A_PAIR))


def check_objects(body: bytes | bytearray, kind: str, most: int) -> None:
    """Check how many objects an answer holds, those within others included, before there is anything made of it.

    Raises:
        TooLargeError: there are more than that.
    """
    if body.count(b"{") > most:
        raise TooLargeError(f"the {kind} answer holds more than {most} objects")


def without_halves(body: bytes) -> bytes:
    """Return a body in which halves of surrogate pairs are invalid UTF-8: a fault of their fields alone."""
    if b"\\ud" not in body and b"\\uD" not in body:
        return body
    return _ESCAPED.sub(lambda escaped: b"\xff" if escaped[1] else escaped[0], body)


class _UnknownError(AnswerError):
    """A field that must be there is, and says that its value is not known."""


class Decoder(Generic[RecordT]):
    """Decodes answers that are made of one type of object.

    Args:
        record: the wire type of one object.
        kind: what the source calls that type, for messages and counts.
    """

    def __init__(self, record: type[RecordT], kind: str) -> None:
        self.kind = kind
        self._record = record
        self._fields = fields(record)
        self._field_decoders = {
            field.encode_name: msgspec.json.Decoder(field.type, strict=False) for field in self._fields
        }
        self._nested = self._decoders_of(get_args)
        self._items = self._decoders_of(_items_of)
        self._list = msgspec.json.Decoder(list[record], strict=False)  # type: ignore[valid-type]
        self._map = msgspec.json.Decoder(dict[str, dict[str, record]], strict=False)  # type: ignore[valid-type]
        self._object = msgspec.json.Decoder(record, strict=False)

    @property
    def properties(self) -> list[str]:
        """The names of the fields on the wire, in the order of the type."""
        return [field.encode_name for field in self._fields]

    def decode_list(self, body: bytes | bytearray, ignored: IgnoredFields) -> list[RecordT]:
        """Decode a JSON list of objects.

        Raises:
            AnswerError: it is no such list, or an identity or a size in it is at fault.
        """
        try:
            return self._list.decode(body)
        except (ValidationError, *MALFORMED):
            return [self._assemble(raw, ignored) for raw in self._shape(body, list[dict[str, Raw]], "a list")]

    def decode_map(self, body: bytes, ignored: IgnoredFields) -> dict[str, RecordT]:
        """Decode `{kind: {id: object}}`, what a bulk query answers; without the kind it is empty.

        Raises:
            AnswerError: it has another shape.
        """
        try:
            return self._map.decode(body).get(self.kind, {})
        except (ValidationError, *MALFORMED):
            shape = self._shape(body, dict[str, dict[str, dict[str, Raw]]], "an object of objects")
            return {key: self._assemble(raw, ignored) for key, raw in shape.get(self.kind, {}).items()}

    def decode_object(self, body: bytes, ignored: IgnoredFields) -> RecordT:
        """Decode one object.

        Raises:
            AnswerError: it is no object.
        """
        try:
            return self._object.decode(body)
        except (ValidationError, *MALFORMED):
            return self._assemble(self._shape(body, dict[str, Raw], "an object"), ignored)

    def _shape(self, body: bytes | bytearray | Raw, shape: Any, words: str) -> Any:  # noqa: ANN401 - the shape is the caller's
        try:
            return msgspec.json.decode(without_halves(bytes(body)), type=shape)
        except ValidationError as error:
            raise AnswerError(f"the {self.kind} answer is not {words}: {error}") from None
        except MALFORMED as error:
            raise AnswerError(f"the {self.kind} answer is not JSON: {error}") from None

    def _assemble(self, raw: dict[str, Raw], ignored: IgnoredFields) -> RecordT:
        values = {}
        for field in self._fields:
            name = field.encode_name
            if name not in raw:
                if field.required:
                    raise AnswerError(f"{self._called(raw)} has no {name}")
                continue
            try:
                values[field.name] = self._field_decoders[name].decode(raw[name])
            except (ValidationError, *MALFORMED) as error:
                unknown = _means_unknown(raw[name])
                if field.required:
                    kind = _UnknownError if unknown else AnswerError
                    raise kind(f"{name} of {self._called(raw)} is at fault: {error}") from None
                if not unknown:
                    values[field.name] = self._salvage(field, raw[name], ignored)
        return self._record(**values)

    def _salvage(self, field: FieldInfo, raw: Raw, ignored: IgnoredFields) -> object:
        """Return what can be kept of a field at fault: of objects their sound fields, else the default."""
        found: IgnoredFields = Counter()
        try:
            kept = self._sound_parts(field.encode_name, raw, found)
        except _UnknownError:
            return field.default
        except AnswerError:
            ignored[self.kind, field.encode_name] += 1
            return field.default
        ignored.update(found)
        return kept

    def _sound_parts(self, name: str, raw: Raw, found: IgnoredFields) -> object:
        if decoder := self._nested.get(name):
            return decoder._assemble(decoder._shape(raw, dict[str, Raw], "an object"), found)  # noqa: SLF001 - its own class
        if decoder := self._items.get(name):
            parts = decoder._shape(raw, list[dict[str, Raw]], "a list")  # noqa: SLF001
            try:
                return tuple(decoder._assemble(part, found) for part in parts)  # noqa: SLF001
            except _UnknownError as error:
                raise AnswerError(str(error)) from None
        raise AnswerError(f"{name} is at fault")

    def _decoders_of(self, parts_of: Callable[[Any], Iterable[Any]]) -> dict[str, Decoder[Any]]:
        return {
            field.encode_name: Decoder(part, self.kind)
            for field in self._fields
            for part in parts_of(field.type)
            if isinstance(part, type) and issubclass(part, msgspec.Struct)
        }

    def _called(self, raw: dict[str, Raw]) -> str:
        name = bytes(raw.get("id", Raw(b"without id"))).decode(errors="replace")
        return f"a {self.kind} ({name[:40]})"


def _items_of(hint: Any) -> tuple[Any, ...]:  # noqa: ANN401 - any type
    """Return the types of the elements of the tuples in a type."""
    return tuple(item for part in get_args(hint) if get_origin(part) is tuple for item in get_args(part))


def _means_unknown(raw: Raw) -> bool:
    try:
        value = msgspec.json.decode(raw)
    except MALFORMED:
        return False
    return value is None or (isinstance(value, str) and value.strip().lower() in _UNKNOWN_WORDS)
