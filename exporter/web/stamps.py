"""Tells whether files have changed since they were read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

Stamps: TypeAlias = "Mapping[Path, tuple[int, int, int] | None]"
"""What identifies the content of files; None for one that cannot be looked at."""


def stamps_of(files: Iterable[Path]) -> Stamps:
    """Return the stamps of this moment; take them before reading, so that no later change is missed."""
    return {path: _stamp(path) for path in files}


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
