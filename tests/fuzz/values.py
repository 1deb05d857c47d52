"""What a value of an answer says, read by Python's own JSON and by plain rules.

A text is a text. A number may stand in a text, as may a truth. Null, and the text null for all but texts, is unknown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NoReturn, TypeVar

T = TypeVar("T")

Fields = dict[str, Any]

LARGEST = 2**63 - 1
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d{1,6})?(Z|[+-]\d\d:?\d\d)", re.ASCII)


class FailedError(Exception):
    """The poll that got this answer fails."""


class WrongError(Exception):
    """A value is not what the field must be."""


def read_json(body: bytes) -> Any:  # noqa: ANN401 - any JSON
    """Read an answer; numbers become decimals, and bytes that are no UTF-8 lone surrogates."""
    try:
        return json.loads(
            body.decode(errors="surrogateescape"), parse_int=Decimal, parse_float=Decimal, parse_constant=_no_constant
        )
    except (ValueError, RecursionError):
        raise FailedError from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def objects(value: object) -> list[Fields]:
    """Return a list of objects as it is."""
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise FailedError
    return value


def must(fields: Fields, name: str, read: Callable[[Any], T | None]) -> T:
    """Read an id or a size; without it the poll fails."""
    try:
        value = read(fields.get(name))
    except WrongError:
        raise FailedError from None
    if value is None:
        raise FailedError
    return value


def may(fields: Fields, name: str, read: Callable[[Any], T | None]) -> T | None:
    """Read any other field; one that is wrong is left out."""
    try:
        return read(fields.get(name))
    except WrongError:
        return None


def text(value: object) -> str | None:
    if value is not None and (not isinstance(value, str) or re.search("[\ud800-\udfff]", value)):
        raise WrongError
    return value


def identity(value: object) -> str | None:
    if value == "":
        raise WrongError
    return text(value)


def count(value: object) -> int | None:
    number = whole(value)
    if number is not None and not 0 <= number <= LARGEST:
        raise WrongError
    return number


def whole(value: object) -> int | None:
    number = decimal(value)
    if number is None:
        return None
    if abs(number.adjusted()) > 400 or number != int(number):
        raise WrongError
    return int(number)


def signed(value: object) -> int | None:
    number = whole(value)
    if number is not None and not -LARGEST <= number <= LARGEST:
        raise WrongError
    return number


def days(value: object) -> int | None:
    number = whole(value)
    if number is not None and abs(number) > 2**31:
        raise WrongError
    return number


def decimal(value: object) -> Decimal | None:
    if value is None or (isinstance(value, str) and value.lower() == "null"):
        return None
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return Decimal(value)
    if not isinstance(value, Decimal):
        raise WrongError
    return value


def truth(value: object) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    word = str(value).lower() if isinstance(value, str | Decimal) else ""
    words = {"true": True, "1": True, "false": False, "0": False}
    if word not in words and (word, type(value)) != ("null", str):
        raise WrongError
    return words.get(word)


def moment(value: object) -> float | None:
    """Return the unix second of a time with its zone, or a number of seconds as it is."""
    found = _MOMENT.fullmatch(value) if isinstance(value, str) else None
    try:
        if found:
            return datetime.fromisoformat(f"{found[1]}T{found[2]}{found[3] or ''}{found[4]}").timestamp()
        number = decimal(value)
        return None if number is None else datetime.fromtimestamp(float(number), UTC).timestamp()
    except (ValueError, OverflowError):
        raise WrongError from None
