"""What an installation has beside its volumes: zones, projects, offerings, snapshots, settings, other storage."""

from typing import TYPE_CHECKING

from exporter.simulator.scenario.array import Volume
from exporter.simulator.scenario.cloud import (
    CloudOffering,
    CloudPool,
    CloudProject,
    CloudSnapshot,
    CloudTemplate,
    CloudVolume,
    CloudZone,
    Installation,
    OtherPool,
    volume_id_of,
)
from exporter.simulator.scenario.ids import stable_uuid
from exporter.simulator.scenario.rows import gib_in_bytes

if TYPE_CHECKING:
    from exporter.simulator.scenario.world import World

LIMIT_IOPS = 2000
LIMIT_BW_IN_MBPS = 200
_PROJECTS = {"ams": {"apollo": "/ROOT/acme", "gemini": "/ROOT/globex"}, "lab": {"sandbox": "/ROOT/test"}}
_GATEWAYS = {"pf-ams1": "10.10.2.130", "pf-ams2": "10.10.2.140"}
_MINUTE, _DAY = 60, 86400


def furnish(world: "World", installation: Installation, *, live: bool) -> None:
    """Complete an installation whose pools, hosts, machines and volumes are there."""
    installation.accounts["system"] = "/ROOT"
    for name in dict.fromkeys(host.zone for host in installation.hosts.values()):
        installation.zones[name] = CloudZone(stable_uuid(f"{installation.name} zone {name}"), name)
    for pool in installation.pools.values():
        pool.gateway_ip = _GATEWAYS[pool.system]
    _add_projects(installation)
    _add_offerings(world, installation)
    _add_snapshots_and_templates(world, installation)
    _add_other_storage(world, installation)
    _add_settings(installation, live=live)
    installation.time_zone_minutes = 60 if installation.name == "ams" else 0


def offering(installation: Installation, name: str) -> CloudOffering:
    """Return a disk offering by its name."""
    return installation.offerings[stable_uuid(f"{installation.name} offering {name}")]


def _add_projects(installation: Installation) -> None:
    """Give every seventh machine, with its volumes, to a project."""
    for name, domain in _PROJECTS[installation.name].items():
        installation.projects[name] = CloudProject(stable_uuid(f"{installation.name} project {name}"), name, domain)
    names = list(installation.projects)
    for row in installation.volumes.values():
        machine = installation.machines.get(row.machine_uuid or "")
        if machine is not None and machine.id % 7 == 0:
            row.project = names[machine.id % len(names)]


def _add_offerings(world: "World", installation: Installation) -> None:
    bandwidth = {"bandwidthLimitInMbps": str(LIMIT_BW_IN_MBPS)}
    for made in (
        CloudOffering("", "Unlimited"),
        CloudOffering("", "Gold", bandwidth | {"iopsLimit": str(LIMIT_IOPS)}),
        CloudOffering("", "Custom IOPS", bandwidth, custom_iops=True),
        CloudOffering("", "Retired", state="Inactive"),
    ):
        made.uuid = stable_uuid(f"{installation.name} offering {made.name}")
        installation.offerings[made.uuid] = made
    for row in installation.volumes.values():
        volume = world.systems[installation.pools[row.pool_uuid].system].volumes.get(volume_id_of(row))
        row.created = volume.creation_time if volume else world.started - 30 * _DAY
        if row.kind == "DATADISK":
            _choose_offering(installation, row, volume)


def _choose_offering(installation: Installation, row: CloudVolume, volume: Volume | None) -> None:
    """Give a data disk an offering whose limits are those of its mapping, or any where it has none."""
    mappings = volume.mappings if volume else None
    if mappings:
        for mapping in mappings[1:]:
            mapping.limit_iops, mapping.limit_bw_in_mbps = mappings[0].limit_iops, mappings[0].limit_bw_in_mbps
    limited = mappings[0].limit_iops > 0 if mappings else row.id % 4 == 0
    if not limited:
        row.offering_uuid = offering(installation, "Retired" if row.id % 11 == 0 else "Unlimited").uuid
    elif row.id % 3 == 0:
        row.offering_uuid, row.max_iops = offering(installation, "Custom IOPS").uuid, LIMIT_IOPS
    else:
        row.offering_uuid = offering(installation, "Gold").uuid


def _add_snapshots_and_templates(world: "World", installation: Installation) -> None:
    """Write the rows of what bears the installation's names, if the volume it was taken of has one too."""
    rows = {volume_id_of(row): row for row in installation.volumes.values()}
    for pool in installation.pools.values():
        tail = f"-{pool.key}-{installation.identifier}"
        for volume in world.systems[pool.system].volumes.values():
            if volume.storage_pool_id == pool.powerflex_pool_id and (volume.name or "").endswith(tail):
                _add_row_for(installation, pool, volume, rows)


def _add_row_for(installation: Installation, pool: CloudPool, volume: Volume, rows: dict[str, CloudVolume]) -> None:
    kind, number, *_ = (volume.name or "").split("-")
    uuid = stable_uuid(f"{installation.name} {volume.name}")
    size = volume.size_kib * 1024
    if kind == "tmpl" and number.isdecimal():
        installation.templates[uuid] = CloudTemplate(uuid, pool.uuid, size)
    source = rows.get(volume.ancestor_volume_id or "")
    if kind in ("snap", "vmsnap") and source is not None:
        installation.snapshots[uuid] = CloudSnapshot(
            uuid,
            f"{source.name}_{number}",
            source.uuid,
            pool.uuid,
            size,
            volume.creation_time,
            of_machine=kind == "vmsnap",
        )


def _add_other_storage(world: "World", installation: Installation) -> None:
    """Add an NFS share with three volumes, a host's own disk, and volumes that are nowhere yet."""
    first = installation.zone
    hosts = [host for host in installation.hosts.values() if host.zone == first]
    tib = gib_in_bytes(1024)
    for pool in (
        OtherPool(
            7,
            "",
            f"{first}-nfs",
            first,
            "NetworkFilesystem",
            "DefaultPrimary",
            "10.10.7.5",
            "/export",
            40 * tib,
            9 * tib,
        ),
        OtherPool(
            8,
            "",
            f"{hosts[0].name}-local",
            first,
            "Filesystem",
            "DefaultPrimary",
            hosts[0].ip,
            "/var/lib/libvirt/images",
            2 * tib,
            tib // 4,
            "HOST",
        ),
    ):
        pool.uuid = stable_uuid(f"{installation.name} pool {pool.name}")
        installation.other_pools[pool.uuid] = pool
    share = next(iter(installation.other_pools))
    powerflex = next(pool.uuid for pool in installation.pools.values() if pool.zone == first)
    for number, pool_uuid, state in (
        (9501, share, "Ready"),
        (9502, share, "Ready"),
        (9503, share, "Destroy"),
        (9504, "", "Allocated"),
        (9505, powerflex, "Creating"),
    ):
        row = CloudVolume(
            number,
            stable_uuid(f"{installation.name} volume {number}"),
            f"DATA-{number}",
            pool_uuid,
            stable_uuid(f"{installation.name} file {number}") if pool_uuid == share else None,
            gib_in_bytes(20 if pool_uuid == share else 16),
            "admin",
            state=state,
            offering_uuid=offering(installation, "Unlimited").uuid,
            created=world.started - (_MINUTE if state == "Creating" else 9 * _DAY),
        )
        installation.elsewhere[row.uuid] = row


def _add_settings(installation: Installation, *, live: bool) -> None:
    pools = {pool.name: pool.uuid for pool in installation.pools.values()}
    if live:
        installation.settings["router.health.checks.results.fetch.interval"] = "1"
    if installation.name == "ams":
        installation.scoped_settings = {
            (pools["ams-slow"], "storage.overprovisioning.factor"): "1.5",
            (installation.zones["ams-west"].uuid, "pool.storage.capacity.disablethreshold"): "0.8",
            (installation.zones["ams-west"].uuid, "powerflex.connect.on.demand"): "false",
        }
    else:
        installation.settings["pool.storage.allocated.capacity.disablethreshold"] = "0.9"
        installation.scoped_settings = {
            (pools["lab-nvme"], "storage.overprovisioning.factor"): "4.0",
            (pools["lab-nvme"], "pool.storage.capacity.disablethreshold"): "0.75",
        }
