"""One finding of an examination."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from exporter.log import MASKER


class Severity(StrEnum):
    """How grave a finding is: in order, wrong or missing figures, something that will bite, or nothing."""

    ERROR = "error"
    WARNING = "warning"
    OK = "ok"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found of one source.

    Attributes:
        severity: how grave it is.
        source: the configured name.
        check: what was looked at, in a word.
        words: what was found, half a sentence.
        mend: what to do about it, a sentence or two; empty where all is well.
    """

    severity: Severity
    source: str
    check: str
    words: str
    mend: str = ""


def ok(source: str, check: str, words: str) -> Finding:
    """Return that all is well."""
    return Finding(Severity.OK, source, check, words)


def warning(source: str, check: str, words: str, mend: str) -> Finding:
    """Return what will bite one day."""
    return Finding(Severity.WARNING, source, check, words, mend)


def error(source: str, check: str, words: str, mend: str) -> Finding:
    """Return what makes figures wrong or missing."""
    return Finding(Severity.ERROR, source, check, words, mend)


def masked(finding: Finding) -> Finding:
    """Return the finding without any secret in its words."""
    return replace(finding, words=MASKER.mask(finding.words))
