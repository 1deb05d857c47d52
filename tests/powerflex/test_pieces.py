"""A list that is decoded while it comes in is the list that is decoded in one go, faults and all."""

from __future__ import annotations

import itertools
import json
import tracemalloc
from collections import Counter, deque
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.decode import Decoder, IgnoredFields, ListReader, pieces
from exporter.errors import AnswerError, TooLargeError
from exporter.powerflex import wire
from exporter.powerflex.collectors.volumes import _share

PATIENT = settings(deadline=None)
VOLUMES = Decoder(wire.Volume, "Volume")

MAPPING = {"sdcId": "c1", "limitIops": 0}
TEXTS = st.sampled_from(["", "vol-1-aaaa-x", '},{"id":', '"', "\\", "[", "]", "ü€😀", '{"id":"v1"},'])
FAULTS = st.sampled_from([{}, {"creationTime": "soon"}, {"mappedSdcInfo": [MAPPING, {"sdcId": 7}]}])


def volume(number: int, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"id": f"v{number}", "storagePoolId": "p1", "vtreeId": f"t{number}", "sizeInKb": 8 * number} | changes


def in_one_go(body: bytes) -> tuple[list[wire.Volume] | str, IgnoredFields]:
    ignored: IgnoredFields = Counter()
    try:
        return VOLUMES.decode_list(body, ignored), ignored
    except AnswerError as error:
        return str(error), ignored


def in_pieces(body: bytes, chunk: int, piece: int) -> tuple[list[wire.Volume] | str, IgnoredFields, int]:
    volumes: list[wire.Volume] = []
    sizes: list[int] = []

    def take(some: list[wire.Volume]) -> None:
        sizes.append(len(some))
        volumes.extend(some)

    reader = ListReader(VOLUMES, take, piece_bytes=piece)
    for start in range(0, len(body), chunk):
        reader.add(body[start : start + chunk])
    try:
        reader.finish()
    except AnswerError as error:
        return str(error), reader.ignored, len(sizes)
    return volumes, reader.ignored, len(sizes)


@PATIENT
@given(
    st.lists(st.tuples(TEXTS, FAULTS), max_size=12),
    st.sampled_from([None, 0, 2]),
    st.integers(1, 400),
    st.integers(60, 400),
)
def test_however_it_comes_in_the_same_comes_of_it(
    objects: list[tuple[str, dict[str, Any]]], indent: int | None, chunk: int, piece: int
) -> None:
    listed = [volume(number, name=name, **fault) for number, (name, fault) in enumerate(objects, start=1)]
    body = json.dumps(listed, indent=indent, ensure_ascii=False).encode()

    assert in_pieces(body, chunk, piece)[:2] == in_one_go(body)


def test_a_long_list_is_handed_over_in_many_pieces() -> None:
    body = json.dumps([volume(number) for number in range(1, 101)], separators=(",", ":")).encode()

    volumes, _, pieces = in_pieces(body, 100, 500)

    assert [one.id for one in volumes if isinstance(one, wire.Volume)] == [f"v{number}" for number in range(1, 101)]
    assert pieces > 10


@pytest.mark.parametrize(
    "listed",
    [
        pytest.param([volume(n, links=[{"id": "x"}, {"id": "y"}]) for n in range(1, 30)], id="nested objects begin so"),
        pytest.param(
            [dict(reversed(volume(n).items())) if n % 2 else volume(n) for n in range(1, 30)], id="mixed order"
        ),
        pytest.param([volume(n, name='},{"id":') for n in range(1, 30)], id="a name looks like a seam"),
        pytest.param([volume(1, name="x" * 3000), volume(2)], id="an object longer than a piece"),
        pytest.param([], id="none"),
    ],
)
@pytest.mark.parametrize("chunk", [1, 97, 10_000])
def test_where_a_guess_is_wrong_the_rest_is_decoded_in_one_go(listed: list[dict[str, Any]], chunk: int) -> None:
    body = json.dumps(listed, separators=(",", ":")).encode()

    assert in_pieces(body, chunk, 200)[:2] == in_one_go(body)


SOUND = json.dumps([volume(number) for number in range(1, 30)], separators=(",", ":"))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("", id="nothing"),
        pytest.param("{}", id="an object"),
        pytest.param(SOUND[:-1], id="cut off at the end"),
        pytest.param(SOUND[:1000], id="cut off within"),
        pytest.param(SOUND + "]", id="something behind it"),
        pytest.param(SOUND[:-1] + ",]", id="a comma too many"),
        pytest.param(SOUND.replace('"v20"', '""'), id="an empty id"),
        pytest.param(SOUND.replace('"sizeInKb":160', '"sizeInKb":-1'), id="a size below none"),
        pytest.param("<html>" + "x" * 2000, id="a page"),
    ],
)
def test_what_is_no_such_list_is_refused(body: str) -> None:
    whole, _ = in_one_go(body.encode())
    found, _, _ = in_pieces(body.encode(), 64, 200)

    assert isinstance(whole, str)
    assert isinstance(found, str)
    assert found.partition(":")[0] == whole.partition(":")[0]


def test_volumes_that_say_the_same_hold_one_object_that_says_it() -> None:
    text = json.dumps([volume(number, volumeType="ThinProvisioned", mappedSdcInfo=[MAPPING]) for number in (1, 2)])
    before = VOLUMES.decode_list(text.encode(), Counter())
    volumes = VOLUMES.decode_list(text.encode(), Counter())

    _share(volumes, {})

    one, other = volumes
    assert one.storage_pool_id is other.storage_pool_id
    assert one.volume_type is other.volume_type
    assert one.mapped_sdcs is other.mapped_sdcs
    assert volumes == before


def test_a_list_without_end_is_refused_when_it_has_more_objects_than_it_may() -> None:
    taken: list[wire.Volume] = []
    reader = ListReader(VOLUMES, taken.extend, max_objects=500, piece_bytes=4096)
    endless = ((b"," if number else b"[") + json.dumps(volume(number)).encode() for number in itertools.count())
    with pytest.raises(TooLargeError, match="the list of type Volume has more than 500 objects"):
        deque(map(reader.add, endless))
    assert len(taken) <= 500


@pytest.mark.parametrize(("objects", "refused"), [(500, False), (501, True)])
def test_a_list_that_cannot_be_cut_is_refused_before_it_is_decoded(objects: int, refused: bool) -> None:
    """Its first object begins as no other does, and all are counted by their braces."""
    reader = ListReader(VOLUMES, list, max_objects=500, piece_bytes=1024)
    first = json.dumps({"only": 1} | volume(0)).encode()
    rest = b",".join(json.dumps(volume(number)).encode() for number in range(1, objects))
    for chunk in (b"[" + first + b",", rest, b"]"):
        reader.add(chunk)
    if refused:
        with pytest.raises(TooLargeError, match="the Volume answer holds more than 500 objects"):
            reader.finish()
    else:
        reader.finish()


@pytest.mark.parametrize("body", [b'[{"a":1},' + b" " * 3000, b'[{"a":"' + b"x" * 3000], ids=["blanks", "one object"])
def test_what_cannot_be_cut_is_refused_before_it_takes_the_memory(body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "_MAX_UNCUT_BYTES", 2000)
    reader = ListReader(VOLUMES, lambda _: None, piece_bytes=100)

    with pytest.raises(TooLargeError, match="the list of type Volume cannot be read in pieces and has over 2000 bytes"):
        reader.add(body)


def test_what_cannot_be_cut_is_held_once_and_copied_once() -> None:
    body = b"[" + b" " * (50 << 20)
    reader = ListReader(VOLUMES, lambda _: None)
    reader.add(body)
    tracemalloc.start()
    try:
        with pytest.raises(AnswerError, match="not JSON"):
            reader.finish()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 60 << 20
