"""The I/O that a volume sees at a moment: made up, but always the same for the same volume and moment."""

import zlib
from dataclasses import dataclass

from exporter.simulator.scenario.array import Volume

_IDLE_SHARE = 0.2
_TRIM_SHARE = 0.05


@dataclass(slots=True)
class Load:
    """What happened in one second; latencies are microseconds summed over the operations."""

    reads: int = 0
    read_kib: int = 0
    read_microseconds: int = 0
    writes: int = 0
    write_kib: int = 0
    write_microseconds: int = 0
    trims: int = 0
    trim_kib: int = 0
    trim_microseconds: int = 0

    def add(self, other: "Load") -> None:
        """Add another volume's load."""
        self.reads += other.reads
        self.read_kib += other.read_kib
        self.read_microseconds += other.read_microseconds
        self.writes += other.writes
        self.write_kib += other.write_kib
        self.write_microseconds += other.write_microseconds
        self.trims += other.trims
        self.trim_kib += other.trim_kib
        self.trim_microseconds += other.trim_microseconds


def _noise(*words: str | int) -> float:
    """Return a number in [0, 1) that depends on the words alone."""
    return zlib.crc32("/".join(map(str, words)).encode()) / 2**32


def load_of(volume: Volume, media_type: str, tick: int) -> Load:
    """Return the load of a mapped volume. A fifth of the volumes rest at any moment."""
    if not volume.busy or _noise(volume.id, tick, "idle") < _IDLE_SHARE:
        return Load()
    weight = 1 + 40 * _noise(volume.id, "weight") ** 3
    reads = int(weight * (1 + 9 * _noise(volume.id, tick, "read")))
    writes = int(weight * (1 + 14 * _noise(volume.id, tick, "write")))
    block = (4, 8, 16, 64)[int(4 * _noise(volume.id, "block"))]
    slowness = 6000 if media_type == "HDD" else 350
    trims = reads if _noise(volume.id, tick, "trim") < _TRIM_SHARE else 0
    return Load(
        reads=reads,
        read_kib=reads * block,
        read_microseconds=reads * int(slowness * (0.5 + _noise(volume.id, tick, "read latency"))),
        writes=writes,
        write_kib=writes * block,
        write_microseconds=writes * int(slowness * (0.3 + _noise(volume.id, tick, "write latency"))),
        trims=trims,
        trim_kib=trims * 1024,
        trim_microseconds=trims * slowness,
    )
