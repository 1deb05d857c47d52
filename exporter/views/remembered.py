"""Remembers what follows from one reading, for as long as that reading is there."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Generic, TypeVar

ReadingT = TypeVar("ReadingT")
ResultT = TypeVar("ResultT")


class PerReading(Generic[ReadingT, ResultT]):
    """A view of one reading that is worked out once, however many ask for it.

    Readings are frozen, so it stays a pure function.

    Args:
        view: works it out; its result must not hold the reading itself.
    """

    def __init__(self, view: Callable[[ReadingT], ResultT]) -> None:
        self.__doc__ = view.__doc__
        self._view = view
        self._known: dict[int, tuple[weakref.ref[ReadingT], ResultT]] = {}

    def __call__(self, reading: ReadingT) -> ResultT:
        """Return the view of that reading."""
        key = id(reading)
        found = self._known.get(key)
        if found is None or found[0]() is not reading:
            found = weakref.ref(reading, lambda _: self._known.pop(key, None)), self._view(reading)
            self._known[key] = found
        return found[1]

    def results(self) -> list[ResultT]:
        """Return the views of all readings that are still there."""
        return [result for _, result in self._known.copy().values()]
