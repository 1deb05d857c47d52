"""A difference between CloudStack's belief and what is on an array, as the one who arranged it notes it down."""

from typing import Literal, NamedTuple

Reason = Literal[
    "orphaned",
    "orphaned_snapshot",
    "missing",
    "pool_mismatch",
    "size_mismatch",
    "claimed_twice",
    "unmapped_while_running",
    "mapped_to_dead_sdc",
    "mapped_to_many",
    "qos_mismatch",
]


class Discrepancy(NamedTuple):
    """One finding that a faithful comparison must come to, and no other."""

    cloudstack: str
    system: str
    volume_id: str
    """Of the PowerFlex volume or snapshot."""
    reason: Reason
