"""CloudStack's JSON objects: the fields we need, under the names that CloudStack gives them.

Fields without a value are left out of its answers.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Raw, Struct, field

from exporter.model.cloudstack import Bytes, Identity, SignedBytes

NOT_GIVEN = Raw(b"null")
"""Stands for a list that was left out."""


def _optional(name: str) -> Any:  # noqa: ANN401 - msgspec.field() is typed so as well
    return field(default=None, name=name)


class Row(Struct, frozen=True, kw_only=True, gc=False):
    """Base of what lists are made of."""

    id: Identity


class Zone(Row, frozen=True, kw_only=True, gc=False):
    """`zone` of `listZones`."""

    name: str | None = None


class StoragePool(Row, frozen=True, kw_only=True, gc=False):
    """`storagepool` of `listStoragePools`, which lists the pools of every provider; sizes are bytes."""

    name: str | None = None
    provider: str | None = None
    path: str | None = None
    zone_id: str | None = _optional("zoneid")
    zone: str | None = _optional("zonename")
    scope: str | None = None
    state: str | None = None
    total_bytes: Bytes | None = _optional("disksizetotal")
    used_bytes: SignedBytes | None = _optional("disksizeused")
    allocated_bytes: Bytes | None = _optional("disksizeallocated")
    overprovisioning_factor: float | None = _optional("overprovisionfactor")


class Host(Row, frozen=True, kw_only=True, gc=False):
    """`host` of `listHosts`."""

    name: str | None = None
    zone: str | None = _optional("zonename")
    hypervisor: str | None = None
    state: str | None = None
    resource_state: str | None = _optional("resourcestate")
    ip: str | None = _optional("ipaddress")


class OfferingDetails(Struct, frozen=True, kw_only=True, gc=False):
    """`details` of a disk offering: the limits that CloudStack sets on a PowerFlex mapping."""

    bandwidth_limit_mbps: int | None = _optional("bandwidthLimitInMbps")
    iops_limit: int | None = _optional("iopsLimit")


class DiskOffering(Row, frozen=True, kw_only=True, gc=False):
    """`diskoffering` of `listDiskOfferings`."""

    details: OfferingDetails | None = None


class Volume(Row, frozen=True, kw_only=True, gc=False):
    """`volume` of `listVolumes`; `path`, `storageid` and the domain's path depend on account and version."""

    name: str | None = None
    state: str | None = None
    path: str | None = None
    pool_id: str | None = _optional("storageid")
    size_bytes: Bytes = field(name="size")
    volume_type: str | None = _optional("type")
    vm_id: str | None = _optional("virtualmachineid")
    vm: str | None = _optional("vmname")
    vm_state: str | None = _optional("vmstate")
    account: str | None = None
    domain: str | None = None
    domain_path: str | None = _optional("domainpath")
    project: str | None = None
    zone: str | None = _optional("zonename")
    disk_offering_id: str | None = _optional("diskofferingid")
    disk_offering: str | None = _optional("diskofferingname")
    service_offering: str | None = _optional("serviceofferingname")
    max_iops: int | None = _optional("maxiops")


class Configuration(Row, frozen=True, kw_only=True, gc=False):
    """`configuration` of `listConfigurations`, known by its name; an empty value is left out."""

    id: Identity = field(name="name")
    value: str | None = None


class HealthCheck(Struct, frozen=True, kw_only=True, gc=False):
    """One element of a router's `healthcheckresults`; `status` is given from 4.22 on."""

    name: Identity = field(name="checkname")
    check_type: str | None = _optional("checktype")
    success: bool | None = None
    status: str | None = None
    updated: Annotated[datetime, Meta(tz=True)] | None = _optional("lastupdated")
    details: str | None = None


class Router(Row, frozen=True, kw_only=True, gc=False):
    """`router` of `listRouters`; the version is `UNKNOWN` where the router has not reported it."""

    name: str | None = None
    state: str | None = None
    zone: str | None = _optional("zonename")
    host_id: str | None = _optional("hostid")
    host: str | None = _optional("hostname")
    host_control_state: str | None = _optional("hostcontrolstate")
    vpc: str | None = _optional("vpcname")
    network: str | None = _optional("guestnetworkname")
    version: str | None = None
    redundant_state: str | None = _optional("redundantstate")
    requires_upgrade: bool | None = _optional("requiresupgrade")
    checks: Raw = field(default=NOT_GIVEN, name="healthcheckresults")


class RouterHealthChecks(Struct, frozen=True, kw_only=True, gc=False):
    """`routerhealthchecks` of `getRouterHealthCheckResults`."""

    checks: Raw = field(default=NOT_GIVEN, name="healthchecks")
