from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Page:
    """A page of the documentation."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.path = ROOT / name
        self.text = self.path.read_text()

    def blocks(self, language: str) -> list[str]:
        """Give the code blocks in a language."""
        return [block for found, block in FENCE.findall(self.text) if found == language]

    def prose(self) -> str:
        """Give the text without its code blocks."""
        return FENCE.sub("", self.text)

    def rows(self, heading: str) -> list[list[str]]:
        """Give the cells of the table below the line that begins so, without its head."""
        table = self.text[self.text.index(f"\n{heading}") :].split("\n\n")[0].strip().splitlines()
        return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in table[2:]]


@pytest.fixture(scope="session")
def pages() -> dict[str, Page]:
    """Every page by its path in the project."""
    names = sorted(path.relative_to(ROOT).as_posix() for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")))
    return {name: Page(name) for name in names}
