"""The pictures of the pages are there, and no other."""

from __future__ import annotations

import re

from dashboards.__main__ import files

from .conftest import ROOT, Page

IMAGE = re.compile(r"!\[([^\]]+)\]\(([^)]+)\)")


def test_every_picture_is_shown_with_words_and_there(pages: dict[str, Page]) -> None:
    shown = {(page.path.parent / path).resolve() for page in pages.values() for _, path in IMAGE.findall(page.prose())}

    assert shown == set((ROOT / "docs" / "images").iterdir())


def test_every_dashboard_has_its_picture(pages: dict[str, Page]) -> None:
    paths = [path for _, path in IMAGE.findall(pages["docs/dashboards.md"].prose())]

    assert sorted(paths) == sorted(f"images/dashboard-{name.removesuffix('.json')}.png" for name in files())
