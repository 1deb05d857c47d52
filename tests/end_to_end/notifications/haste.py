"""Rules and an Alertmanager configuration that do in seconds what they do in minutes."""

from __future__ import annotations

import re

_DURATION = re.compile(r"(?<!repeat_interval)(: ?|\[|offset )(\d+)([smhd])\b")
_MILLISECONDS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


def in_haste(text: str, by: int) -> str:
    """Divide every duration: how long alerts wait and fire on, ranges of expressions, how long messages are collected.

    What an expression has in seconds, as a number, stays, and so does the interval at which a message is repeated.
    """
    return _DURATION.sub(lambda found: f"{found[1]}{int(found[2]) * _MILLISECONDS[found[3]] // by}ms", text)
