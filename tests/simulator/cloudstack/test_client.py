from typing import Any

import pytest
from cs import CloudStack, CloudStackApiException

from exporter.simulator import ManagementServer, Simulator


def client(server: ManagementServer, method: str = "get", verify: str | None = None) -> CloudStack:
    return CloudStack(server.url, server.api_key, server.secret_key, method=method, verify=verify)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", ["ams", "lab"])
def test_a_real_client_reads_everything(plain_simulator: Simulator, name: str, method: str) -> None:
    server = plain_simulator.management_servers[name]
    installation = server.machine.installation
    cloud = client(server, method)
    everything = {"fetch_list": True, "listall": True, "projectid": "-1"}
    assert cloud.listCapabilities()["capability"]["cloudstackversion"] == installation.version
    assert {zone["name"] for zone in cloud.listZones(fetch_list=True)} == set(installation.zones)
    volumes = cloud.listVolumes(**everything, listsystemvms=True, pagesize=50)
    assert len(volumes) == len({row["id"] for row in volumes})
    assert len(volumes) == len(installation.volumes) + len(installation.elsewhere)
    routers: list[dict[str, Any]] = cloud.listRouters(**everything, fetchhealthcheckresults=True)
    assert len(routers) == (48 if name == "ams" else 12)
    assert len(cloud.listHosts(fetch_list=True, type="Routing")) == len(installation.hosts)
    assert cloud.listStoragePools(fetch_list=True)
    assert cloud.listDiskOfferings(fetch_list=True, state="all")
    assert cloud.listSnapshots(**everything)
    [setting] = cloud.listConfigurations(name="custom.cs.identifier")["configuration"]
    assert setting["value"] == installation.identifier
    assert cloud.listVolumes(name="nothing", fetch_list=True) == []
    router = next(row["id"] for row in routers if "vpcid" in row)
    checks = cloud.getRouterHealthCheckResults(routerid=router, performfreshchecks=True)["routerhealthchecks"]
    assert (checks["routerid"], checks["healthchecks"][0]["success"]) == (router, True)


def test_a_real_client_understands_the_errors(ams: ManagementServer, plain_simulator: Simulator) -> None:
    with pytest.raises(CloudStackApiException) as refused:
        client(ams).getRouterHealthCheckResults(
            routerid=plain_simulator.world.landmarks["read_only_router"], performfreshchecks=True
        )
    assert refused.value.error["errortext"].endswith("Basic tests failed - Read-only file system")
    stranger = CloudStack(ams.url, ams.api_key, "wrong")
    with pytest.raises(CloudStackApiException, match="401"):
        stranger.listZones()


def test_a_real_client_over_tls(simulator: Simulator) -> None:
    server = simulator.management_servers["lab"]
    assert server.url.startswith("https://")
    assert client(server, verify=str(simulator.ca_file)).listZones()["count"] == 1
