from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.views.naming import CloudStackName, Kind, parse_name, pool_key

LARGEST = 9_223_372_036_854_775_807


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("vol-11-6aef-10ee", CloudStackName(Kind.VOLUME, 11, None, "6aef", "10ee")),
        ("tmpl-202-6aef-10ee", CloudStackName(Kind.TEMPLATE, 202, None, "6aef", "10ee")),
        ("snap-3-6aef-10ee", CloudStackName(Kind.SNAPSHOT, 3, None, "6aef", "10ee")),
        ("vmsnap-5-11-6aef-10ee", CloudStackName(Kind.VM_SNAPSHOT, 5, 11, "6aef", "10ee")),
        # An identifier is any text.
        ("vol-1-0000-ams-1-test", CloudStackName(Kind.VOLUME, 1, None, "0000", "ams-1-test")),
        ("vol-1-6aef-", CloudStackName(Kind.VOLUME, 1, None, "6aef", "")),
        ("vol-1-6aef--", CloudStackName(Kind.VOLUME, 1, None, "6aef", "-")),
        ("vol-1-6aef-Zürich 1", CloudStackName(Kind.VOLUME, 1, None, "6aef", "Zürich 1")),
        # The four hexadecimal digits may all be decimal, and an identifier may look like the rest.
        ("vol-1-2345-6789-10ee", CloudStackName(Kind.VOLUME, 1, None, "2345", "6789-10ee")),
        ("vmsnap-1-2345-6789-10ee", CloudStackName(Kind.VM_SNAPSHOT, 1, 2345, "6789", "10ee")),
        ("vmsnap-1-2-3456-7890-10ee", CloudStackName(Kind.VM_SNAPSHOT, 1, 2, "3456", "7890-10ee")),
        # Ids are Java longs.
        (f"vol-{LARGEST}-6aef-x", CloudStackName(Kind.VOLUME, LARGEST, None, "6aef", "x")),
        (f"vmsnap-1-{LARGEST}-6aef-x", CloudStackName(Kind.VM_SNAPSHOT, 1, LARGEST, "6aef", "x")),
    ],
)
def test_names_of_cloudstack(name: str, expected: CloudStackName) -> None:
    assert parse_name(name) == expected
    assert str(expected) == name


@pytest.mark.parametrize(
    "name",
    [
        None,
        "",
        "data01",
        "vol",
        "vol-11",
        "vol-11-6aef",
        "vol-11-6aef10ee",
        "vol--6aef-10ee",
        "vol-11--10ee",
        "vol-11-6ae-10ee",
        "vol-11-6aef1-10ee",
        "vol-11-6AEF-10ee",
        "vol-11-6aeg-10ee",
        "VOL-11-6aef-10ee",
        "volume-11-6aef-10ee",
        "xvol-11-6aef-10ee",
        " vol-11-6aef-10ee",
        "vol-11-6aef-10ee\n",
        "vol-11-6aef-\n",
        "vol_11_6aef_10ee",
        "vol-0x1-6aef-10ee",
        "vol--1-6aef-10ee",
        "vol-+1-6aef-10ee",
        "vol-1 -6aef-10ee",
        "vol-1.0-6aef-10ee",
        # What a Java long never looks like.
        "vol-0-6aef-10ee",
        "vol-011-6aef-10ee",
        f"vol-{LARGEST + 1}-6aef-10ee",
        f"vmsnap-1-{LARGEST + 1}-6aef-10ee",
        f"vmsnap-{LARGEST + 1}-1-6aef-10ee",
        "vol-" + "1" * 10_000 + "-6aef-10ee",
        # Digits of other scripts.
        "vol-\u0661\u0661-6aef-10ee",
        "vol-11-\uff16aef-10ee",
        # A VM snapshot has two ids, the others have one.
        "vmsnap-5-6aef-10ee",
        "vmsnap-5-11-6aef",
        "vmsnap-5-011-6aef-10ee",
        "vol-5-11-6aef-10ee",
        "snapvm-5-11-6aef-10ee",
    ],
)
def test_other_names(name: str | None) -> None:
    assert parse_name(name) is None


@pytest.mark.parametrize(
    ("pool_uuid", "key"),
    [
        ("12346aef-0000-4000-8000-000000000000", "6aef"),
        ("E1A7C0DE-1b2c-4d3e-8f90-123456789abc", "c0de"),
        ("00000000-0000-4000-8000-000000000000", "0000"),
    ],
)
def test_pool_key(pool_uuid: str, key: str) -> None:
    assert pool_key(pool_uuid) == key


def test_kinds_are_label_values() -> None:
    assert [str(kind) for kind in Kind] == ["volume", "template", "snapshot", "vm_snapshot", "other"]


IDS = st.integers(1, LARGEST)
PLAIN = st.tuples(st.sampled_from([Kind.VOLUME, Kind.TEMPLATE, Kind.SNAPSHOT]), IDS, st.none())
VM_SNAPSHOTS = st.tuples(st.just(Kind.VM_SNAPSHOT), IDS, IDS)


@given(
    ids=PLAIN | VM_SNAPSHOTS,
    pool_uuid=st.uuids(),
    installation=st.text() | st.text("-0123456789abcdef"),
)
def test_what_is_written_is_read_back(ids: tuple[Kind, int, int | None], pool_uuid: object, installation: str) -> None:
    installation = installation.replace("\n", "")
    name = CloudStackName(*ids, pool_key(str(pool_uuid)), installation)

    assert parse_name(str(name)) == name


@given(name=st.from_regex(r"(vol|vmsnap|snap)(-\d{1,4}|-[0-9a-fA-F]{4}|-\w{0,5}){1,6}\n?"))
def test_what_is_read_is_written_as_it_was(name: str) -> None:
    parsed = parse_name(name)

    assert parsed is None or str(parsed) == name
