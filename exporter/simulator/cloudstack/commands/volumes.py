"""Volumes."""

from typing import Any

from exporter.simulator.cloudstack.call import Call
from exporter.simulator.cloudstack.commands.places import zone_fields, zones_by_uuid
from exporter.simulator.cloudstack.listing import list_answer
from exporter.simulator.cloudstack.ownership import owner_fields
from exporter.simulator.cloudstack.responses import given
from exporter.simulator.cloudstack.timestamps import timestamp
from exporter.simulator.scenario.cloud import CloudMachine, CloudVolume, Installation, volume_id_of
from exporter.simulator.scenario.ids import stable_uuid


def list_volumes(call: Call) -> dict[str, Any]:
    """Answer listVolumes: newest first. What only root admins may ask for is ignored with others."""
    rows = call.machine.kept_list(call.selection, lambda: _matching(call))
    return list_answer(call, "volume", rows, lambda row: _volume(call, row))


def _matching(call: Call) -> list[CloudVolume]:
    installation = call.installation
    root = call.user.root_admin
    scope = call.scope()
    wanted = call.record("id", installation.volumes, installation.elsewhere)
    several = set((call.text("ids") or "").split(",")) - {""}
    machine = call.record("virtualmachineid", installation.machines)
    pool = call.record("storageid", installation.pools, installation.other_pools) if root else None
    zone = call.record("zoneid", zones_by_uuid(installation))
    kind, state, name = call.text("type"), call.text("state"), call.text("name")
    keyword = (call.text("keyword") or "").lower()
    system_machines = root and call.boolean("listsystemvms")

    def matches(row: CloudVolume) -> bool:
        owner_machine = installation.machines.get(row.machine_uuid or "")
        return (
            wanted in (None, row)
            and (not several or row.uuid in several)
            and machine in (None, owner_machine)
            and (pool is None or pool.uuid == row.pool_uuid)
            and (zone is None or zone.name == _zone_of(installation, row))
            and kind in (None, row.kind)
            and state in (None, row.state)
            and name in (None, row.name)
            and keyword in row.name.lower()
            and (system_machines or owner_machine is None or owner_machine.kind == "User")
            and scope.holds(call.owner(row.account, row.project))
        )

    return [row for row in _newest_first(call) if matches(row)]


def _newest_first(call: Call) -> list[CloudVolume]:
    installation = call.installation

    def build() -> list[CloudVolume]:
        rows = [*installation.volumes.values(), *installation.elsewhere.values()]
        return sorted(rows, key=lambda row: (-row.created, -row.id))

    return call.machine.kept_list("all volumes", build)


def _zone_of(installation: Installation, row: CloudVolume) -> str:
    pool = installation.pools.get(row.pool_uuid) or installation.other_pools.get(row.pool_uuid)
    return pool.zone if pool else installation.zone


def _volume(call: Call, row: CloudVolume) -> dict[str, Any]:
    installation = call.installation
    owner = call.owner(row.account, row.project)
    project = installation.projects[row.project].uuid if row.project else None
    created = timestamp(installation, row.created)
    machine = installation.machines.get(row.machine_uuid or "")
    fields: dict[str, Any] = {
        "id": row.uuid,
        "name": row.name,
        **zone_fields(installation, _zone_of(installation, row)),
        "type": row.kind,
        "provisioningtype": "thin",
        "size": row.size_bytes,
        "maxiops": row.max_iops,
        "created": created,
        "state": row.state,
        **owner_fields(installation.name, owner, project),
        "destroyed": row.state == "Destroy",
        "isextractable": True,
        "supportsstoragesnapshot": True,
        "deleteprotection": False,
        "displayvolume": True,
        "tags": [],
        **_offering(installation, row),
    }
    if machine is not None and row.state != "Destroy":
        fields |= _attachment(machine, row) | {"attached": created}
    if call.user.root_admin:
        fields |= _admin_fields(call, row, machine)
    return given(fields)


def _offering(installation: Installation, row: CloudVolume) -> dict[str, Any]:
    """Return the offering: a root disk has a service offering, whose id is the numeric one (a known leak)."""
    if row.kind == "ROOT":
        return {"serviceofferingid": 12, "serviceofferingname": "Small", "serviceofferingdisplaytext": "Small"}
    offering = installation.offerings.get(row.offering_uuid or "")
    if offering is None:
        return {}
    return {
        "diskofferingid": offering.uuid,
        "diskofferingname": offering.name,
        "diskofferingdisplaytext": offering.name,
    }


def _attachment(machine: CloudMachine, row: CloudVolume) -> dict[str, Any]:
    return {
        "deviceid": 0 if row.kind == "ROOT" else 1,
        "virtualmachineid": machine.uuid,
        "vmname": machine.name,
        "vmdisplayname": machine.name,
        "vmstate": machine.state,
        "vmtype": machine.kind,
    }


def _admin_fields(call: Call, row: CloudVolume, machine: CloudMachine | None) -> dict[str, Any]:
    """Return what root admins alone are told: path, pool, place, and sizes as last measured."""
    installation = call.installation
    pool = installation.pools.get(row.pool_uuid) or installation.other_pools.get(row.pool_uuid)
    zone = _zone_of(installation, row)
    fields: dict[str, Any] = {
        "path": row.path,
        "storage": pool.name if pool else "none",
        "storageid": pool.uuid if pool else None,
        "storagetype": "shared",
        "hypervisor": "KVM",
        "podid": stable_uuid(f"pod {zone}") if pool else None,
        "podname": f"{zone}-pod1" if pool else None,
    }
    host = installation.hosts.get((machine.host_uuid if machine else None) or "")
    if row.uuid in installation.volumes and host is not None and host.state == "Up":
        physical = call.machine.stats.physical_bytes(volume_id_of(row))
        if physical is not None:
            fields |= {
                "physicalsize": physical,
                "virtualsize": row.size_bytes,
                "utilization": f"{100 * physical / row.size_bytes:.1f}%",
            }
    return fields
