"""What each collector asks, and the reading it makes of the answers."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from exporter.cloudstack.collectors import COLLECTORS, inventory, settings, volumes
from exporter.cloudstack.source import CloudStackSource
from exporter.config import Config
from exporter.errors import AnswerError, LoginError, RequestError
from exporter.model.cloudstack import DiskOffering, Host, Setting, StoragePool, Volume, Zone
from tests.cloudstack.conftest import Client, Parameters, Reply, ScriptedServer, answer, error, list_answer

Rows = list[dict[str, Any]]

POOL = {"id": "p1", "name": "flex", "provider": "PowerFlex", "path": "a1", "zoneid": "z1", "zonename": "Zone 1"}


def tables(**changed: Rows) -> dict[str, tuple[str, Rows]]:
    rows: dict[str, Rows] = {"zone": [], "storagepool": [], "host": [], "diskoffering": [], **changed}
    commands = {
        "listZones": "zone",
        "listStoragePools": "storagepool",
        "listHosts": "host",
        "listDiskOfferings": "diskoffering",
    }
    return {command: (key, rows[key]) for command, key in commands.items()}


def test_the_collectors_are_the_keys_of_the_schedule() -> None:
    assert set(COLLECTORS) == set(Config.model_fields["schedule"].default.cloudstack.model_dump())


def test_the_inventory(server: ScriptedServer, client: Client) -> None:
    pool = {
        **POOL,
        "scope": "ZONE",
        "state": "Up",
        "disksizetotal": 1000,
        "disksizeused": -8,
        "disksizeallocated": 2000,
        "overprovisionfactor": "2.5",
    }
    host = {"id": "h1", "name": "kvm1", "zonename": "Zone 1", "state": "Up", "resourcestate": "Enabled"}
    kvm = {**host, "hypervisor": "KVM", "ipaddress": "10.0.0.1"}
    server.lists(
        tables(
            zone=[{"id": "z1", "name": "Zone 1"}],
            storagepool=[pool, {"id": "p2", "provider": "DefaultPrimary", "disksizetotal": "much"}],
            host=[kvm, {**host, "id": "h2", "hypervisor": "VMware"}],
            diskoffering=[
                {"id": "o1", "details": {"bandwidthLimitInMbps": "100", "iopsLimit": "500", "other": "x"}},
                {"id": "o2", "details": {"iopsLimit": "many"}},
                {"id": "o3"},
            ],
        )
    )

    async def use(source: CloudStackSource) -> tuple[Any, Counter[tuple[str, str]]]:
        return await inventory.collect(source), source.api.ignored

    reading, ignored = client.run(use)

    assert reading.zones == (Zone(id="z1", name="Zone 1"),)
    assert reading.pools == (
        StoragePool(
            id="p1",
            name="flex",
            path="a1",
            zone_id="z1",
            zone="Zone 1",
            scope="ZONE",
            state="Up",
            total_bytes=1000,
            used_bytes=-8,
            allocated_bytes=2000,
            overprovisioning_factor=2.5,
        ),
    )
    assert reading.hosts == (
        Host(id="h1", name="kvm1", zone="Zone 1", state="Up", resource_state="Enabled", ip="10.0.0.1"),
    )
    assert reading.offerings == (
        DiskOffering(id="o1", bandwidth_limit_mbps=100, iops_limit=500),
        DiskOffering(id="o2"),
        DiskOffering(id="o3"),
    )
    assert ignored == {("storagepool", "disksizetotal"): 1, ("diskoffering", "iopsLimit"): 1}
    asked = {request["command"]: request for request in server.requests}
    assert server.commands() == ["listZones", "listStoragePools", "listHosts", "listDiskOfferings"]
    assert (asked["listHosts"]["type"], asked["listHosts"]["details"]) == ("Routing", "min")
    assert (asked["listDiskOfferings"]["state"], asked["listDiskOfferings"]["projectid"]) == ("all", "-1")


@pytest.mark.parametrize(
    "reply", [error("listZones", 401, "unable to verify"), error("listZones", 503, "starting"), Reply(b"<html>")]
)
def test_where_the_first_call_of_the_inventory_is_refused_there_is_no_login(
    server: ScriptedServer, client: Client, reply: Reply
) -> None:
    server.script = lambda _: reply

    async def use(source: CloudStackSource) -> None:
        with pytest.raises(LoginError, match="the API is not to be had: listZones answered"):
            await inventory.collect(source)

    client.run(use)


def test_a_later_call_of_the_inventory_that_is_refused_fails_the_poll_alone(
    server: ScriptedServer, client: Client
) -> None:
    def script(parameters: Parameters) -> Reply:
        if parameters["command"] == "listHosts":
            return error("listHosts", 401, "The given command 'listHosts' does not exist, is not available for user.")
        return answer(parameters["command"], {})

    server.script = script

    async def use(source: CloudStackSource) -> None:
        with pytest.raises(RequestError, match="allow listHosts for the role of the API user"):
            await inventory.collect(source)

    client.run(use)


@pytest.mark.parametrize("path", [{}, {"path": ""}])
def test_a_pool_of_powerflex_without_a_path_fails_the_poll(
    server: ScriptedServer, client: Client, path: dict[str, str]
) -> None:
    server.lists(tables(storagepool=[{"id": "p1", "provider": "PowerFlex", **path}]))

    async def use(source: CloudStackSource) -> None:
        with pytest.raises(AnswerError, match="storage pool p1 of provider PowerFlex has no path"):
            await volumes.collect(source)

    client.run(use)


def volume_server(server: ScriptedServer, pools: Rows, volumes_of: dict[str, Rows]) -> None:
    def script(parameters: Parameters) -> Reply:
        if parameters["command"] == "listStoragePools":
            return list_answer(parameters, "storagepool", pools)
        return list_answer(parameters, "volume", volumes_of[parameters["storageid"]])

    server.script = script


def test_volumes_are_listed_pool_by_pool_with_all_that_root_may_see(server: ScriptedServer, client: Client) -> None:
    disk = {
        "id": "v1",
        "name": "DATA-1",
        "state": "Ready",
        "path": "c0ffee:vol-1-6aef-10ee",
        "storageid": "p1",
        "size": 8 << 30,
        "type": "DATADISK",
        "virtualmachineid": "m1",
        "vmname": "web",
        "vmstate": "Running",
        "account": "alice",
        "domain": "sales",
        "domainpath": "ROOT/sales",
        "zonename": "Zone 1",
        "diskofferingid": "o1",
        "diskofferingname": "fast",
        "serviceofferingname": "small",
        "maxiops": 500,
    }
    root = {"id": "v2", "storageid": "p2", "size": 1, "domain": "ops", "project": "crm", "serviceofferingname": "small"}
    volume_server(
        server,
        [POOL, {"id": "nfs", "provider": "DefaultPrimary"}, {**POOL, "id": "p2", "path": "a2"}],
        {"p1": [disk], "p2": [root]},
    )

    reading = client.run(volumes.collect)

    assert reading.volumes == [
        Volume(
            id="v1",
            name="DATA-1",
            state="Ready",
            path="c0ffee:vol-1-6aef-10ee",
            pool_id="p1",
            size_bytes=8 << 30,
            volume_type="DATADISK",
            vm_id="m1",
            vm="web",
            vm_state="Running",
            account="alice",
            domain="ROOT/sales",
            zone="Zone 1",
            disk_offering_id="o1",
            offering="fast",
            max_iops=500,
        ),
        Volume(id="v2", pool_id="p2", size_bytes=1, domain="ops", project="crm", offering="small"),
    ]
    assert reading.complete
    assert [request.get("storageid") for request in server.requests] == [None, "p1", "p2"]
    for name, value in {"listall": "true", "projectid": "-1", "listsystemvms": "true"}.items():
        assert server.requests[1][name] == value


def test_the_requests_for_volumes_are_bounded_by_pages_and_pools(server: ScriptedServer, client: Client) -> None:
    sizes = {"p1": 1200, "p2": 0, "p3": 499}
    rows = {
        pool: [{"id": f"{pool}-{number}", "storageid": pool, "size": 1} for number in range(count)]
        for pool, count in sizes.items()
    }
    volume_server(server, [{**POOL, "id": pool} for pool in sizes], rows)

    reading = client.run(volumes.collect)

    assert (len(reading.volumes), reading.complete) == (1699, True)
    assert len(server.requests) == 1 + 3 + 1 + 1


@pytest.mark.parametrize(
    ("count", "pool", "complete"), [(1, {"storageid": "p2"}, True), (2, {"storageid": "p2"}, False), (1, {}, False)]
)
def test_volumes_are_complete_where_every_pool_was_listed_by_itself_and_whole(
    server: ScriptedServer,
    client: Client,
    count: int,
    pool: dict[str, str],
    complete: bool,
) -> None:
    second = answer("listVolumes", {"count": count, "volume": [{"id": "v2", "size": 1, **pool}]})

    def script(parameters: Parameters) -> Reply:
        if parameters["command"] == "listStoragePools":
            return list_answer(parameters, "storagepool", [POOL, {**POOL, "id": "p2"}])
        if parameters["storageid"] == "p1":
            return list_answer(parameters, "volume", [{"id": "v1", "storageid": "p1", "size": 1}])
        return second

    server.script = script

    reading = client.run(volumes.collect)

    assert ([volume.id for volume in reading.volumes], reading.complete) == (["v1", "v2"], complete)


def configuration(name: str, value: str | None) -> dict[str, str]:
    return {"name": name} if value is None else {"name": name, "value": value}


def test_settings_are_read_for_the_whole_cloud_its_powerflex_pools_and_their_zones(
    server: ScriptedServer, client: Client
) -> None:
    whole = [
        configuration("custom.cs.identifier", "10ee"),
        configuration("prometheus.custom.cs.identifier", "no"),
        configuration("router.health.checks.to.exclude", None),
        configuration("storage.overprovisioning.factor", "2"),
        configuration("pool.storage.capacity.disablethreshold", "0.85"),
        configuration("powerflex.connect.on.demand", "true"),
    ]

    def script(parameters: Parameters) -> Reply:
        if parameters["command"] == "listStoragePools":
            return list_answer(parameters, "storagepool", [POOL, {**POOL, "id": "p2"}])
        if "storageid" in parameters:
            rows = [configuration("storage.overprovisioning.factor", "3"), configuration("other", "x")]
        elif "zoneid" in parameters:
            rows = [configuration("pool.storage.capacity.disablethreshold", "0.9")]
        else:
            rows = [row for row in whole if parameters["name"] in row["name"]]
        return list_answer(parameters, "configuration", rows)

    server.script = script

    reading = client.run(settings.collect)

    assert set(reading.settings) == {
        Setting(name="custom.cs.identifier", value="10ee", scope="global"),
        Setting(name="router.health.checks.to.exclude", value="", scope="global"),
        Setting(name="storage.overprovisioning.factor", value="2", scope="global"),
        Setting(name="pool.storage.capacity.disablethreshold", value="0.85", scope="global"),
        Setting(name="powerflex.connect.on.demand", value="true", scope="global"),
        Setting(name="pool.storage.capacity.disablethreshold", value="0.9", scope="zone", scope_id="z1"),
        Setting(name="storage.overprovisioning.factor", value="3", scope="storagepool", scope_id="p1"),
        Setting(name="storage.overprovisioning.factor", value="3", scope="storagepool", scope_id="p2"),
    }
    assert len(reading.settings) == 8
    assert reading.value("storage.overprovisioning.factor", "storagepool", "p1") == "3"
    assert len(server.requests) == 7 + 1 + 1 + 2


@pytest.mark.parametrize("collector", ["inventory", "routers"])
def test_an_incomplete_list_fails_where_nothing_less_is_of_use(
    server: ScriptedServer, client: Client, collector: str
) -> None:
    def script(parameters: Parameters) -> Reply:
        key = {"listHosts": "host", "listRouters": "router"}.get(parameters["command"])
        return answer(parameters["command"], {"count": 2, key: [{"id": "1"}]} if key else {})

    server.script = script

    async def use(source: CloudStackSource) -> None:
        with pytest.raises(AnswerError, match="is incomplete: 1 rows"):
            await COLLECTORS[collector](source)

    client.run(use)
