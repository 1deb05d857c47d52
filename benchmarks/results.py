"""Small figures that several measurements need."""

from __future__ import annotations

import resource
import statistics
from collections.abc import Iterable
from pathlib import Path

_MIB = 1024


def median(values: Iterable[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def peak_rss_mib() -> float:
    """Return the largest resident set of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MIB


def rss_mib(pid: int | str = "self") -> float:
    """Return the resident set of a process now."""
    return _status(pid, "VmRSS")


def peak_mib(pid: int) -> float:
    """Return the largest resident set of another process so far."""
    return _status(pid, "VmHWM")


def cpu_seconds(pid: int) -> float:
    """Return the CPU seconds that another process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def _status(pid: int | str, name: str) -> float:
    text = Path(f"/proc/{pid}/status").read_text()
    return int(text.partition(f"{name}:")[2].split()[0]) / _MIB
