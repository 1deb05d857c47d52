"""Every way in which an answer can be wrong, at every call: what is seen of it is what the table says."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from tests.faults.answers import FAULTS, Fault
from tests.faults.calls import Call

if TYPE_CHECKING:
    from tests.faults.bench import Bench

CELLS = [
    pytest.param(fault, call, source, id=f"{fault.name} at {call.path or 'every call'} of {source}")
    for fault in FAULTS
    for call, source in fault.cells()
]


@pytest.mark.parametrize(("fault", "call", "source"), CELLS)
def test_what_is_seen_of_a_wrong_answer_is_what_the_table_says(
    bench: Bench, fault: Fault, call: Call, source: str
) -> None:
    spared = fault.spares(call)
    hurt = set(call.collectors) - spared.keys()
    lost = {metric for one in spared.values() for metric in one.metrics}
    fallen = {call.up} if call.up else set()

    # One poll fails, and says so once for each collector; all that was known stays.
    bench.server(source).faults.add({**fault.rule, "path": call.path})
    with bench.impatient(source) if fault.slow else contextlib.nullcontext():
        faulty = bench.poll(source=source)
    assert faulty.failing(source) == hurt
    assert faulty.differs(source, bench.sound) == lost | fallen
    assert all(faulty.value(metric, cloudstack=source) == 0 for metric in fallen)
    faulty.check(bench.sound)
    complaints = bench.log.complaints()
    assert len(complaints) == len(hurt)
    for collector in hurt:
        (line,) = (line for line in complaints if f"source={source} collector={collector} " in line)
        assert "level=warning" in line
        assert fault.words(call) in line

    # It fails again, of the same: the log stays silent.
    if not fault.slow:
        bench.poll(*hurt, source=source)
        assert bench.log.complaints() == []

    # The next good poll heals it.
    bench.server(source).faults.clear()
    healed = bench.poll(*hurt, source=source)
    assert healed.failing(source) == set()
    assert healed.differs(source, bench.sound) == lost
    assert sum("poll succeeds again" in line for line in bench.log.complaints()) == len(hurt)
