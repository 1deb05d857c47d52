"""What differs between CloudStack and its arrays in the default scenario, and what only looks as if it did.

The differences are noted as they are arranged: the list of them is no comparison's result, so that a comparison
can be held against it.
"""

from typing import TYPE_CHECKING

from exporter.simulator.scenario.cloud import CloudMachine, CloudVolume, Installation, volume_id_of
from exporter.simulator.scenario.discrepancy import Discrepancy, Reason
from exporter.simulator.scenario.furnish import LIMIT_BW_IN_MBPS, LIMIT_IOPS, offering
from exporter.simulator.scenario.ids import stable_uuid
from exporter.simulator.scenario.rows import map_to_host, place_volume

if TYPE_CHECKING:
    from exporter.simulator.scenario.world import World

_REASONS: dict[str, tuple[str, str, Reason]] = {
    "orphaned_volume_1": ("ams", "pf-ams1", "orphaned"),
    "orphaned_volume_2": ("ams", "pf-ams1", "orphaned"),
    "orphaned_volume_3": ("ams", "pf-ams1", "orphaned"),
    "orphaned_volume_on_second_array": ("ams", "pf-ams2", "orphaned"),
    "orphaned_volume_of_lab": ("lab", "pf-ams2", "orphaned"),
    "snapshot_without_base_1": ("ams", "pf-ams1", "orphaned_snapshot"),
    "snapshot_without_base_2": ("ams", "pf-ams1", "orphaned_snapshot"),
    "missing_volume": ("ams", "pf-ams1", "missing"),
    "volume_in_another_pool": ("ams", "pf-ams1", "pool_mismatch"),
    "volume_of_another_size": ("ams", "pf-ams1", "size_mismatch"),
    "volume_claimed_twice": ("ams", "pf-ams1", "claimed_twice"),
    "unmapped_volume_of_running_vm": ("ams", "pf-ams1", "unmapped_while_running"),
    "volume_on_dead_sdc": ("ams", "pf-ams1", "mapped_to_dead_sdc"),
    "volume_mapped_twice": ("ams", "pf-ams1", "mapped_to_many"),
    "volume_with_other_limits": ("ams", "pf-ams1", "qos_mismatch"),
    "limited_volume_without_offering_limits": ("lab", "pf-ams2", "qos_mismatch"),
}
"""By landmark: whose it is, on which array, and why."""


def expected_discrepancies(world: "World") -> set[Discrepancy]:
    """Return every difference of all installations, as the scenario was built and its changes noted.

    Noted are `leak_volume`, `delete_cloudstack_volume`, `delete_powerflex_volume`, `resize_row` and
    `set_volume_state`; changes of the array alone, such as `unmap_volume` or `disconnect_sdc`, are not.
    """
    with world.lock:
        return set().union(*(installation.discrepancies for installation in world.installations.values()))


def add_cloud_oddities(world: "World") -> dict[str, str]:
    """Arrange the differences that are not there yet, and what must not be taken for one. Returns the landmarks."""
    ams, lab = world.installations["ams"], world.installations["lab"]
    landmarks = _leaks(world, ams, lab) | _drifted_limits(world, ams, lab)
    landmarks |= _destroyed(world, ams) | _moving_machine(world, ams)
    _mark_migrating_row(world, ams)
    for number, installation in ((1, ams), (8, lab)):
        # These two hosts have another address in CloudStack than their SDCs have: only the name tells.
        host = next(host for host in installation.hosts.values() if host.id == number + 1)
        host.ip = f"10.10.1.{11 + number}"
        landmarks[f"host_joined_by_name_in_{installation.name}"] = host.uuid
    return landmarks


def note_discrepancies(world: "World") -> None:
    """Note what the landmarks stand for."""
    for landmark, (cloudstack, system, reason) in _REASONS.items():
        found = Discrepancy(cloudstack, system, world.landmarks[landmark], reason)
        world.installations[cloudstack].discrepancies.add(found)


def _leaks(world: "World", ams: Installation, lab: Installation) -> dict[str, str]:
    """Let two volumes lose their rows, on the second array."""
    found = {}
    for landmark, installation, pool_name, number in (
        ("orphaned_volume_on_second_array", ams, "ams-mirrored", 9003),
        ("orphaned_volume_of_lab", lab, "lab-nvme", 9004),
    ):
        pool = next(pool for pool in installation.pools.values() if pool.name == pool_name)
        row = place_volume(world, installation, pool, number, account="admin", size_gib=40, used_gib=7)
        del installation.volumes[row.uuid]
        found[landmark] = volume_id_of(row)
    return found


def _machine(installation: Installation, number: int, zone: str, state: str = "Running") -> CloudMachine:
    host = next(h for h in installation.hosts.values() if h.zone == zone and not h.cut_off)
    uuid = stable_uuid(f"{installation.name} machine {number}")
    machine = CloudMachine(number, uuid, f"vm-{number}", "admin", host.uuid, state)
    installation.machines[uuid] = machine
    return machine


def _drifted_limits(world: "World", ams: Installation, lab: Installation) -> dict[str, str]:
    """Let the array's limits differ from the offering's: none where there should be some, and the reverse."""
    found = {}
    for landmark, installation, pool_name, offering_name, limited in (
        ("volume_with_other_limits", ams, "ams-fast", "Gold", False),
        ("limited_volume_without_offering_limits", lab, "lab-nvme", "Unlimited", True),
    ):
        pool = next(pool for pool in installation.pools.values() if pool.name == pool_name)
        machine = _machine(installation, 9600, pool.zone)
        row = place_volume(world, installation, pool, 9600, account="admin", machine=machine, size_gib=80)
        row.offering_uuid = offering(installation, offering_name).uuid
        map_to_host(
            world,
            installation,
            row,
            installation.hosts[machine.host_uuid or ""],
            limit_iops=LIMIT_IOPS if limited else 0,
            limit_bw_in_mbps=LIMIT_BW_IN_MBPS if limited else 0,
        )
        found[landmark] = volume_id_of(row)
    return found


def _destroyed(world: "World", ams: Installation) -> dict[str, str]:
    """Add volumes that their owners have deleted and that are still to be purged."""
    pool = next(pool for pool in ams.pools.values() if pool.name == "ams-fast")
    rows: list[CloudVolume] = []
    for number, state in ((9701, "Destroy"), (9702, "Destroy"), (9703, "Destroy"), (9704, "Expunging")):
        row = place_volume(world, ams, pool, number, account="globex", size_gib=24, state=state, age_days=20)
        row.offering_uuid = offering(ams, "Unlimited").uuid
        rows.append(row)
    return {"destroyed_volume": volume_id_of(rows[0]), "expunging_volume": volume_id_of(rows[-1])}


def _moving_machine(world: "World", ams: Installation) -> dict[str, str]:
    """Add a machine on its way to another host: both have its volume mapped, as it must be."""
    pool = next(pool for pool in ams.pools.values() if pool.name == "ams-fast")
    machine = _machine(ams, 9800, pool.zone, "Migrating")
    row = place_volume(world, ams, pool, 9800, account="admin", machine=machine, kind="ROOT", size_gib=40)
    hosts = [host for host in ams.hosts.values() if host.zone == pool.zone and not host.cut_off]
    for host in hosts[-2:]:
        map_to_host(world, ams, row, host)
    return {"volume_of_migrating_vm": volume_id_of(row)}


def _mark_migrating_row(world: "World", ams: Installation) -> None:
    """Let CloudStack know that it is moving the V-Tree which is in migration."""
    tree = world.landmarks["migrating_vtree"]
    volumes = {volume.id for volume in world.systems["pf-ams1"].volumes.values() if volume.vtree_id == tree}
    for row in ams.volumes.values():
        if volume_id_of(row) in volumes:
            row.state = "Migrating"
