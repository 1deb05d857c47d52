import re
from collections import Counter

from exporter.simulator import World, default_scenario
from exporter.simulator.gateway.objects.types import OBJECT_TYPES
from exporter.simulator.gateway.personality import personality_of
from exporter.simulator.gateway.statistics.figures import Figures
from exporter.simulator.gateway.statistics.properties import STATISTICS_TYPES, properties_of
from exporter.simulator.gateway.statistics.values import _VALUES
from exporter.simulator.scenario.array import ALLOCATION_UNIT, System, Volume
from exporter.simulator.scenario.cloud import volume_id_of

CLOUDSTACK_NAME = re.compile(r"(vol|tmpl|snap|vmsnap)-(?:\d+-)?\d+-([0-9a-f]{4})-(10ee|lab-2)")


def volumes(world: World) -> list[Volume]:
    return [volume for system in world.systems.values() for volume in system.volumes.values()]


def fingerprint(world: World) -> list[object]:
    return [repr(system) for system in world.systems.values()] + [repr(world.installations), world.tick]


def test_it_is_the_same_every_time_and_time_passes_the_same_way() -> None:
    one, two, other = default_scenario(live=False), default_scenario(live=False), default_scenario(live=False, seed=7)
    assert fingerprint(one) == fingerprint(two) != fingerprint(other)
    assert sorted(one.systems["pf-ams1"].volumes) == sorted(other.systems["pf-ams1"].volumes)
    one.advance(600)
    for _ in range(10):
        two.advance(60)
    assert fingerprint(one) == fingerprint(two)


def test_used_sizes_grow_but_no_volume_outgrows_its_size(world: World) -> None:
    before = sum(volume.written_kib for volume in volumes(world))
    world.advance(3600)
    after = sum(volume.written_kib for volume in volumes(world))
    assert after > before
    world.advance(86_400 * 365)
    assert all(volume.written_kib <= volume.size_kib for volume in volumes(world))


def test_io_varies_and_some_volumes_rest(world: World) -> None:
    first = {key: load.reads for key, load in world.census("pf-ams1").loads.items()}
    again = {key: load.reads for key, load in world.census("pf-ams1").loads.items()}
    world.advance(5)
    later = {key: load.reads for key, load in world.census("pf-ams1").loads.items()}
    assert first == again != later
    assert 0 < sum(reads > 0 for reads in first.values()) < len(first)


def test_a_frozen_world_stands_still_and_a_live_one_does_not() -> None:
    frozen, live = default_scenario(live=False), default_scenario(live=True, speed=1e6)
    frozen.catch_up()
    live.catch_up()
    assert frozen.elapsed == 0 < live.elapsed
    live.pause()
    paused = live.elapsed
    live.catch_up()
    assert live.elapsed == paused
    live.resume()
    assert live.live


def test_things_happen_by_themselves_in_a_live_world(world: World) -> None:
    system = world.systems["pf-ams1"]

    def disconnected() -> int:
        return sum(not sdc.connected for sdc in system.sdcs.values())

    count = len(system.volumes)
    assert disconnected() == 1
    world.advance(200)
    assert (disconnected(), len(system.volumes)) == (2, count + 1)
    world.advance(700)
    assert disconnected() == 1


def test_it_is_large_enough(world: World) -> None:
    assert len(volumes(world)) >= 420
    pools = [pool for system in world.systems.values() for pool in system.storage_pools.values()]
    assert len(pools) >= 5
    assert {pool.media_type for pool in pools} == {"SSD", "HDD", "Transitional"}
    assert {pool.zero_padding for pool in pools} == {True, False}
    first = world.systems["pf-ams1"].storage_pools.values()
    assert Counter(pool.name for pool in first)["cspool"] == 2
    assert len({pool.protection_domain_id for pool in first if pool.name == "cspool"}) == 2


def test_names_ids_and_sizes_are_as_on_a_real_array(world: World) -> None:
    keys: list[str] = []
    for system in world.systems.values():
        for kind in OBJECT_TYPES.values():
            keys.extend(kind.records(system))
    assert len(keys) == len(set(keys))
    assert all(re.fullmatch(r"[0-9a-f]{16}", key) for key in keys)
    for volume in volumes(world):
        assert volume.size_kib % ALLOCATION_UNIT == 0
        assert len(volume.name or "") <= 31
    names = {volume.name for volume in volumes(world)}
    assert {None, "", 'db "prod"\\ü'} < names


def test_every_kind_of_name_is_there(world: World) -> None:
    kinds: Counter[tuple[str, str]] = Counter()
    keys = {pool.key for installation in world.installations.values() for pool in installation.pools.values()}
    for volume in volumes(world):
        found = CLOUDSTACK_NAME.fullmatch(volume.name or "")
        if found:
            assert found[2] in keys
            kinds[found[1], found[3]] += 1
        else:
            kinds["other", ""] += 1
    assert {ident for _, ident in kinds} == {"10ee", "lab-2", ""}
    assert all(kinds[kind, ident] > 0 for kind in ("vol", "tmpl", "snap", "vmsnap") for ident in ("10ee", "lab-2"))
    assert kinds["other", ""] > 10


def test_snapshots_share_tree_size_and_group(world: World) -> None:
    for system in world.systems.values():
        snapshots = [volume for volume in system.volumes.values() if volume.volume_type == "Snapshot"]
        assert snapshots
        for snapshot in snapshots:
            assert snapshot.consistency_group_id is not None
            if snapshot.ancestor_volume_id is not None:
                source = system.volumes[snapshot.ancestor_volume_id]
                assert (snapshot.vtree_id, snapshot.size_kib) == (source.vtree_id, source.size_kib)
        groups = Counter(s.consistency_group_id for s in snapshots if (s.name or "").startswith("vmsnap-"))
        assert set(groups.values()) == {2}


def test_the_landmarks_are_what_they_are_called(world: World) -> None:
    system = world.systems["pf-ams1"]
    marks = world.landmarks
    orphans = [volume for volume in system.volumes.values() if volume.vtree_id == marks["vtree_without_base"]]
    assert [volume.id for volume in orphans] == [marks["snapshot_without_base_1"], marks["snapshot_without_base_2"]]
    assert [volume.ancestor_volume_id for volume in orphans] == [None, None]
    assert system.vtrees[marks["vtree_without_base"]].base_volume_id is None
    assert [tree.id for tree in system.vtrees.values() if tree.migration] == [marks["migrating_vtree"]]
    assert len(system.volumes[marks["volume_mapped_twice"]].mappings or []) == 2
    assert system.volumes[marks["unmapped_volume_of_running_vm"]].mappings == []
    assert system.volumes[marks["unnamed_snapshot"]].name is None
    assert marks["missing_volume"] not in system.volumes
    assert {volume.mappings is None for volume in system.volumes.values() if not volume.mappings} == {True, False}


def test_cloudstack_knows_its_volumes_by_id(world: World) -> None:
    claimed: Counter[str] = Counter()
    for installation in world.installations.values():
        for row in installation.volumes.values():
            claimed[volume_id_of(row)] += 1
            assert row.account in installation.accounts
            assert row.pool_uuid in installation.pools
            assert row.machine_uuid is None or row.machine_uuid in installation.machines
        for machine in installation.machines.values():
            assert (machine.host_uuid is None) == (machine.state == "Stopped")
    assert claimed[world.landmarks["volume_claimed_twice"]] == 2
    found = {volume.id for volume in volumes(world)}
    assert set(claimed) - found == {world.landmarks["missing_volume"]}
    assert all(world.landmarks[f"orphaned_volume_{number}"] not in claimed for number in (1, 2, 3))


def first_of(system: System, kind: str) -> object:
    return next(iter(OBJECT_TYPES[kind].records(system).values()))


def test_every_figure_has_a_name_that_some_release_lists(world: World) -> None:
    for system in world.systems.values():
        figures = Figures(world.census(system.key))
        for kind, values in _VALUES.items():
            permitted = frozenset[str]().union(
                *(properties_of(kind, personality_of(version)) for version in ("3.5", "3.6", "4.5"))
            )
            # The space of a node or disk is told in the words of a pool, of which they have some.
            extra = set(values(figures, first_of(system, kind))) - permitted
            assert extra <= ({"ActualNetCapacityInUseInKb", "atRestCapacityInKb", "spareCapacityInKb"}), kind


def test_the_releases_differ_in_their_properties() -> None:
    lists = {
        (kind, version): properties_of(kind, personality_of(version))
        for kind in STATISTICS_TYPES
        for version in ("3.5", "3.6", "4.5")
    }
    assert "fixedReadErrorCount" in lists["Device", "3.5"]
    assert "fixedReadErrorCount" not in lists["Device", "3.6"] | lists["Device", "4.5"]
    assert "backgroundScanFixedReadErrorCount" in lists["Device", "3.6"] & lists["Device", "4.5"]
    assert lists["StoragePool", "4.5"] - lists["StoragePool", "3.6"] == {
        "ActualNetCapacityInUseInKb",
        "totalVolumeAllocationLimitInKb",
    }
    assert lists["StoragePool", "3.6"] - lists["StoragePool", "3.5"] >= {
        "thinCapacityInUseInKb",
        "thinUserDataCapacityInKb",
    }
    assert not any("netProvisionedAddressesInKb" in lists["Volume", version] for version in ("3.5", "3.6", "4.5"))
    assert len(lists["StoragePool", "4.5"]) == 218
