"""The same series as a plain user of the Prometheus client would export them, against the exporter's own page.

python -m benchmarks.standard OBJECTS
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

import msgspec
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from benchmarks.array import POOLS, Array, pool_id
from benchmarks.results import median
from exporter.metrics.page import PageRenderer
from exporter.model.instant import now
from exporter.model.powerflex import StoragePool, UsedSizesReading, VolumesReading
from exporter.model.snapshot import PowerFlexSnapshot
from exporter.powerflex import wire
from exporter.views.naming import parse_name
from exporter.views.volumes import provisioning, tree_owners

_RUNS = 3
_LABELS = ("system", "pool_id", "pool", "volume_id", "volume")
_INFO_LABELS = (*_LABELS, "kind", "installation", "pool_key", "resource_id", "vtree_id", "provisioning")


class Standard(Collector):
    """The four families of single volumes."""

    def __init__(self, volumes: list[wire.Volume], used_kib: dict[str, int], pools: dict[str, str]) -> None:
        self._volumes, self._used_kib, self._pools = volumes, used_kib, pools

    def collect(self) -> list[GaugeMetricFamily]:
        """Give the families."""
        info = GaugeMetricFamily("powerflex_volume_info", "help", labels=_INFO_LABELS)
        size = GaugeMetricFamily("powerflex_volume_virtual_size_bytes", "help", labels=_LABELS)
        used = GaugeMetricFamily("powerflex_volume_used_size_bytes", "help", labels=_LABELS)
        mapped = GaugeMetricFamily("powerflex_volume_mapped_sdcs", "help", labels=_LABELS)
        owners = tree_owners(self._volumes)
        for one in self._volumes:
            labels = ("pf", one.storage_pool_id, self._pools[one.storage_pool_id], one.id, one.name or "")
            name = parse_name(one.name)
            named = (
                (name.kind.value, name.installation, name.pool_key, str(name.resource_id))
                if name
                else ("other", "", "", "")
            )
            info.add_metric((*labels, *named, one.vtree_id, provisioning(one)), 1)
            size.add_metric(labels, one.size_kib * 1024)
            mapped.add_metric(labels, len(one.mapped_sdcs or ()))
            if owners[one.vtree_id] == one.id:
                used.add_metric(labels, self._used_kib[one.vtree_id] * 1024)
        return [info, size, used, mapped]


def main() -> None:
    """Measure, and print the medians as JSON."""
    body = Array(int(sys.argv[1])).answers()["/api/types/Volume/instances"]
    volumes = msgspec.json.decode(body, type=list[wire.Volume])
    used = {one.vtree_id: one.size_kib // 3 for one in volumes}
    pools = tuple(StoragePool(id=pool_id(number), name=f"pool-{number}") for number in range(POOLS))
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Standard(volumes, used, {pool.id: pool.name for pool in pools}))

    renderer = PageRenderer("all", len(volumes))

    def render() -> None:
        snapshot = PowerFlexSnapshot(
            "pf",
            up=True,
            known_pools=pools,
            volumes=VolumesReading(taken_at=now(), volumes=list(volumes)),
            used_sizes=UsedSizesReading(taken_at=now(), used_kib=used),
        )
        renderer.render([snapshot])

    # The first page is none that follows another, as all but the first do.
    render()
    print(json.dumps({"standard": _cpu(lambda: generate_latest(registry)), "page": _cpu(render)}))


def _cpu(run: Callable[[], object]) -> float:
    times = []
    for _ in range(_RUNS):
        started = time.process_time()
        run()
        times.append(time.process_time() - started)
    return median(times)


if __name__ == "__main__":
    main()
