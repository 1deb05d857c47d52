from collections.abc import Callable
from typing import Any

import httpx
import pytest

from exporter.simulator import Gateway, Simulator

Connect = Callable[..., httpx.Client]
TYPES = ["System", "ProtectionDomain", "StoragePool", "Volume", "VTree", "Sdc", "Sds", "Device"]
Record = dict[str, Any]


def listed(client: httpx.Client, kind: str) -> dict[str, Record]:
    answer = client.get(f"/api/types/{kind}/instances")
    assert answer.status_code == 200
    return {each["id"]: each for each in answer.json()}


@pytest.fixture(params=["old", "new"])
def gateway(request: pytest.FixtureRequest) -> Gateway:
    found: Gateway = request.getfixturevalue(request.param)
    return found


@pytest.mark.parametrize("kind", TYPES)
def test_an_object_is_the_same_in_the_list_alone_and_behind_its_links(
    gateway: Gateway, log_in: Connect, kind: str
) -> None:
    client = log_in(gateway)
    for key, record in list(listed(client, kind).items())[:3]:
        links = {link["rel"]: link["href"] for link in record["links"]}
        assert links["self"] == f"/api/instances/{kind}::{key}"
        assert client.get(links["self"]).json() == record
        statistics = client.get(links[f"/api/{kind}/relationship/Statistics"]).json()
        assert set(statistics) == gateway.machine.properties(kind)
        for rel, href in links.items():
            if rel.startswith("/api/parent/"):
                assert client.get(href).status_code == 200, href


def test_everything_in_one_answer(gateway: Gateway, log_in: Connect) -> None:
    client = log_in(gateway)
    everything = client.get("/api/instances").json()
    assert everything["System"]["id"] == gateway.machine.system.id
    assert everything["volumeList"] == list(listed(client, "Volume").values())
    assert everything["vTreeList"] == list(listed(client, "VTree").values())
    assert everything["faultSetList"] is None


def test_relationships_hold_what_belongs_together(gateway: Gateway, log_in: Connect) -> None:
    client = log_in(gateway)
    volumes = listed(client, "Volume").values()

    def related(kind: str, key: str, name: str) -> list[str]:
        return [each["id"] for each in client.get(f"/api/instances/{kind}::{key}/relationships/{name}").json()]

    for pool in listed(client, "StoragePool"):
        assert related("StoragePool", pool, "Volume") == [v["id"] for v in volumes if v["storagePoolId"] == pool]
        assert related("StoragePool", pool, "Device") == [
            d["id"] for d in listed(client, "Device").values() if d["storagePoolId"] == pool
        ]
        trees = {v["vtreeId"] for v in volumes if v["storagePoolId"] == pool}
        assert set(related("StoragePool", pool, "VTree")) == trees
    tree = next(v["vtreeId"] for v in volumes if v["volumeType"] == "Snapshot")
    assert related("VTree", tree, "Volume") == [v["id"] for v in volumes if v["vtreeId"] == tree]
    for sdc in listed(client, "Sdc"):
        mapped = [v["id"] for v in volumes if sdc in [m["sdcId"] for m in v["mappedSdcInfo"] or []]]
        assert related("Sdc", sdc, "Volume") == mapped
    system = gateway.machine.system.id
    assert related("System", system, "ProtectionDomain") == list(listed(client, "ProtectionDomain"))
    assert related("System", system, "Sdc") == list(listed(client, "Sdc"))
    for domain in listed(client, "ProtectionDomain"):
        assert related("ProtectionDomain", domain, "StoragePool")
        for node in related("ProtectionDomain", domain, "Sds"):
            assert related("Sds", node, "Device")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/types/Nothing/instances", 404),
        ("GET", "/api/instances/Nothing::0000000000000001", 404),
        ("GET", "/api/instances/Nothing::0000000000000001/relationships/Statistics", 404),
        ("GET", "/api/instances/Volume::0000000000000001", 500),
        ("GET", "/api/instances/FaultSet::0000000000000001", 500),
        ("GET", "/api/instances/Volume::not-hexadecimal", 400),
        ("GET", "/api/instances/VTree::0000000000000001/relationships/Statistics", 500),
        ("GET", "/api/nothing", 404),
        ("DELETE", "/api/instances", 405),
        ("POST", "/api/types/Volume/instances/action/nothing", 404),
        ("POST", "/api/instances/System/action/nothing", 404),
    ],
)
def test_what_is_not_there_is_refused_in_the_gateways_form(
    old: Gateway, log_in: Connect, method: str, path: str, status: int
) -> None:
    answer = log_in(old).request(method, path)
    assert answer.status_code == status
    assert set(answer.json()) == {"message", "httpStatusCode", "errorCode"}
    assert answer.json()["httpStatusCode"] == status


def test_an_unrelated_relationship_is_refused(old: Gateway, log_in: Connect) -> None:
    key = next(iter(old.machine.system.volumes))
    assert log_in(old).get(f"/api/instances/Volume::{key}/relationships/Sdc").status_code == 404


def test_the_systems(old: Gateway, new: Gateway, log_in: Connect) -> None:
    one, two = (next(iter(listed(log_in(gateway), "System").values())) for gateway in (old, new))
    assert (one["name"], two["name"]) == ("ams1", None)
    assert (one["capacityTimeLeftInDays"], two["capacityTimeLeftInDays"]) == ("Unlimited", "Unlimited")
    assert (one["maxCapacityInGb"], two["maxCapacityInGb"]) == ("Unlimited", "512000")
    assert one["systemVersionName"].startswith("DellEMC PowerFlex Version: R3_6.")
    for system, mode, slaves, breakers in ((one, "FiveNodes", 2, 2), (two, "ThreeNodes", 1, 1)):
        cluster = system["mdmCluster"]
        assert (cluster["clusterMode"], cluster["clusterState"]) == (mode, "ClusteredNormal")
        assert (len(cluster["slaves"]), len(cluster["tieBreakers"])) == (slaves, breakers)


def test_a_degraded_mdm_cluster(plain_simulator: Simulator, old: Gateway, log_in: Connect) -> None:
    plain_simulator.change("set_mdm_cluster", system="pf-ams1", state="ClusteredDegraded", good_nodes=4)
    cluster = next(iter(listed(log_in(old), "System").values()))["mdmCluster"]
    assert (cluster["clusterState"], cluster["goodNodesNum"]) == ("ClusteredDegraded", 4)
    assert cluster["tieBreakers"][-1]["versionInfo"] is None


def test_the_clients(plain_simulator: Simulator, old: Gateway, new: Gateway, log_in: Connect) -> None:
    marks = plain_simulator.world.landmarks
    sdcs = listed(log_in(old), "Sdc")
    assert sum(sdc["name"] is None for sdc in sdcs.values()) > 3
    dead = sdcs[marks["sdc_disconnected"]]
    assert (dead["mdmConnectionState"], dead["versionInfo"], dead["softwareVersionInfo"]) == (
        "Disconnected",
        None,
        None,
    )
    assert sdcs[marks["sdc_not_approved"]]["sdcApproved"] is False
    assert "sdcIp" not in sdcs[marks["sdc_without_sdc_ip"]]
    assert sdcs[marks["sdc_without_sdc_ip"]]["sdcIps"] == ["10.10.4.16"]
    assert "hostType" not in dead
    host = listed(log_in(new), "Sdc")[marks["nvme_host"]]
    assert host["hostType"] == "NVMeHost"
    assert [host[name] for name in ("mdmConnectionState", "sdcGuid", "versionInfo", "sdcType")] == [None] * 4


def test_mappings_carry_limits_and_the_fields_of_the_release(old: Gateway, new: Gateway, log_in: Connect) -> None:
    for gateway, extra in ((old, set[str]()), (new, {"nqn", "hostType"})):
        volumes = listed(log_in(gateway), "Volume").values()
        mappings = [mapping for volume in volumes for mapping in volume["mappedSdcInfo"] or []]
        names = {"sdcId", "sdcIp", "sdcName", "limitIops", "limitBwInMbps", "accessMode", "isDirectBufferMapping"}
        assert {frozenset(mapping) for mapping in mappings} == {frozenset(names | extra)}
        assert {mapping["limitIops"] for mapping in mappings} == {0, 2000}
        assert {volume["mappedSdcInfo"] is None for volume in volumes if not volume["mappedSdcInfo"]} == {True, False}
        assert all(("nsid" in volume) == bool(extra) for volume in volumes)


def test_nodes_and_disks_in_trouble(plain_simulator: Simulator, old: Gateway, new: Gateway, log_in: Connect) -> None:
    marks = plain_simulator.world.landmarks
    assert listed(log_in(old), "Sds")[marks["sds_in_maintenance"]]["maintenanceState"] == "InMaintenance"
    lost = listed(log_in(new), "Sds")[marks["sds_disconnected"]]
    assert (lost["mdmConnectionState"], lost["membershipState"]) == ("Disconnected", "Decoupled")
    devices = listed(log_in(old), "Device")
    assert devices[marks["device_with_error"]]["errorState"] == "Error"
    caches = [device for device in devices.values() if device["storagePoolId"] is None]
    assert len(caches) == 2
    assert {(device["errorState"], device["deviceState"]) for device in caches} == {(None, None)}


def test_vtrees_migrate_and_outlive_their_base(plain_simulator: Simulator, old: Gateway, log_in: Connect) -> None:
    marks = plain_simulator.world.landmarks
    trees = listed(log_in(old), "VTree")
    moving = trees.pop(marks["migrating_vtree"])["vtreeMigrationInfo"]
    assert moving["migrationStatus"] == "MigrationNormal"
    assert moving["destinationStoragePoolId"] == marks["slow_pool"]
    assert {tree["vtreeMigrationInfo"]["migrationStatus"] for tree in trees.values()} == {"NotInMigration"}
    orphan = trees[marks["vtree_without_base"]]
    assert orphan["baseVolumeId"] is None
    assert orphan["rootVolumes"] == [marks["snapshot_without_base_1"], marks["snapshot_without_base_2"]]


def test_pools_show_their_settings_and_usage(plain_simulator: Simulator, old: Gateway, log_in: Connect) -> None:
    marks = plain_simulator.world.landmarks
    pools = listed(log_in(old), "StoragePool")
    slow = pools[marks["slow_pool"]]
    assert (slow["capacityAlertHighThreshold"], slow["capacityAlertCriticalThreshold"]) == (75, 85)
    assert (slow["mediaType"], slow["sparePercentage"], slow["zeroPaddingEnabled"]) == ("HDD", 34, False)
    assert slow["capacityUsageState"] == "Critical"
    assert pools[marks["fast_pool"]]["capacityUsageState"] == "Normal"
    plain_simulator.change("set", object=marks["fast_pool"], field="alert_high_threshold", value=60)
    assert listed(log_in(old), "StoragePool")[marks["fast_pool"]]["capacityUsageState"] == "High"


def test_alerts_in_the_shape_of_each_generation(old: Gateway, new: Gateway, log_in: Connect) -> None:
    legacy = log_in(old).get("/api/types/Alert/instances").json()
    assert {alert["severity"] for alert in legacy} == {"ALERT_HIGH", "ALERT_MEDIUM", "ALERT_LOW"}
    assert {alert["affectedObject"]["type"].rpartition(".")[2] for alert in legacy} > {"Device", "StoragePool"}
    assert log_in(old).get("/rest/v1/alerts").status_code == 404

    assert log_in(new).get("/api/types/Alert/instances").status_code == 404
    tokens = log_in(new).post("/rest/auth/login", json={"username": new.username, "password": new.password}).json()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    results = httpx.get(f"{new.url}/rest/v1/alerts", headers=headers, trust_env=False, timeout=30).json()["results"]
    assert {alert["severity"] for alert in results} == {"CRITICAL", "MAJOR", "MINOR", "INFORMATION"}
    cleared = [alert["cleared_timestamp"] for alert in results]
    assert cleared.count("0001-01-01T00:00:00Z") == len(cleared) - 1


def test_ids_are_found_by_key(plain_simulator: Simulator, old: Gateway, log_in: Connect) -> None:
    client = log_in(old)
    system = old.machine.system
    volume = next(iter(system.volumes.values()))
    slow = system.storage_pools[plain_simulator.world.landmarks["slow_pool"]]
    sdc = next(iter(system.sdcs.values()))

    def ask(kind: str, **body: str) -> httpx.Response:
        return client.post(f"/api/types/{kind}/instances/action/queryIdByKey", json=body)

    assert ask("Volume", name=volume.name or "").json() == volume.id
    assert ask("StoragePool", name="cspool", protectionDomainId=slow.protection_domain_id).json() == slow.id
    assert ask("StoragePool", name="cspool").json() == plain_simulator.world.landmarks["fast_pool"]
    for field in ("ip", "guid", "name"):
        assert ask("Sdc", **{field: str(getattr(sdc, field))}).json() == sdc.id
    missing = ask("Volume", name="nobody's")
    assert (missing.status_code, missing.json()["message"]) == (500, "Could not find the volume")
    assert ask("Volume").status_code == 500
    assert ask("Device", name="x").status_code == 404


def test_limits_and_configuration_are_texts(old: Gateway, log_in: Connect) -> None:
    client = log_in(old)
    limits = client.post("/api/instances/System/action/querySystemLimits", json={}).json()["systemLimitEntryList"]
    assert {entry["type"]: entry["maxVal"] for entry in limits}["sessions"] == "128"
    settings = client.get("/api/Configuration").json()
    assert settings["systemId"] == old.machine.system.id
    assert len(settings["mdmAddresses"]) == 5
    assert settings["mdmPort"] == "6611"


def test_a_licence_that_ends_has_its_days_in_a_string(
    plain_simulator: Simulator, new: Gateway, log_in: Connect
) -> None:
    plain_simulator.change("set", object=new.machine.system.id, field="licence_days", value="87")
    (system,) = listed(log_in(new), "System").values()
    assert system["capacityTimeLeftInDays"] == "87"
