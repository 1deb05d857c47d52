"""Whole answers, changed at random: whatever comes, the page says what was valid and nothing else."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.mutations import NOTHING, changes
from tests.fuzz.stage import INSTALLATIONS, SYSTEMS, stage_of
from tests.fuzz.tape import Call, Tape

SOME = settings(max_examples=settings().max_examples * 3 // 10)


def calls_of(tape: Tape, *sources: str) -> list[Call]:
    """Return the calls to some sources, without those that open a session or tell the version."""
    fixed = ("/rest/auth/", "/api/login", "/api/logout", "/api/version")
    return [call for call in tape.answers if call.source in sources and not call.name.startswith(fixed)]


def play(tape: Tape, calls: list[Call], data: st.DataObject) -> list[str]:
    """Poll once to three times, with other answers each time, and return the pages."""
    few = data.draw(st.booleans(), "few pools are watched")
    sound = [NOTHING] * data.draw(st.integers(0, 1), "sound polls first")
    changed = data.draw(st.lists(changes(tape, calls), min_size=1, max_size=2))
    with stage_of(tape, few=few) as stage:
        return [stage.poll(change.bodies) for change in (*sound, *changed)]


@SOME
@given(st.data())
def test_whatever_the_gateways_answer(tape: Tape, data: st.DataObject) -> None:
    play(tape, calls_of(tape, *SYSTEMS), data)


@SOME
@given(st.data())
def test_whatever_the_management_servers_answer(tape: Tape, data: st.DataObject) -> None:
    play(tape, calls_of(tape, *INSTALLATIONS), data)


@SOME
@given(st.data())
def test_whatever_both_answer(tape: Tape, data: st.DataObject) -> None:
    play(tape, calls_of(tape, *SYSTEMS, *INSTALLATIONS), data)
