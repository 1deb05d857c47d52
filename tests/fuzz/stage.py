"""An exporter on the tape, held to what the answers say."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import pytest

from exporter.decode import ListReader
from exporter.model.instant import now
from exporter.powerflex import gateway
from tests.clock import Clock
from tests.faults.conftest import Driven, captured_log, exporters
from tests.fuzz.clock import Standstill
from tests.fuzz.expected import LABELS, Collected, Expected
from tests.fuzz.reading import read_page
from tests.fuzz.tape import Call, Tape
from tests.oracle.page import rounded

T = TypeVar("T")

SYSTEMS = ("pf-ams1", "pf-ams2")
INSTALLATIONS = ("ams", "lab")
FEW_POOLS = "[cspool, 31ad853100000002]"
"""A name and an id of two pools of the first system."""

_STALE_SECONDS = 1800.0
_PIECE_BYTES = 2000
"""So few that every list is cut."""


class Stage:
    """An exporter, and what it must say; `few` watches some pools of the first system alone."""

    def __init__(self, tape: Tape, driven: Driven, *, few: bool) -> None:
        self._tape = tape
        self._driven = driven
        watched = ("cspool", "31ad853100000002") if few else ()
        self._expected = Expected(tape, {"pf-ams1": watched, "pf-ams2": ()}, INSTALLATIONS)

    def poll(self, bodies: Mapping[Call, bytes]) -> None:
        """Poll everything once with these answers in place of the recorded ones.

        The page must say what is true by the answers, poll by poll and sample by sample.
        """
        self._tape.bodies = bodies
        scrape = self._driven.poll()
        failing, to_fail = self._failing(), self._expected.poll()
        assert failing == to_fail, failing ^ to_fail
        shown = rounded({series: value for series, value in read_page(scrape.text).items() if series[0] in LABELS})
        wanted = rounded(self._expected.page(now().unix - _STALE_SECONDS))
        wrong = {series for series in shown | wanted if shown.get(series) != wanted.get(series)}
        assert not wrong, {series: (shown.get(series), wanted.get(series)) for series in wrong}
        assert self._driven.get("/").status_code == 200

    def texts(self) -> tuple[str, str]:
        """Return the page in the text format and in OpenMetrics."""
        openmetrics = self._driven.get("/metrics", accept="application/openmetrics-text; version=1.0.0")
        return self._driven.scrape().text, openmetrics.text

    def _failing(self) -> set[Collected]:
        records = self._driven.service.engine.polls.records.items()
        errors = {collected: record.error for collected, record in records if not record.success}
        defects = [error for error in errors.values() if error is None or "a defect" in error]
        assert not defects, defects
        return set(errors)


@contextlib.contextmanager
def stage_of(tape: Tape, *, few: bool) -> Iterator[Stage]:
    """Make an exporter that has not polled yet, for which nothing takes any time."""
    config = tape.config.replace("  - name:", f"  - storage_pools: {FEW_POOLS}\n    name:", 1) if few else tape.config
    with pytest.MonkeyPatch.context() as patch, captured_log(), exporters(Clock()) as start:
        Standstill().rule(patch)
        tape.play(patch)
        patch.setattr(asyncio, "to_thread", at_once)
        patch.setattr(gateway, "ListReader", functools.partial(ListReader, piece_bytes=_PIECE_BYTES))
        yield Stage(tape, start(config), few=few)


async def at_once(function: Callable[..., T], *arguments: Any) -> T:  # noqa: ANN401 - handed through
    return function(*arguments)
