"""The bulk query, with whatever properties a gateway refuses."""

from __future__ import annotations

import json

import pytest

from exporter.decode import Decoder
from exporter.errors import RequestError
from exporter.powerflex import statistics as statistics_module
from exporter.powerflex import wire
from exporter.powerflex.source import PowerFlexSource
from exporter.powerflex.statistics import BULK_PATH, query
from exporter.simulator import Simulator
from tests.powerflex.conftest import Client

SYSTEM = "pf-ams1"
POOLS = Decoder(wire.PoolStatistics, "StoragePool")

Pools = dict[str, wire.PoolStatistics]


async def pools(source: PowerFlexSource) -> Pools:
    return await query(source.gateway, source.rejections, POOLS)


def bulk_requests(simulator: Simulator) -> list[list[str]]:
    """Return the properties that each bulk request asked for."""
    entries = simulator.gateways[SYSTEM].requests.entries
    return [
        json.loads(entry.body)["selectedStatisticsList"][0]["properties"]
        for entry in entries
        if entry.path == BULK_PATH
    ]


def test_one_request_brings_the_statistics_of_every_pool(client: Client, simulator: Simulator) -> None:
    answer = client.run(SYSTEM, pools)

    assert len(answer) == 3
    assert all(None not in (pool.max_capacity_kib, pool.net_unused_capacity_kib, pool.read) for pool in answer.values())
    assert len(bulk_requests(simulator)) == 1


def test_a_refused_property_is_dropped_remembered_and_told(client: Client, simulator: Simulator) -> None:
    simulator.gateways[SYSTEM].refuse_property("StoragePool", "netUnusedCapacityInKb")
    simulator.gateways[SYSTEM].refuse_property("StoragePool", "rebalanceCapacityInKb")

    async def use(source: PowerFlexSource) -> tuple[Pools, list[tuple[str, str]]]:
        await pools(source)
        return await pools(source), source.rejections.all()

    answer, rejected = client.run(SYSTEM, use)

    assert rejected == [("StoragePool", "netUnusedCapacityInKb"), ("StoragePool", "rebalanceCapacityInKb")]
    assert [len(asked) for asked in bulk_requests(simulator)] == [20, 18, 18]
    assert {pool.net_unused_capacity_kib for pool in answer.values()} == {None}
    assert all(pool.max_capacity_kib for pool in answer.values())


def test_a_refusal_is_forgotten_after_an_hour(
    client: Client, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator.gateways[SYSTEM].refuse_property("StoragePool", "netUnusedCapacityInKb")
    monkeypatch.setattr(statistics_module, "_REMEMBERED_SECONDS", 0.0)

    async def use(source: PowerFlexSource) -> Pools:
        await pools(source)
        simulator.gateways[SYSTEM].machine.accept_all()
        return await pools(source)

    answer = client.run(SYSTEM, use)

    assert all(pool.net_unused_capacity_kib for pool in answer.values())


@pytest.mark.parametrize("words", ["Bad request", '{"message": "no", "httpStatusCode": 400, "errorCode": 0}', ""])
def test_the_refused_property_behind_a_400_that_cannot_be_read_is_searched_for(
    client: Client, simulator: Simulator, words: str
) -> None:
    simulator.gateways[SYSTEM].refuse_property("StoragePool", "rebalanceCapacityInKb")

    async def use(source: PowerFlexSource) -> tuple[Pools, list[tuple[str, str]]]:
        call = source.gateway.call

        async def mute(method: str, path: str, json: object = None) -> bytes:
            try:
                return await call(method, path, json)
            except RequestError as error:
                raise RequestError(f"{path} answered 400", status=error.status, text=words) from None

        source.gateway.call = mute  # type: ignore[method-assign]
        return await pools(source), source.rejections.all()

    answer, rejected = client.run(SYSTEM, use)

    assert rejected == [("StoragePool", "rebalanceCapacityInKb")]
    assert all(pool.max_capacity_kib for pool in answer.values())
    assert len(bulk_requests(simulator)) <= 12


def test_a_400_for_everything_fails_and_is_searched_only_once_an_hour(client: Client, simulator: Simulator) -> None:
    simulator.gateways[SYSTEM].faults.add(
        {"action": "status", "path": BULK_PATH, "status": 400, "body": "Bad request", "content_type": "text/plain"}
    )

    async def use(source: PowerFlexSource) -> Pools:
        for _ in range(3):
            with pytest.raises(RequestError, match="answered 400"):
                await pools(source)
        searched = len(bulk_requests(simulator))
        assert searched < 45
        simulator.gateways[SYSTEM].faults.clear()
        assert source.rejections.all() == []
        return await pools(source)

    answer = client.run(SYSTEM, use)

    assert all(pool.net_unused_capacity_kib for pool in answer.values())


def test_a_single_400_is_forgotten(client: Client, simulator: Simulator) -> None:
    simulator.gateways[SYSTEM].faults.add(
        {"action": "status", "path": BULK_PATH, "status": 400, "body": "Bad request", "times": 1}
    )

    async def use(source: PowerFlexSource) -> list[tuple[str, str]]:
        with pytest.raises(RequestError):
            await pools(source)
        await pools(source)
        return source.rejections.all()

    assert client.run(SYSTEM, use) == []


@pytest.mark.parametrize("status", [403, 404, 500])
def test_another_status_is_no_refusal(client: Client, simulator: Simulator, status: int) -> None:
    simulator.gateways[SYSTEM].faults.add({"action": "status", "path": BULK_PATH, "status": status})

    async def use(source: PowerFlexSource) -> None:
        with pytest.raises(RequestError, match=f"answered {status}"):
            await pools(source)

    client.run(SYSTEM, use)

    assert len(bulk_requests(simulator)) == 1
