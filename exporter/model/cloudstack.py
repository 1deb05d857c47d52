"""Readings of a CloudStack installation: what one poll of one collector returned.

Sizes are bytes, as CloudStack counts them. None is unknown or not given.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from exporter.model.instant import Instant

Identity = Annotated[str, msgspec.Meta(min_length=1)]
Bytes = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
SignedBytes = Annotated[int, msgspec.Meta(ge=-(2**63 - 1), le=2**63 - 1)]


class Record(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Base of the immutable records of this module."""


class Zone(Record, frozen=True, kw_only=True, gc=False):
    """A zone."""

    id: Identity
    name: str | None = None


class StoragePool(Record, frozen=True, kw_only=True, gc=False):
    """A primary storage of provider PowerFlex; `path` is the id of the PowerFlex pool behind it."""

    id: Identity
    name: str | None = None
    path: Identity
    zone_id: str | None = None
    zone: str | None = None
    scope: str | None = None
    state: str | None = None
    total_bytes: Bytes | None = None
    used_bytes: SignedBytes | None = None
    allocated_bytes: Bytes | None = None
    overprovisioning_factor: float | None = None


class Host(Record, frozen=True, kw_only=True, gc=False):
    """A KVM host."""

    id: Identity
    name: str | None = None
    zone: str | None = None
    state: str | None = None
    resource_state: str | None = None
    ip: str | None = None


class DiskOffering(Record, frozen=True, kw_only=True, gc=False):
    """A disk offering's limits for PowerFlex; None is not given, which means unlimited, as 0 does."""

    id: Identity
    bandwidth_limit_mbps: int | None = None
    iops_limit: int | None = None


class Volume(Record, frozen=True, kw_only=True, gc=False):
    """A volume, of a user's VM or of a system VM.

    `path` is `<PowerFlex volume id>:<name>` or the id alone; it is given to root
    admins only. `domain` is the domain's path where CloudStack gives it.
    """

    id: Identity
    name: str | None = None
    state: str | None = None
    path: str | None = None
    pool_id: str | None = None
    size_bytes: Bytes
    volume_type: str | None = None
    vm_id: str | None = None
    vm: str | None = None
    vm_state: str | None = None
    account: str | None = None
    domain: str | None = None
    project: str | None = None
    zone: str | None = None
    disk_offering_id: str | None = None
    offering: str | None = None
    max_iops: int | None = None

    @property
    def powerflex_id(self) -> str | None:
        """The id of the PowerFlex volume: what stands before the first colon of the path."""
        return self.path.partition(":")[0] or None if self.path else None


class Setting(Record, frozen=True, kw_only=True, gc=False):
    """The effective value of a setting; scope is global, zone or storagepool, scope_id empty for global."""

    name: str
    value: str
    scope: str
    scope_id: str = ""


class CheckStatus(StrEnum):
    """What a health check says, by the rules of the CloudStack version that ran it."""

    SUCCESS = "success"
    FAILED = "failed"
    WARNING = "warning"
    UNKNOWN = "unknown"


class RouterCheck(Record, frozen=True, kw_only=True, gc=False):
    """The result of one health check; `updated` is the unix second at which it was tested."""

    name: str
    check_type: str
    status: CheckStatus
    updated: float | None = None
    details: str | None = None


class Router(Record, frozen=True, kw_only=True, gc=False):
    """A virtual router, with the results of its health checks where there are any."""

    id: Identity
    name: str | None = None
    state: str | None = None
    zone: str | None = None
    host_id: str | None = None
    host: str | None = None
    host_control_state: str | None = None
    vpc: str | None = None
    network: str | None = None
    version: str | None = None
    redundant_state: str | None = None
    requires_upgrade: bool | None = None
    checks: tuple[RouterCheck, ...] = ()


class InventoryReading(Record, frozen=True, kw_only=True, gc=False):
    """Zones, storage pools of provider PowerFlex, KVM hosts and disk offerings."""

    taken_at: Instant
    zones: tuple[Zone, ...]
    pools: tuple[StoragePool, ...]
    hosts: tuple[Host, ...]
    offerings: tuple[DiskOffering, ...]


class VolumesReading(Record, frozen=True, kw_only=True, gc=True, weakref=True):
    """Every volume on the PowerFlex pools; `complete` when as many came as the server counted."""

    taken_at: Instant
    volumes: list[Volume]
    complete: bool


class SettingsReading(Record, frozen=True, kw_only=True, gc=False):
    """The settings that the exporter looks at: global ones, and effective ones of zones and pools."""

    taken_at: Instant
    settings: tuple[Setting, ...]

    def value(self, name: str, scope: str = "global", scope_id: str = "") -> str | None:
        """Return a setting's effective value there, None where it was not listed."""
        for setting in self.settings:
            if (setting.name, setting.scope, setting.scope_id) == (name, scope, scope_id):
                return setting.value
        return None


class RoutersReading(Record, frozen=True, kw_only=True, gc=False):
    """Every virtual router."""

    taken_at: Instant
    routers: tuple[Router, ...]


CloudStackReading = InventoryReading | VolumesReading | SettingsReading | RoutersReading
