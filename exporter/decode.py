"""Turns the bytes of an answer into records, as strictly as each field deserves.

A fault in a field without a default (an identity or a size) fails the answer. A
fault in any other field leaves that field at its default and is counted. Numbers
in strings are numbers; null, and the texts in which the source says that it
has no number, are unknown and no fault.

The whole answer is decoded in one go; only one that holds a fault is decoded
again, field by field, to find it.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Generic, TypeVar, get_args

import msgspec
from msgspec import Raw, ValidationError
from msgspec.structs import FieldInfo, fields

from exporter.errors import AnswerError

RecordT = TypeVar("RecordT", bound=msgspec.Struct)

IgnoredFields = Counter[tuple[str, str]]
"""How many fields of a wrong type were passed over, by (type, field)."""

_UNKNOWN_WORDS = frozenset({"nan", "unlimited", "n/a", ""})
_MALFORMED = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


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
        self._nested = {
            field.encode_name: Decoder(part, kind)
            for field in self._fields
            for part in get_args(field.type)
            if isinstance(part, type) and issubclass(part, msgspec.Struct)
        }
        self._list = msgspec.json.Decoder(list[record], strict=False)  # type: ignore[valid-type]
        self._map = msgspec.json.Decoder(dict[str, dict[str, record]], strict=False)  # type: ignore[valid-type]
        self._object = msgspec.json.Decoder(record, strict=False)

    @property
    def properties(self) -> list[str]:
        """The names of the fields on the wire, in the order of the type."""
        return [field.encode_name for field in self._fields]

    def decode_list(self, body: bytes, ignored: IgnoredFields) -> list[RecordT]:
        """Decode a JSON list of objects.

        Raises:
            AnswerError: it is no such list, or an identity or a size in it is at fault.
        """
        try:
            return self._list.decode(body)
        except (ValidationError, *_MALFORMED):
            return [self._assemble(raw, ignored) for raw in self._shape(body, list[dict[str, Raw]], "a list")]

    def decode_map(self, body: bytes, ignored: IgnoredFields) -> dict[str, RecordT]:
        """Decode `{kind: {id: object}}`, what a bulk query answers; without the kind it is empty.

        Raises:
            AnswerError: it has another shape.
        """
        try:
            return self._map.decode(body).get(self.kind, {})
        except (ValidationError, *_MALFORMED):
            shape = self._shape(body, dict[str, dict[str, dict[str, Raw]]], "an object of objects")
            return {key: self._assemble(raw, ignored) for key, raw in shape.get(self.kind, {}).items()}

    def decode_object(self, body: bytes, ignored: IgnoredFields) -> RecordT:
        """Decode one object.

        Raises:
            AnswerError: it is no object.
        """
        try:
            return self._object.decode(body)
        except (ValidationError, *_MALFORMED):
            return self._assemble(self._shape(body, dict[str, Raw], "an object"), ignored)

    def _shape(self, body: bytes | Raw, shape: Any, words: str) -> Any:  # noqa: ANN401 - the shape is the caller's
        try:
            return msgspec.json.decode(body, type=shape)
        except ValidationError as error:
            raise AnswerError(f"the {self.kind} answer is not {words}: {error}") from None
        except _MALFORMED as error:
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
            except (ValidationError, *_MALFORMED) as error:
                if field.required:
                    raise AnswerError(f"{name} of {self._called(raw)} is at fault: {error}") from None
                if not _means_unknown(raw[name]):
                    values[field.name] = self._salvage(field, raw[name], ignored)
        return self._record(**values)

    def _salvage(self, field: FieldInfo, raw: Raw, ignored: IgnoredFields) -> object:
        """Return what can be kept of a field at fault: of an object its sound fields, else the default."""
        if nested := self._nested.get(field.encode_name):
            try:
                return nested._assemble(nested._shape(raw, dict[str, Raw], "an object"), ignored)  # noqa: SLF001 - own class
            except AnswerError:
                pass
        ignored[self.kind, field.encode_name] += 1
        return field.default

    def _called(self, raw: dict[str, Raw]) -> str:
        name = bytes(raw.get("id", Raw(b"without id"))).decode(errors="replace")
        return f"a {self.kind} ({name[:40]})"


def _means_unknown(raw: Raw) -> bool:
    try:
        value = msgspec.json.decode(raw)
    except _MALFORMED:
        return False
    return value is None or (isinstance(value, str) and value.strip().lower() in _UNKNOWN_WORDS)
