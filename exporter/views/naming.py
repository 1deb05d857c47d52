"""CloudStack's naming convention for objects on PowerFlex.

CloudStack names what it creates on a storage pool after its own database ids (``ScaleIOUtil`` in the
PowerFlex plug-in):

    volume        vol-<volume id>-<pool key>-<installation>
    template      tmpl-<template id>-<pool key>-<installation>
    snapshot      snap-<snapshot id>-<pool key>-<installation>
    VM snapshot   vmsnap-<VM snapshot id>-<volume id>-<pool key>-<installation>

The installation is the setting ``custom.cs.identifier``, verbatim: it may hold dashes, and it may be empty. A
name is therefore read from the left. It proves less than it says: somebody's own volume may carry such a name,
and two pools can share a key.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from sys import intern

import msgspec

_LARGEST_ID = 2**63 - 1
"""CloudStack's ids are Java longs."""

_ID = "[1-9][0-9]{0,18}"
_NAME = re.compile(f"(?:(vol|tmpl|snap)|vmsnap-({_ID}))-({_ID})-([0-9a-f]{{4}})-(.*)")


class Kind(StrEnum):
    """What a PowerFlex volume is to CloudStack."""

    __hash__ = str.__hash__  # an Enum's own is written in Python, and every volume is summed by its kind

    VOLUME = "volume"
    TEMPLATE = "template"
    SNAPSHOT = "snapshot"
    VM_SNAPSHOT = "vm_snapshot"
    OTHER = "other"
    """An object whose name CloudStack did not give."""


_KINDS = {"vol": Kind.VOLUME, "tmpl": Kind.TEMPLATE, "snap": Kind.SNAPSHOT}
_PREFIXES = {kind: prefix for prefix, kind in _KINDS.items()} | {Kind.VM_SNAPSHOT: "vmsnap"}


class CloudStackName(msgspec.Struct, frozen=True, gc=False):
    """A name that CloudStack gave; ``str()`` gives it back.

    Attributes:
        kind: any but ``Kind.OTHER``.
        resource_id: the database id of the volume, template, snapshot or VM snapshot.
        volume_id: the database id of the volume of which a VM snapshot was taken; None for the other kinds.
        pool_key: the key of the pool on which the object was created or to which it was last renamed.
        installation: the ``custom.cs.identifier`` of that time.
    """

    kind: Kind
    resource_id: int
    volume_id: int | None
    pool_key: str
    installation: str

    def __str__(self) -> str:
        ids = self.resource_id if self.volume_id is None else f"{self.resource_id}-{self.volume_id}"
        return f"{_PREFIXES[self.kind]}-{ids}-{self.pool_key}-{self.installation}"


NameReader = Callable[[str | None], CloudStackName | None]
"""Reads a name as `parse_name` does; it may remember names that it has read."""


def parse_name(name: str | None) -> CloudStackName | None:
    """Read the name of a PowerFlex volume; None where CloudStack would not have written it."""
    match = _NAME.fullmatch(name) if name else None
    if match is None:
        return None
    prefix, vm_snapshot_id, last_id, key, installation = match.groups()
    if prefix is None:
        kind, resource_id, volume_id = Kind.VM_SNAPSHOT, int(vm_snapshot_id), int(last_id)
    else:
        kind, resource_id, volume_id = _KINDS[prefix], int(last_id), None
    if resource_id > _LARGEST_ID or (volume_id or 0) > _LARGEST_ID:
        return None
    # Hundreds of thousands of names share a handful of keys and installations.
    return CloudStackName(kind, resource_id, volume_id, intern(key), intern(installation))


def pool_key(pool_uuid: str) -> str:
    """Give the key of a CloudStack pool in the names on it: characters 5 to 8 of its UUID."""
    return pool_uuid[4:8].lower()
