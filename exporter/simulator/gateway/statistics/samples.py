"""I/O as the gateway reports it: Bwc objects, that is samples over a short window, and not counters."""

from typing import Any

from exporter.simulator.scenario.load import Load

_LONG_WINDOW = 5
"""Seconds that the disks' samples cover; those of user data cover one."""


def bwc(seconds: int, kib: int, occurred: int) -> dict[str, int]:
    """One sample; where nothing happened it covers 0 seconds. The misspelling is the gateway's."""
    return {"numSeconds": seconds if occurred else 0, "totalWeightInKb": kib, "numOccured": occurred}


IDLE = bwc(0, 0, 0)


def user_data(load: Load) -> dict[str, Any]:
    """Return what clients see; latency objects carry microseconds in the field named for KiB."""
    return {
        "userDataReadBwc": bwc(1, load.read_kib, load.reads),
        "userDataWriteBwc": bwc(1, load.write_kib, load.writes),
        "userDataTrimBwc": bwc(1, load.trim_kib, load.trims),
        "userDataSdcReadLatency": bwc(1, load.read_microseconds, load.reads),
        "userDataSdcWriteLatency": bwc(1, load.write_microseconds, load.writes),
        "userDataSdcTrimLatency": bwc(1, load.trim_microseconds, load.trims),
    }


def disk_data(load: Load) -> dict[str, Any]:
    """Return what disks do: reads come from the primary copy, writes go to both."""
    reads = (_LONG_WINDOW * load.read_kib, _LONG_WINDOW * load.reads)
    writes = (_LONG_WINDOW * load.write_kib, _LONG_WINDOW * load.writes)
    return {
        "primaryReadBwc": bwc(_LONG_WINDOW, *reads),
        "primaryReadFromDevBwc": bwc(_LONG_WINDOW, *reads),
        "primaryWriteBwc": bwc(_LONG_WINDOW, *writes),
        "secondaryReadBwc": IDLE,
        "secondaryWriteBwc": bwc(_LONG_WINDOW, *writes),
        "totalReadBwc": bwc(_LONG_WINDOW, *reads),
        "totalWriteBwc": bwc(_LONG_WINDOW, 2 * writes[0], 2 * writes[1]),
    }


def movement(kib: int, name: str) -> dict[str, Any]:
    """Return the traffic of a rebuild or rebalance that has so much left to move: nothing, or a steady stream."""
    stream = bwc(_LONG_WINDOW, 512 * 1024, 512) if kib else IDLE
    return {f"{name}ReadBwc": stream, f"{name}WriteBwc": stream}
