"""Durations as Prometheus writes them: 30s, 5m, 1h30m."""

from __future__ import annotations

import re

_MILLISECONDS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}
_DURATION = re.compile("".join(f"(?:([0-9]{{1,12}}){unit})?" for unit in _MILLISECONDS))


def parse_duration(text: str) -> float:
    """Read a duration and give it in seconds.

    Whole numbers of days, hours, minutes, seconds and milliseconds (``d``, ``h``, ``m``, ``s``, ``ms``), in this
    order, each at most once.

    Raises:
        ValueError: the text is no such duration; the message says how one is written.
    """
    match = _DURATION.fullmatch(text)
    if not match or not text:
        example = f"{text}s" if text.isascii() and text.isdigit() else "30s, 5m or 1h30m"
        raise ValueError(f"not a duration; write a number with a unit, such as {example}")
    amounts = zip(match.groups(default="0"), _MILLISECONDS.values(), strict=True)
    return sum(int(amount) * milliseconds for amount, milliseconds in amounts) / 1000


def format_duration(seconds: float) -> str:
    """Write a duration of whole milliseconds in its shortest form."""
    rest = round(seconds * 1000)
    text = ""
    for unit, milliseconds in _MILLISECONDS.items():
        amount, rest = divmod(rest, milliseconds)
        text += f"{amount}{unit}" if amount else ""
    return text or "0s"
