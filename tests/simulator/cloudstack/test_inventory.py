from collections.abc import Callable
from typing import Any

import httpx

from exporter.simulator import ManagementServer, Simulator
from exporter.simulator.scenario.capacity import capacity_of

Ask = Callable[..., httpx.Response]
Listed = Callable[..., dict[str, dict[str, Any]]]
ALL = {"listall": True, "projectid": -1, "listsystemvms": True}


def test_pools_are_those_of_the_arrays(ams: ManagementServer, lab: ManagementServer, listed: Listed) -> None:
    for server in (ams, lab):
        pools = listed(server, "listStoragePools")
        powerflex = {key: pool for key, pool in pools.items() if pool["provider"] == "PowerFlex"}
        assert {pool["type"] for pool in pools.values()} == {"PowerFlex", "NetworkFilesystem", "Filesystem"}
        assert set(powerflex) == set(server.machine.installation.pools)
        for key, pool in powerflex.items():
            record = server.machine.installation.pools[key]
            census = server.machine.world.census(record.system)
            capacity = capacity_of(census, census.system.storage_pools[pool["path"]])
            total = (capacity.maximum - capacity.spare) // 2 * 1024
            assert (pool["disksizetotal"], pool["disksizeused"]) == (total, total - capacity.unused // 2 * 1024)
            assert 0 < pool["disksizeallocated"] < 10 * total
            assert (pool["scope"], pool["state"], pool["managed"]) == ("ZONE", "Up", True)
            assert "clusterid" not in pool
            assert isinstance(pool["overprovisionfactor"], str)
        assert all(("capacitybytes" in pool) == (server is lab) for pool in pools.values())
        assert any("details" in pool for pool in pools.values()) == (server is lab)


def test_allocated_counts_what_is_ready(ams: ManagementServer, listed: Listed) -> None:
    installation = ams.machine.installation
    pool = next(pool for pool in installation.pools.values() if pool.name == "ams-slow")
    rows = listed(ams, "listVolumes", **ALL, storageid=pool.uuid)
    allocated = sum(row["size"] for row in rows.values() if row["state"] == "Ready")
    snapshots = [snapshot for snapshot in installation.snapshots.values() if snapshot.pool_uuid == pool.uuid]
    templates = [template for template in installation.templates.values() if template.pool_uuid == pool.uuid]
    assert len(snapshots) == 8
    assert len(templates) == 2
    allocated += sum(snapshot.size_bytes for snapshot in snapshots)
    allocated += sum(template.size_bytes for template in templates)
    assert listed(ams, "listStoragePools", id=pool.uuid)[pool.uuid]["disksizeallocated"] == allocated


def test_pool_figures_are_as_old_as_their_interval(plain_simulator: Simulator, ams: ManagementServer, ask: Ask) -> None:
    def figures() -> list[tuple[int, int]]:
        pools = ask(ams, "listStoragePools").json()["liststoragepoolsresponse"]["storagepool"]
        return [(pool["disksizeused"], pool["disksizeallocated"]) for pool in pools]

    before = figures()
    pool = next(iter(ams.machine.installation.pools))
    row = next(row for row in ams.machine.installation.volumes.values() if row.pool_uuid == pool)
    plain_simulator.change("leak_volume", pool=pool, used_gib=30)
    plain_simulator.change("set_volume_state", volume=row.uuid, state="Destroy")
    assert figures() == before
    plain_simulator.world.advance(60)
    assert figures()[0][0] > before[0][0]
    assert figures()[0][1] == before[0][1]
    plain_simulator.world.advance(240)
    assert figures()[0][1] == before[0][1] - row.size_bytes


def test_volumes_name_what_is_on_the_array(ams: ManagementServer, listed: Listed) -> None:
    found = listed(ams, "listVolumes", **ALL)
    world = ams.machine.world
    states = {row["state"] for row in found.values()}
    assert states == {"Ready", "Destroy", "Expunging", "Migrating", "Creating", "Allocated"}
    assert [row["storage"] for row in found.values() if row["state"] == "Allocated"] == ["none"]
    assert all("path" not in row for row in found.values() if row["state"] in ("Creating", "Allocated"))
    assert {row["vmtype"] for row in found.values() if "vmtype" in row} == {
        "User",
        "DomainRouter",
        "ConsoleProxy",
        "SecondaryStorageVm",
        "InternalLoadBalancerVm",
    }
    assert not any("virtualmachineid" in row for row in found.values() if row["state"] == "Destroy")
    on_powerflex = [row for row in found.values() if row.get("storageid") in ams.machine.installation.pools]
    known = {key for system in world.systems.values() for key in system.volumes}
    lost = {row["path"].partition(":")[0] for row in on_powerflex if "path" in row} - known
    assert lost == {world.landmarks["missing_volume"]}


def test_sizes_are_measured_where_a_vm_runs(ams: ManagementServer, listed: Listed) -> None:
    found = listed(ams, "listVolumes", **ALL)
    census = ams.machine.world.census("pf-ams1")
    measured = [row for row in found.values() if "physicalsize" in row]
    assert all(row["vmstate"] in ("Running", "Migrating") for row in measured)
    assert 100 < len(measured) < len(found)
    for row in measured:
        volume = census.system.volumes.get(row["path"].partition(":")[0])
        if volume is not None:
            assert row["physicalsize"] == census.used_kib(census.system.vtrees[volume.vtree_id]) * 1024
            assert row["utilization"] == f"{100 * row['physicalsize'] / row['size']:.1f}%"


def test_hosts_have_the_addresses_of_their_sdcs(plain_simulator: Simulator, listed: Listed) -> None:
    world = plain_simulator.world
    addresses = {sdc.ip for sdc in world.systems["pf-ams1"].sdcs.values()}
    names = {sdc.name for sdc in world.systems["pf-ams1"].sdcs.values()}
    by_name_only = set()
    for server in plain_simulator.management_servers.values():
        hosts = listed(server, "listHosts", type="Routing", details="min")
        assert set(hosts) == set(server.machine.installation.hosts)
        by_name_only |= {host["id"] for host in hosts.values() if host["ipaddress"] not in addresses}
        assert all(host["name"] in names for host in hosts.values() if host["ipaddress"] not in addresses)
        everything = listed(server, "listHosts")
        assert {host["type"] for host in everything.values()} == {"Routing", "ConsoleProxy", "SecondaryStorageVM"}
    assert by_name_only == {
        world.landmarks["host_joined_by_name_in_ams"],
        world.landmarks["host_joined_by_name_in_lab"],
    }


def test_the_down_host(plain_simulator: Simulator, ams: ManagementServer, listed: Listed) -> None:
    host = listed(ams, "listHosts", type="Routing")[plain_simulator.world.landmarks["down_host"]]
    assert (host["state"], host["resourcestate"]) == ("Down", "Enabled")
    assert "managementserverid" not in host


def test_offerings_carry_limits_as_details(ams: ManagementServer, listed: Listed) -> None:
    offerings = {each["name"]: each for each in listed(ams, "listDiskOfferings").values()}
    assert set(offerings) == {"Unlimited", "Gold", "Custom IOPS"}
    assert offerings["Gold"]["details"] == {"bandwidthLimitInMbps": "200", "iopsLimit": "2000"}
    assert "details" not in offerings["Unlimited"]
    assert len(listed(ams, "listDiskOfferings", state="all")) == 4
    assert [each["name"] for each in listed(ams, "listDiskOfferings", state="Inactive").values()] == ["Retired"]


def test_settings_and_their_scopes(plain_simulator: Simulator, ask: Ask) -> None:
    ams, lab = (plain_simulator.management_servers[name] for name in ("ams", "lab"))

    def values(server: ManagementServer, **parameters: object) -> dict[str, tuple[str, str]]:
        answer = ask(server, "listConfigurations", **parameters).json()["listconfigurationsresponse"]
        return {item["name"]: (item["value"], item["scope"]) for item in answer.get("configuration", [])}

    assert values(ams, name="cs.ident") == {"custom.cs.identifier": ("10ee", "Global")}
    assert values(lab, name="custom.cs.identifier") == {"custom.cs.identifier": ("lab-2", "Global")}
    assert len(values(ams, name="router.health.checks")) == 10
    pools = {pool.name: pool.uuid for pool in ams.machine.installation.pools.values()}
    zones = ams.machine.installation.zones
    factor, threshold = "storage.overprovisioning.factor", "pool.storage.capacity.disablethreshold"
    assert values(ams, storageid=pools["ams-slow"])[factor] == ("1.5", "storagepool")
    assert values(ams, storageid=pools["ams-fast"])[factor] == ("2", "storagepool")
    assert threshold not in values(ams, storageid=pools["ams-slow"])  # a zone's matter before 4.21
    assert values(ams, zoneid=zones["ams-west"].uuid)[threshold] == ("0.8", "zone")
    nvme = next(pool.uuid for pool in lab.machine.installation.pools.values() if pool.name == "lab-nvme")
    assert values(lab, storageid=nvme)[threshold] == ("0.75", "storagepool")
    assert values(lab, storageid=nvme)["pool.storage.allocated.capacity.disablethreshold"][0] == "0.9"
    page = ask(ams, "listConfigurations", storageid=pools["ams-fast"], page=1, pagesize=2).json()
    assert page["listconfigurationsresponse"]["count"] == 2  # of the page, where there is a scope
    plain_simulator.change("set_setting", cloudstack="ams", name=factor, value="3", scope_id=pools["ams-fast"])
    assert values(ams, storageid=pools["ams-fast"])[factor][0] == "3"


def test_snapshots_lead_to_their_volumes(ams: ManagementServer, listed: Listed) -> None:
    snapshots = listed(ams, "listSnapshots", listall=True, projectid=-1)
    rows = listed(ams, "listVolumes", **ALL)
    assert len(snapshots) == 52  # volume snapshots that the scenario makes; those of machines are not listed
    assert all(snapshot["volumeid"] in rows for snapshot in snapshots.values())
    one = next(iter(snapshots.values()))
    assert one["id"] in listed(ams, "listSnapshots", listall=True, projectid=-1, volumeid=one["volumeid"])
