"""Lists over a real socket: their pages, and faults in their rows."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from exporter.cloudstack import wire
from exporter.cloudstack.paging import Listing
from exporter.cloudstack.source import CloudStackSource
from exporter.decode import Decoder
from exporter.errors import AnswerError, RequestError, TooLargeError
from tests.cloudstack.conftest import Client, Reply, ScriptedServer, answer, error, list_answer

VOLUMES = Decoder(wire.Volume, "volume")


async def list_volumes(source: CloudStackSource) -> Listing[wire.Volume]:
    return await source.api.list("listVolumes", VOLUMES, storageid="p")


def volumes(count: int) -> list[dict[str, Any]]:
    return [{"id": f"v{number}", "size": 8 << 30} for number in range(count)]


def test_a_list_is_read_in_pages_of_500(server: ScriptedServer, client: Client) -> None:
    server.lists({"listVolumes": ("volume", volumes(1001))})

    listing = client.run(list_volumes)

    assert [volume.id for volume in listing.rows] == [volume["id"] for volume in volumes(1001)]
    assert listing.complete
    assert [(request["page"], request["pagesize"], request["storageid"]) for request in server.requests] == [
        ("1", "500", "p"),
        ("2", "500", "p"),
        ("3", "500", "p"),
    ]


def test_a_list_without_end_is_refused_when_it_has_more_rows_than_it_may(
    server: ScriptedServer, client: Client
) -> None:
    def endless(parameters: dict[str, str]) -> Reply:
        first = int(parameters["page"]) * 500
        rows = [{"id": f"v{first + number}", "size": 1} for number in range(500)]
        return answer(parameters["command"], {"count": 10**9, "volume": rows})

    async def use(source: CloudStackSource) -> None:
        source.api._max_objects = 1200
        with pytest.raises(TooLargeError, match="listVolumes lists more than 1200 objects"):
            await list_volumes(source)

    server.script = endless
    client.run(use)
    assert len(server.requests) == 3


@pytest.mark.parametrize("content", [{}, {"count": 0}])
def test_an_empty_list_is_complete(server: ScriptedServer, client: Client, content: dict[str, int]) -> None:
    server.script = lambda parameters: answer(parameters["command"], content)

    assert client.run(list_volumes) == Listing([], complete=True)


def test_the_page_size_that_a_refusal_names_is_taken_and_remembered(server: ScriptedServer, client: Client) -> None:
    server.lists({"listVolumes": ("volume", volumes(150))}, limit=100)

    async def use(source: CloudStackSource) -> list[int]:
        return [len((await list_volumes(source)).rows) for _ in range(2)]

    assert client.run(use) == [150, 150]
    assert [request["pagesize"] for request in server.requests] == ["500", "100", "100", "100", "100"]


@pytest.mark.parametrize("text", ["max allowed page size value: 500", "max allowed page size value: 0", "other"])
def test_a_refused_page_that_names_no_smaller_size_fails(server: ScriptedServer, client: Client, text: str) -> None:
    server.script = lambda parameters: error(parameters["command"], 431, text)

    async def use(source: CloudStackSource) -> None:
        with pytest.raises(RequestError, match="a parameter is refused"):
            await list_volumes(source)

    client.run(use)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"size": 1}, "a volume .*has no id"),
        ({"id": "", "size": 1}, "id of a volume"),
        ({"id": "v"}, "has no size"),
        ({"id": "v", "size": "many"}, r"size of a volume \(\"v\"\) is at fault"),
        ({"id": "v", "size": -1}, "size of a volume"),
        ("text", "not a list"),
    ],
)
def test_a_fault_in_an_identity_or_a_size_fails_the_list(
    server: ScriptedServer, client: Client, row: object, message: str
) -> None:
    server.script = lambda parameters: answer(parameters["command"], {"count": 1, "volume": [row]})

    async def use(source: CloudStackSource) -> None:
        with pytest.raises(AnswerError, match=message):
            await list_volumes(source)

    client.run(use)


def test_a_fault_in_another_field_is_counted(server: ScriptedServer, client: Client) -> None:
    row = {"id": "v", "size": "8589934592", "name": 7, "maxiops": "x", "state": None, "unheard": {"of": []}}
    server.script = lambda parameters: answer(parameters["command"], {"count": "one", "volume": [row]})

    async def use(source: CloudStackSource) -> tuple[Listing[wire.Volume], dict[tuple[str, str], int]]:
        return await list_volumes(source), dict(source.counts().ignored)

    listing, ignored = client.run(use)

    assert listing.rows == [wire.Volume(id="v", size_bytes=8 << 30)]
    assert not listing.complete
    assert ignored == {("volume", "name"): 1, ("volume", "maxiops"): 1, ("volume", "count"): 1}


@pytest.mark.parametrize("used", [10**400, -(2**64)], ids=["400 digits", "20 digits"])
def test_a_used_size_of_more_digits_than_prometheus_reads_is_left_out(
    server: ScriptedServer, client: Client, used: int
) -> None:
    rows = [{"id": "p", "disksizeused": used}]
    server.script = lambda parameters: answer(parameters["command"], {"count": 1, "storagepool": rows})

    async def use(source: CloudStackSource) -> list[wire.StoragePool]:
        return (await source.api.list("listStoragePools", Decoder(wire.StoragePool, "storagepool"))).rows

    assert client.run(use) == [wire.StoragePool(id="p")]


def test_half_a_surrogate_pair_hurts_its_field_alone_and_none_that_nobody_reads(
    server: ScriptedServer, client: Client
) -> None:
    rows = [{"id": "v", "size": 8, "name": "\ud83d", "vmname": "\U0001f600"}, {"id": "w", "size": 8, "what": "\ude00"}]
    server.script = lambda parameters: answer(parameters["command"], {"count": 2, "volume": rows})

    async def use(source: CloudStackSource) -> tuple[Listing[wire.Volume], dict[tuple[str, str], int]]:
        return await list_volumes(source), dict(source.counts().ignored)

    listing, ignored = client.run(use)

    assert [(row.id, row.name, row.vm) for row in listing.rows] == [("v", None, "\U0001f600"), ("w", None, None)]
    assert listing.complete
    assert ignored == {("volume", "name"): 1}


def test_lists_may_be_read_at_once(server: ScriptedServer, client: Client) -> None:
    server.script = lambda parameters: list_answer(parameters, "volume", volumes(30), limit=10)

    async def use(source: CloudStackSource) -> list[int]:
        return [len(listing.rows) for listing in await asyncio.gather(*(list_volumes(source) for _ in range(5)))]

    assert client.run(use) == [30] * 5
