from __future__ import annotations

import random
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.model.powerflex import Volume
from exporter.views.naming import Kind
from exporter.views.volumes import Group, GroupSums, group_of, provisioning, sums, tree_owners

PATIENT = settings(deadline=None)


def volume(
    volume_id: str,
    *,
    name: str | None = None,
    pool: str = "p1",
    tree: str = "t1",
    size: int = 8,
    ancestor: str | None = None,
    created: int | None = 100,
    kind: str | None = None,
) -> Volume:
    return Volume(
        id=volume_id,
        name=name,
        storage_pool_id=pool,
        vtree_id=tree,
        size_kib=size,
        ancestor_volume_id=ancestor,
        creation_time=created,
        volume_type=kind,
    )


@pytest.mark.parametrize(
    ("volumes", "owner"),
    [
        pytest.param([volume("v")], "v", id="a tree of one"),
        pytest.param([volume("s", ancestor="v", created=1), volume("v", created=9)], "v", id="the base, however young"),
        pytest.param([volume("s", ancestor="v", created=1), volume("v", created=None)], "v", id="the base of no age"),
        pytest.param([volume("s", ancestor="v"), volume("v", ancestor="")], "v", id="an empty ancestor is none"),
        pytest.param(
            [volume("b", ancestor="gone", created=7), volume("a", ancestor="gone", created=8)],
            "b",
            id="base gone: the eldest",
        ),
        pytest.param(
            [volume("b", ancestor="gone", created=7), volume("a", ancestor="gone", created=7)],
            "a",
            id="base gone, equally old: the lower id",
        ),
        pytest.param(
            [volume("a", ancestor="gone", created=None), volume("b", ancestor="gone", created=7)],
            "b",
            id="base gone: an unknown age is no great age",
        ),
        pytest.param(
            [volume("b", ancestor="gone", created=None), volume("a", ancestor="gone", created=None)],
            "a",
            id="base gone, no age known: the lower id",
        ),
        pytest.param(
            [volume("a", ancestor="gone", created=0), volume("b", ancestor="gone", created=1)],
            "a",
            id="the second 0 is known, and long ago",
        ),
        pytest.param([volume("b", created=5), volume("a", created=6)], "b", id="two bases: the eldest"),
        pytest.param([volume("b", created=5), volume("a", created=5)], "a", id="two bases, equally old: the lower id"),
        pytest.param(
            [volume("a", ancestor="gone", created=2**63 - 1), volume("b", ancestor="gone", created=None)],
            "a",
            id="the largest age is still known",
        ),
    ],
)
def test_one_volume_stands_for_its_tree(volumes: list[Volume], owner: str) -> None:
    assert tree_owners(volumes) == {"t1": owner}
    assert tree_owners(reversed(volumes)) == {"t1": owner}


def test_each_tree_has_its_own_owner() -> None:
    volumes = [volume("a", tree="t1"), volume("b", tree="t2", created=1), volume("c", tree="t2", created=0)]

    assert tree_owners(volumes) == {"t1": "a", "t2": "c"}


def test_no_volumes_no_owners() -> None:
    assert tree_owners([]) == {}
    assert sums([], {}, {"t1": 5}) == {}


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("ThinProvisioned", "thin"),
        ("ThickProvisioned", "thick"),
        ("Snapshot", "snapshot"),
        ("SomethingNew", "somethingnew"),
        ("thinprovisioned", "thinprovisioned"),
        ("", ""),
        (None, ""),
    ],
)
def test_provisioning(kind: str | None, word: str) -> None:
    assert provisioning(volume("v", kind=kind)) == word


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("vol-11-6aef-10ee", (Kind.VOLUME, "10ee")),
        ("tmpl-201-6aef-10ee", (Kind.TEMPLATE, "10ee")),
        ("snap-5-6aef-a-b", (Kind.SNAPSHOT, "a-b")),
        ("vmsnap-7-12-6aef-10ee", (Kind.VM_SNAPSHOT, "10ee")),
        ("vol-11-6aef-", (Kind.VOLUME, "")),
        ("vol-11-6aef", (Kind.OTHER, "")),
        ("backup", (Kind.OTHER, "")),
        ("", (Kind.OTHER, "")),
        (None, (Kind.OTHER, "")),
    ],
)
def test_the_group_of_a_volume(name: str | None, group: tuple[Kind, str]) -> None:
    assert group_of(volume("v", name=name, pool="p9")) == Group("p9", *group)


def test_sums_by_pool_kind_and_installation() -> None:
    volumes = [
        volume("v1", name="vol-1-aaaa-x", tree="t1", size=8),
        volume("v2", name="vol-2-aaaa-x", tree="t2", size=16),
        volume("v3", name="vol-3-aaaa-y", tree="t3", size=32),
        volume("v4", name="vol-4-aaaa-x", tree="t4", size=64, pool="p2"),
        volume("s1", name="snap-1-aaaa-x", tree="t1", size=8, ancestor="v1"),
        volume("o1", name="mine", tree="t5", size=128),
        volume("o2", tree="t6", size=256),
    ]
    used = {"t1": 5, "t2": 6, "t3": 7, "t4": 0, "t5": 9, "elsewhere": 1000}

    assert sums(volumes, tree_owners(volumes), used) == {
        ("p1", "volume", "x"): GroupSums(volumes=2, virtual_kib=24, used_kib=11, used_unknown=0),
        ("p1", "volume", "y"): GroupSums(volumes=1, virtual_kib=32, used_kib=7, used_unknown=0),
        ("p2", "volume", "x"): GroupSums(volumes=1, virtual_kib=64, used_kib=0, used_unknown=0),
        ("p1", "snapshot", "x"): GroupSums(volumes=1, virtual_kib=8, used_kib=None, used_unknown=0),
        ("p1", "other", ""): GroupSums(volumes=2, virtual_kib=384, used_kib=9, used_unknown=1),
    }


def test_what_is_not_known_at_all_is_no_sum() -> None:
    volumes = [volume("v1", tree="t1"), volume("v2", tree="t2")]

    assert sums(volumes, tree_owners(volumes), {}) == {
        ("p1", "other", ""): GroupSums(volumes=2, virtual_kib=16, used_kib=None, used_unknown=2)
    }


def test_an_orphaned_snapshot_brings_its_tree_to_the_snapshots() -> None:
    volumes = [
        volume("s1", name="snap-1-aaaa-x", ancestor="gone", created=1),
        volume("s2", name="vmsnap-1-2-aaaa-x", ancestor="gone", created=2),
    ]

    found = sums(volumes, tree_owners(volumes), {"t1": 40})

    assert found["p1", "snapshot", "x"].used_kib == 40  # type: ignore[index]
    assert found["p1", "vm_snapshot", "x"].used_kib is None  # type: ignore[index]


def test_an_owner_in_another_pool_is_still_the_owner() -> None:
    volumes = [volume("v", tree="t1", pool="unwatched"), volume("s", tree="t1", pool="p1", ancestor="v")]

    found = sums(volumes[1:], tree_owners(volumes), {"t1": 40})

    assert found == {("p1", "other", ""): GroupSums(volumes=1, virtual_kib=8, used_kib=None, used_unknown=0)}


NAMES = st.sampled_from(
    [None, "", "mine", "vol-1-aaaa-x", "vol-2-aaaa-y", "snap-3-aaaa-x", "vmsnap-1-2-aaaa-", "tmpl-9"]
)
ARRAYS = st.lists(
    st.builds(
        volume,
        st.text("abcdef", min_size=1, max_size=4),
        name=NAMES,
        pool=st.sampled_from(["p1", "p2", "p3"]),
        tree=st.sampled_from(["t1", "t2", "t3", "t4", "t5"]),
        size=st.integers(0, 2**62),
        ancestor=st.sampled_from([None, "", "a", "gone"]),
        created=st.none() | st.integers(0, 3),
    ),
    unique_by=lambda one: one.id,
    max_size=30,
)
USED = st.dictionaries(st.sampled_from(["t1", "t2", "t3", "t4", "t5", "t6"]), st.integers(0, 2**62))


@PATIENT
@given(ARRAYS)
def test_every_tree_has_exactly_one_owner_and_it_is_one_of_its_own(volumes: list[Volume]) -> None:
    owners = tree_owners(volumes)

    trees = {one.id: one.vtree_id for one in volumes}
    assert set(owners) == set(trees.values())
    assert all(trees[owner] == tree for tree, owner in owners.items())


@PATIENT
@given(ARRAYS)
def test_no_volume_of_a_tree_is_senior_to_its_owner(volumes: list[Volume]) -> None:
    by_id = {one.id: one for one in volumes}
    for tree, owner in tree_owners(volumes).items():
        bases = [one for one in volumes if one.vtree_id == tree and one.ancestor_volume_id in (None, "")]
        rivals = bases or [one for one in volumes if one.vtree_id == tree]
        assert by_id[owner] in rivals
        dated = [one for one in rivals if one.creation_time is not None]
        eldest = min((one.creation_time or 0 for one in dated), default=None)
        assert owner == min(one.id for one in rivals if one.creation_time == eldest)


@PATIENT
@given(ARRAYS, USED, st.randoms(use_true_random=False))
def test_the_order_of_the_list_does_not_matter(
    volumes: list[Volume], used: dict[str, int], chance: random.Random
) -> None:
    shuffled = volumes.copy()
    chance.shuffle(shuffled)

    owners = tree_owners(volumes)

    assert tree_owners(shuffled) == owners
    assert sums(shuffled, owners, used) == sums(volumes, owners, used)


@PATIENT
@given(ARRAYS, USED, st.sets(st.sampled_from(["p1", "p2", "p3"])))
def test_the_groups_together_are_the_watched_pools(
    volumes: list[Volume], used: dict[str, int], pools: set[str]
) -> None:
    watched = [one for one in volumes if one.storage_pool_id in pools]
    owners = tree_owners(volumes)

    groups = sums(watched, owners, used).values()

    pool_of = {one.id: one.storage_pool_id for one in volumes}
    trees = [tree for tree, owner in owners.items() if pool_of[owner] in pools]
    assert sum(group.used_kib or 0 for group in groups) == sum(used.get(tree, 0) for tree in trees)
    assert sum(group.used_unknown for group in groups) == sum(tree not in used for tree in trees)
    assert sum(group.volumes for group in groups) == len(watched)
    assert sum(group.virtual_kib for group in groups) == sum(one.size_kib for one in watched)


@PATIENT
@given(ARRAYS, USED)
def test_a_group_without_a_known_tree_has_no_used_size(volumes: list[Volume], used: dict[str, int]) -> None:
    owners = tree_owners(volumes)
    known = Counter(group_of(one) for one in volumes if owners[one.vtree_id] == one.id and one.vtree_id in used)

    for group, total in sums(volumes, owners, used).items():
        assert (total.used_kib is None) == (known[group] == 0)
        assert Fraction(total.virtual_kib, total.volumes) >= 0
