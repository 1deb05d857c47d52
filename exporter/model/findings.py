"""What the comparison of a CloudStack installation with a PowerFlex system found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class Pair(NamedTuple):
    """What is judged at a time: a CloudStack installation and a PowerFlex system, by their configured names."""

    cloudstack: str
    system: str


class Reason(StrEnum):
    """How the two worlds can disagree about a volume."""

    ORPHANED = "orphaned"
    ORPHANED_SNAPSHOT = "orphaned_snapshot"
    MISSING = "missing"
    POOL_MISMATCH = "pool_mismatch"
    SIZE_MISMATCH = "size_mismatch"
    CLAIMED_TWICE = "claimed_twice"
    UNMAPPED_WHILE_RUNNING = "unmapped_while_running"
    MAPPED_TO_DEAD_SDC = "mapped_to_dead_sdc"
    MAPPED_TO_MANY = "mapped_to_many"
    QOS_MISMATCH = "qos_mismatch"


class Suspension(StrEnum):
    """Why a pair is not judged."""

    POWERFLEX_STALE = "powerflex_stale"
    CLOUDSTACK_STALE = "cloudstack_stale"
    LIST_INCOMPLETE = "list_incomplete"
    TOO_MANY_ORPHANS = "too_many_orphans"


@dataclass(frozen=True, slots=True)
class Finding:
    """A disagreement about one volume; a pair has one for each volume and reason at most.

    Attributes:
        reason: what the two disagree about.
        volume_id: the id of the PowerFlex volume.
        volume: its name on the array, else the name in CloudStack's path; empty where there is none.
        pool_uuid: the CloudStack pool that the finding counts on.
        pool_id: the PowerFlex pool in which the volume lies, else the one in which CloudStack believes it.
        reclaimable_tree: of an orphan, the V-Tree that nobody needs; None where the tree holds a known volume.
    """

    reason: Reason
    volume_id: str
    volume: str
    pool_uuid: str
    pool_id: str
    reclaimable_tree: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found of one pair.

    Attributes:
        pair: who was judged.
        suspended: why nobody was; then all that follows is empty.
        judged: the reasons that could be judged. One that is not here is unknown, not 0.
        findings: each volume and reason once.
        matched: volumes that both sides know, by CloudStack pool; every watched pool of the pair is in it.
    """

    pair: Pair
    suspended: frozenset[Suspension] = frozenset()
    judged: frozenset[Reason] = frozenset()
    findings: tuple[Finding, ...] = ()
    matched: Mapping[str, int] = field(default_factory=dict)
