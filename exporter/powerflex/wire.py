"""The gateway's JSON objects: the fields we need, under the names that the gateway gives them.

Where an object needs no more than other names, its type is a model record with
those names, so that what was decoded is the reading itself.
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType, field

from exporter.model import powerflex as model
from exporter.model.powerflex import Count, Identity, Kib


def _optional(name: str) -> Any:  # noqa: ANN401 - msgspec.field() is typed so as well
    return field(default=None, name=name)


Days = Annotated[int, Meta(ge=-(2**31), le=2**31)]
"""Days that are left; fewer than none where they are over."""


class MdmCluster(Struct, frozen=True, kw_only=True):
    """`mdmCluster` of a System."""

    state: str | None = _optional("clusterState")
    mode: str | None = _optional("clusterMode")
    nodes_good: Count | None = _optional("goodNodesNum")


class System(Struct, frozen=True, kw_only=True):
    """`GET /api/types/System/instances`; the licence's days are a number in a string, or Unlimited."""

    id: Identity
    version: str | None = _optional("systemVersionName")
    cluster: MdmCluster | None = _optional("mdmCluster")
    license_remaining_days: Days | None = _optional("capacityTimeLeftInDays")


class ProtectionDomain(model.ProtectionDomain, frozen=True, kw_only=True, gc=False):
    """`GET /api/types/ProtectionDomain/instances`."""

    state: str | None = _optional("protectionDomainState")


class StoragePool(model.StoragePool, frozen=True, kw_only=True, gc=False):
    """`GET /api/types/StoragePool/instances`; `genType` is EC on the pools of 5.x, which name no layout."""

    protection_domain_id: str | None = _optional("protectionDomainId")
    media_type: str | None = _optional("mediaType")
    data_layout: str | None = _optional("dataLayout")
    zero_padding: bool | None = _optional("zeroPaddingEnabled")
    high_threshold_percent: Count | None = _optional("capacityAlertHighThreshold")
    critical_threshold_percent: Count | None = _optional("capacityAlertCriticalThreshold")
    generation: str | None = _optional("genType")


class Bwc(model.Bwc, frozen=True, kw_only=True, gc=False):
    """A Bwc object; the misspelling of its third field is the gateway's own."""

    seconds: Count = field(name="numSeconds")
    total_weight_kib: Count = field(name="totalWeightInKb")
    occurred: Count = field(name="numOccured")


class PoolStatistics(model.PoolStatistics, frozen=True, kw_only=True, gc=False):
    """One pool in the answer of `querySelectedStatistics` for type StoragePool."""

    max_capacity_kib: Kib | None = _optional("maxCapacityInKb")
    spare_capacity_kib: Kib | None = _optional("spareCapacityInKb")
    capacity_in_use_kib: Kib | None = _optional("capacityInUseInKb")
    net_unused_capacity_kib: Kib | None = _optional("netUnusedCapacityInKb")
    net_capacity_in_use_kib: Kib | None = _optional("netCapacityInUseInKb")
    net_provisioned_kib: Kib | None = _optional("netProvisionedAddressesInKb")
    volume_address_space_kib: Kib | None = _optional("volumeAddressSpaceInKb")
    snapshot_capacity_in_use_kib: Kib | None = _optional("snapCapacityInUseInKb")
    available_for_volume_allocation_kib: Kib | None = _optional("capacityAvailableForVolumeAllocationInKb")
    failed_capacity_kib: Kib | None = _optional("failedCapacityInKb")
    degraded_failed_capacity_kib: Kib | None = _optional("degradedFailedCapacityInKb")
    degraded_healthy_capacity_kib: Kib | None = _optional("degradedHealthyCapacityInKb")
    forward_rebuild_capacity_kib: Kib | None = _optional("fwdRebuildCapacityInKb")
    backward_rebuild_capacity_kib: Kib | None = _optional("bckRebuildCapacityInKb")
    normal_rebuild_capacity_kib: Kib | None = _optional("normRebuildCapacityInKb")
    rebalance_capacity_kib: Kib | None = _optional("rebalanceCapacityInKb")
    read: Bwc | None = _optional("userDataReadBwc")
    write: Bwc | None = _optional("userDataWriteBwc")
    read_latency: Bwc | None = _optional("userDataSdcReadLatency")
    write_latency: Bwc | None = _optional("userDataSdcWriteLatency")


class SdcMapping(model.SdcMapping, frozen=True, kw_only=True, gc=False):
    """One element of a Volume's `mappedSdcInfo`."""

    sdc_id: Identity = field(name="sdcId")
    limit_iops: Count | None = _optional("limitIops")
    limit_bandwidth_mbps: Count | None = _optional("limitBwInMbps")


class Volume(model.Volume, frozen=True, kw_only=True, gc=False):
    """`GET /api/types/Volume/instances`."""

    storage_pool_id: Identity = field(name="storagePoolId")
    vtree_id: Identity = field(name="vtreeId")
    size_kib: Kib = field(name="sizeInKb")
    volume_type: str | None = _optional("volumeType")
    ancestor_volume_id: str | None = _optional("ancestorVolumeId")
    creation_time: Count | None = _optional("creationTime")
    mapped_sdcs: tuple[SdcMapping, ...] | UnsetType | None = field(default=UNSET, name="mappedSdcInfo")


class VTreeStatistics(Struct, frozen=True, kw_only=True, gc=False):
    """One V-Tree in the answer of `querySelectedStatistics`, or its own `relationships/Statistics`."""

    used_kib: Kib | None = _optional("netProvisionedAddressesInKb")


class VTreeIdentity(Struct, frozen=True, kw_only=True, gc=False):
    """`GET /api/types/VTree/instances`, where no more than the ids is wanted."""

    id: Identity


class VTreeMigration(Struct, frozen=True, kw_only=True, gc=False):
    """`vtreeMigrationInfo` of a VTree."""

    status: str | None = _optional("migrationStatus")


class VTree(Struct, frozen=True, kw_only=True, gc=False):
    """`GET /api/types/VTree/instances`."""

    id: Identity
    storage_pool_id: Identity = field(name="storagePoolId")
    migration: VTreeMigration | None = _optional("vtreeMigrationInfo")


class Sdc(Struct, frozen=True, kw_only=True):
    """`GET /api/types/Sdc/instances`; some answers lack `sdcIp` and have the list `sdcIps` alone."""

    id: Identity
    name: str | None = None
    ip: str | None = _optional("sdcIp")
    ips: tuple[str, ...] | None = _optional("sdcIps")
    guid: str | None = _optional("sdcGuid")
    version: str | None = _optional("versionInfo")
    os: str | None = _optional("osType")
    host_type: str | None = _optional("hostType")
    mdm_connection_state: str | None = _optional("mdmConnectionState")
    approved: bool | None = _optional("sdcApproved")


class SdcStatistics(Struct, frozen=True, kw_only=True):
    """One SDC in the answer of `querySelectedStatistics` for type Sdc."""

    mapped_volumes: Count | None = _optional("numOfMappedVolumes")


class Sds(model.Sds, frozen=True, kw_only=True, gc=False):
    """`GET /api/types/Sds/instances`."""

    protection_domain_id: str | None = _optional("protectionDomainId")
    state: str | None = _optional("sdsState")
    membership_state: str | None = _optional("membershipState")
    mdm_connection_state: str | None = _optional("mdmConnectionState")
    maintenance_state: str | None = _optional("maintenanceState")


class Device(model.Device, frozen=True, kw_only=True, gc=False):
    """`GET /api/types/Device/instances`."""

    storage_pool_id: str | None = _optional("storagePoolId")
    error_state: str | None = _optional("errorState")


class LegacyAlert(Struct, frozen=True, kw_only=True):
    """`GET /api/types/Alert/instances`, up to 3.x."""

    id: str | None = None
    severity: str | None = None
    type: str | None = _optional("alertType")


class RestAlert(Struct, frozen=True, kw_only=True):
    """One of the `results` of `GET /rest/v1/alerts`, from 4.0."""

    id: str | None = None
    severity: str | None = None
    type: str | None = _optional("name")
    cleared: str | None = _optional("cleared_timestamp")
