"""What the answers of a gateway say: a reading of each collector, or that its poll fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from msgspec import UNSET, UnsetType

from exporter.inventory.store import Reading
from exporter.model import powerflex as model
from exporter.model.instant import Instant
from tests.fuzz.values import (
    FailedError,
    Fields,
    WrongError,
    count,
    days,
    identity,
    may,
    must,
    objects,
    read_json,
    text,
    truth,
)

T = TypeVar("T")

Ask = Callable[[str], bytes]
"""Gives the answer to a call, by its path; of statistics, by their type."""

NOW = Instant(0.0, 0.0)
SEVERITIES = {
    "ALERT_HIGH": "critical",
    "ALERT_MEDIUM": "medium",
    "ALERT_LOW": "low",
    "CRITICAL": "critical",
    "MAJOR": "high",
    "MINOR": "medium",
    "INFORMATIONAL": "info",
    "INFORMATION": "info",
}


class GatewayAnswers:
    """What one gateway answers; `watched` are the configured names or ids of its pools."""

    def __init__(self, ask: Ask, watched: tuple[str, ...]) -> None:
        self._ask = ask
        self._watched = watched

    def collectors(self) -> Mapping[str, Callable[[], Reading]]:
        return {
            "system": self.system,
            "pools": self.pools,
            "volumes": self.volumes,
            "used_sizes": self.used_sizes,
            "vtrees": self.vtrees,
            "sdcs": self.sdcs,
            "nodes": self.nodes,
            "alerts": self.alerts,
        }

    def _list(self, kind: str, read: Callable[[Fields], T]) -> list[T]:
        return [read(one) for one in objects(read_json(self._ask(f"/api/types/{kind}/instances")))]

    def _statistics(self, kind: str, read: Callable[[Fields], T]) -> dict[str, T]:
        answer = read_json(self._ask(f"statistics of {kind}"))
        if not isinstance(answer, dict):
            raise FailedError
        for of_kind in answer.values():
            objects(list(of_kind.values()) if isinstance(of_kind, dict) else None)
        return {key: read(one) for key, one in answer.get(kind, {}).items()}

    @property
    def version(self) -> str:
        return str(read_json(self._ask("/api/version")))

    def system(self) -> model.SystemReading:
        systems = self._list("System", lambda one: (must(one, "id", identity), one))
        if not systems:
            raise FailedError
        system_id, first = systems[0]
        cluster = first.get("mdmCluster")
        cluster = cluster if isinstance(cluster, dict) else {}
        return model.SystemReading(
            taken_at=NOW,
            system_id=system_id,
            version=may(first, "systemVersionName", text),
            api_version=self.version,
            cluster_state=may(cluster, "clusterState", text),
            cluster_mode=may(cluster, "clusterMode", text),
            cluster_nodes_good=may(cluster, "goodNodesNum", count),
            license_remaining_days=may(first, "capacityTimeLeftInDays", days),
        )

    def pools(self) -> model.PoolsReading:
        domains = unique(self._list("ProtectionDomain", domain))
        pools = unique(self._list("StoragePool", pool))
        known = {name for one in pools for name in (one.id, one.name)}
        if not known.issuperset(self._watched):
            raise FailedError
        statistics = {}
        if any(one.data_layout != "ErasureCoding" for one in pools):
            statistics = self._statistics("StoragePool", pool_statistics)
        return model.PoolsReading(taken_at=NOW, domains=tuple(domains), pools=tuple(pools), statistics=statistics)

    def volumes(self) -> model.VolumesReading:
        return model.VolumesReading(taken_at=NOW, volumes=unique(self._list("Volume", volume)))

    def used_sizes(self) -> model.UsedSizesReading:
        used = self._statistics("VTree", lambda one: may(one, "netProvisionedAddressesInKb", count))
        return model.UsedSizesReading(
            taken_at=NOW, used_kib={tree: size for tree, size in used.items() if size is not None}
        )

    def vtrees(self) -> model.VTreesReading:
        return model.VTreesReading(taken_at=NOW, vtrees=unique(self._list("VTree", vtree)))

    def sdcs(self) -> model.SdcsReading:
        listed = self._list("Sdc", lambda one: (may(one, "hostType", text), sdc(one)))
        sdcs = [one for host_type, one in listed if host_type != "NVMeHost"]
        mapped: Mapping[str, int | None] = {}
        if sdcs:
            mapped = self._statistics("Sdc", lambda one: may(one, "numOfMappedVolumes", count))
        return model.SdcsReading(
            taken_at=NOW, sdcs=tuple(unique([with_mapped(one, mapped.get(one.id)) for one in sdcs]))
        )

    def nodes(self) -> model.NodesReading:
        nodes, devices = unique(self._list("Sds", sds)), unique(self._list("Device", device))
        return model.NodesReading(taken_at=NOW, nodes=tuple(nodes), devices=tuple(devices))

    def alerts(self) -> model.AlertsReading:
        listed = self._legacy_alerts() if self.version < "4" else self._rest_alerts()
        return model.AlertsReading(taken_at=NOW, alerts=tuple(listed))

    def _legacy_alerts(self) -> list[model.Alert]:
        return once(self._list("Alert", lambda one: (may(one, "id", text), alert(one, "alertType"))))

    def _rest_alerts(self) -> list[model.Alert]:
        answer = read_json(self._ask("/rest/v1/alerts"))
        if not isinstance(answer, dict):
            raise FailedError
        results = objects(answer.get("results"))
        paging = answer.get("paging")
        if isinstance(paging, dict) and str(paging.get("next")).startswith("/rest/v1/alerts"):
            raise FailedError
        cleared = [may(one, "cleared_timestamp", text) or "0001-01-01" for one in results]
        open_ones = [one for one, at in zip(results, cleared, strict=True) if at.startswith("0001-01-01")]
        return once([(may(one, "id", text), alert(one, "name")) for one in open_ones])


def once(alerts: list[tuple[str | None, model.Alert]]) -> list[model.Alert]:
    """Return alerts of which no two have one id; what has none is an alert of its own."""
    return list({key or number: one for number, (key, one) in enumerate(alerts)}.values())


def unique(records: list[T]) -> list[T]:
    """Return records of which no two have one id."""
    if len({one.id for one in records}) < len(records):  # type: ignore[attr-defined]
        raise FailedError
    return records


def domain(raw: Fields) -> model.ProtectionDomain:
    return model.ProtectionDomain(
        id=must(raw, "id", identity), name=may(raw, "name", text), state=may(raw, "protectionDomainState", text)
    )


def pool(raw: Fields) -> model.StoragePool:
    layout = may(raw, "dataLayout", text)
    if layout is None and may(raw, "genType", text) == "EC":
        layout = "ErasureCoding"
    return model.StoragePool(
        id=must(raw, "id", identity),
        name=must(raw, "name", identity),
        protection_domain_id=may(raw, "protectionDomainId", text),
        media_type=may(raw, "mediaType", text),
        data_layout=layout,
        zero_padding=may(raw, "zeroPaddingEnabled", truth),
        high_threshold_percent=may(raw, "capacityAlertHighThreshold", count),
        critical_threshold_percent=may(raw, "capacityAlertCriticalThreshold", count),
    )


def pool_statistics(raw: Fields) -> model.PoolStatistics:
    def figure(name: str) -> int | None:
        return may(raw, name, count)

    return model.PoolStatistics(
        max_capacity_kib=figure("maxCapacityInKb"),
        spare_capacity_kib=figure("spareCapacityInKb"),
        capacity_in_use_kib=figure("capacityInUseInKb"),
        net_unused_capacity_kib=figure("netUnusedCapacityInKb"),
        net_capacity_in_use_kib=figure("netCapacityInUseInKb"),
        net_provisioned_kib=figure("netProvisionedAddressesInKb"),
        volume_address_space_kib=figure("volumeAddressSpaceInKb"),
        snapshot_capacity_in_use_kib=figure("snapCapacityInUseInKb"),
        available_for_volume_allocation_kib=figure("capacityAvailableForVolumeAllocationInKb"),
        failed_capacity_kib=figure("failedCapacityInKb"),
        degraded_failed_capacity_kib=figure("degradedFailedCapacityInKb"),
        degraded_healthy_capacity_kib=figure("degradedHealthyCapacityInKb"),
        forward_rebuild_capacity_kib=figure("fwdRebuildCapacityInKb"),
        backward_rebuild_capacity_kib=figure("bckRebuildCapacityInKb"),
        normal_rebuild_capacity_kib=figure("normRebuildCapacityInKb"),
        rebalance_capacity_kib=figure("rebalanceCapacityInKb"),
        read=may(raw, "userDataReadBwc", bwc),
        write=may(raw, "userDataWriteBwc", bwc),
        read_latency=may(raw, "userDataSdcReadLatency", bwc),
        write_latency=may(raw, "userDataSdcWriteLatency", bwc),
    )


def bwc(value: Any) -> model.Bwc | None:  # noqa: ANN401 - any JSON
    names = ("numSeconds", "totalWeightInKb", "numOccured")
    figures = [count(value.get(name)) if isinstance(value, dict) else None for name in names]
    if None in figures:
        return None
    seconds, weight, occurred = (figure or 0 for figure in figures)
    return model.Bwc(seconds=seconds, total_weight_kib=weight, occurred=occurred)


def volume(raw: Fields) -> model.Volume:
    return model.Volume(
        id=must(raw, "id", identity),
        name=may(raw, "name", text),
        storage_pool_id=must(raw, "storagePoolId", identity),
        vtree_id=must(raw, "vtreeId", identity),
        size_kib=must(raw, "sizeInKb", count),
        volume_type=may(raw, "volumeType", text),
        ancestor_volume_id=may(raw, "ancestorVolumeId", text),
        creation_time=may(raw, "creationTime", count),
        mapped_sdcs=mappings(raw["mappedSdcInfo"]) if "mappedSdcInfo" in raw else UNSET,
    )


def mappings(value: Any) -> tuple[model.SdcMapping, ...] | UnsetType | None:  # noqa: ANN401 - any JSON
    """Null is none; what cannot be understood is unknown."""
    if value is None:
        return None
    try:
        return tuple(
            model.SdcMapping(
                sdc_id=must(one, "sdcId", identity),
                limit_iops=may(one, "limitIops", count),
                limit_bandwidth_mbps=may(one, "limitBwInMbps", count),
            )
            for one in objects(value)
        )
    except FailedError:
        return UNSET


def vtree(raw: Fields) -> model.VTree:
    migration = raw.get("vtreeMigrationInfo")
    return model.VTree(
        id=must(raw, "id", identity),
        storage_pool_id=must(raw, "storagePoolId", identity),
        migration_status=may(migration, "migrationStatus", text) if isinstance(migration, dict) else None,
    )


def sdc(raw: Fields) -> model.Sdc:
    state = may(raw, "mdmConnectionState", text)
    ip = may(raw, "sdcIp", text)
    ips = may(raw, "sdcIps", texts) or []
    return model.Sdc(
        id=must(raw, "id", identity),
        name=may(raw, "name", text),
        ip=ip if ip and ip != "N/A" else next(iter(ips), None),
        guid=may(raw, "sdcGuid", text),
        version=may(raw, "versionInfo", text),
        os=may(raw, "osType", text),
        connected=None if state is None else state.lower() == "connected",
        approved=may(raw, "sdcApproved", truth),
    )


def texts(value: Any) -> list[str]:  # noqa: ANN401 - any JSON
    found = [text(one) for one in value] if isinstance(value, list) else [None]
    if None in found:
        raise WrongError
    return [one for one in found if one is not None]


def with_mapped(sdc: model.Sdc, mapped: int | None) -> model.Sdc:
    return model.Sdc(**{name: getattr(sdc, name) for name in sdc.__struct_fields__} | {"mapped_volumes": mapped})


def sds(raw: Fields) -> model.Sds:
    return model.Sds(
        id=must(raw, "id", identity),
        name=may(raw, "name", text),
        protection_domain_id=may(raw, "protectionDomainId", text),
        state=may(raw, "sdsState", text),
        membership_state=may(raw, "membershipState", text),
        mdm_connection_state=may(raw, "mdmConnectionState", text),
        maintenance_state=may(raw, "maintenanceState", text),
    )


def device(raw: Fields) -> model.Device:
    return model.Device(
        id=must(raw, "id", identity),
        storage_pool_id=may(raw, "storagePoolId", text),
        error_state=may(raw, "errorState", text),
    )


def alert(raw: Fields, name: str) -> model.Alert:
    severity, kind = may(raw, "severity", text), may(raw, name, text)
    return model.Alert(severity=SEVERITIES.get((severity or "").upper(), "unknown"), type=(kind or "unknown").lower())
