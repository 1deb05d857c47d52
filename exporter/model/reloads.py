"""How reading the configuration went."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class ReloadState:
    """How it went the last time.

    Attributes:
        succeeded_at: unix seconds at which the configuration was last read with success.
        successful: whether that was the last time.
    """

    succeeded_at: float
    successful: bool = True
