from typing import Any

import pytest

from exporter.simulator import ChangeError, World
from exporter.simulator.scenario.array import GIB
from exporter.simulator.scenario.changes import apply_change


def test_a_volume_from_its_making_to_its_end(world: World) -> None:
    system = world.systems["pf-ams1"]
    pool, sdc = world.landmarks["fast_pool"], next(iter(system.sdcs))

    def change(op: str, **operands: object) -> dict[str, Any]:
        return apply_change(world, {"op": op, **operands})

    made = change("add_volume", pool=pool, name="mine", size_gib=20, used_gib=5, sdc=sdc)
    volume = system.volumes[made["volume"]]
    assert (volume.size_kib, volume.written_kib) == (24 * GIB, 5 * GIB)
    assert volume in world.census("pf-ams1").volumes_by_sdc[sdc]
    assert change("set_volume_size", volume=volume.id, size_gib=33)["size_kib"] == 40 * GIB

    other = list(system.sdcs)[1]
    change("map_volume", volume=volume.id, sdc=other, limit_iops=500, limit_bw_in_mbps=50)
    assert [(m.sdc_id, m.limit_iops) for m in volume.mappings or []] == [(sdc, 0), (other, 500)]
    change("unmap_volume", volume=volume.id, sdc=sdc)
    assert [m.sdc_id for m in volume.mappings or []] == [other]
    change("unmap_volume", volume=volume.id)
    assert volume.mappings == []

    first = change("snapshot_volume", volume=volume.id, name="first")
    second = change("snapshot_volume", volume=first["volume"], name="second", group=first["group"])
    snapshot = system.volumes[second["volume"]]
    assert (snapshot.ancestor_volume_id, snapshot.size_kib) == (first["volume"], 40 * GIB)
    change("remove_volume", volume=first["volume"])
    assert snapshot.ancestor_volume_id == volume.id
    change("remove_volume", volume=volume.id)
    assert snapshot.ancestor_volume_id is None
    assert system.vtrees[volume.vtree_id].base_volume_id is None
    assert world.census("pf-ams1").used_kib(system.vtrees[volume.vtree_id]) == 5 * GIB
    change("remove_volume", volume=snapshot.id)
    assert volume.vtree_id not in system.vtrees


def test_ids_are_never_used_twice(world: World) -> None:
    pool = world.landmarks["fast_pool"]
    first = apply_change(world, {"op": "add_volume", "pool": pool, "name": "a"})["volume"]
    apply_change(world, {"op": "remove_volume", "volume": first})
    assert apply_change(world, {"op": "add_volume", "pool": pool, "name": "a"})["volume"] != first


def test_migration(world: World) -> None:
    system = world.systems["pf-ams1"]
    tree, slow = world.landmarks["migrating_vtree"], world.landmarks["slow_pool"]
    apply_change(world, {"op": "finish_migration", "vtree": tree})
    assert {v.storage_pool_id for v in system.volumes.values() if v.vtree_id == tree} == {slow}
    with pytest.raises(ChangeError, match="in no migration"):
        apply_change(world, {"op": "finish_migration", "vtree": tree})
    paused = {"op": "start_migration", "vtree": tree, "pool": world.landmarks["fast_pool"], "status": "Paused"}
    assert apply_change(world, paused)["status"] == "Paused"


def test_clients_pools_alerts_and_time(world: World) -> None:
    system = world.systems["pf-ams1"]
    sdc = next(iter(system.sdcs.values()))
    apply_change(world, {"op": "disconnect_sdc", "sdc": sdc.id})
    assert not sdc.connected
    assert all(not world.census("pf-ams1").loads[v.id].reads for v in world.census("pf-ams1").volumes_by_sdc[sdc.id])
    apply_change(world, {"op": "connect_sdc", "sdc": sdc.id})
    assert sdc.connected

    pool = world.landmarks["scratch_pool"]
    apply_change(world, {"op": "delete_pool", "pool": pool})
    for table in (system.volumes, system.vtrees, system.devices):
        assert pool not in {record.storage_pool_id for record in table.values()}

    raised = {"op": "add_alert", "system": "pf-ams2", "kind": "MDM_NOT_CLUSTERED", "severity": "CRITICAL"}
    alert = apply_change(world, raised)["alert"]
    assert world.systems["pf-ams2"].alerts[alert].object_id == world.systems["pf-ams2"].id
    apply_change(world, {"op": "clear_alert", "alert": alert})
    assert alert not in world.systems["pf-ams2"].alerts

    assert apply_change(world, {"op": "resume"}) == {"live": True}
    assert apply_change(world, {"op": "pause"}) == {"live": False}


def test_any_attribute_of_any_record_can_be_set(world: World) -> None:
    volume = next(iter(world.systems["pf-ams2"].volumes.values()))
    apply_change(world, {"op": "set", "object": volume.id, "field": "name", "value": None})
    assert volume.name is None
    row = next(iter(world.installations["ams"].volumes.values()))
    apply_change(world, {"op": "set", "object": row.uuid, "field": "state", "value": "Destroy"})
    assert row.state == "Destroy"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"op": "explode"}, "unknown operation 'explode'; known: add_alert, add_volume"),
        ({"op": ["x"]}, "unknown operation"),
        ({"op": "add_volume", "pool": "nowhere", "name": "x"}, "no object 'nowhere'"),
        ({"op": "add_volume", "name": "x"}, "missing a required argument: 'pool'"),
        ({"op": "remove_volume", "volume": "x"}, "no object 'x'"),
        ({"op": "set", "object": "x", "field": "name", "value": 1}, "no object 'x'"),
        ({"op": "set_mdm_cluster", "system": "x", "state": "y"}, "no object 'x'"),
    ],
)
def test_changes_that_cannot_be_made(world: World, change: dict[str, Any], text: str) -> None:
    with pytest.raises(ChangeError, match=text):
        apply_change(world, change)


def test_names_and_types_are_checked(world: World) -> None:
    pool = world.landmarks["fast_pool"]
    with pytest.raises(ChangeError, match="LONG_NAME"):
        apply_change(world, {"op": "add_volume", "pool": pool, "name": "x" * 32})
    with pytest.raises(ChangeError, match="StoragePool has no 'colour'"):
        apply_change(world, {"op": "set", "object": pool, "field": "colour", "value": 1})
    with pytest.raises(ChangeError, match="spare_percentage is a int"):
        apply_change(world, {"op": "set", "object": pool, "field": "spare_percentage", "value": "10"})
