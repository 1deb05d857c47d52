"""The least that the same work can cost: receive, decode what is needed, format the lines in one pass, compress.

It knows neither faults nor escapes, neither pools by name nor sums, and keeps nothing.
"""

from __future__ import annotations

import json
import socket
import time
import zlib
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from exporter.powerflex import wire

_CHUNK = 1 << 18
_AT_ONCE = 4096
_KINDS = {"vol": "volume", "tmpl": "template", "snap": "snapshot"}
_PROVISIONING = {"ThinProvisioned": "thin", "Snapshot": "snapshot"}


class Costs(NamedTuple):
    """CPU seconds of one run, and the lines' bytes and CRC."""

    receive: float
    decode: float
    format: float
    compress: float
    size: int
    crc: int

    @property
    def total(self) -> float:
        """All of it."""
        return self.receive + self.decode + self.format + self.compress


def receive(port: int, path: str, body: bytes | None = None) -> bytearray:
    """Receive an answer with nothing but a socket."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        method = "GET" if body is None else "POST"
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        connection.sendall(f"{method} {path} HTTP/1.1\r\nHost: x\r\n{length}\r\n".encode() + (body or b""))
        head = bytearray()
        while b"\r\n\r\n" not in head:
            head += connection.recv(_CHUNK)
        header, _, rest = head.partition(b"\r\n\r\n")
        size = int(header.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        answer = bytearray(size)
        answer[: len(rest)] = rest
        view, known = memoryview(answer), len(rest)
        while known < size:
            known += connection.recv_into(view[known:], min(_CHUNK, size - known))
        return answer


def run(port: int) -> Costs:
    """Do it once."""
    clock = time.process_time
    started = clock()
    volumes_body = receive(port, "/api/types/Volume/instances")
    trees_body = receive(port, "/api/types/VTree/instances")
    used_body = receive(port, "/api/instances/querySelectedStatistics", _query("VTree"))
    received = clock()
    volumes = msgspec.json.decode(volumes_body, type=list[wire.Volume])
    msgspec.json.decode(trees_body, type=list[wire.VTree])
    statistics = msgspec.json.decode(used_body, type=dict[str, dict[str, wire.VTreeStatistics]])["VTree"]
    decoded = clock()
    compressing = 0.0
    compressor, size, crc = zlib.compressobj(1), 0, 0
    for text in lines(volumes, statistics):
        before = clock()
        chunk = text.encode()
        compressor.compress(chunk)
        size, crc = size + len(chunk), zlib.crc32(chunk, crc)
        compressing += clock() - before
    formatting = clock() - decoded - compressing
    return Costs(received - started, decoded - received, formatting, compressing, size, crc)


def lines(volumes: list[wire.Volume], statistics: dict[str, wire.VTreeStatistics]) -> Iterator[str]:
    """Give the lines of the series of single volumes, some thousand volumes at a time."""
    for start in range(0, len(volumes), _AT_ONCE):
        text: list[str] = []
        for one in volumes[start : start + _AT_ONCE]:
            kind, _, rest = (one.name or "").partition("-")
            if kind in _KINDS:
                resource, key, installation = rest.split("-", 2)
                named = f'kind="{_KINDS[kind]}",installation="{installation}",pool_key="{key}",resource_id="{resource}"'
            else:
                named = 'kind="other",installation="",pool_key="",resource_id=""'
            labels = (
                f'system="pf",pool_id="{one.storage_pool_id}",pool="{_pool(one.storage_pool_id)}",'
                f'volume_id="{one.id}",volume="{one.name}"'
            )
            more = f'vtree_id="{one.vtree_id}",provisioning="{_PROVISIONING[one.volume_type or ""]}"'
            text += (
                f"powerflex_volume_info{{{labels},{named},{more}}} 1\n",
                f"powerflex_volume_virtual_size_bytes{{{labels}}} {one.size_kib * 1024}\n",
                f"powerflex_volume_mapped_sdcs{{{labels}}} {len(one.mapped_sdcs or ())}\n",
            )
            if one.ancestor_volume_id is None:
                text.append(
                    f"powerflex_volume_used_size_bytes{{{labels}}} {(statistics[one.vtree_id].used_kib or 0) * 1024}\n"
                )
        yield "".join(text)


def _pool(pool_id: str) -> str:
    return _POOLS[pool_id]


_POOLS = {f"{0xA0000000 + number:08x}00000000": f"pool-{number}" for number in range(64)}


def _query(kind: str) -> bytes:
    return json.dumps({"selectedStatisticsList": [{"type": kind, "allIds": "", "properties": []}]}).encode()
