"""The CloudStack of a benchmark: the bytes of a management server's answers over the same array."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from benchmarks.array import KIB, POOLS, Array, pool_id

_PAGE = 500
_CHECKS = (
    ("connectivity.test", "basic"),
    ("filesystem.writable.test", "basic"),
    ("cpu_usage_check.py", "basic"),
    ("disk_space_check.py", "basic"),
    ("memory_usage_check.py", "basic"),
    ("router_version_check.py", "basic"),
    ("dhcp_check.py", "advanced"),
    ("dns_check.py", "advanced"),
    ("gateways_check.py", "basic"),
    ("iptables_check.py", "advanced"),
)
_TESTED_AT = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


@dataclass(frozen=True, slots=True)
class Cloud:
    """An installation with so many volumes, all on the array, and so many routers."""

    volumes: int
    routers: int

    def answers(self) -> dict[str, dict[int, bytes]]:
        """Return the body of each page of each answer, by command, or by command and storage pool."""
        by_pool: dict[int, list[str]] = {pool: [] for pool in range(POOLS)}
        if self.volumes:
            for number, row in self._volumes():
                by_pool[number % POOLS].append(row)
        return {
            "listZones": _pages("listzones", "zone", [json.dumps({"id": _uuid("zone", 0), "name": "ams1"})]),
            "listStoragePools": _pages("liststoragepools", "storagepool", list(map(_pool, range(POOLS)))),
            "listHosts": _pages("listhosts", "host", [_host(number) for number in range(64)]),
            "listDiskOfferings": _pages("listdiskofferings", "diskoffering", []),
            "listConfigurations": _pages("listconfigurations", "configuration", [_IDENTIFIER]),
            "listRouters": _pages("listrouters", "router", list(map(_router, range(self.routers)))),
            **{
                f"listVolumes {pool_uuid(pool)}": _pages("listvolumes", "volume", rows)
                for pool, rows in by_pool.items()
            },
        }

    def _volumes(self) -> Iterator[tuple[int, str]]:
        for number, volume in enumerate(Array(self.volumes).volumes()):
            yield (
                number,
                _compact(
                    {
                        "id": _uuid("volume", number),
                        "name": f"ROOT-{number}",
                        "zoneid": _uuid("zone", 0),
                        "zonename": "ams1",
                        "type": "ROOT",
                        "deviceid": 0,
                        "virtualmachineid": _uuid("vm", number),
                        "vmname": f"vm-{number}",
                        "vmdisplayname": f"vm-{number}",
                        "vmstate": "Running",
                        "provisioningtype": "thin",
                        "size": volume.size_kib * KIB,
                        "created": _TESTED_AT,
                        "state": "Ready",
                        "account": f"account-{number % 500}",
                        "domainid": _uuid("domain", number % 50),
                        "domain": f"domain-{number % 50}",
                        "domainpath": f"ROOT/domain-{number % 50}",
                        "storagetype": "shared",
                        "hypervisor": "KVM",
                        "destroyed": False,
                        "serviceofferingid": _uuid("offering", 0),
                        "serviceofferingname": "Small",
                        "serviceofferingdisplaytext": "Small",
                        "storage": f"pool-{number % POOLS}",
                        "storageid": pool_uuid(number % POOLS),
                        "path": f"{volume.id}:{volume.name}",
                        "quiescevm": False,
                        "isextractable": True,
                        "supportsstoragesnapshot": True,
                        "tags": [],
                    }
                ),
            )


def page(answers: dict[str, dict[int, bytes]], form: dict[str, str]) -> bytes:
    """Return the body that answers a call; an installation of nothing answers with empty lists."""
    command = form["command"]
    key = f"{command} {form['storageid']}" if command == "listVolumes" else command
    known = answers.get(key, {})
    return known.get(int(form.get("page", "1"))) or _pages(command.lower(), "nothing", [])[1]


def pool_uuid(number: int) -> str:
    """Return the UUID of a pool; its key, characters 5 to 8, is what the names of the volumes carry."""
    return f"0000{number:04x}-0000-4000-8000-000000000000"


def _uuid(kind: str, number: int) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{kind} {number}"))


def _pool(number: int) -> str:
    return _compact(
        {
            "id": pool_uuid(number),
            "name": f"pool-{number}",
            "provider": "PowerFlex",
            "path": pool_id(number),
            "zoneid": _uuid("zone", 0),
            "zonename": "ams1",
            "scope": "ZONE",
            "state": "Up",
            "disksizetotal": 2**49,
            "disksizeused": 2**47,
            "disksizeallocated": 2**48,
            "overprovisionfactor": "2.0",
        }
    )


def _host(number: int) -> str:
    return _compact(
        {
            "id": _uuid("host", number),
            "name": f"kvm{number}",
            "zonename": "ams1",
            "hypervisor": "KVM",
            "state": "Up",
            "resourcestate": "Enabled",
            "ipaddress": f"10.20.0.{number}",
        }
    )


def _router(number: int) -> str:
    checks = [
        {
            "checkname": name,
            "checktype": kind,
            "success": True,
            "status": "SUCCESS",
            "lastupdated": _TESTED_AT,
            "details": "Successfully tested",
        }
        for name, kind in _CHECKS
    ]
    return _compact(
        {
            "id": _uuid("router", number),
            "zoneid": _uuid("zone", 0),
            "zonename": "ams1",
            "name": f"r-{number}-VM",
            "state": "Running",
            "hostid": _uuid("host", number % 64),
            "hostname": f"kvm{number % 64}",
            "hostcontrolstate": "Enabled",
            "guestnetworkname": f"network-{number}",
            "version": "4.22.0",
            "redundantstate": "UNKNOWN",
            "requiresupgrade": False,
            "healthchecksfailed": False,
            "healthcheckresults": checks,
        }
    )


_IDENTIFIER = json.dumps({"name": "custom.cs.identifier", "value": "ams"})


def _compact(fields: dict[str, object]) -> str:
    return json.dumps(fields, separators=(",", ":"))


def _pages(command: str, kind: str, rows: list[str]) -> dict[int, bytes]:
    pages = {}
    for start in range(0, len(rows) or 1, _PAGE):
        inner = f'"count":{len(rows)},"{kind}":[{",".join(rows[start : start + _PAGE])}]' if rows else ""
        pages[start // _PAGE + 1] = f'{{"{command}response":{{{inner}}}}}'.encode()
    return pages
