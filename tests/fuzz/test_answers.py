"""Whole answers, changed at random: whatever comes, the page says what was valid and nothing else."""

from __future__ import annotations

import subprocess

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics

from tests.fuzz.mutations import NOTHING, changes
from tests.fuzz.stage import INSTALLATIONS, SYSTEMS, stage_of
from tests.fuzz.tape import Call, Tape

# What explains a failure by its lines would trace each of them.
QUICK = settings(phases=set(Phase) - {Phase.explain})
SOME = settings(QUICK, max_examples=settings().max_examples // 5)
FEW = settings(QUICK, max_examples=settings().max_examples // 20)


def calls_of(tape: Tape, *sources: str) -> list[Call]:
    """Return the calls to some sources, without those that open a session or tell the version."""
    fixed = ("/rest/auth/", "/api/login", "/api/logout", "/api/version")
    return [call for call in tape.answers if call.source in sources and not call.name.startswith(fixed)]


def play(tape: Tape, calls: list[Call], data: st.DataObject) -> tuple[str, str]:
    """Poll once to three times, with other answers each time, and return the page in both formats."""
    few = data.draw(st.booleans(), "few pools are watched")
    sound = [NOTHING] * data.draw(st.integers(0, 1), "sound polls first")
    changed = data.draw(st.lists(changes(tape, calls), min_size=1, max_size=2))
    with stage_of(tape, few=few) as stage:
        for change in (*sound, *changed):
            stage.poll(change.bodies)
        return stage.texts()


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


@FEW
@given(st.data())
def test_promtool_and_the_strict_parser_read_it_too(tape: Tape, data: st.DataObject) -> None:
    page, openmetrics = play(tape, calls_of(tape, *SYSTEMS, *INSTALLATIONS), data)
    checked = subprocess.run(["promtool", "check", "metrics"], input=page.encode(), capture_output=True, check=False)

    # The name of this metric is fixed; a licence ends on a day, not at a second.
    words = [line for line in checked.stderr.decode().splitlines() if "powerflex_license_remaining_days" not in line]
    assert words == []
    assert list(parse_openmetrics(openmetrics))  # type: ignore[no-untyped-call]
