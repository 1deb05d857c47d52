"""What each collector makes of the gateways' answers, against what is true in the simulated world."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from exporter.decode import IgnoredFields
from exporter.errors import AnswerError, PollError, RequestError, UnreachableError
from exporter.model.powerflex import AlertsReading, PoolsReading, SdcsReading, UsedSizesReading, VolumesReading
from exporter.powerflex.collectors import COLLECTORS, pools, sdcs, used_sizes
from exporter.powerflex.source import PowerFlexSource
from exporter.simulator import Simulator
from tests.powerflex.conftest import Client

LEGACY, BEARER = "pf-ams1", "pf-ams2"
SYSTEMS = pytest.mark.parametrize("system", [LEGACY, BEARER])
VTREE_STATISTICS = "/relationships/Statistics"


async def read_all(source: PowerFlexSource) -> dict[str, object]:
    return {name: await collect(source) for name, collect in COLLECTORS.items()}


@SYSTEMS
def test_a_round_takes_twelve_requests_and_brings_every_object(
    client: Client, simulator: Simulator, system: str
) -> None:
    world = simulator.world.systems[system]
    requests = simulator.gateways[system].requests

    async def use(source: PowerFlexSource) -> dict[str, object]:
        await source.gateway.version()
        requests.clear()
        readings = await read_all(source)
        assert len(requests.entries) == 12
        return readings

    readings = client.run(system, use)

    volumes = readings["volumes"]
    assert isinstance(volumes, VolumesReading)
    assert {(one.id, one.name, one.size_kib, one.vtree_id) for one in volumes.volumes} == {
        (one.id, one.name, one.size_kib, one.vtree_id) for one in world.volumes.values()
    }
    read_pools = readings["pools"]
    assert isinstance(read_pools, PoolsReading)
    assert {(pool.id, pool.name) for pool in read_pools.pools} == {
        (pool.id, pool.name) for pool in world.storage_pools.values()
    }
    assert set(read_pools.statistics) == set(world.storage_pools)
    used = readings["used_sizes"]
    assert isinstance(used, UsedSizesReading)
    assert set(used.used_kib) == set(world.vtrees)


@SYSTEMS
def test_nvme_hosts_are_no_sdcs(client: Client, simulator: Simulator, system: str) -> None:
    async def use(source: PowerFlexSource) -> SdcsReading:
        reading = await COLLECTORS["sdcs"](source)
        assert isinstance(reading, SdcsReading)
        return reading

    reading = client.run(system, use)

    hosts = simulator.world.systems[system].sdcs.values()
    expected = {(sdc.id, sdc.ip, sdc.connected, sdc.approved) for sdc in hosts if sdc.nqn is None}
    assert {(sdc.id, sdc.ip, sdc.connected, sdc.approved) for sdc in reading.sdcs} == expected
    assert any(sdc.nqn for sdc in simulator.world.systems[BEARER].sdcs.values())


@pytest.mark.parametrize(
    ("configured", "words"),
    [
        (("cspool",), None),
        (("nowhere",), "no storage pool of name or id 'nowhere'"),
        (("CSPOOL", "cspool"), r"'CSPOOL' \(names are case-sensitive\); there are: cspool, scratch"),
    ],
)
def test_a_configured_pool_that_is_not_there_fails_by_name(
    client: Client, configured: tuple[str, ...], words: str | None
) -> None:
    async def use(source: PowerFlexSource) -> None:
        if words is None:
            await pools.collect(source)
            return
        with pytest.raises(AnswerError, match=words):
            await pools.collect(source)

    client.run(LEGACY, use, storage_pools=configured)


def test_a_pool_is_found_by_its_id_or_its_name_in_every_protection_domain(client: Client) -> None:
    reading = client.run(LEGACY, pools.collect)
    same_name = [pool for pool in reading.pools if pool.name == "cspool"]

    assert pools.find(list(reading.pools), "cspool") == same_name
    assert len(same_name) == 2
    assert pools.find(list(reading.pools), same_name[1].id) == [same_name[1]]
    assert pools.find(list(reading.pools), "") == []


def test_erasure_coded_pools_are_recognised_and_not_asked_for_statistics(client: Client, simulator: Simulator) -> None:
    gateway = simulator.gateways[BEARER]
    path = "/api/types/StoragePool/instances"
    body = '[{"id": "7f00", "name": "ec", "protectionDomainId": "d0", "genType": "EC", "physicalSizeGB": 4096}]'
    gateway.faults.add({"action": "body", "path": path, "body": body})

    reading = client.run(BEARER, pools.collect)

    assert {pool.data_layout for pool in reading.pools} == {"ErasureCoding"}
    assert reading.statistics == {}
    assert gateway.requests.count("querySelectedStatistics") == 0


@pytest.mark.parametrize("collector", ["volumes", "vtrees", "sdcs", "nodes", "pools"])
def test_an_id_that_stands_twice_fails_the_poll(client: Client, simulator: Simulator, collector: str) -> None:
    simulator.gateways[LEGACY].faults.add(
        {"action": "set_field", "path": "/api/types/", "field": "id", "value": "0000000000000001"}
    )

    async def use(source: PowerFlexSource) -> None:
        with pytest.raises(AnswerError, match="the id '0000000000000001' stands more than once"):
            await COLLECTORS[collector](source)

    client.run(LEGACY, use)


@SYSTEMS
def test_tree_by_tree_gives_the_same_sizes_as_the_bulk_query(client: Client, simulator: Simulator, system: str) -> None:
    async def use(source: PowerFlexSource) -> tuple[UsedSizesReading, UsedSizesReading]:
        bulk = await used_sizes.collect(source)
        simulator.gateways[system].refuse_statistics_type("VTree")
        return bulk, await used_sizes.collect(source)

    bulk, walked = client.run(system, use)

    assert walked.used_kib == bulk.used_kib
    assert bulk.measured_at is None
    assert walked.measured_at is not None
    assert set(walked.measured_at) == set(bulk.used_kib)


def test_the_refused_bulk_query_is_asked_again_only_after_an_hour(client: Client, simulator: Simulator) -> None:
    gateway = simulator.gateways[LEGACY]
    gateway.refuse_statistics_type("VTree")

    async def use(source: PowerFlexSource) -> list[tuple[str, str]]:
        await used_sizes.collect(source)
        await used_sizes.collect(source)
        return source.rejections.all()

    assert client.run(LEGACY, use) == [("VTree", "netProvisionedAddressesInKb")]
    assert gateway.requests.count("querySelectedStatistics") == 1


def test_one_failing_tree_voids_one_tree(client: Client, simulator: Simulator) -> None:
    gateway = simulator.gateways[LEGACY]
    gateway.refuse_statistics_type("VTree")
    trees = set(simulator.world.systems[LEGACY].vtrees)
    failing = sorted(trees)[3]
    gateway.faults.add({"action": "status", "path": f"VTree::{failing}", "status": 500})

    async def use(source: PowerFlexSource) -> tuple[UsedSizesReading, UsedSizesReading]:
        during = await used_sizes.collect(source)
        gateway.faults.clear()
        return during, await used_sizes.collect(source)

    during, after = client.run(LEGACY, use)

    assert set(during.used_kib) == trees - {failing}
    assert set(after.used_kib) == trees


def test_where_every_tree_fails_the_poll_fails(client: Client, simulator: Simulator) -> None:
    gateway = simulator.gateways[LEGACY]
    gateway.refuse_statistics_type("VTree")
    gateway.faults.add({"action": "status", "path": VTREE_STATISTICS, "status": 500})

    async def use(source: PowerFlexSource) -> None:
        with pytest.raises(RequestError, match="answered 500"):
            await used_sizes.collect(source)

    client.run(LEGACY, use)


def test_where_every_tree_answers_401_a_round_costs_one_login(client: Client, simulator: Simulator) -> None:
    gateway = simulator.gateways[LEGACY]
    gateway.refuse_statistics_type("VTree")
    gateway.faults.add({"action": "status", "path": VTREE_STATISTICS, "status": 401})

    async def use(source: PowerFlexSource) -> int:
        await source.gateway.version()
        with pytest.raises(RequestError, match="answered 401 even in a new session"):
            await used_sizes.collect(source)
        return source.gateway.session.renewals

    assert client.run(LEGACY, use) == 1


def test_a_round_that_is_too_short_for_all_trees_asks_the_oldest_first(client: Client, simulator: Simulator) -> None:
    simulator.gateways[LEGACY].refuse_statistics_type("VTree")
    trees = set(simulator.world.systems[LEGACY].vtrees)

    async def use(source: PowerFlexSource) -> list[int]:
        source.tree_walk.interval = 0.0
        return [len((await used_sizes.collect(source)).used_kib) for _ in range(3)]

    assert client.run(LEGACY, use) == [4, 8, 12]
    assert len(trees) > 12


def test_a_round_that_is_broken_off_gives_old_figures_no_more_time(
    client: Client, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator.gateways[LEGACY].refuse_statistics_type("VTree")
    gone = min(simulator.world.systems[LEGACY].vtrees)

    async def use(source: PowerFlexSource) -> tuple[UsedSizesReading, UsedSizesReading]:
        whole = await used_sizes.collect(source)
        get = source.gateway.get

        async def break_off(path: str, decode: Callable[[bytes, IgnoredFields], Any]) -> object:
            if gone in path:
                raise UnreachableError("cannot connect")
            return await get(path, decode)

        monkeypatch.setattr(source.gateway, "get", break_off)
        return whole, await used_sizes.collect(source)

    whole, broken = client.run(LEGACY, use)
    assert whole.used_kib.keys() - broken.used_kib.keys() == {gone}
    assert (whole.walk_seconds, broken.walk_seconds) == (0.0, 0.0)


def test_a_figure_is_no_younger_for_a_round_that_was_given_up(client: Client, simulator: Simulator) -> None:
    gateway = simulator.gateways[LEGACY]
    gateway.refuse_statistics_type("VTree")

    async def use(source: PowerFlexSource) -> tuple[float, UsedSizesReading]:
        await used_sizes.collect(source)
        measured = time.monotonic()
        gateway.faults.add({"action": "hang", "path": VTREE_STATISTICS})
        before = gateway.requests.count(VTREE_STATISTICS)
        given_up = asyncio.create_task(used_sizes.collect(source))
        async with asyncio.timeout(30):
            while gateway.requests.count(VTREE_STATISTICS) < before + 4:  # noqa: ASYNC110 - a gateway tells nobody
                await asyncio.sleep(0.01)
        given_up.cancel()
        await asyncio.gather(given_up, return_exceptions=True)
        gateway.faults.clear()
        source.tree_walk.interval = 0.0
        return measured, await used_sizes.collect(source)

    measured, reading = client.run(LEGACY, use)

    assert reading.measured_at is not None
    assert sum(at > measured for at in reading.measured_at.values()) == 4


def test_several_collectors_at_once_share_the_session(client: Client, simulator: Simulator) -> None:
    async def use(source: PowerFlexSource) -> int:
        await asyncio.gather(*(collect(source) for collect in COLLECTORS.values()))
        return source.gateway.session.logins

    assert client.run(BEARER, use) == 1


@pytest.mark.parametrize("body", ["", "<html>busy</html>", '[{"id": "a"', '{"message": "no"}', "null", "[1, 2]"])
@pytest.mark.parametrize("collector", sorted(set(COLLECTORS) - {"used_sizes", "alerts"}))
def test_an_answer_that_is_no_list_of_objects_fails_the_poll(
    client: Client, simulator: Simulator, collector: str, body: str
) -> None:
    simulator.gateways[LEGACY].faults.add({"action": "body", "path": "/api/types/", "body": body})

    async def use(source: PowerFlexSource) -> None:
        with pytest.raises(PollError):
            await COLLECTORS[collector](source)

    client.run(LEGACY, use)


@pytest.mark.parametrize("readable", [True, False])
def test_an_array_that_refuses_statistics_of_sdcs_has_sdcs_all_the_same(
    client: Client, simulator: Simulator, readable: bool
) -> None:
    gateway = simulator.gateways[LEGACY]
    if readable:
        gateway.refuse_property("Sdc", "numOfMappedVolumes")
    else:
        gateway.faults.add({"action": "status", "path": "querySelectedStatistics", "status": 400, "body": "no"})

    async def use(source: PowerFlexSource) -> tuple[SdcsReading, list[tuple[str, str]]]:
        reading = await COLLECTORS["sdcs"](source)
        assert isinstance(reading, SdcsReading)
        return reading, source.rejections.all()

    reading, rejected = client.run(LEGACY, use)

    assert len(reading.sdcs) == 12
    assert {sdc.mapped_volumes for sdc in reading.sdcs} == {None}
    assert rejected == [("Sdc", "numOfMappedVolumes")]


def test_an_sdc_is_found_by_its_ip(client: Client) -> None:
    async def use(source: PowerFlexSource) -> SdcsReading:
        reading = await COLLECTORS["sdcs"](source)
        assert isinstance(reading, SdcsReading)
        return reading

    listed = client.run(LEGACY, use).sdcs

    assert [sdc.id for sdc in sdcs.find(listed, "10.10.4.16")] == ["d4240b1900000005"]
    assert sdcs.find(listed, "10.10.4.99") == []


def test_a_tree_that_hangs_does_not_hold_up_the_others(
    client: Client, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exporter.powerflex.tree_walk._LONGEST_ANSWER_SECONDS", 3.0)
    gateway = simulator.gateways[LEGACY]
    gateway.refuse_statistics_type("VTree")
    trees = set(simulator.world.systems[LEGACY].vtrees)
    hanging = min(trees)
    gateway.faults.add({"action": "hang", "path": f"VTree::{hanging}"})

    async def use(source: PowerFlexSource) -> list[set[str]]:
        return [set((await used_sizes.collect(source)).used_kib) for _ in range(2)]

    assert client.run(LEGACY, use) == [trees - {hanging}, trees - {hanging}]


ALERTS_OF_4X = """{"results": [
    {"severity": "CRITICAL", "name": "A", "cleared_timestamp": "0001-01-01T00:00:00.000Z"},
    {"severity": "MAJOR", "name": "B", "cleared_timestamp": ""},
    {"severity": "MINOR", "name": "C", "cleared_timestamp": "2026-01-01T00:00:00Z"},
    {"severity": "INFORMATIONAL", "name": "D"}, {"severity": "odd", "name": null}],
    "paging": {"total_instances": "many", "next": "/rest/v1/alerts?offset=5"}}"""


def test_the_alerts_of_4x_that_are_open_are_read_page_by_page(client: Client, simulator: Simulator) -> None:
    faults = simulator.gateways[BEARER].faults
    faults.add({"action": "body", "path": "/rest/v1/alerts", "body": ALERTS_OF_4X, "times": 1})
    faults.add({"action": "body", "path": "/rest/v1/alerts", "body": '{"results": []}', "skip": 1})

    async def use(source: PowerFlexSource) -> AlertsReading:
        reading = await COLLECTORS["alerts"](source)
        assert isinstance(reading, AlertsReading)
        return reading

    alerts = client.run(BEARER, use).alerts

    assert [(alert.severity, alert.type) for alert in alerts] == [
        ("critical", "a"),
        ("high", "b"),
        ("info", "d"),
        ("unknown", "unknown"),
    ]
    assert simulator.gateways[BEARER].requests.count("/rest/v1/alerts") == 2


def test_half_a_surrogate_pair_among_the_alerts_of_4x_hurts_that_field_alone(
    client: Client, simulator: Simulator
) -> None:
    body = r"""{"results": [{"severity": "MAJOR", "name": "\ud83d"}], "paging": {"next": "\ud83d"}}"""
    simulator.gateways[BEARER].faults.add({"action": "body", "path": "/rest/v1/alerts", "body": body})

    async def use(source: PowerFlexSource) -> AlertsReading:
        reading = await COLLECTORS["alerts"](source)
        assert isinstance(reading, AlertsReading)
        assert source.counts().ignored == {("Alert", "name"): 1}
        return reading

    assert [(alert.severity, alert.type) for alert in client.run(BEARER, use).alerts] == [("high", "unknown")]
