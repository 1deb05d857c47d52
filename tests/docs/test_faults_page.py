"""The page of the faults says what the tests of the faults hold true."""

from __future__ import annotations

from tests.faults.page import page

from .conftest import Page


def test_the_page_of_the_faults_is_what_the_tests_hold_true(pages: dict[str, Page]) -> None:
    assert pages["docs/faults.md"].text == page(), "run make docs"
