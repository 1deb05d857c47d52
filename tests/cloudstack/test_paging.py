"""Lists that are read page by page while rows come and go."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.cloudstack.paging import Listing, Page, read_pages
from exporter.errors import AnswerError


class Item(NamedTuple):
    id: str


class Table:
    """A table of rows, newest first; `changes` happen before the requests, one before each.

    A change is None for nothing, -1 for a new row, else the row at that place (modulo the length) goes.
    """

    def __init__(self, rows: int, changes: list[int | None]) -> None:
        self.rows = [f"row-{number}" for number in range(rows)]
        self.always = set(self.rows)
        self.requests = 0
        self._changes = iter(changes)

    def read(self, size: int) -> Listing[Item]:
        async def fetch(number: int) -> Page[Item]:
            if self.requests:
                self._change(next(self._changes, None))
            self.requests += 1
            part = self.rows[(number - 1) * size : number * size]
            return Page([Item(row) for row in part], len(self.rows))

        return asyncio.run(read_pages(fetch, size))

    def _change(self, change: int | None) -> None:
        if change == -1:
            self.rows.insert(0, f"new-{self.requests}")
        elif change is not None and self.rows:
            self.always.discard(self.rows.pop(change % len(self.rows)))


def ids(listing: Listing[Item]) -> list[str]:
    return [row.id for row in listing.rows]


def read(*pages: Page[Item], size: int = 3) -> Listing[Item]:
    """Read pages that a server gives in this order, and require that no more are asked for."""
    left = list(pages)

    async def fetch(_number: int) -> Page[Item]:
        return left.pop(0)

    listing = asyncio.run(read_pages(fetch, size))
    assert not left
    return listing


def page(*rows: str, count: int | None) -> Page[Item]:
    return Page([Item(row) for row in rows], count)


@pytest.mark.parametrize(("rows", "requests"), [(0, 1), (1, 1), (2, 1), (3, 2), (4, 2), (6, 2), (7, 3), (9, 3)])
def test_a_list_at_rest_takes_a_request_per_page_and_one_more_where_one_page_is_just_full(
    rows: int, requests: int
) -> None:
    table = Table(rows, [])

    listing = table.read(size=3)

    assert (ids(listing), listing.complete, table.requests) == (table.rows, True, requests)


@given(
    rows=st.integers(0, 20),
    size=st.integers(1, 6),
    changes=st.lists(st.none() | st.integers(-1, 20), max_size=25),
)
def test_a_list_that_says_it_is_complete_misses_nothing_that_was_there_all_along(
    rows: int, size: int, changes: list[int | None]
) -> None:
    table = Table(rows, changes)

    listing = table.read(size)

    assert len(set(ids(listing))) == len(listing.rows)
    if listing.complete:
        assert table.always <= set(ids(listing))


def test_a_row_that_moves_over_the_end_of_a_page_is_not_lost() -> None:
    table = Table(9, [0])

    listing = table.read(size=3)

    assert set(ids(listing)) == {f"row-{number}" for number in range(9)}
    assert (listing.complete, table.requests) == (True, 4)


def test_a_row_that_is_new_is_found_on_the_first_page() -> None:
    table = Table(8, [-1])

    listing = table.read(size=3)

    assert "new-1" in ids(listing)
    assert (listing.complete, table.requests) == (True, 4)


@pytest.mark.parametrize("pages", [[page("a", "b", count=1)], [page("a", "b", count=3)]])
def test_rows_that_differ_from_the_count_are_no_complete_list(pages: list[Page[Item]]) -> None:
    listing = read(*pages)

    assert (ids(listing), listing.complete) == (["a", "b"], False)
    with pytest.raises(AnswerError, match="list of type zone is incomplete: 2 rows"):
        listing.whole("zone")


def test_a_row_that_comes_twice_counts_once() -> None:
    listing = read(page("a", "b", "b", count=3), page(count=3), page("a", "b", "b", count=3))

    assert (ids(listing), listing.complete) == (["a", "b"], False)


def test_a_server_that_repeats_a_page_is_not_asked_for_ever() -> None:
    first = page("a", "b", "c", count=9)

    assert not read(first, first, first).complete


def test_a_count_without_rows_is_no_complete_list() -> None:
    assert not read(page(count=5)).complete


def test_rows_without_a_count_are_no_complete_list() -> None:
    listing = read(page("a", "b", "c", count=None), page("d", count=None))

    assert (ids(listing), listing.complete) == (["a", "b", "c", "d"], False)


def test_a_list_whose_pages_count_their_own_rows_is_read_to_its_end() -> None:
    listing = read(page("a", "b", "c", count=3), page("d", count=1), page("a", "b", "c", count=3))

    assert ids(listing) == ["a", "b", "c", "d"]
