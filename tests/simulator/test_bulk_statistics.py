from collections.abc import Callable
from typing import Any

import httpx
import pytest

from exporter.simulator import Gateway, Simulator, default_scenario

Connect = Callable[..., httpx.Client]
BULK = "/api/instances/querySelectedStatistics"


def select(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"selectedStatisticsList": list(parts)}


@pytest.mark.parametrize("all_ids", ["", []])
def test_all_types_in_one_request(old: Gateway, log_in: Connect, all_ids: object) -> None:
    body = select(
        {"type": "System", "properties": ["numOfVolumes"]},
        {"type": "StoragePool", "allIds": all_ids, "properties": ["netUnusedCapacityInKb", "netUnusedCapacityInKb"]},
        {"type": "VTree", "allIds": all_ids, "properties": ["netProvisionedAddressesInKb"]},
        {"type": "Volume", "allIds": all_ids, "properties": ["userDataReadBwc"]},
        {"type": "FaultSet", "allIds": all_ids, "properties": ["maxCapacityInKb"]},
    )
    answer = log_in(old).post(BULK, json=body)
    assert answer.status_code == 200
    found = answer.json()
    system = old.machine.system
    assert found["System"] == {"numOfVolumes": len(system.volumes)}
    assert set(found["StoragePool"]) == set(system.storage_pools)
    assert set(found["VTree"]) == set(system.vtrees)
    assert set(found["Volume"]) == set(system.volumes)
    assert found["FaultSet"] == {}
    used = sum(tree["netProvisionedAddressesInKb"] for tree in found["VTree"].values())
    assert used == sum(volume.written_kib for volume in system.volumes.values())


def test_one_unknown_property_fails_the_whole_request(old: Gateway, log_in: Connect) -> None:
    client = log_in(old)
    body = select(
        {"type": "System", "properties": ["numOfVolumes"]},
        {"type": "StoragePool", "allIds": "", "properties": ["netUnusedCapacityInKb", "fixedReadErrorCount"]},
    )
    answer = client.post(BULK, json=body)
    assert answer.status_code == 400
    error = answer.json()
    prefix = "StoragePool properties should contain only following values: "
    assert error["message"].startswith(prefix)
    permitted = error["message"].removeprefix(prefix).split(",")
    assert "netUnusedCapacityInKb" in permitted
    assert "fixedReadErrorCount" not in permitted
    assert (error["httpStatusCode"], error["errorCode"]) == (400, 0)
    every = {"properties": permitted, "allIds": ""}
    assert client.post("/api/types/StoragePool/instances/action/querySelectedStatistics", json=every).is_success


def test_a_volume_has_no_used_size_of_its_own(old: Gateway, log_in: Connect) -> None:
    body = select({"type": "Volume", "allIds": "", "properties": ["netProvisionedAddressesInKb"]})
    assert log_in(old).post(BULK, json=body).status_code == 400


def test_an_unknown_type_is_refused_with_the_types_there_are(old: Gateway, log_in: Connect) -> None:
    client = log_in(old)
    answer = client.post(BULK, json=select({"type": "Alert", "allIds": "", "properties": ["id"]}))
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("type should contain only following values: System,ProtectionDomain,")
    single = client.post("/api/types/Alert/instances/action/querySelectedStatistics", json={"allIds": ""})
    assert single.status_code == 400


def test_vtree_can_be_refused(old: Gateway, log_in: Connect) -> None:
    client = log_in(old)
    body = select({"type": "VTree", "allIds": "", "properties": ["netProvisionedAddressesInKb"]})
    assert client.post(BULK, json=body).status_code == 200
    old.refuse_statistics_type("VTree")
    answer = client.post(BULK, json=body)
    assert answer.status_code == 400
    assert "VTree" not in answer.json()["message"]
    key = next(iter(old.machine.system.vtrees))
    assert client.get(f"/api/instances/VTree::{key}/relationships/Statistics").status_code == 200
    old.machine.accept_all()
    assert client.post(BULK, json=body).status_code == 200


def test_a_property_can_be_refused(old: Gateway, log_in: Connect) -> None:
    client = log_in(old)
    old.refuse_property("StoragePool", "netUnusedCapacityInKb")
    body = {"allIds": "", "properties": ["netUnusedCapacityInKb"]}
    path = "/api/types/StoragePool/instances/action/querySelectedStatistics"
    assert client.post(path, json=body).status_code == 400
    key = next(iter(old.machine.system.storage_pools))
    statistics = client.get(f"/api/instances/StoragePool::{key}/relationships/Statistics").json()
    assert "netUnusedCapacityInKb" not in statistics
    assert "netCapacityInUseInKb" in statistics


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"selectedStatisticsList": []},
        {"selectedStatisticsList": ["Volume"]},
        {"selectedStatisticsList": [{"type": "Volume", "properties": ["numOfMappedSdcs"]}]},
        {"selectedStatisticsList": [{"type": "Volume", "allIds": ""}]},
        {"selectedStatisticsList": [{"type": "Volume", "allIds": "", "properties": []}]},
        {"selectedStatisticsList": [{"type": "Volume", "ids": ["x"], "properties": ["numOfMappedSdcs"]}]},
    ],
)
def test_malformed_requests_are_refused(old: Gateway, log_in: Connect, body: dict[str, Any]) -> None:
    assert log_in(old).post(BULK, json=body).status_code == 400


def test_chosen_ids_alone(old: Gateway, log_in: Connect) -> None:
    client = log_in(old)
    keys = list(old.machine.system.volumes)[:3]
    path = "/api/types/Volume/instances/action/querySelectedStatistics"
    answer = client.post(path, json={"ids": keys, "properties": ["numOfMappedSdcs"]})
    assert list(answer.json()) == keys
    missing = client.post(path, json={"ids": [*keys, "00000000000000ff"], "properties": ["numOfMappedSdcs"]})
    assert (missing.status_code, missing.json()["errorCode"]) == (500, 79)


def test_samples_of_load_are_consistent(old: Gateway, log_in: Connect) -> None:
    names = ["userDataReadBwc", "userDataWriteBwc", "primaryWriteBwc", "secondaryWriteBwc", "totalWriteBwc"]
    client = log_in(old)
    pools = client.post(BULK, json=select({"type": "StoragePool", "allIds": "", "properties": names})).json()
    volumes = client.post(
        BULK,
        json=select({"type": "Volume", "allIds": "", "properties": ["userDataWriteBwc", "userDataSdcReadLatency"]}),
    ).json()["Volume"]
    busy = [volume["userDataWriteBwc"] for volume in volumes.values() if volume["userDataWriteBwc"]["numSeconds"]]
    idle = [volume["userDataWriteBwc"] for volume in volumes.values() if not volume["userDataWriteBwc"]["numSeconds"]]
    assert busy
    assert {tuple(sample.values()) for sample in idle} == {(0, 0, 0)}
    assert {sample["numSeconds"] for sample in busy} == {1}
    written = sum(pool["userDataWriteBwc"]["numOccured"] for pool in pools["StoragePool"].values())
    assert written == sum(sample["numOccured"] for sample in busy)
    for pool in pools["StoragePool"].values():
        for key in ("totalWeightInKb", "numOccured"):
            assert pool["totalWriteBwc"][key] == pool["primaryWriteBwc"][key] + pool["secondaryWriteBwc"][key]
            assert pool["primaryWriteBwc"][key] == 5 * pool["userDataWriteBwc"][key]


def test_another_release_knows_other_names(log_in: Connect) -> None:
    with Simulator(default_scenario(live=False), tls=False, versions={"pf-ams1": "3.5"}) as simulator:
        client = log_in(simulator.gateways["pf-ams1"])
        assert client.get("/api/version").json() == "3.5"
        path = "/api/types/Device/instances/action/querySelectedStatistics"
        old_name = {"allIds": "", "properties": ["fixedReadErrorCount"]}
        new_name = {"allIds": "", "properties": ["backgroundScanFixedReadErrorCount"]}
        assert client.post(path, json=old_name).status_code == 200
        assert client.post(path, json=new_name).status_code == 400


def test_an_unknown_release_is_no_personality() -> None:
    with pytest.raises(ValueError, match=r"no personality for version '9\.9'; there are 3\.5, 3\.6, 4\.5"):
        Simulator(default_scenario(live=False), versions={"pf-ams1": "9.9"})
