from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from exporter.decode import Decoder, IgnoredFields
from exporter.errors import AnswerError
from exporter.model import powerflex as model
from exporter.powerflex import wire

PATIENT = settings(deadline=None)
VOLUMES = Decoder(wire.Volume, "Volume")
POOLS = Decoder(wire.StoragePool, "StoragePool")
POOL_STATISTICS = Decoder(wire.PoolStatistics, "StoragePool")
SYSTEMS = Decoder(wire.System, "System")
TREES = Decoder(wire.VTree, "VTree")
TREE_STATISTICS = Decoder(wire.VTreeStatistics, "VTree")
SDCS = Decoder(wire.Sdc, "Sdc")

SOUND: dict[str, Any] = {"id": "v1", "storagePoolId": "p1", "vtreeId": "t1", "sizeInKb": 8388608}


def one_volume(**changes: str) -> tuple[wire.Volume, dict[str, int]]:
    """Decode a sound volume in which these fields have this raw JSON instead."""
    raw = {name: json.dumps(value) for name, value in SOUND.items()} | changes
    body = "[{" + ",".join(f'"{name}":{value}' for name, value in raw.items()) + "}]"
    ignored: IgnoredFields = Counter()
    (volume,) = VOLUMES.decode_list(body.encode(), ignored)
    return volume, {field: count for (_, field), count in ignored.items()}


def test_a_sound_volume_with_every_field() -> None:
    body = json.dumps(
        [
            {
                **SOUND,
                "name": "vol-11-6aef-10ee",
                "volumeType": "ThinProvisioned",
                "ancestorVolumeId": None,
                "creationTime": 1700000000,
                "mappedSdcInfo": [
                    {"sdcId": "c1", "limitIops": 100, "limitBwInMbps": 20, "sdcIp": "10.0.0.1", "sdcName": None},
                    {"sdcId": "c2"},
                ],
                "links": [{"rel": "self", "href": "/api/instances/Volume::v1"}],
                "something": {"new": [1, 2.5, None, True]},
            }
        ]
    )
    ignored: IgnoredFields = Counter()

    (volume,) = VOLUMES.decode_list(body.encode(), ignored)

    assert (volume.id, volume.storage_pool_id, volume.vtree_id, volume.size_kib) == ("v1", "p1", "t1", 8388608)
    assert (volume.name, volume.volume_type) == ("vol-11-6aef-10ee", "ThinProvisioned")
    assert (volume.ancestor_volume_id, volume.creation_time) == (None, 1700000000)
    assert volume.mapped_sdcs == (
        wire.SdcMapping(sdc_id="c1", limit_iops=100, limit_bandwidth_mbps=20),
        wire.SdcMapping(sdc_id="c2"),
    )
    assert isinstance(volume, model.Volume)
    assert not ignored


def test_what_is_not_there_is_unknown() -> None:
    volume, ignored = one_volume()

    assert (volume.name, volume.volume_type, volume.ancestor_volume_id, volume.creation_time) == (None,) * 4
    assert volume.mapped_sdcs is UNSET
    assert ignored == {}


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("0", 0),
        ("-0", 0),
        ("8", 8),
        ('"8"', 8),
        ("8.0", 8),
        ("8e0", 8),
        ("9223372036854775807", 2**63 - 1),
        ('"9223372036854775807"', 2**63 - 1),
    ],
)
def test_numbers_and_numbers_in_strings(raw: str, value: int) -> None:
    volume, ignored = one_volume(sizeInKb=raw, creationTime=raw)

    assert (volume.size_kib, volume.creation_time) == (value, value)
    assert ignored == {}


NO_NUMBER_KNOWN = ["null", '"NaN"', '"nan"', '"Unlimited"', '"UNLIMITED"', '"N/A"', '""', '"  "', '" NaN "']


@pytest.mark.parametrize("raw", NO_NUMBER_KNOWN)
def test_words_for_no_number_are_no_fault(raw: str) -> None:
    volume, ignored = one_volume(creationTime=raw)

    assert volume.creation_time is None
    assert ignored == {}


FAULTY_NUMBERS = [
    "-1",
    '"-1"',
    "8.5",
    '"8.5"',
    "1e400",
    "-1e400",
    '"1e400"',
    "9223372036854775808",
    '"9223372036854775808"',
    "1" * 400,
    "true",
    "false",
    '"true"',
    '"eight"',
    '"8 GB"',
    '"0x8"',
    '"1_000"',
    '"Infinity"',
    "[]",
    "[8]",
    "{}",
    '{"value":8}',
]


@pytest.mark.parametrize("raw", FAULTY_NUMBERS)
def test_a_fault_in_an_optional_number_is_counted_and_costs_that_field_alone(raw: str) -> None:
    volume, ignored = one_volume(creationTime=raw, name='"kept"')

    assert volume.creation_time is None
    assert volume.name == "kept"
    assert ignored == {"creationTime": 1}


@pytest.mark.parametrize("raw", [*FAULTY_NUMBERS, *NO_NUMBER_KNOWN])
def test_a_size_at_fault_or_unknown_fails_the_answer_and_names_the_object(raw: str) -> None:
    with pytest.raises(AnswerError, match=r"sizeInKb of a Volume \(\"v1\"\) is at fault"):
        one_volume(sizeInKb=raw)


@pytest.mark.parametrize("field", ["id", "storagePoolId", "vtreeId"])
@pytest.mark.parametrize("raw", ["null", '""', "5", "true", "[]", "{}"])
def test_an_identity_at_fault_fails_the_answer(field: str, raw: str) -> None:
    with pytest.raises(AnswerError, match=f"{field} of a Volume"):
        one_volume(**{field: raw})


@pytest.mark.parametrize("field", ["id", "storagePoolId", "vtreeId", "sizeInKb"])
def test_an_identity_or_size_that_is_missing_fails_the_answer(field: str) -> None:
    body = json.dumps([SOUND, {name: value for name, value in SOUND.items() if name != field}])

    with pytest.raises(AnswerError, match=f"has no {field}"):
        VOLUMES.decode_list(body.encode(), Counter())


@pytest.mark.parametrize("raw", ["1", "1.5", "true", "[]", "{}", '["a"]'])
def test_a_name_that_is_no_text_is_counted(raw: str) -> None:
    volume, ignored = one_volume(name=raw)

    assert volume.name is None
    assert ignored == {"name": 1}


@pytest.mark.parametrize("word", ["NaN", "null", "none", "true", "12", "", " ", "n/a", "\x00", "😀", 'a"b\\c\nd'])
def test_a_text_is_kept_as_it_is_whatever_it_says(word: str) -> None:
    volume, ignored = one_volume(name=json.dumps(word), creationTime="[]")
    assert volume.name == word
    assert ignored == {"creationTime": 1}

    volume, ignored = one_volume(name=json.dumps(word))
    assert volume.name == word
    assert ignored == {}


@pytest.mark.parametrize("raw", ["null", "[]"])
def test_no_mapping_is_known_to_be_none(raw: str) -> None:
    volume, ignored = one_volume(mappedSdcInfo=raw)

    assert volume.mapped_sdcs is not UNSET
    assert not volume.mapped_sdcs
    assert ignored == {}


@pytest.mark.parametrize("raw", ["{}", '"c1"', "5", "[null]", '["c1"]', "[{}]", '[{"sdcId":""}]', '[{"sdcId":null}]'])
def test_mappings_of_a_wrong_type_are_unknown_and_counted(raw: str) -> None:
    volume, ignored = one_volume(mappedSdcInfo=raw)

    assert volume.mapped_sdcs is UNSET
    assert ignored == {"mappedSdcInfo": 1}


@pytest.mark.parametrize("word", ["NaN", "Unlimited", ""])
def test_a_mapping_whose_limit_is_a_word_for_no_number_is_still_a_mapping(word: str) -> None:
    volume, ignored = one_volume(mappedSdcInfo=json.dumps([{"sdcId": "c1", "limitIops": word}, {"sdcId": "c2"}]))

    assert volume.mapped_sdcs == (wire.SdcMapping(sdc_id="c1"), wire.SdcMapping(sdc_id="c2"))
    assert ignored == {}


def test_a_mapping_whose_limit_is_at_fault_is_still_a_mapping() -> None:
    volume, ignored = one_volume(mappedSdcInfo='[{"sdcId":"c1","limitIops":-1,"limitBwInMbps":7}]')

    assert volume.mapped_sdcs == (wire.SdcMapping(sdc_id="c1", limit_bandwidth_mbps=7),)
    assert sum(ignored.values()) == 1


def test_of_a_key_that_stands_twice_the_last_counts_on_both_paths() -> None:
    fast, _ = one_volume(name='"a","name":"b"')
    slow, _ = one_volume(name='"a","name":"b"', creationTime="[]")
    healed, ignored = one_volume(sizeInKb='"x","sizeInKb":8')

    assert (fast.name, slow.name) == ("b", "b")
    assert (healed.size_kib, ignored) == (8, {})
    with pytest.raises(AnswerError):
        one_volume(sizeInKb='8,"sizeInKb":"x"')


@pytest.mark.parametrize("name", [b'"\xff"', b'"\xc3"', b'"\xed\xa0\x80"', b'"\xf8\x88\x80\x80\x80"'])
def test_a_name_that_is_not_utf_8_costs_that_field_alone(name: bytes) -> None:
    body = b'[{"id":"v1","storagePoolId":"p1","vtreeId":"t1","sizeInKb":8,"name":' + name + b"}]"
    ignored: IgnoredFields = Counter()

    (volume,) = VOLUMES.decode_list(body, ignored)

    assert volume.name is None
    assert ignored == {("Volume", "name"): 1}


@pytest.mark.parametrize("name", [r'"\ud800"', r'"\ud800 and then some"', r'"\udc00\ud800"', r'"a\ud83d"'])
def test_a_name_with_half_a_surrogate_pair_costs_that_field_alone(name: str) -> None:
    volume, ignored = one_volume(name=name)

    assert volume.name is None
    assert ignored == {"name": 1}


def test_a_name_that_holds_the_letters_of_an_escape_is_read_beside_a_fault() -> None:
    volume, ignored = one_volume(name=r'"\\ud800 \\\\udc00 \" \ud83d\ude00"', creationTime="[]")

    assert volume.name == '\\ud800 \\\\udc00 " \U0001f600'
    assert ignored == {"creationTime": 1}


def test_bytes_that_are_not_utf_8_in_a_field_that_nobody_reads_do_no_harm() -> None:
    body = b'[{"id":"v1","storagePoolId":"p1","vtreeId":"t1","sizeInKb":8,"desc":"\xff","creationTime":[]}]'
    ignored: IgnoredFields = Counter()

    (volume,) = VOLUMES.decode_list(body, ignored)

    assert volume.id == "v1"
    assert ignored == {("Volume", "creationTime"): 1}


MALFORMED = [
    pytest.param(b"", id="nothing"),
    pytest.param(b" \n", id="blanks"),
    pytest.param(b"<html><body>502 Bad Gateway</body></html>", id="HTML"),
    pytest.param(b"\xef\xbb\xbf[]", id="byte order mark"),
    pytest.param(b"\x1f\x8b\x08\x00", id="gzip"),
    pytest.param(b"[", id="truncated at once"),
    pytest.param(b'[{"id":"v1","storagePoolId":"p1","vtreeId":"t1","sizeInKb":8}', id="truncated between objects"),
    pytest.param(b'[{"id":"v1","storagePoolId":"p1","vtreeId":"t1","sizeInKb":8', id="truncated in a number"),
    pytest.param(b'[{"id":"v', id="truncated in a string"),
    pytest.param(b"[] []", id="two documents"),
    pytest.param(b"[{'id':'v1'}]", id="single quotes"),
    pytest.param(b"[NaN]", id="NaN"),
    pytest.param(b"[" * 100_000, id="deep"),
    pytest.param(b'{"a":' * 100_000, id="deep objects"),
]


@pytest.mark.parametrize("body", MALFORMED)
def test_what_is_not_json_is_an_answer_error_everywhere(body: bytes) -> None:
    for decode in (VOLUMES.decode_list, POOL_STATISTICS.decode_map, TREE_STATISTICS.decode_object):
        ignored: IgnoredFields = Counter()
        with pytest.raises(AnswerError):
            decode(body, ignored)
        assert not ignored


@pytest.mark.parametrize("body", [b"null", b"{}", b'{"Volume":[]}', b'"text"', b"5", b"[null]", b"[[]]", b'["v1"]'])
def test_a_list_of_another_shape_is_refused(body: bytes) -> None:
    with pytest.raises(AnswerError, match="Volume answer is not a list"):
        VOLUMES.decode_list(body, Counter())


def test_an_empty_list_is_a_list() -> None:
    assert VOLUMES.decode_list(b"[]", Counter()) == []


def test_a_deep_field_that_fails_does_not_end_the_process() -> None:
    deep = "[" * 100_000 + "]" * 100_000

    with pytest.raises(AnswerError):
        one_volume(name=deep)
    volume, ignored = one_volume(name="[" * 500 + "]" * 500)
    assert (volume.name, ignored) == (None, {"name": 1})


@pytest.mark.parametrize(("raw", "value"), [("true", True), ("false", False), ('"true"', True), ('"False"', False)])
def test_booleans(raw: str, value: bool) -> None:
    body = f'[{{"id":"p1","name":"gold","zeroPaddingEnabled":{raw}}}]'

    (pool,) = POOLS.decode_list(body.encode(), Counter())

    assert pool.zero_padding is value


@pytest.mark.parametrize("raw", ["2", "-1", '"yes"', "[]", "1.0"])
def test_a_boolean_at_fault_is_counted(raw: str) -> None:
    ignored: IgnoredFields = Counter()

    (pool,) = POOLS.decode_list(f'[{{"id":"p1","name":"gold","zeroPaddingEnabled":{raw}}}]'.encode(), ignored)

    assert pool.zero_padding is None
    assert ignored == {("StoragePool", "zeroPaddingEnabled"): 1}


@pytest.mark.parametrize("raw", ["null", '""', "7"])
def test_a_pool_without_a_name_fails_the_answer(raw: str) -> None:
    with pytest.raises(AnswerError, match=r"name of a StoragePool \(\"p1\"\)"):
        POOLS.decode_list(f'[{{"id":"p1","name":{raw}}}]'.encode(), Counter())


def bwc(raw: str) -> tuple[model.Bwc | None, dict[str, int]]:
    ignored: IgnoredFields = Counter()
    body = f'{{"StoragePool":{{"p1":{{"maxCapacityInKb":5,"userDataReadBwc":{raw}}}}}}}'
    statistics = POOL_STATISTICS.decode_map(body.encode(), ignored)["p1"]
    assert statistics.max_capacity_kib == 5
    return statistics.read, {field: count for (_, field), count in ignored.items()}


def test_a_sample_with_its_numbers_in_strings() -> None:
    assert bwc('{"numSeconds":"1","totalWeightInKb":"2","numOccured":3}') == (
        wire.Bwc(seconds=1, total_weight_kib=2, occurred=3),
        {},
    )


@pytest.mark.parametrize("raw", ["[]", "7", '"x"', '{"numSeconds":-1,"totalWeightInKb":2,"numOccured":3}'])
def test_a_sample_at_fault_is_absent_and_counted_once(raw: str) -> None:
    sample, ignored = bwc(raw)

    assert sample is None
    assert sum(ignored.values()) == 1


@pytest.mark.parametrize(
    "raw",
    [
        "null",
        '"NaN"',
        '{"numSeconds":null,"totalWeightInKb":2,"numOccured":3}',
        '{"numSeconds":1,"totalWeightInKb":"NaN","numOccured":3}',
    ],
)
def test_a_sample_of_unknown_numbers_is_absent_and_no_fault(raw: str) -> None:
    assert bwc(raw) == (None, {})


def test_of_a_nested_object_the_sound_fields_are_kept() -> None:
    ignored: IgnoredFields = Counter()
    body = b"""[{"id":"s","mdmCluster":{"clusterState":"ClusteredNormal","clusterMode":5,"goodNodesNum":"3"},
                 "capacityTimeLeftInDays":"Unlimited"}]"""

    (system,) = SYSTEMS.decode_list(body, ignored)

    assert system == wire.System(id="s", cluster=wire.MdmCluster(state="ClusteredNormal", mode=None, nodes_good=3))
    assert ignored == {("System", "clusterMode"): 1}


def test_a_nested_object_that_is_none_is_counted_by_its_own_name() -> None:
    ignored: IgnoredFields = Counter()

    trees = TREES.decode_list(
        b"""[{"id":"t1","storagePoolId":"p1","vtreeMigrationInfo":[]},
             {"id":"t2","storagePoolId":"p1","vtreeMigrationInfo":{"migrationStatus":7}},
             {"id":"t3","storagePoolId":"p1","vtreeMigrationInfo":{"migrationStatus":"NotInMigration"}},
             {"id":"t4","storagePoolId":"p1","vtreeMigrationInfo":null}]""",
        ignored,
    )

    assert [tree.migration and tree.migration.status for tree in trees] == [None, None, "NotInMigration", None]
    assert ignored == {("VTree", "vtreeMigrationInfo"): 1, ("VTree", "migrationStatus"): 1}


def test_a_list_of_texts_with_something_else_in_it_is_counted() -> None:
    ignored: IgnoredFields = Counter()

    sdcs = SDCS.decode_list(b'[{"id":"c1","sdcIps":["10.0.0.1"]},{"id":"c2","sdcIps":[5]}]', ignored)

    assert [sdc.ips for sdc in sdcs] == [("10.0.0.1",), None]
    assert ignored == {("Sdc", "sdcIps"): 1}


def test_a_bulk_answer() -> None:
    ignored: IgnoredFields = Counter()
    body = b"""{"VTree":{"t1":{"netProvisionedAddressesInKb":7},"t2":{"netProvisionedAddressesInKb":"9"},
                         "t3":{"netProvisionedAddressesInKb":null},"t4":{},"t5":{"netProvisionedAddressesInKb":-1}}}"""

    found = TREE_STATISTICS.decode_map(body, ignored)

    assert {tree: one.used_kib for tree, one in found.items()} == {"t1": 7, "t2": 9, "t3": None, "t4": None, "t5": None}
    assert ignored == {("VTree", "netProvisionedAddressesInKb"): 1}


@pytest.mark.parametrize("body", [b"{}", b'{"VTree":{}}', b'{"Volume":{"v1":{}}}'])
def test_a_bulk_answer_without_that_type_is_empty(body: bytes) -> None:
    assert TREE_STATISTICS.decode_map(body, Counter()) == {}


@pytest.mark.parametrize("body", [b"[]", b"null", b'{"VTree":[]}', b'{"VTree":{"t1":[]}}', b'{"VTree":{"t1":5}}'])
def test_a_bulk_answer_of_another_shape_is_refused(body: bytes) -> None:
    with pytest.raises(AnswerError, match="VTree answer is not an object of objects"):
        TREE_STATISTICS.decode_map(body, Counter())


def test_one_object() -> None:
    ignored: IgnoredFields = Counter()

    assert TREE_STATISTICS.decode_object(b'{"netProvisionedAddressesInKb":7}', ignored).used_kib == 7
    assert TREE_STATISTICS.decode_object(b'{"netProvisionedAddressesInKb":"x"}', ignored).used_kib is None
    assert ignored == {("VTree", "netProvisionedAddressesInKb"): 1}
    with pytest.raises(AnswerError, match="VTree answer is not an object"):
        TREE_STATISTICS.decode_object(b"[]", ignored)


def test_counts_add_up_over_answers() -> None:
    ignored: IgnoredFields = Counter({("Volume", "name"): 5})
    body = json.dumps([SOUND | {"name": 1}, SOUND | {"name": 2, "creationTime": -1}]).encode()

    VOLUMES.decode_list(body, ignored)
    VOLUMES.decode_list(body, ignored)

    assert ignored == {("Volume", "name"): 9, ("Volume", "creationTime"): 2}


def test_a_failed_answer_names_the_object_however_odd_its_id() -> None:
    body = json.dumps([SOUND | {"id": 'a"\n' + "x" * 500, "sizeInKb": -1}]).encode()

    with pytest.raises(AnswerError) as failure:
        VOLUMES.decode_list(body, Counter())

    assert "\n" not in str(failure.value)
    assert len(str(failure.value)) < 300


def test_what_to_ask_for_is_named_as_the_gateway_does() -> None:
    assert TREE_STATISTICS.properties == ["netProvisionedAddressesInKb"]
    assert POOL_STATISTICS.properties[:2] == ["maxCapacityInKb", "spareCapacityInKb"]
    assert len(set(POOL_STATISTICS.properties)) == len(POOL_STATISTICS.properties) == 20


Drawn = tuple[Any, Any, int]
"""What stands in the JSON, what is expected of it, and how many faults that is."""

FAULTY_COUNTS: list[Any] = [-1, 2**63, "x", True, [], {}, [1], {"a": 1}, 1.5]
COUNTS: st.SearchStrategy[Drawn] = st.one_of(
    st.integers(0, 2**63 - 1).map(lambda number: (number, number, 0)),
    st.integers(0, 2**63 - 1).map(lambda number: (str(number), number, 0)),
    st.sampled_from([(word, None, 0) for word in (None, "NaN", "Unlimited", "", "n/a")]),
    st.sampled_from([(fault, None, 1) for fault in FAULTY_COUNTS]),
)
FAULTY_TEXTS: list[Any] = [1, 1.5, True, [], {}, ["a"]]
TEXTS: st.SearchStrategy[Drawn] = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"])).map(lambda text: (text, text, 0)),
    st.just((None, None, 0)),
    st.sampled_from([(fault, None, 1) for fault in FAULTY_TEXTS]),
)
OPTIONAL = {
    "name": ("name", TEXTS),
    "volumeType": ("volume_type", TEXTS),
    "ancestorVolumeId": ("ancestor_volume_id", TEXTS),
    "creationTime": ("creation_time", COUNTS),
}


@st.composite
def objects(draw: st.DrawFn) -> tuple[dict[str, Any], wire.Volume, Counter[tuple[str, str]]]:
    identity = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5)
    ids = [draw(identity) for _ in range(3)]
    size = draw(st.integers(0, 2**63 - 1))
    raw: dict[str, Any] = {"id": ids[0], "storagePoolId": ids[1], "vtreeId": ids[2]}
    raw["sizeInKb"] = draw(st.sampled_from([size, str(size)]))
    expected: dict[str, Any] = {}
    faults: Counter[tuple[str, str]] = Counter()
    for name in draw(st.lists(st.sampled_from(sorted(OPTIONAL)), unique=True)):
        field, values = OPTIONAL[name]
        raw[name], expected[field], count = draw(values)
        if count:
            faults["Volume", name] += count
    raw = dict(draw(st.permutations(list(raw.items()))))
    return (
        raw,
        wire.Volume(id=ids[0], storage_pool_id=ids[1], vtree_id=ids[2], size_kib=size, **expected),
        faults,
    )


@PATIENT
@given(st.lists(objects(), max_size=6), st.booleans())
def test_every_object_and_field_without_a_fault_is_decoded_whatever_stands_beside_it(
    drawn: list[tuple[dict[str, Any], wire.Volume, Counter[tuple[str, str]]]],
    ascii_only: bool,
) -> None:
    ignored: IgnoredFields = Counter()

    decoded = VOLUMES.decode_list(json.dumps([raw for raw, _, _ in drawn], ensure_ascii=ascii_only).encode(), ignored)

    assert decoded == [expected for _, expected, _ in drawn]
    assert ignored == sum((faults for _, _, faults in drawn), Counter())


@PATIENT
@given(st.lists(objects(), min_size=1, max_size=6))
def test_the_slow_path_says_the_same_as_the_fast_one(
    drawn: list[tuple[dict[str, Any], wire.Volume, Counter[tuple[str, str]]]],
) -> None:
    sound = [raw for raw, _, faults in drawn if not faults]
    fast = VOLUMES.decode_list(json.dumps(sound).encode(), Counter())

    slow = VOLUMES.decode_list(json.dumps([*sound, SOUND | {"name": 5}]).encode(), Counter())

    assert slow[:-1] == fast


@PATIENT
@given(st.binary(max_size=300))
def test_no_bytes_whatever_raise_anything_but_an_answer_error(body: bytes) -> None:
    for decode in (VOLUMES.decode_list, POOL_STATISTICS.decode_map, TREE_STATISTICS.decode_object):
        try:
            decode(body, Counter())
        except AnswerError as error:
            assert str(error)  # noqa: PT017 - either outcome is right


@PATIENT
@given(st.data())
def test_no_damage_to_a_sound_answer_raises_anything_but_an_answer_error(data: st.DataObject) -> None:
    body = bytearray(
        json.dumps([SOUND | {"name": "vol-1-aaaa-x", "creationTime": 5, "mappedSdcInfo": None}] * 3).encode()
    )
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))

    try:
        volumes = VOLUMES.decode_list(bytes(body), Counter())
    except AnswerError:
        return
    assert all(volume.id and volume.storage_pool_id and volume.size_kib >= 0 for volume in volumes)
    assert all((volume.name or "").encode() is not None for volume in volumes), "every name can be written"
