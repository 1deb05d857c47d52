"""Figures as one reads them."""

from __future__ import annotations

_KIB = 1024
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")


def human_bytes(count: int) -> str:
    """Return a number of bytes as one reads it, such as 1.5 TiB."""
    value = float(count)
    for unit in _UNITS:
        if abs(value) < _KIB or unit == _UNITS[-1]:
            return f"{value:.0f} B" if unit == "B" else f"{value:.1f} {unit}"
        value /= _KIB
    raise AssertionError


def percent(share: float, digits: int = 0) -> str:
    """Return a share of 1 as one reads it, such as 85 %."""
    return f"{100 * share:.{digits}f} %"


def age(seconds: float) -> str:
    """Return a number of seconds as one reads it, such as 3 min."""
    if seconds < 120:  # noqa: PLR2004
        return f"{seconds:.0f} s"
    if seconds < 7200:  # noqa: PLR2004
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def number_of(count: int, one: str, many: str) -> str:
    """Return a count with its noun."""
    return f"{count} {one if count == 1 else many}"
