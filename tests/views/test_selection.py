from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.model.powerflex import Volume
from exporter.views.selection import Selection, Series, candidates, select

PATIENT = settings(deadline=None)


def volume(volume_id: str, size: int, name: str | None) -> Volume:
    return Volume(id=volume_id, name=name, storage_pool_id="p", vtree_id="t", size_kib=size)


VOLUMES = [
    volume("c", 8, "vol-1-aaaa-x"),
    volume("b", 16, "mine"),
    volume("a", 8, "snap-1-aaaa-x"),
    volume("e", 32, None),
    volume("d", 16, "tmpl-1-aaaa-"),
    volume("f", 0, ""),
]


@pytest.mark.parametrize(
    ("series", "ids"),
    [("all", ["e", "b", "d", "a", "c", "f"]), ("cloudstack", ["d", "a", "c"]), ("none", [])],
)
def test_candidates_largest_first_then_by_id(series: Series, ids: list[str]) -> None:
    assert candidates(VOLUMES, series) == ids
    assert candidates(reversed(VOLUMES), series) == ids


def chosen(former: Selection, present: dict[str, list[str]], limit: int) -> dict[str, set[str]]:
    return {system: set(ids) for system, ids in select(former, present, limit).items()}


def test_the_first_candidates_are_chosen() -> None:
    assert chosen({}, {"A": ["v3", "v1", "v2"]}, 2) == {"A": {"v3", "v1"}}


def test_who_was_chosen_stays_although_larger_ones_came() -> None:
    assert chosen({"A": frozenset({"v1", "v2"})}, {"A": ["v9", "v8", "v2", "v1"]}, 2) == {"A": {"v1", "v2"}}


def test_who_is_gone_leaves_a_place() -> None:
    assert chosen({"A": frozenset({"v1", "v2"})}, {"A": ["v9", "v8", "v2"]}, 2) == {"A": {"v9", "v2"}}


def test_the_limit_is_one_for_all_systems() -> None:
    found = chosen({}, {"A": ["a1", "a2"], "B": ["b1", "b2"]}, 3)

    assert sum(map(len, found.values())) == 3
    assert set(found) == {"A", "B"}


def test_equal_ids_of_two_systems_are_two_volumes() -> None:
    assert chosen({}, {"A": ["v1"], "B": ["v1"]}, 2) == {"A": {"v1"}, "B": {"v1"}}


def test_a_system_that_cannot_be_read_keeps_its_places() -> None:
    first = select({}, {"A": ["a1", "a2"], "B": ["b1", "b2"]}, 4)

    second = select(first, {"B": ["b3", "b1", "b2"]}, 4)
    assert second == {"A": {"a1", "a2"}, "B": {"b1", "b2"}}

    third = select(second, {"A": ["a3", "a1"], "B": ["b3", "b1", "b2"]}, 4)
    assert third["A"] >= {"a1"}
    assert third["B"] >= {"b1", "b2"}
    assert sum(map(len, third.values())) == 4


def test_a_limit_of_nothing() -> None:
    assert chosen({}, {"A": ["a1"], "B": []}, 0) == {"A": set(), "B": set()}


def test_a_lower_limit_adds_nobody() -> None:
    former = {"A": frozenset({"a1", "a2", "a3"})}

    assert chosen(former, {"A": ["a4", "a1", "a2", "a3"]}, 2) == {"A": {"a1", "a2", "a3"}}


def test_growth_fills_the_room_that_is_left() -> None:
    first = select({}, {"A": ["a1"]}, 3)
    second = select(first, {"A": ["a9", "a8", "a7", "a1"]}, 3)

    assert first == {"A": {"a1"}}
    assert second == {"A": {"a1", "a9", "a8"}}


def test_the_former_choice_is_not_changed() -> None:
    former = {"A": frozenset({"a1"})}

    select(former, {"A": [], "B": ["b1"]}, 5)

    assert former == {"A": frozenset({"a1"})}


IDS = st.lists(st.sampled_from([f"v{number}" for number in range(12)]), unique=True)
PRESENT = st.dictionaries(st.sampled_from(["A", "B", "C"]), IDS)


@PATIENT
@given(st.lists(PRESENT, min_size=1, max_size=6), st.integers(0, 20))
def test_over_many_polls(polls: list[dict[str, list[str]]], limit: int) -> None:
    former: Selection = {}
    for present in polls:
        now = select(former, present, limit)

        assert now == select(former, {system: list(ids) for system, ids in present.items()}, limit)
        assert sum(map(len, now.values())) <= limit
        for system, ids in former.items():
            assert now[system] >= (ids & set(present[system]) if system in present else ids)
        for system, listed in present.items():
            assert now[system] <= set(listed)
        left_out = [one for system, listed in present.items() for one in listed if one not in now[system]]
        assert not left_out or sum(map(len, now.values())) == limit
        former = now


@PATIENT
@given(st.permutations(VOLUMES), st.sampled_from(["all", "cloudstack", "none"]))
def test_without_an_order_the_candidates_are_the_same(volumes: list[Volume], series: Series) -> None:
    assert sorted(candidates(volumes, series, ordered=False)) == sorted(candidates(volumes, series))


def test_where_there_is_place_for_all_all_are_chosen_in_any_order() -> None:
    former = {"A": frozenset({"gone", "v1"}), "away": frozenset({"w1"})}

    assert chosen(former, {"A": ["v1", "v2"]}, 3) == {"A": {"v1", "v2"}, "away": {"w1"}}
    assert chosen(former, {"A": ["v2", "v1"]}, 2) == {"A": {"v1"}, "away": {"w1"}}
