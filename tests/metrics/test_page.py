from __future__ import annotations

from dataclasses import replace

import pytest

from exporter.metrics.deflate import Block, text
from exporter.metrics.page import Page, PageRenderer
from exporter.model.instant import Instant
from exporter.model.powerflex import (
    PoolsReading,
    PoolStatistics,
    StoragePool,
    SystemReading,
    UsedSizesReading,
    Volume,
    VolumesReading,
)
from exporter.model.snapshot import PowerFlexSnapshot

POOLS = (StoragePool(id="p1", name="gold"), StoragePool(id="p2", name="silver"))


def taken(monotonic: float) -> Instant:
    return Instant(1_700_000_000.0, monotonic)


def volume(number: int, *, pool: str = "p1", name: str | None = None) -> Volume:
    return Volume(
        id=f"v{number}",
        name=f"vol-{number}-aaaa-x" if name is None else name,
        storage_pool_id=pool,
        vtree_id=f"t{number}",
        size_kib=8,
    )


def volumes(*found: Volume, at: float = 0.0) -> VolumesReading:
    return VolumesReading(taken_at=taken(at), volumes=list(found))


def pools(at: float, in_use: int) -> PoolsReading:
    statistics = {"p1": PoolStatistics(capacity_in_use_kib=in_use)}
    return PoolsReading(taken_at=taken(at), domains=(), pools=POOLS, statistics=statistics)


def system(name: str, **changes: object) -> PowerFlexSnapshot:
    reading = SystemReading(
        taken_at=taken(0),
        system_id=name,
        version="1",
        api_version="3.6",
        cluster_state=None,
        cluster_mode=None,
        cluster_nodes_good=None,
        license_remaining_days=None,
    )
    found = PowerFlexSnapshot(
        name,
        up=True,
        known_pools=POOLS,
        system=reading,
        pools=pools(0.0, 5),
        volumes=volumes(volume(1), volume(2), volume(3, pool="p2")),
        used_sizes=UsedSizesReading(taken_at=taken(0), used_kib={"t1": 4}),
    )
    return replace(found, **changes)  # type: ignore[arg-type]


def body(page: Page) -> str:
    return b"".join(text(page.blocks)).decode()


def lines_of(page: Page, name: str) -> list[str]:
    return [line for line in body(page).splitlines() if f'system="{name}"' in line]


def blocks_of(page: Page, metric: str) -> list[Block]:
    return [block for block in page.blocks if b"".join(text([block])).startswith(f"{metric}{{".encode())]


def test_before_anything_is_known() -> None:
    page = PageRenderer("all", 10).render([])

    assert (page.blocks, page.series, page.size, page.volumes_without_series) == ((), 0, 0, 0)
    assert Page() == replace(page, render_seconds=0.0)


def test_no_header_without_samples() -> None:
    page = PageRenderer("all", 10).render([PowerFlexSnapshot("A", up=False)])

    assert body(page) == (
        "# HELP powerflex_up Whether the gateway could be reached and gave a session at the last try\n"
        "# TYPE powerflex_up gauge\n"
        'powerflex_up{system="A"} 0\n'
    )
    assert page.series == 1


def test_before_the_first_try_there_is_nothing_to_say() -> None:
    assert body(PageRenderer("all", 10).render([PowerFlexSnapshot("A")])) == ""


def test_where_nothing_changed_the_blocks_are_the_same_objects() -> None:
    renderer = PageRenderer("all", 10)
    first = renderer.render([system("A"), system("B")])
    second = renderer.render([system("A"), system("B")])

    assert len(first.blocks) == len(second.blocks) > 10
    assert all(former is latter for former, latter in zip(first.blocks, second.blocks, strict=True))
    assert (first.series, first.size) == (second.series, second.size)


def test_new_pool_figures_leave_the_volumes_alone() -> None:
    renderer = PageRenderer("all", 10)
    before = system("A")
    first = renderer.render([before])
    new_pools = pools(60.0, 6)

    second = renderer.render([replace(before, pools=new_pools, known_pools=(*new_pools.pools,))])

    assert 'capacity_in_use_bytes{system="A",pool_id="p1",pool="gold"} 6144\n' in body(second)
    for metric in ("powerflex_volume_info", "powerflex_volume_virtual_size_bytes", "powerflex_volumes"):
        (former,), (latter,) = blocks_of(first, metric), blocks_of(second, metric)
        assert former is latter
    (former,), (latter,) = (blocks_of(page, "powerflex_storage_pool_capacity_in_use_bytes") for page in (first, second))
    assert former is not latter


def test_new_used_sizes_leave_the_other_series_of_volumes_alone() -> None:
    renderer = PageRenderer("all", 10)
    before = system("A")
    first = renderer.render([before])

    second = renderer.render([replace(before, used_sizes=UsedSizesReading(taken_at=taken(60), used_kib={"t1": 7}))])

    for metric in ("powerflex_volume_info", "powerflex_volume_virtual_size_bytes"):
        (former,), (latter,) = blocks_of(first, metric), blocks_of(second, metric)
        assert former is latter
    (former,), (latter,) = (blocks_of(page, "powerflex_volume_used_size_bytes") for page in (first, second))
    assert former is not latter


def test_the_volumes_are_not_even_looked_at_when_the_pools_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    renderer = PageRenderer("all", 10)
    before = system("A")
    renderer.render([before])

    def never(*_: object) -> None:
        raise AssertionError("looked at for nothing")

    monkeypatch.setattr("exporter.metrics.page.candidates", never)
    monkeypatch.setattr("exporter.metrics.families.powerflex.volume_series.survey", never)
    monkeypatch.setattr("exporter.metrics.families.powerflex.volume_sums.survey", never)
    renderer.render([replace(before, pools=pools(60.0, 6))])


def test_a_pool_that_was_renamed_is_renamed_everywhere() -> None:
    renderer = PageRenderer("all", 10)
    renderer.render([system("A")])
    renamed = (StoragePool(id="p1", name="platinum"), POOLS[1])

    page = renderer.render([system("A", known_pools=renamed)])

    volume_lines = [line for line in body(page).splitlines() if line.startswith("powerflex_volume")]
    assert any('pool="platinum"' in line for line in volume_lines)
    assert not any('pool="gold"' in line for line in volume_lines)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(system("A", pools=pools(60.0, 6)), id="new figures"),
        pytest.param(system("A", volumes=volumes(volume(9), at=60.0)), id="other volumes"),
        pytest.param(system("A", volumes=None), id="stale volumes"),
        pytest.param(PowerFlexSnapshot("A", up=False), id="gone stale as a whole"),
        pytest.param(None, id="gone"),
    ],
)
def test_a_system_does_not_touch_another(changed: PowerFlexSnapshot | None) -> None:
    renderer = PageRenderer("all", 100)
    first = renderer.render([system("A"), system("B")])
    second = renderer.render([one for one in (changed, system("B")) if one is not None])

    assert lines_of(first, "B") == lines_of(second, "B")
    former = {id(block) for block in first.blocks if b'system="B"' in b"".join(text([block]))}
    latter = {id(block) for block in second.blocks if b'system="B"' in b"".join(text([block]))}
    assert former == latter


def test_the_samples_of_a_family_stand_together_whatever_the_systems_have() -> None:
    page = PageRenderer("all", 100).render([system("A"), PowerFlexSnapshot("B", up=True), system("C")])

    names = [line.split("{")[0] for line in body(page).splitlines() if not line.startswith("#")]
    runs = [name for at, name in enumerate(names) if at == 0 or names[at - 1] != name]
    assert len(runs) == len(set(runs))


def test_what_is_stale_is_gone_and_what_comes_back_is_there() -> None:
    renderer = PageRenderer("all", 100)
    full = renderer.render([system("A")])
    without = renderer.render([system("A", volumes=None)])
    again = renderer.render([system("A")])

    assert "powerflex_volume" not in body(without)
    assert body(again) == body(full)


def test_volumes_wait_for_the_names_of_their_pools() -> None:
    renderer = PageRenderer("all", 100)
    waiting = renderer.render([system("A", known_pools=None, pools=None)])
    failed = renderer.render([system("A", known_pools=(), pools=None)])

    assert "powerflex_volume" not in body(waiting)
    assert 'powerflex_volumes{system="A",pool_id="p1",pool="",kind="volume",installation="x"} 2\n' in body(failed)


def test_a_system_that_vanished_is_gone_and_can_come_back() -> None:
    renderer = PageRenderer("all", 100)
    both = renderer.render([system("A"), system("B")])
    alone = renderer.render([system("B")])

    assert lines_of(alone, "A") == []
    assert alone.series == len(lines_of(alone, "B"))
    assert body(renderer.render([system("A"), system("B")])) == body(both)


def test_systems_stand_in_the_order_of_the_configuration() -> None:
    renderer = PageRenderer("all", 100)
    first = renderer.render([system("B"), system("A")])
    second = renderer.render([system("A"), system("B")])

    ups = [[line for line in body(page).splitlines() if line.startswith("powerflex_up")] for page in (first, second)]
    assert ups == [
        ['powerflex_up{system="B"} 1', 'powerflex_up{system="A"} 1'],
        ['powerflex_up{system="A"} 1', 'powerflex_up{system="B"} 1'],
    ]


def test_the_series_are_counted() -> None:
    page = PageRenderer("all", 100).render([system("A"), system("B")])

    assert page.series == len([line for line in body(page).splitlines() if not line.startswith("#")])
    assert page.size == len(body(page).encode())
    assert page.render_seconds > 0


@pytest.mark.parametrize(
    ("series", "limit", "storage_pools", "shown", "without"),
    [
        ("all", 100, (), {"v1", "v2", "v3", "v4"}, 0),
        ("cloudstack", 100, (), {"v1", "v2", "v3"}, 1),
        ("none", 100, (), set(), 4),
        ("all", 2, (), {"v1", "v2"}, 2),
        ("all", 0, (), set(), 4),
        ("all", 100, ("gold",), {"v1", "v2", "v4"}, 0),
        ("cloudstack", 1, ("gold",), {"v1"}, 2),
        ("all", 100, ("p2",), {"v3"}, 0),
    ],
)
def test_volumes_without_series_of_their_own(
    series: str, limit: int, storage_pools: tuple[str, ...], shown: set[str], without: int
) -> None:
    found = volumes(volume(1), volume(2), volume(3, pool="p2"), volume(4, name="mine"))

    page = PageRenderer(series, limit).render(  # type: ignore[arg-type]
        [system("A", volumes=found, storage_pools=storage_pools)]
    )

    infos = [line for line in body(page).splitlines() if line.startswith("powerflex_volume_info")]
    assert {one for one in ("v1", "v2", "v3", "v4") if any(f'volume_id="{one}"' in line for line in infos)} == shown
    assert page.volumes_without_series == without


def test_volumes_of_a_stale_system_are_not_counted_as_without_series() -> None:
    renderer = PageRenderer("all", 1)
    assert renderer.render([system("A"), system("B")]).volumes_without_series == 5

    assert renderer.render([system("A"), system("B", volumes=None)]).volumes_without_series == 2


def test_a_system_that_cannot_be_read_finds_its_places_again() -> None:
    renderer = PageRenderer("all", 3)
    first = renderer.render([system("A"), system("B")])
    gap = renderer.render([system("A", volumes=None), system("B")])
    after = renderer.render([system("A"), system("B")])

    assert len([line for line in lines_of(first, "A") if line.startswith("powerflex_volume_info")]) == 3
    assert not [line for line in lines_of(gap, "B") if line.startswith("powerflex_volume_info")]
    assert body(after) == body(first)


def test_a_system_that_is_refused_as_the_same_array_frees_its_places() -> None:
    """B answered first and took all places; then A, named earlier in the configuration, proved to be the same array."""
    renderer = PageRenderer("all", 3)
    renderer.render([PowerFlexSnapshot("A", up=False), system("B")])

    page = renderer.render([system("A"), PowerFlexSnapshot("B", up=False)])

    assert len([line for line in lines_of(page, "A") if line.startswith("powerflex_volume_info")]) == 3


def test_a_system_that_is_no_longer_configured_frees_its_places() -> None:
    renderer = PageRenderer("all", 3)
    renderer.render([system("A")])

    page = renderer.render([system("B")])

    assert len([line for line in lines_of(page, "B") if line.startswith("powerflex_volume_info")]) == 3
    assert page.volumes_without_series == 0


def test_many_volumes_are_written_in_many_steps() -> None:
    many = volumes(*(volume(number) for number in range(10_001)))

    page = PageRenderer("all", 100_000).render([system("A", volumes=many)])

    infos = [line for line in body(page).splitlines() if line.startswith("powerflex_volume_info")]
    assert len(infos) == len(set(infos)) == 10_001
    assert page.series == len([line for line in body(page).splitlines() if not line.startswith("#")])


def test_the_volumes_of_one_system_may_be_reread_without_the_choice_changing() -> None:
    renderer = PageRenderer("all", 2)
    renderer.render([system("A")])
    larger = Volume(id="big", name="vol-9-aaaa-x", storage_pool_id="p1", vtree_id="t9", size_kib=2**40)

    page = renderer.render([system("A", volumes=volumes(larger, volume(1), volume(2), at=60.0))])

    infos = [line for line in body(page).splitlines() if line.startswith("powerflex_volume_info")]
    assert ['volume_id="v1"' in infos[0], 'volume_id="v2"' in infos[1]] == [True, True]
    assert page.volumes_without_series == 1
