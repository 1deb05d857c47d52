"""Dell's own SDK must get along with both personalities, over verified TLS."""

import pytest
from PyPowerFlex import PowerFlexClient

from exporter.simulator import Gateway, Simulator

SYSTEMS = ["pf-ams1", "pf-ams2"]


def client_of(simulator: Simulator, gateway: Gateway, address: str = "127.0.0.1") -> PowerFlexClient:
    client = PowerFlexClient(
        gateway_address=address,
        gateway_port=gateway.port,
        username=gateway.username,
        password=gateway.password,
        verify_certificate=True,
        certificate_path=str(simulator.ca_file),
    )
    client.initialize()
    return client


@pytest.fixture(params=SYSTEMS)
def gateway(simulator: Simulator, request: pytest.FixtureRequest) -> Gateway:
    return simulator.gateways[request.param]


@pytest.fixture
def client(simulator: Simulator, gateway: Gateway) -> PowerFlexClient:
    return client_of(simulator, gateway)


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost"])
def test_it_logs_in_by_address_and_by_name(simulator: Simulator, gateway: Gateway, address: str) -> None:
    assert client_of(simulator, gateway, address).system.api_version() == gateway.version


def test_it_takes_the_login_of_the_release(client: PowerFlexClient, gateway: Gateway) -> None:
    client.storage_pool.get()
    logins = gateway.requests.count("/rest/auth/login", "POST")
    if gateway.version == "3.6":
        assert logins == 0
        assert {entry.scheme for entry in gateway.requests.entries} == {"basic"}
    else:
        assert logins > 0
        assert gateway.requests.entries[-2].scheme == "bearer"


def test_its_lists_are_those_of_the_scenario(client: PowerFlexClient, gateway: Gateway) -> None:
    system = gateway.machine.system
    assert [each["id"] for each in client.system.get()] == [system.id]
    assert [each["id"] for each in client.protection_domain.get()] == list(system.protection_domains)
    assert [each["id"] for each in client.storage_pool.get()] == list(system.storage_pools)
    assert [each["id"] for each in client.sdc.get()] == list(system.sdcs)
    assert [each["id"] for each in client.sds.get()] == list(system.nodes)
    assert [each["id"] for each in client.device.get()] == list(system.devices)
    assert client.fault_set.get() == []
    volumes = client.volume.get()
    assert {each["id"]: each["sizeInKb"] for each in volumes} == {
        key: volume.size_kib for key, volume in system.volumes.items()
    }


def test_pool_statistics_agree_however_they_are_asked_for(client: PowerFlexClient, gateway: Gateway) -> None:
    by_pool = client.storage_pool.query_selected_statistics(["netUnusedCapacityInKb", "numOfVolumes"])
    all_properties = client.utility.get_statistics_for_all_storagepools()
    assert set(by_pool) == set(all_properties) == set(gateway.machine.system.storage_pools)
    for key, chosen in by_pool.items():
        single = client.storage_pool.get_statistics(key)
        assert {name: single[name] for name in chosen} == chosen
        assert {name: single[name] for name in all_properties[key]} == all_properties[key]
        assert single["numOfVolumes"] == len(single["volumeIds"])


def test_the_system_is_the_sum_of_its_pools(client: PowerFlexClient) -> None:
    names = ["capacityInUseInKb", "netProvisionedAddressesInKb", "volumeAddressSpaceInKb", "numOfVolumes"]
    whole = client.system.query_selected_statistics(names)
    pools = client.storage_pool.query_selected_statistics(names).values()
    assert {name: sum(pool[name] for pool in pools) for name in names} == whole


def test_volume_statistics_and_volumes_name_the_same_sdcs(client: PowerFlexClient) -> None:
    statistics = client.utility.get_statistics_for_all_volumes()
    for volume in client.volume.get():
        mapped = [mapping["sdcId"] for mapping in volume["mappedSdcInfo"] or []]
        assert statistics[volume["id"]]["mappedSdcIds"] == mapped
        assert statistics[volume["id"]]["numOfMappedSdcs"] == len(mapped)
    key = next(iter(statistics))
    assert client.volume.get_statistics(key) == statistics[key]
    chosen = client.volume.query_selected_statistics(["numOfMappedSdcs"], ids=[key])
    assert chosen == {key: {"numOfMappedSdcs": statistics[key]["numOfMappedSdcs"]}}


def test_sdcs_know_their_volumes(client: PowerFlexClient) -> None:
    counts = client.sdc.query_selected_statistics(["numOfMappedVolumes"])
    key = max(counts, key=lambda each: counts[each]["numOfMappedVolumes"])
    assert len(client.sdc.get_mapped_volumes(key)) == counts[key]["numOfMappedVolumes"] > 0


def test_the_mdm_cluster_and_the_configuration(client: PowerFlexClient, gateway: Gateway) -> None:
    cluster = client.system.get_mdm_cluster_details()
    assert cluster["clusterState"] == "ClusteredNormal"
    assert cluster["goodNodesNum"] == 1 + len(cluster["slaves"]) + len(cluster["tieBreakers"])
    assert client.system.get_gateway_configuration_details()["systemId"] == gateway.machine.system.id


def test_it_finds_a_volume_by_its_awkward_name(simulator: Simulator) -> None:
    client = client_of(simulator, simulator.gateways["pf-ams1"])
    found = client.volume.get(filter_fields={"name": 'db "prod"\\ü'})
    assert [each["volumeType"] for each in found] == ["ThinProvisioned"]
