"""Remembers what follows from one reading, for as long as that reading is there."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

ReadingT = TypeVar("ReadingT")
ResultT = TypeVar("ResultT")


def per_reading(view: Callable[[ReadingT], ResultT]) -> Callable[[ReadingT], ResultT]:
    """Make a view of one reading that is worked out once, however many ask for it.

    Readings are frozen, so the view stays pure. Its result must not hold the reading itself.
    """
    known: dict[int, tuple[weakref.ref[ReadingT], ResultT]] = {}

    @wraps(view)
    def remembered(reading: ReadingT) -> ResultT:
        key = id(reading)
        found = known.get(key)
        if found is None or found[0]() is not reading:
            found = weakref.ref(reading, lambda _: known.pop(key, None)), view(reading)
            known[key] = found
        return found[1]

    return remembered
