"""Snapshots of volumes. They have neither a path nor a numeric id."""

from typing import Any

from exporter.simulator.cloudstack.call import Call
from exporter.simulator.cloudstack.commands.places import zone_fields
from exporter.simulator.cloudstack.listing import list_answer
from exporter.simulator.cloudstack.ownership import owner_fields
from exporter.simulator.cloudstack.responses import given
from exporter.simulator.cloudstack.timestamps import timestamp
from exporter.simulator.scenario.cloud import CloudSnapshot


def list_snapshots(call: Call) -> dict[str, Any]:
    """Answer listSnapshots, newest first; those of whole machines are not among them."""
    installation = call.installation
    scope = call.scope()
    wanted = call.record("id", installation.snapshots)
    volume = call.record("volumeid", installation.volumes, installation.elsewhere)

    def matches(snapshot: CloudSnapshot) -> bool:
        source = installation.volumes.get(snapshot.volume_uuid)
        return (
            not snapshot.of_machine
            and wanted in (None, snapshot)
            and (volume is None or volume.uuid == snapshot.volume_uuid)
            and source is not None
            and scope.holds(call.owner(source.account, source.project))
        )

    snapshots = sorted(filter(matches, installation.snapshots.values()), key=lambda each: (-each.created, each.uuid))
    return list_answer(call, "snapshot", snapshots, lambda snapshot: _snapshot(call, snapshot))


def _snapshot(call: Call, snapshot: CloudSnapshot) -> dict[str, Any]:
    installation = call.installation
    source = installation.volumes[snapshot.volume_uuid]
    pool = installation.pools[snapshot.pool_uuid]
    project = installation.projects[source.project].uuid if source.project else None
    return given(
        {
            "id": snapshot.uuid,
            "name": snapshot.name,
            **owner_fields(installation.name, call.owner(source.account, source.project), project),
            "snapshottype": "MANUAL",
            "intervaltype": "MANUAL",
            "volumeid": source.uuid,
            "volumename": source.name,
            "volumetype": source.kind,
            "volumestate": source.state,
            "created": timestamp(installation, snapshot.created),
            "state": "BackedUp",
            "physicalsize": snapshot.size_bytes,
            "virtualsize": snapshot.size_bytes,
            "revertable": True,
            **zone_fields(installation, pool.zone),
            "tags": [],
        }
    )
