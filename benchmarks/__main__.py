"""Prints what a poll of the volumes costs, from the bytes of the answer to the published page.

python -m benchmarks [NUMBER OF VOLUMES]
"""

from __future__ import annotations

import resource
import statistics
import sys
import time
import zlib
from collections import Counter
from collections.abc import Callable

import msgspec
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from exporter.decode import Decoder
from exporter.metrics.page import PageRenderer
from exporter.model.instant import now
from exporter.model.powerflex import StoragePool, UsedSizesReading, VolumesReading
from exporter.model.snapshot import PowerFlexSnapshot
from exporter.powerflex import wire

_RUNS = 5
_DEFAULT_VOLUMES = 20_000
_POOLS = 64


def volume(number: int) -> dict[str, object]:
    """Return a volume as the gateway gives it, with links and all."""
    volume_id = f"{number:016x}"
    return {
        "id": volume_id,
        "name": f"vol-{number + 1}-6aef-10ee",
        "storagePoolId": f"{number % _POOLS:016x}",
        "vtreeId": f"{number:08x}00000001",
        "sizeInKb": 8388608 * (1 + number % 16),
        "volumeType": "ThinProvisioned",
        "ancestorVolumeId": None,
        "consistencyGroupId": None,
        "creationTime": 1_700_000_000 + number,
        "dataLayout": "MediumGranularity",
        "compressionMethod": "Invalid",
        "accessModeLimit": "ReadWrite",
        "mappedSdcInfo": [{"sdcId": "a" * 16, "sdcIp": "10.0.0.1", "limitIops": 0, "limitBwInMbps": 0}],
        "links": [
            {"rel": "self", "href": f"/api/instances/Volume::{volume_id}"},
            {"rel": "/api/Volume/relationship/Statistics", "href": f"/api/instances/Volume::{volume_id}/relationships"},
        ],
    }


class _Standard(Collector):
    """The same gauges as a plain user of the Prometheus client would export them."""

    def __init__(self, volumes: list[wire.Volume]) -> None:
        self._volumes = volumes

    def collect(self) -> list[GaugeMetricFamily]:
        labels = ["system", "pool_id", "pool", "volume_id", "volume"]
        families = [GaugeMetricFamily(f"powerflex_volume_{name}", "help", labels=labels) for name in "abcd"]
        for one in self._volumes:
            values = ["pf", one.storage_pool_id, "pool", one.id, one.name or ""]
            for family in families:
                family.add_metric(values, one.size_kib * 1024)
        return families


def _median(run: Callable[[], object]) -> float:
    times = []
    for _ in range(_RUNS):
        started = time.process_time()
        run()
        times.append(time.process_time() - started)
    return statistics.median(times)


def main() -> None:
    """Measure and print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else _DEFAULT_VOLUMES
    body = msgspec.json.encode([volume(number) for number in range(count)])
    decoder = Decoder(wire.Volume, "Volume")
    volumes = decoder.decode_list(body, Counter())
    pools = tuple(StoragePool(id=f"{number:016x}", name=f"pool-{number}") for number in range(_POOLS))
    used = {one.vtree_id: one.size_kib // 3 for one in volumes}

    def snapshot() -> PowerFlexSnapshot:
        return PowerFlexSnapshot(
            "pf",
            up=True,
            known_pools=pools,
            volumes=VolumesReading(taken_at=now(), volumes=list(volumes)),
            used_sizes=UsedSizesReading(taken_at=now(), used_kib=used),
        )

    renderer = PageRenderer("all", count)
    page = renderer.render([snapshot()])
    unchanged = snapshot()
    renderer.render([unchanged])

    def floor() -> None:
        compressor = zlib.compressobj(1)
        for one in msgspec.json.decode(body, type=list[wire.Volume]):
            labels = (
                f'{{system="pf",pool_id="{one.storage_pool_id}",pool="pool",volume_id="{one.id}",volume="{one.name}"}}'
            )
            lines = "".join([f"powerflex_volume_{name}{labels} {one.size_kib * 1024}\n" for name in "abcd"])
            compressor.compress(lines.encode())

    rows = {
        "floor: decode, format, compress": _median(floor),
        "decode the volumes": _median(lambda: decoder.decode_list(body, Counter())),
        "render and compress, volumes changed": _median(lambda: renderer.render([snapshot()])),
        "render, nothing changed": _median(lambda: renderer.render([unchanged])),
        "generate_latest of the same gauges": _median(lambda: generate_latest(_registry(volumes))),
    }
    print(f"{count} volumes, {len(body) / 1e6:.1f} MB of JSON, {page.series} series, {page.size / 1e6:.1f} MB of page")
    print(f"{'':44}{'CPU seconds':>12}{'to floor':>10}")
    for name, seconds in rows.items():
        print(f"{name:44}{seconds:12.4f}{seconds / rows['floor: decode, format, compress']:10.2f}")
    print(f"peak RSS {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB, all of the above in it")


def _registry(volumes: list[wire.Volume]) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Standard(volumes))
    return registry


if __name__ == "__main__":
    main()
