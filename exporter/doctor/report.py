"""Writes findings down, for people and for programs."""

from __future__ import annotations

import dataclasses
import json
import textwrap
from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from exporter.doctor.finding import Finding, Severity
from exporter.log import printable

_COLORS = {Severity.ERROR: "\033[31;1m", Severity.WARNING: "\033[33m", Severity.OK: "\033[32m"}
_BOLD, _PLAIN = "\033[1m", "\033[0m"
_WIDTH = 100
_INDENT = " " * 12


def as_text(findings: Sequence[Finding], *, color: bool) -> str:
    """Return the findings by source, each with what to do about it, and a line that counts them."""
    lines: list[str] = []
    for source, found in groupby(findings, key=lambda finding: finding.source):
        lines += [
            _painted(source, _BOLD, color=color),
            *(line for one in found for line in _lines(one, color=color)),
            "",
        ]
    counts = count(findings)
    verdict = f"{_number(counts[Severity.ERROR], 'error')}, {_number(counts[Severity.WARNING], 'warning')}"
    return "\n".join([*lines, verdict, ""])


def as_json(findings: Sequence[Finding]) -> str:
    """Return the findings as one JSON object."""
    counts = count(findings)
    return (
        json.dumps(
            {
                "errors": counts[Severity.ERROR],
                "warnings": counts[Severity.WARNING],
                "findings": [dataclasses.asdict(finding) for finding in findings],
            },
            indent=2,
            ensure_ascii=False,
        )
        + "\n"
    )


def count(findings: Sequence[Finding]) -> Counter[Severity]:
    """Count the findings by how grave they are."""
    return Counter(finding.severity for finding in findings)


def _lines(finding: Finding, *, color: bool) -> list[str]:
    severity = _painted(f"{finding.severity:<7}", _COLORS[finding.severity], color=color)
    text = textwrap.wrap(
        printable(f"{finding.check}: {finding.words}"),
        _WIDTH - len(_INDENT),
        break_long_words=False,
        break_on_hyphens=False,
    )
    mend = textwrap.wrap(finding.mend, _WIDTH - len(_INDENT) - 2, break_long_words=False, break_on_hyphens=False)
    return [
        f"  {severity}   {text[0]}",
        *(f"{_INDENT}{line}" for line in text[1:]),
        *(f"{_INDENT}{'> ' if number == 0 else '  '}{line}" for number, line in enumerate(mend)),
    ]


def _painted(text: str, paint: str, *, color: bool) -> str:
    return f"{paint}{text}{_PLAIN}" if color else text


def _number(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
