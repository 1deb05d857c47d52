from __future__ import annotations

import time

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.model.instant import Instant, now
from exporter.model.powerflex import StoragePool, UsedSizesReading, Volume

PATIENT = settings(deadline=None)
TAKEN = Instant(1_700_000_000.0, 1000.0)


def test_now_is_on_both_clocks() -> None:
    before = Instant(time.time(), time.monotonic())
    moment = now()
    after = Instant(time.time(), time.monotonic())

    assert before.monotonic <= moment.monotonic <= after.monotonic
    assert abs(moment.unix - before.unix) < 60


def test_records_are_frozen() -> None:
    with pytest.raises(AttributeError):
        StoragePool(id="p", name="gold").name = "silver"  # type: ignore[misc]


def test_a_mapping_that_is_not_known_differs_from_none_at_all() -> None:
    unknown = Volume(id="v", storage_pool_id="p", vtree_id="t", size_kib=8)
    unmapped = Volume(id="v", storage_pool_id="p", vtree_id="t", size_kib=8, mapped_sdcs=None)

    assert unknown.mapped_sdcs is msgspec.UNSET
    assert unmapped != unknown


def test_trees_asked_all_at_once_have_no_age_of_their_own() -> None:
    reading = UsedSizesReading(taken_at=TAKEN, used_kib={"t1": 1})

    assert reading.measured_since(1e9) is reading


def test_what_was_asked_at_that_very_second_stays() -> None:
    reading = UsedSizesReading(
        taken_at=TAKEN, used_kib={"t1": 1, "t2": 2}, measured_at={"t1": 10.0, "t2": 9.0, "t3": 10.0}, walk_seconds=3.0
    )

    assert reading.measured_since(9.0) is reading
    assert reading.measured_since(10.0) == UsedSizesReading(
        taken_at=TAKEN, used_kib={"t1": 1}, measured_at={"t1": 10.0, "t3": 10.0}, walk_seconds=3.0
    )
    assert reading.measured_since(11.0) == UsedSizesReading(
        taken_at=TAKEN, used_kib={}, measured_at={}, walk_seconds=3.0
    )


def test_the_reading_that_is_asked_is_not_changed() -> None:
    reading = UsedSizesReading(taken_at=TAKEN, used_kib={"t1": 1}, measured_at={"t1": 10.0})
    reading.measured_since(11.0)

    assert reading.used_kib == {"t1": 1}


@PATIENT
@given(
    st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 9)),
    st.sets(st.sampled_from("abcdefgh")),
    st.lists(st.integers(0, 10), min_size=1, max_size=4),
)
def test_step_by_step_is_the_same_as_at_once(measured: dict[str, int], unknown: set[str], steps: list[int]) -> None:
    reading = UsedSizesReading(
        taken_at=TAKEN,
        used_kib={tree: 7 for tree in measured if tree not in unknown},
        measured_at={tree: float(second) for tree, second in measured.items()},
    )
    stepwise = reading
    for step in steps:
        stepwise = stepwise.measured_since(float(step))

    assert stepwise == reading.measured_since(float(max(steps)))
    assert set(stepwise.used_kib) == {
        tree for tree, second in measured.items() if second >= max(steps) and tree not in unknown
    }
