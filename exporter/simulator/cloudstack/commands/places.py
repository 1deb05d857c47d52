"""Zones, with their one pod and cluster each, and hosts."""

from typing import Any

from exporter.simulator.cloudstack.call import Call
from exporter.simulator.cloudstack.listing import list_answer
from exporter.simulator.cloudstack.responses import given
from exporter.simulator.cloudstack.timestamps import timestamp
from exporter.simulator.scenario.cloud import CloudHost, CloudZone, Installation
from exporter.simulator.scenario.ids import stable_uuid

_GIB = 2**30
_DAY = 86400


def zone_fields(installation: Installation, zone: str) -> dict[str, Any]:
    """Return how other objects name their zone."""
    return {"zoneid": installation.zones[zone].uuid, "zonename": zone}


def place_fields(zone: str) -> dict[str, Any]:
    """Return how other objects name their pod and cluster."""
    return {**pod_fields(zone), "clusterid": stable_uuid(f"cluster {zone}"), "clustername": f"{zone}-c1"}


def pod_fields(zone: str) -> dict[str, Any]:
    """Return how other objects name their pod."""
    return {"podid": stable_uuid(f"pod {zone}"), "podname": f"{zone}-pod1"}


def zones_by_uuid(installation: Installation) -> dict[str, CloudZone]:
    """Return the zones by what a caller names them by."""
    return {zone.uuid: zone for zone in installation.zones.values()}


def list_zones(call: Call) -> dict[str, Any]:
    """Answer listZones."""
    wanted = call.record("id", zones_by_uuid(call.installation))
    zones = [zone for zone in call.installation.zones.values() if wanted in (None, zone)]
    return list_answer(call, "zone", zones, _zone)


def _zone(zone: CloudZone) -> dict[str, Any]:
    return {
        "id": zone.uuid,
        "name": zone.name,
        "dns1": "10.10.0.53",
        "internaldns1": "10.10.0.53",
        "guestcidraddress": "10.1.1.0/24",
        "networktype": "Advanced",
        "securitygroupsenabled": False,
        "allocationstate": "Enabled",
        "dhcpprovider": "VirtualRouter",
        "localstorageenabled": True,
        "type": "Core",
        "tags": [],
    }


def list_hosts(call: Call) -> dict[str, Any]:
    """Answer listHosts. Without `type` the system VMs stand among the hosts, as they do in CloudStack."""
    installation = call.installation
    zone = call.record("zoneid", zones_by_uuid(installation))
    wanted = call.record("id", installation.hosts)
    kind, state = call.text("type"), call.text("state")
    hosts = [
        host
        for host in installation.hosts.values()
        if kind in (None, "Routing")
        and wanted in (None, host)
        and state in (None, host.state)
        and (zone is None or zone.name == host.zone)
    ]
    agents = [] if wanted or zone or state else [_agent(call, machine.uuid) for machine in _system_machines(call, kind)]
    return list_answer(call, "host", [*(_host(call, host) for host in hosts), *agents], dict)


def _system_machines(call: Call, kind: str | None) -> list[Any]:
    names = {"ConsoleProxy": "ConsoleProxy", "SecondaryStorageVm": "SecondaryStorageVM"}
    machines = call.installation.machines.values()
    return [machine for machine in machines if machine.kind in names and kind in (None, names[machine.kind])]


def _agent(call: Call, uuid: str) -> dict[str, Any]:
    machine = call.installation.machines[uuid]
    zone = call.installation.hosts[machine.host_uuid or ""].zone
    return {
        "id": stable_uuid(f"agent {uuid}"),
        "name": machine.name,
        "state": "Up",
        "type": "ConsoleProxy" if machine.kind == "ConsoleProxy" else "SecondaryStorageVM",
        "ipaddress": f"10.10.8.{machine.id % 250}",
        **zone_fields(call.installation, zone),
        **pod_fields(zone),
        "version": call.machine.personality.version,
        "resourcestate": "Enabled",
    }


def _host(call: Call, host: CloudHost) -> dict[str, Any]:
    installation = call.installation
    up = host.state == "Up"
    fields: dict[str, Any] = {
        "id": host.uuid,
        "name": host.name,
        "state": host.state,
        "type": "Routing",
        "ipaddress": host.ip,
        **zone_fields(installation, host.zone),
        **place_fields(host.zone),
        "hypervisor": "KVM",
        "version": call.machine.personality.version,
        "resourcestate": host.resource_state,
        "managementserverid": stable_uuid(f"{installation.name} server") if up else None,
        "lastpinged": timestamp(installation, call.machine.now - (5 if up else 3 * 3600)),
        "created": timestamp(installation, call.machine.world.started - 400 * _DAY),
    }
    if (call.text("details") or "all") != "min":
        fields |= {"cpunumber": 64, "cpuspeed": 2800, "memorytotal": 768 * _GIB, "hasenoughcapacity": True}
    return given(fields)
