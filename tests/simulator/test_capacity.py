"""The arithmetic of a pool, worked out by hand on a small array: 2 disks of 1000 GiB, 10 % of it spare."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from exporter.simulator import Simulator, World, default_scenario
from exporter.simulator.scenario.array import GIB, Device, MdmCluster, ProtectionDomain, Sds, StoragePool, System
from exporter.simulator.scenario.changes import apply_change
from exporter.simulator.scenario.ids import long_id, object_id

Connect = Callable[..., httpx.Client]
POOL = object_id("pool", 0)
OTHER_POOL = object_id("pool", 1)


def small_world() -> World:
    system = System(
        key="small",
        id=long_id("small"),
        name="small",
        version="4.5",
        release="R4_5.0.0",
        days_installed=1,
        upgraded=0,
        licence_days="Unlimited",
        licence_gb="Unlimited",
        mdm=MdmCluster("SingleNode", "NotClustered", 1, 1, ["mdm"]),
    )
    domain = ProtectionDomain(object_id("domain", 0), "domain")
    system.protection_domains[domain.id] = domain
    system.storage_pools[POOL] = StoragePool(POOL, "pool", domain.id, "SSD")
    system.storage_pools[OTHER_POOL] = StoragePool(
        OTHER_POOL, "fine", domain.id, "SSD", "FineGranularity", stored_percent=50, metadata_percent=5
    )
    for number in range(4):
        node = Sds(object_id("sds", number), f"sds-{number}", domain.id, f"192.0.2.1{number}")
        system.nodes[node.id] = node
        device = Device(
            object_id("device", number), node.id, (POOL, OTHER_POOL)[number // 2], 1000 * GIB, "/dev/sdb", "SSD"
        )
        system.devices[device.id] = device
    return World({"small": system}, {}, started=1_790_000_000)


@pytest.fixture
def statistics(log_in: Connect) -> Callable[[World], dict[str, dict[str, Any]]]:
    """All statistics of a type, and of the system under its id, by id."""

    def ask(world: World) -> dict[str, dict[str, Any]]:
        with Simulator(world, tls=False) as simulator:
            client = log_in(simulator.gateways["small"])
            found: dict[str, dict[str, Any]] = {}
            for kind in ("System", "ProtectionDomain", "StoragePool", "Sds", "Device", "VTree"):
                for each in client.get(f"/api/types/{kind}/instances").json():
                    path = f"/api/instances/{kind}::{each['id']}/relationships/Statistics"
                    found[each["id"]] = client.get(path).json()
            return found

    return ask


def gib(values: dict[str, Any], *names: str) -> list[float]:
    return [values[name] / GIB for name in names]


def test_thin_thick_and_snapshot(statistics: Callable[[World], dict[str, dict[str, Any]]]) -> None:
    world = small_world()
    # 104 GiB (13 x 8) of which 40 are written, a snapshot of it that holds 2, and 16 GiB thick.
    thin = apply_change(world, {"op": "add_volume", "pool": POOL, "name": "thin", "size_gib": 97, "used_gib": 40})
    snapshot = apply_change(world, {"op": "snapshot_volume", "volume": thin["volume"], "name": "snap"})
    world.systems["small"].volumes[snapshot["volume"]].written_kib = 2 * GIB
    thick = {"op": "add_volume", "pool": POOL, "name": "thick", "size_gib": 16, "volume_type": "ThickProvisioned"}
    apply_change(world, thick)

    found = statistics(world)
    pool = found[POOL]
    assert gib(pool, "maxCapacityInKb", "spareCapacityInKb") == [2000, 200]
    assert gib(pool, "maxUserDataCapacityInKb", "netMaxUserDataCapacityInKb") == [1800, 900]
    assert gib(pool, "netProvisionedAddressesInKb", "provisionedAddressesInKb") == [58, 116]  # 40 + 2 + 16
    assert gib(pool, "capacityInUseInKb", "netCapacityInUseInKb") == [116, 58]
    assert gib(pool, "unusedCapacityInKb", "netUnusedCapacityInKb") == [1684, 842]  # 2000 - 200 - 116
    assert gib(pool, "volumeAddressSpaceInKb") == [224]  # 104 + 104 + 16
    assert gib(pool, "vtreeAddresSpaceInKb") == [120]  # 104 + 16
    assert gib(pool, "thinCapacityAllocatedInKb", "thickCapacityInUseInKb") == [208, 32]  # both copies
    assert gib(pool, "thinCapacityInUseInKb", "snapshotCapacityInKb", "netSnapshotCapacityInKb") == [80, 4, 2]
    assert gib(pool, "capacityAvailableForVolumeAllocationInKb") == [840]  # 105 x 8, just below 842
    assert gib(pool, "volumeAllocationLimitInKb") == [8776]  # 10 x 900 - 224 = 1097 x 8
    assert pool["thinAndSnapshotRatio"] == pytest.approx(224 / 58, abs=1e-6)
    assert pool["compressedDataCompressionRatio"] == "NaN"
    assert pool["compressionRatio"] == 1.0
    assert (pool["numOfVolumes"], pool["numOfSnapshots"], pool["numOfVtrees"]) == (3, 1, 2)
    assert (pool["numOfThinBaseVolumes"], pool["numOfThickBaseVolumes"], pool["numOfUnmappedVolumes"]) == (1, 1, 3)
    assert gib(found[thin["vtree"]], "netProvisionedAddressesInKb") == [42]
    assert gib(found[thin["vtree"]], "baseNetCapacityInUseInKb", "snapNetCapacityInUseInKb") == [40, 2]
    assert sorted(found[thin["vtree"]]["volumeIds"]) == sorted([thin["volume"], snapshot["volume"]])


def test_compression_and_metadata_in_a_fine_granularity_pool(
    statistics: Callable[[World], dict[str, dict[str, Any]]],
) -> None:
    world = small_world()
    apply_change(world, {"op": "add_volume", "pool": OTHER_POOL, "name": "fine", "size_gib": 200, "used_gib": 100})
    found = statistics(world)
    fine, empty = found[OTHER_POOL], found[POOL]
    # 100 GiB written are stored in 50 with 5 of metadata, twice.
    assert gib(fine, "netProvisionedAddressesInKb", "netCapacityInUseInKb", "capacityInUseInKb") == [100, 55, 110]
    assert gib(fine, "netMetadataOverheadInKb", "netFglUserDataCapacityInKb") == [5, 50]
    assert gib(fine, "netFglUncompressedDataSizeInKb", "netMgUserDataCapacityInKb") == [100, 0]
    assert gib(fine, "netUnusedCapacityInKb") == [845]
    assert (fine["compressionRatio"], fine["compressedDataCompressionRatio"]) == (2.0, 2.0)
    assert (empty["compressionRatio"], empty["thinAndSnapshotRatio"]) == (1.0, "NaN")
    assert gib(empty, "netUnusedCapacityInKb", "capacityInUseInKb") == [900, 0]


def test_copies_that_are_missing_are_not_protected(statistics: Callable[[World], dict[str, dict[str, Any]]]) -> None:
    world = small_world()
    apply_change(world, {"op": "add_volume", "pool": POOL, "name": "volume", "size_gib": 200, "used_gib": 100})
    for field, size in (("degraded_kib", 30), ("failed_kib", 8), ("maintenance_kib", 12), ("normal_rebuild_kib", 6)):
        apply_change(world, {"op": "set", "object": POOL, "field": field, "value": size * GIB})
    pool = statistics(world)[POOL]
    assert gib(pool, "degradedHealthyCapacityInKb", "degradedFailedCapacityInKb", "failedCapacityInKb") == [30, 30, 8]
    assert gib(pool, "inMaintenanceCapacityInKb", "protectedCapacityInKb") == [12, 120]  # 200 - 60 - 8 - 12
    assert gib(pool, "normRebuildCapacityInKb", "movingCapacityInKb") == [6, 6]
    assert pool["normRebuildReadBwc"]["numOccured"] > 0
    assert pool["rebalanceReadBwc"] == {"numSeconds": 0, "totalWeightInKb": 0, "numOccured": 0}


def test_nodes_and_devices_add_up_to_their_pools(statistics: Callable[[World], dict[str, dict[str, Any]]]) -> None:
    world = small_world()
    apply_change(world, {"op": "add_volume", "pool": POOL, "name": "a", "size_gib": 104, "used_gib": 33.7})
    apply_change(world, {"op": "add_volume", "pool": OTHER_POOL, "name": "b", "size_gib": 104, "used_gib": 10.1})
    found = statistics(world)
    system = world.systems["small"]
    for name in ("capacityInUseInKb", "netProvisionedAddressesInKb", "maxCapacityInKb", "netSnapshotCapacityInKb"):
        pools = found[POOL][name] + found[OTHER_POOL][name]
        assert sum(found[key][name] for key in system.devices) == pools
        assert sum(found[key][name] for key in system.nodes) == pools
        assert found[system.id][name] == pools
        assert found[next(iter(system.protection_domains))][name] == pools


def test_the_identities_hold_on_every_pool_of_the_default_scenario_while_it_lives() -> None:
    with Simulator(default_scenario(live=False)) as simulator:
        for _ in range(3):
            for gateway in simulator.gateways.values():
                for pool in gateway.machine.figures.pool_space.values():
                    usable = pool.maximum - pool.spare
                    assert usable % 2 == pool.in_use % 2 == pool.unused % 2 == 0
                    assert pool.unused == usable - pool.in_use > 0
                    assert pool.in_use // 2 == usable // 2 - pool.unused // 2
                    assert pool.available <= pool.unused // 2
                    assert pool.available % (8 * GIB) == pool.allocation_limit % (8 * GIB) == 0
            simulator.world.advance(86_400 * 30)
