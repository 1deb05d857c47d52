"""What the answers of a management server say: a reading of each collector, or that its poll fails."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, TypeVar

from exporter.inventory.store import Reading
from exporter.model import cloudstack as model
from tests.fuzz.powerflex_answers import NOW, Ask
from tests.fuzz.values import (
    FailedError,
    Fields,
    WrongError,
    count,
    decimal,
    identity,
    may,
    moment,
    must,
    objects,
    read_json,
    signed,
    text,
    truth,
    whole,
)

T = TypeVar("T")

PREFIXES = (
    "custom.cs.identifier",
    "router.health.checks.",
    "storage.pool.",
    "pool.storage.",
    "storage.overprovisioning.factor",
    "vm.configdrive.",
    "powerflex.",
)
ALL = "listall=true"
EVERYWHERE = f"{ALL} projectid=-1"


@dataclass(frozen=True)
class Rows(Generic[T]):
    """What the rows of a list say, by their ids, and whether as many came as were counted."""

    by_id: dict[str, T]
    complete: bool


class ApiAnswers:
    """What one management server answers."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def collectors(self) -> Mapping[str, Callable[[], Reading]]:
        return {
            "inventory": self.inventory,
            "volumes": self.volumes,
            "settings": self.settings,
            "routers": self.routers,
        }

    def _rows(self, call: str, kind: str, read: Callable[[str, Fields], T], key: str = "id") -> Rows[T]:
        command = call.partition(" ")[0]
        answer = read_json(self._ask(call))
        if not isinstance(answer, dict) or not all(isinstance(one, dict) for one in answer.values()):
            raise FailedError
        content = answer.get(f"{command.lower()}response")
        if content is None:
            raise FailedError
        ids = [must(row, key, identity) for row in objects(content.get(kind, []))]
        rows = [read(row_id, row) for row_id, row in zip(ids, content.get(kind, []), strict=True)]
        by_id = dict(zip(ids, rows, strict=True))
        return Rows(by_id, complete=len(by_id) == (counted(content.get("count")) or 0))

    def _whole(self, call: str, kind: str, read: Callable[[str, Fields], T]) -> list[T]:
        rows = self._rows(call, kind, read)
        if not rows.complete:
            raise FailedError
        return list(rows.by_id.values())

    def is_up(self) -> bool:
        """Whether the first call gets an answer."""
        try:
            self._whole("listZones", "zone", lambda row_id, _: row_id)
        except FailedError:
            return False
        return True

    def _pools(self) -> list[model.StoragePool]:
        pools = self._whole("listStoragePools", "storagepool", pool)
        return [one for one in pools if one is not None]

    def inventory(self) -> model.InventoryReading:
        if not self.is_up():
            raise FailedError
        pools = self._pools()
        hosts = self._whole("listHosts details=min type=Routing", "host", host)
        offerings = self._whole(f"listDiskOfferings {EVERYWHERE} state=all", "diskoffering", offering)
        return model.InventoryReading(
            taken_at=NOW,
            zones=(),
            pools=tuple(pools),
            hosts=tuple(one for one in hosts if one is not None),
            offerings=tuple(offerings),
        )

    def volumes(self) -> model.VolumesReading:
        volumes: dict[str, model.Volume] = {}
        complete = True
        for one in self._pools():
            call = f"listVolumes {ALL} listsystemvms=true projectid=-1 storageid={one.id}"
            rows = self._rows(call, "volume", volume)
            complete = complete and rows.complete and all(row.pool_id == one.id for row in rows.by_id.values())
            volumes.update(rows.by_id)
        return model.VolumesReading(taken_at=NOW, volumes=list(volumes.values()), complete=complete)

    def settings(self) -> model.SettingsReading:
        found: list[model.Setting] = []
        for prefix in PREFIXES:
            found += self._settings(f"listConfigurations name={prefix}", "global", "", prefix)
        pools = self._pools()
        for zone in sorted({one.zone_id for one in pools if one.zone_id}):
            found += self._settings(f"listConfigurations zoneid={zone}", "zone", zone, *PREFIXES)
        for one in pools:
            found += self._settings(f"listConfigurations storageid={one.id}", "storagepool", one.id, *PREFIXES)
        return model.SettingsReading(taken_at=NOW, settings=tuple(found))

    def _settings(self, call: str, scope: str, scope_id: str, *prefixes: str) -> list[model.Setting]:
        values = self._rows(call, "configuration", lambda _, row: may(row, "value", text) or "", "name").by_id
        return [
            model.Setting(name=name, value=value, scope=scope, scope_id=scope_id)
            for name, value in values.items()
            if name.startswith(prefixes)
        ]

    def routers(self) -> model.RoutersReading:
        call = f"listRouters fetchhealthcheckresults=true {EVERYWHERE}"
        return model.RoutersReading(taken_at=NOW, routers=tuple(self._whole(call, "router", router)))


def counted(value: object) -> int | None:
    try:
        return whole(value) if isinstance(value, Decimal | str) else None
    except WrongError:
        return None


def pool(row_id: str, raw: Fields) -> model.StoragePool | None:
    if may(raw, "provider", text) != "PowerFlex":
        return None
    return model.StoragePool(
        id=row_id,
        name=may(raw, "name", text),
        path=must(raw, "path", identity),
        zone_id=may(raw, "zoneid", text),
        zone=may(raw, "zonename", text),
        scope=may(raw, "scope", text),
        state=may(raw, "state", text),
        total_bytes=may(raw, "disksizetotal", count),
        used_bytes=may(raw, "disksizeused", signed),
        allocated_bytes=may(raw, "disksizeallocated", count),
        overprovisioning_factor=may(raw, "overprovisionfactor", ratio),
    )


def ratio(value: object) -> float | None:
    number = decimal(value)
    return None if number is None else float(number)


def host(row_id: str, raw: Fields) -> model.Host | None:
    if may(raw, "hypervisor", text) not in {"KVM", None}:
        return None
    return model.Host(
        id=row_id,
        name=may(raw, "name", text),
        zone=may(raw, "zonename", text),
        state=may(raw, "state", text),
        resource_state=may(raw, "resourcestate", text),
        ip=may(raw, "ipaddress", text),
    )


def offering(row_id: str, raw: Fields) -> model.DiskOffering:
    details = raw.get("details")
    limits = details if isinstance(details, dict) else {}
    return model.DiskOffering(
        id=row_id,
        bandwidth_limit_mbps=may(limits, "bandwidthLimitInMbps", whole),
        iops_limit=may(limits, "iopsLimit", whole),
    )


def volume(row_id: str, raw: Fields) -> model.Volume:
    return model.Volume(
        id=row_id,
        name=may(raw, "name", text),
        state=may(raw, "state", text),
        path=may(raw, "path", text),
        pool_id=may(raw, "storageid", text),
        size_bytes=must(raw, "size", count),
        volume_type=may(raw, "type", text),
        vm_id=may(raw, "virtualmachineid", text),
        vm=may(raw, "vmname", text),
        vm_state=may(raw, "vmstate", text),
        account=may(raw, "account", text),
        domain=may(raw, "domainpath", text) or may(raw, "domain", text),
        project=may(raw, "project", text),
        zone=may(raw, "zonename", text),
        disk_offering_id=may(raw, "diskofferingid", text),
        offering=may(raw, "diskofferingname", text) or may(raw, "serviceofferingname", text),
        max_iops=may(raw, "maxiops", whole),
    )


def router(row_id: str, raw: Fields) -> model.Router:
    version = may(raw, "version", text)
    return model.Router(
        id=row_id,
        name=may(raw, "name", text),
        state=may(raw, "state", text),
        zone=may(raw, "zonename", text),
        host_id=may(raw, "hostid", text),
        host=may(raw, "hostname", text),
        host_control_state=may(raw, "hostcontrolstate", text),
        vpc=may(raw, "vpcname", text),
        network=may(raw, "guestnetworkname", text),
        version=None if version == "UNKNOWN" else version,
        redundant_state=may(raw, "redundantstate", text),
        requires_upgrade=may(raw, "requiresupgrade", truth),
        checks=checks(raw.get("healthcheckresults")),
    )


def checks(value: Any) -> tuple[model.RouterCheck, ...]:  # noqa: ANN401 - any JSON
    """What is no list is none; a result that does not say of which check it is fails the poll."""
    listed = [(must(one, "checkname", identity), one) for one in objects(value if isinstance(value, list) else [])]
    reached = any(name == "connectivity.test" and may(one, "success", truth) for name, one in listed)
    return tuple(
        model.RouterCheck(
            name=name,
            check_type=may(one, "checktype", text) or "unknown",
            status=model.CheckStatus(status(name, one, reached=reached)),
            updated=may(one, "lastupdated", moment),
        )
        for name, one in listed
    )


def status(name: str, raw: Fields, *, reached: bool) -> str:
    """From 4.22 on a result has a status; before, a file system that was not reached is unknown."""
    word = may(raw, "status", text)
    if word is not None:
        return word.lower() if re.fullmatch("success|failed|warning", word.lower()) else "unknown"
    success = may(raw, "success", truth)
    if success is None:
        return "unknown"
    written = (may(raw, "details", text) or "").startswith("Failed to write:")
    told = success or name != "filesystem.writable.test" or reached or written
    return ("success" if success else "failed") if told else "unknown"
