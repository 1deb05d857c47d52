"""What is counted of the runs of health checks that the exporter has started."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class RunCounts:
    """Counts of one installation since the start, and whether runs are suspended now.

    Attributes:
        runs: runs that were started.
        failures: runs that brought no result.
        suspended: whether none is started because too many routers are stale at once.
    """

    runs: int = 0
    failures: int = 0
    suspended: bool = False
