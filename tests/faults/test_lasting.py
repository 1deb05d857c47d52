"""A fault that lasts: what the collector knew is dropped when it is too old, and nothing else is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.calls import SOURCES, Call, in_turn
from tests.faults.lists import LASTING
from tests.faults.scrape import matching

if TYPE_CHECKING:
    from tests.faults.bench import Bench

CELLS = [pytest.param(call, source, id=f"{call.path} of {source}") for call, source in in_turn(1)]


@pytest.mark.parametrize(("call", "source"), CELLS)
def test_what_a_failing_collector_knew_is_dropped_as_stale_and_nothing_else_is(
    bench: Bench, call: Call, source: str
) -> None:
    lasting = [LASTING["powerflex" if call.of_gateway else "cloudstack", collector] for collector in call.collectors]
    ends = [pattern for one in lasting for pattern in one.ends]
    changes = [pattern for one in lasting for pattern in one.changes]
    bench.server(source).faults.add({"action": "status", "status": 503, "path": call.path})

    # max(3 x interval, interval + 2 x timeout) is 900 s.
    bench.driven.clock.offset += 600
    young = bench.poll(*call.collectors, source=source)
    assert young.failing(source) == set(call.collectors)
    assert young.differs(source, bench.sound) == ({call.up} if call.up else set())
    bench.driven.clock.offset += 320
    stale = bench.driven.poll()

    ended = matching(bench.sound.inventory(source), ends)
    assert ended
    assert not ended & stale.inventory(source).keys()
    for one in SOURCES:
        changed = stale.differs(one, bench.sound)
        assert changed - matching(changed, changes) - {call.up} == (ended if one == source else set())
    for metric, label in (("powerflex_up", "system"), ("cloudstack_up", "cloudstack")):
        values = {sample.labels[label]: sample.value for sample in stale.all_of(metric)}
        assert values == {one: 0 if (metric, one) == (call.up, source) else 1 for one in values}

    bench.server(source).faults.clear()
    healed = bench.poll(*call.collectors, source=source)
    assert healed.differs(source, bench.sound) == set()
