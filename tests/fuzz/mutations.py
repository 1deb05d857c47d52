"""Answers that are not what they were: fields dropped, renamed and retyped, objects twice or gone, bodies cut short."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec import Raw

from exporter.cloudstack import wire as cloudstack
from exporter.powerflex import wire as powerflex
from tests.fuzz.tape import Call, Tape

Draw = st.DrawFn
Fields = dict[str, Any]
Tree = Any
"""What JSON was, with raw JSON in it by now."""

READ = {
    one.encode_name
    for module in (cloudstack, powerflex)
    for record in vars(module).values()
    if isinstance(record, type) and issubclass(record, msgspec.Struct)
    for one in msgspec.structs.fields(record)
} | {"count", "results", "paging"}
"""The fields that are asked for."""

ODD_JSON = [
    *("null", "true", "false", "0", "1", "-1", "-0", "1.0", "1.5", "1e2", "1e400", "-1e400", "[]", "{}", "[[]]"),
    *("[null]", '["x"]', '[{"id":"x"}]', '{"id":null}', "NaN", "Infinity", '1,"name":2', '1,"id":"x"', "[1,", "}"),
    *(str(number) for number in (2**31, 2**63 - 1, 2**63, 2**64, -(2**63), 10**30, 10**400)),
    "1" * 5000,
    *(f'"{word}"' for word in ("12", "-1", "1.0", "1.5", "1e2", "1e400", "012", "+1", " 1", "1_0", "0x1", "\u0663")),
    *(f'"{word}"' for word in ("NaN", "nan", "Infinity", "-inf", "Unlimited", "N/A", "null", "Null", "true", "FALSE")),
    *(f'"{number}"' for number in (2**63, 10**400)),
    *('"\\ud800"', '"\\udc00\\ud83d"', '"a\\\\ud800"', '"\\\\\\ud800"', '"\\ud83d\\ude00"', '"\\u0000"'),
    *("253402300799", "253402300800", '"0001-01-01T00:00:00+14:00"', '"9999-12-31T23:59:59-14:00"'),
    *('"2026-02-30T00:00:00+0000"', '"2026-09-21T10:00:00"', '"2026-09-21T10:00:00+0000"', '"2026-09-21"'),
    *("[" * 200 + "]" * 200, "[" * 100_000),
]
NOT_UTF_8 = [b'"\xff"', b'"half \xc3"', b'"\xed\xa0\x80"']

WORDS = [
    *("", " ", "x", "Active", "ClusteredNormal", "Connected", "Joined", "Normal", "NoMaintenance", "None"),
    *("NotInMigration", "MigrationInProgress", "ThinProvisioned", "Snapshot", "ErasureCoding", "EC", "NVMeHost"),
    *("PowerFlex", "KVM", "Up", "Maintenance", "Ready", "Destroy", "Expunged", "Migrating", "Running", "Stopped"),
    *("Down", "Alert", "Offline", "UNKNOWN", "DATADISK", "connectivity.test", "filesystem.writable.test", "SUCCESS"),
    *("failed", "warning", "CRITICAL", "alert_high", "0001-01-01T00:00:00Z", "/rest/v1/alerts?offset=1"),
    *("custom.cs.identifier", "10ee", "vol-1-6aef-10ee", "snap-2-6aef-10ee", "vmsnap-3-4-6aef-10ee", "tmpl-5-6aef-"),
    *("\\ud800", "# HELP powerflex_up gauge", 'x"} 1\npowerflex_up{system="forged"} 7', "long " * 1000, "NaN"),
]
HOSTILE = st.text(st.sampled_from("ab\"\\\n\r\t\0'{}=,:# \u0085\u2028\u20ac\U0001f4be"), max_size=8)
ODD = st.sampled_from([*(odd.encode() for odd in ODD_JSON), *NOT_UTF_8]).map(Raw)
TEXTS = st.sampled_from(WORDS) | HOSTILE | st.text(max_size=12)


@dataclass(frozen=True)
class Change:
    """Bodies in place of those that were recorded, and what was done to them."""

    bodies: Mapping[Call, bytes] = field(repr=False)
    done: tuple[str, ...]


NOTHING = Change({}, ())


@st.composite
def changes(draw: Draw, tape: Tape, calls: list[Call]) -> Change:
    """Change the answers to some of these calls."""
    trees: dict[Call, Tree] = {}
    done = []
    for call in draw(st.lists(st.sampled_from(calls), min_size=1, max_size=4)):
        tree = trees.setdefault(call, json.loads(tape.answers[call].body))
        change = draw(st.sampled_from([_field, _field, _field, _everywhere, _row]))
        done.append(f"{call.source}, {call.name}: {change(draw, tree)}")
    bodies = {call: msgspec.json.encode(tree) for call, tree in trees.items()}
    if draw(st.integers(0, 9)) == 0:
        call = draw(st.sampled_from(calls))
        bodies[call] = draw(_broken(tape.answers[call].body))
        done.append(f"{call.source}, {call.name}: {bodies[call][:40]!r}, {len(bodies[call])} bytes")
    return Change(bodies, tuple(done))


def _within(tree: Tree) -> Iterator[Tree]:
    """Give a tree and all that is in it."""
    yield tree
    for child in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _within(child)


def _objects(draw: Draw, tree: Tree) -> list[Fields]:
    """Give the objects of a tree: those with a field that is asked for, and now and then the others."""
    found = [one for one in _within(tree) if isinstance(one, dict) and one]
    asked = [one for one in found if one.keys() & READ]
    return found if draw(st.integers(0, 9)) == 0 else asked or found


def _field(draw: Draw, tree: Tree) -> str:
    """Change one field of one object."""
    objects = _objects(draw, tree)
    if not objects:
        return "nothing"
    at = draw(st.integers(0, len(objects) - 1))
    name = _name(draw, objects[at])
    return f"object {at}, {_change(draw, [objects[at]], name, objects)}"


def _everywhere(draw: Draw, tree: Tree) -> str:
    """Change a field of every object in the same way."""
    objects = _objects(draw, tree)
    if not objects:
        return "nothing"
    name = _name(draw, draw(st.sampled_from(objects)))
    return f"every object, {_change(draw, [one for one in objects if name in one], name, objects)}"


def _name(draw: Draw, chosen: Fields) -> str:
    asked = sorted(chosen.keys() & READ)
    return draw(st.sampled_from(asked or sorted(chosen)))


def _change(draw: Draw, chosen: list[Fields], name: str, others: list[Fields]) -> str:
    how = draw(st.sampled_from(["drop", "rename", "borrow", "odd", "odd", "text", "text"]))
    if how in {"drop", "rename"}:
        for one in chosen:
            kept = one.pop(name)
            if how == "rename":
                one[name.upper()] = kept
        return f"{how} {name}"
    values = {"borrow": st.sampled_from([one[name] for one in others if name in one]), "odd": ODD, "text": TEXTS}
    # No part of the tree, lest the tree become a part of itself.
    value = copy.deepcopy(draw(values[how]))
    for one in chosen:
        one[name] = copy.deepcopy(value)
    return f"{name} = {bytes(value) if isinstance(value, Raw) else value!r}"


def _row(draw: Draw, tree: Tree) -> str:
    """Let an element of a list be there twice, or not at all, or let it be something else."""
    lists = [one for one in _within(tree) if isinstance(one, list) and one]
    if not lists:
        return "nothing"
    number = draw(st.integers(0, len(lists) - 1))
    chosen = lists[number]
    at = draw(st.integers(0, len(chosen) - 1))
    how = draw(st.sampled_from(["twice", "gone", "reversed", "none", "odd"]))
    if how == "twice":
        chosen.append(copy.deepcopy(chosen[at]))
    elif how == "gone":
        chosen.pop(at)
    elif how == "reversed":
        chosen.reverse()
    elif how == "none":
        chosen.clear()
    else:
        chosen[at] = draw(ODD)
    return f"list {number}, element {at} {how}"


def _broken(body: bytes) -> st.SearchStrategy[bytes]:
    """Give bodies that are no such answer."""
    others = [b"", b" ", b"null", b"[]", b"{}", b"[[]]", b"5", b"<html></html>", b"\xef\xbb\xbf[]", body + body]
    return st.sampled_from(others) | st.integers(0, len(body)).map(lambda end: body[:end])
