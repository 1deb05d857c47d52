"""Lists that hold an object twice, or nothing any more: what is seen of it is what the table says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from exporter.metrics.catalogue import ALL
from tests.faults.calls import BULK, SOURCES, Call, in_turn
from tests.faults.lists import EMPTY, TWICE, Listed
from tests.faults.scrape import matching

if TYPE_CHECKING:
    from tests.faults.bench import Bench

JOINED = {family.name for family in ALL if {"cloudstack", "system"} <= set(family.labels)}
"""The metrics of a management server that gateways have a say in."""


def empty(call: Call) -> Any:  # noqa: ANN401 - any JSON
    """Return the body of an answer that lists nothing."""
    if not call.of_gateway:
        return {f"{call.path.removeprefix('command=').lower()}response": {}}
    return {BULK: {}, "/rest/v1/alerts": {"results": []}}.get(call.path, [])


CELLS = [
    pytest.param(call, source, rule, table[call.path], id=f"{name} at {call.path} of {source}")
    for number, (name, table) in enumerate({"twice": TWICE, "nothing": EMPTY}.items())
    for call, source in in_turn(number)
    for rule in [{"action": "repeat"} if table is TWICE else {"action": "body", "body": empty(call)}]
]


@pytest.mark.parametrize(("call", "source", "rule", "listed"), CELLS)
def test_what_is_seen_of_a_list_is_what_the_table_says(
    bench: Bench, call: Call, source: str, rule: dict[str, Any], listed: Listed
) -> None:
    bench.server(source).faults.add({**rule, "path": call.path})
    faulty = bench.driven.poll(*call.collectors, source=source)
    assert faulty.failing(source) == (set(call.collectors) if listed.words else set())
    complaints = bench.log.complaints()
    assert len(complaints) == (len(call.collectors) if listed.words else 0)
    assert all(listed.words in line for line in complaints if listed.words)

    changed = {one: faulty.differs(one, bench.sound) for one in SOURCES}
    ended = matching(bench.sound.inventory(source), listed.ends)
    assert not ended & faulty.inventory(source).keys()
    if listed.ends:
        assert ended
    elif not listed.may_change:
        assert not any(changed.values())
    assert all(changed[one] <= JOINED for one in changed if one != source)
    faulty.check(bench.sound)

    bench.server(source).faults.clear()
    healed = bench.driven.poll(*call.collectors, source=source)
    assert all(not healed.differs(one, bench.sound) and not healed.failing(one) for one in changed)
