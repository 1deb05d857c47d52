"""The page of the faults, written from the tables that the tests of this folder hold true."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from itertools import starmap

from tests.faults.answers import FAULTS, Fault
from tests.faults.calls import CALLS, GATEWAYS, Call
from tests.faults.fields import FIELDS, VALUES, Seen, Value
from tests.faults.lists import EMPTY, LASTING, TWICE, Lasting, Listed
from tests.faults.troubles import TROUBLES, Outcome, Trouble

_INTRODUCTION = """\
# Faults

What an operator sees when a gateway or a management server misbehaves. This page is written by `make docs` from the
tables in `tests/faults`. Each cell is what a test found: {cases} cases in all, against PowerFlex 3.6 and 4.5 and
CloudStack 4.20 and 4.22 of the [simulator](simulator.md), over real sockets.

**fails** stands for this, and the tests hold each of it:

* The polls of the collectors that need the answer fail: their `powerflex_exporter_poll_success` is 0. The log has one
  line for each with the words that stand here, and one more when it is over.
* What they knew stays on the page as it is until it is [too old](#when-it-lasts). No value changes.
* All other collectors go on, and the lines of all other sources stay the same, byte by byte.
* The next good answer heals it.

**down** is the same for every collector of the source, and its `powerflex_up` or `cloudstack_up` is 0. A management
server is down as well wherever its first call fails, `listZones`.

What to do about each message is in [Troubleshooting](troubleshooting.md).
"""

_ANSWERS = """
## A wrong answer

At every call, by its two sources in turn; one that is slow by both. No redirect is followed, so nothing secret goes
elsewhere. What is beyond a bound of [`limits`](configuration.md#limits) is refused before it is held in memory.

"""
_VALUES = """
## A wrong value

In every field that is read, at the gateway of 3.6 and the server of 4.20 unless only another has it. *Counted* means
in `powerflex_exporter_fields_ignored_total`, by type and field. Where a name changes and the id stays, no series of
the old name is left.

"""
_LISTS = """
## A list that is not what it was

"""
_TROUBLES = """
## A source in trouble

"""
_LASTING = """
## When it lasts

A reading is dropped when it is [older than three intervals](reading-the-numbers.md#old-readings-are-dropped), or than
one interval and two time-outs. Then this happens and nothing else, until the next good poll:

"""


def page() -> str:
    """Return the page as Markdown."""
    return "".join(
        (
            _INTRODUCTION.format(cases=_cases()),
            _ANSWERS,
            _table("Fault | At a gateway | At its login | At a management server", map(_fault, FAULTS)),
            _VALUES,
            _table("Value | In an id or a size | In any other field", map(_value, VALUES)),
            _LISTS,
            _table("The list of | An object stands in it twice | It holds nothing any more", map(_list, CALLS)),
            _TROUBLES,
            _table("Trouble | At a gateway | At a management server", starmap(_trouble, TROUBLES.items())),
            _LASTING,
            _table("Collector | Series that end | Others that change", starmap(_lasting, LASTING.items())),
        )
    )


def _cases() -> int:
    answers = sum(len(list(fault.cells())) + len(GATEWAYS) for fault in FAULTS)
    values = sum(len(list(field.values())) for field in FIELDS)
    troubles = sum(len(list(trouble.cells())) for trouble in TROUBLES.values())
    return answers + values + troubles + 3 * len(CALLS)


def _table(head: str, rows: Iterable[tuple[str, ...]]) -> str:
    rule = "|".join("---" for _ in head.split(" | "))
    return "".join(f"|{line}|\n" for line in (f" {head} ", rule, *(f" {' | '.join(row)} " for row in rows)))


def _fault(fault: Fault) -> tuple[str, ...]:
    at_gateway, at_login, at_server = map(_said, (fault.at_gateway, fault.at_login(), fault.at_server))
    return fault.name, f"fails: {at_gateway}{_spared(fault)}", f"down: {at_login}", f"fails: {at_server}"


def _said(words: str) -> str:
    """Quote a message; an ellipsis stands for what goes on, and for the bounds, which are far larger than here."""
    return f"`{re.sub('[0-9]{4,}', '…', f'{words}…' if words.endswith(' ') else words)}`"


def _spared(fault: Fault) -> str:
    """Say what the collectors do that can do without the answer to the bulk query."""
    return "".join(f"; `{collector}` goes on {spared.words}" for collector, spared in fault.spared.items())


def _value(value: Value) -> tuple[str, ...]:
    return value.name, _seen(value, strict=True), _seen(value, strict=False)


def _seen(value: Value, *, strict: bool) -> str:
    """Say what is seen of a value in most fields, and in which it is otherwise."""
    fields: dict[Seen, list[str]] = defaultdict(list)
    for field in FIELDS:
        if field.strict == strict and (seen := field.seen(value)):
            fields[seen].append(f"`{field.name}`")
    most, *others = sorted(fields, key=lambda seen: -len(fields[seen]))
    return most + "".join(f"; {seen} in {', '.join(fields[seen])}" for seen in others)


def _list(call: Call) -> tuple[str, ...]:
    return f"`{call.path.removeprefix('command=')}`", _listed(TWICE[call.path]), _listed(EMPTY[call.path])


def _listed(listed: Listed) -> str:
    return f"fails: {_said(listed.words)}" if listed.words else listed.remark


def _trouble(name: str, trouble: Trouble) -> tuple[str, ...]:
    return name, _outcome(trouble.at_gateway), _outcome(trouble.at_server)


def _outcome(outcome: Outcome | None) -> str:
    if outcome is None:
        return "cannot be"
    if outcome.words is None:
        return outcome.remark
    return f"{'down' if outcome.down else 'fails'}: {_said(outcome.words)}"


def _lasting(collector: tuple[str, str], lasting: Lasting) -> tuple[str, ...]:
    return f"`{'.'.join(collector)}`", _metrics(lasting.ends), _metrics(lasting.changes)


def _metrics(patterns: tuple[str, ...]) -> str:
    return ", ".join(f"`{pattern}`" for pattern in patterns)
