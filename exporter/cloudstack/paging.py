"""Reads a list page by page while its table lives on underneath.

A page is an offset into what matches at that moment. What is deleted meanwhile
moves rows forward, over the end of a page that was read already: the count
shrinks, and the page before is read again. What is created meanwhile moves rows
backward, so that they come twice, and may itself stand on the first page, which
is read again in the end where rows are missing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from exporter.errors import AnswerError


class Row(Protocol):
    """An object of a list."""

    @property
    def id(self) -> str:
        """What tells it from the others."""


RowT = TypeVar("RowT", bound=Row)


@dataclass(frozen=True, slots=True)
class Page(Generic[RowT]):
    """One page; `count` is how many rows there are on all pages, None where the server does not say."""

    rows: list[RowT]
    count: int | None


@dataclass(frozen=True, slots=True)
class Listing(Generic[RowT]):
    """A list: each row once, and whether these are all that the server counted."""

    rows: list[RowT]
    complete: bool

    def whole(self, kind: str) -> list[RowT]:
        """Return the rows of a list that is of use only when it is complete.

        Raises:
            AnswerError: it is not.
        """
        if not self.complete:
            raise AnswerError(f"the list of type {kind} is incomplete: {len(self.rows)} rows are not what was counted")
        return self.rows


async def read_pages(fetch: Callable[[int], Awaitable[Page[RowT]]], size: int) -> Listing[RowT]:
    """Read the pages from the first to the last; `size` is the most rows that one holds.

    Raises:
        PollError: what `fetch` raises.
    """
    rows: dict[str, RowT] = {}
    count: int | None = None
    moved, sound = False, True
    number = 0
    while True:
        number += 1
        page = await fetch(number)
        known = len(rows)
        _add(rows, page)
        grew = len(rows) > known
        if page.count and count and page.count < count:
            before = await fetch(number - 1)
            _add(rows, before)
            moved, sound = True, sound and before.count == page.count
        count = page.count or count
        if not grew or not _goes_on(page, number, size):
            break
    if number > 1 and count and len(rows) < count:
        _add(rows, await fetch(1))
    counted = count or 0
    complete = sound and (len(rows) == counted or (moved and len(rows) > counted))
    return Listing(list(rows.values()), complete)


def _add(rows: dict[str, RowT], page: Page[RowT]) -> None:
    rows.update((row.id, row) for row in page.rows)


def _goes_on(page: Page[RowT], number: int, size: int) -> bool:
    """Return whether a further page is to be asked for.

    Some lists count the rows of the page alone; there a full page may not be the last one.
    """
    if page.count is None or page.count == len(page.rows):
        return len(page.rows) == size
    return number * size < page.count
