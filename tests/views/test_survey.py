from __future__ import annotations

import pytest

from exporter.model.instant import Instant
from exporter.model.powerflex import Volume, VolumesReading
from exporter.views import survey as survey_module
from exporter.views.naming import CloudStackName, parse_name
from exporter.views.remembered import PerReading
from exporter.views.survey import survey
from exporter.views.volumes import tree_owners

NAMES = ["vol-1-aaaa-x", "snap-2-aaaa-x", "mine", None, ""]


def reading(*names: str | None) -> VolumesReading:
    volumes = [
        Volume(id=f"v{number}", name=name, storage_pool_id="p", vtree_id=f"t{number % 2}", size_kib=8)
        for number, name in enumerate(names)
    ]
    return VolumesReading(taken_at=Instant(0.0, 0.0), volumes=volumes)


def test_it_says_what_the_views_say() -> None:
    one = reading(*NAMES)

    assert survey(one).names == {name: parse_name(name) for name in NAMES}
    assert survey(one).owners == tree_owners(one.volumes)


def test_a_name_that_the_former_reading_had_is_not_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    former = reading(*NAMES)
    survey(former)
    read: list[str | None] = []

    def note(name: str | None) -> CloudStackName | None:
        read.append(name)
        return parse_name(name)

    monkeypatch.setattr(survey_module, "parse_name", note)

    found = survey(reading(*NAMES, "vol-3-aaaa-x")).names

    assert read == ["vol-3-aaaa-x"]
    assert found == {name: parse_name(name) for name in (*NAMES, "vol-3-aaaa-x")}


def test_each_reading_is_looked_at_once_and_forgotten_with_it() -> None:
    looked: list[int] = []

    @PerReading
    def count(one: VolumesReading) -> int:
        """Count the volumes."""
        looked.append(len(one.volumes))
        return len(one.volumes)

    one, two = reading("a"), reading("a", "b")

    assert (count(one), count(two), count(one), count(two)) == (1, 2, 1, 2)
    assert looked == [1, 2]
    assert sorted(count.results()) == [1, 2]
    del one
    assert count.results() == [2]
