"""No regular expression can be made to work for long, by whatever a source, a file or a client may say."""

from __future__ import annotations

import importlib
import pkgutil
import re
import time
from typing import Any

import pytest

import exporter
from exporter import schedule
from exporter.powerflex import gateway

_CHARACTERS = 20_000
_SEARCHED = {
    "exporter.cloudstack.api._PAGE_SIZE_LIMIT": _CHARACTERS,
    "exporter.cloudstack.api._RETRY_AFTER": _CHARACTERS,
    "exporter.decode.records._ESCAPED": _CHARACTERS,
    "exporter.document._NO_TEXT": _CHARACTERS,
    "exporter.powerflex.gateway._VERSION": gateway._WORDS_SHOWN,
    "exporter.powerflex.pool_url._BROKEN_ESCAPE": _CHARACTERS,
    "exporter.powerflex.statistics._PERMITTED": _CHARACTERS,
    "exporter.schedule._VARYING": schedule._CAUSE_CHARACTERS,
}
"""Those that look for something anywhere, and in how many characters at most; the others begin at the beginning."""
_BEGINNINGS = ("", "[", '[{"', "retry after [", "max allowed page size value:", "should contain only following values:")
_REPEATED = ("a", "0", "a0", "_", " ", "\t", "-", "a-", ".", "a.", ":", ",", '"', "\\", "\\ud8", "%", "[", "{", "{ ")
_ENDS = ("", "!", "\n")


def patterns() -> dict[str, re.Pattern[Any]]:
    """Every compiled pattern of the exporter, without the simulator's, by where it stands."""
    found = {}
    for module in pkgutil.walk_packages(exporter.__path__, "exporter."):
        if not module.name.startswith(("exporter.simulator", "exporter.__main__")):
            for name, value in vars(importlib.import_module(module.name)).items():
                if isinstance(value, re.Pattern):
                    found[f"{module.name}.{name}"] = value
    return found


PATTERNS = patterns()


def test_those_that_are_searched_for_are_there() -> None:
    assert _SEARCHED.keys() <= PATTERNS.keys()


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_is_quick(name: str) -> None:
    pattern = PATTERNS[name]
    limit = _SEARCHED.get(name, _CHARACTERS)
    match = pattern.search if name in _SEARCHED else pattern.fullmatch
    for beginning in _BEGINNINGS:
        for repeated in _REPEATED:
            for end in _ENDS:
                text: Any = (beginning + repeated * limit)[: limit - len(end)] + end
                started = time.thread_time()
                match(text.encode() if isinstance(pattern.pattern, bytes) else text)
                # A millisecond or so; a square of the length would be many seconds.
                assert time.thread_time() - started < 1, text[:40]
