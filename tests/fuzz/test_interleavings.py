"""Whatever happens at once, each page is of one moment."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.faults.conftest import captured_log
from tests.fuzz.interleaving import Interleaving
from tests.fuzz.tape import Tape

# A smaller seed is no simpler order.
SOME = settings(max_examples=settings().max_examples // 20, phases=[Phase.reuse, Phase.generate])


@SOME
@given(st.integers(0, 2**32 - 1))
def test_every_page_agrees_with_itself(tape: Tape, seed: int) -> None:
    interleaving = Interleaving(tape, seed)
    with pytest.MonkeyPatch.context() as patch, captured_log() as log:
        interleaving.patch(patch)
        asyncio.run(interleaving.run())
    assert interleaving.pages > 1
    assert [line for line in log.text.splitlines() if "level=error" in line] == []
