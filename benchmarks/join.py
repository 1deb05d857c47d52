"""What the join with CloudStack costs, against the decoding of the lists that are joined.

python -m benchmarks.join VOLUMES ROUTERS
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from benchmarks.array import Array
from benchmarks.cloud import Cloud
from benchmarks.results import median
from exporter.cloudstack import wire
from exporter.cloudstack.api import _content, _page
from exporter.cloudstack.collectors.routers import _checks_of, _routers_of
from exporter.cloudstack.collectors.volumes import _by_id
from exporter.cloudstack.pools import _pool
from exporter.decode import Decoder
from exporter.http.transport import Answer
from exporter.model.cloudstack import InventoryReading, RoutersReading, Setting, SettingsReading, VolumesReading
from exporter.model.instant import now
from exporter.model.limits import MAX_OBJECTS
from exporter.model.powerflex import StoragePool, UsedSizesReading
from exporter.model.powerflex import VolumesReading as ArrayReading
from exporter.model.snapshot import CloudStackSnapshot, PowerFlexSnapshot
from exporter.powerflex import wire as array_wire
from exporter.powerflex.collectors.volumes import _share
from exporter.views.detached import detached_volumes
from exporter.views.reconciliation import reconcile
from exporter.views.router_health import router_health
from exporter.views.survey import survey
from exporter.views.tenants import tenant_sums

_RUNS = 3
T = TypeVar("T")
_CLOUDSTACK_LISTS: dict[str, Decoder[Any]] = {
    "zone": Decoder(wire.Zone, "zone"),
    "volume": Decoder(wire.Volume, "volume"),
    "router": Decoder(wire.Router, "router"),
    "storagepool": Decoder(wire.StoragePool, "storagepool"),
}


def cloud_lists(answers: dict[str, dict[int, bytes]]) -> CloudStackSnapshot:
    """Decode what an installation answers, as its collectors do."""

    def rows(command: str, kind: str) -> Iterable[Any]:
        for body in answers[command].values():
            content = _content(command.partition(" ")[0], Answer(200, body), MAX_OBJECTS)
            yield from _page(content, _CLOUDSTACK_LISTS[kind], Counter()).rows

    volumes = {}
    for command in answers:
        if command.startswith("listVolumes"):
            volumes.update(_by_id(rows(command, "volume"), {}))
    listed = list(rows("listRouters", "router"))
    routers = _routers_of(listed, _checks_of(listed, Counter()))
    pools = tuple(_pool(pool) for pool in rows("listStoragePools", "storagepool"))
    identifier = Setting(name="custom.cs.identifier", value="ams", scope="global")
    return CloudStackSnapshot(
        "cs",
        known_pools=pools,
        inventory=InventoryReading(taken_at=now(), zones=(), pools=pools, hosts=(), offerings=()),
        volumes=VolumesReading(taken_at=now(), volumes=list(volumes.values()), complete=True),
        settings=SettingsReading(taken_at=now(), settings=(identifier,)),
        routers=RoutersReading(taken_at=now(), routers=routers),
    )


def array_lists(answers: dict[str, bytes]) -> PowerFlexSnapshot:
    """Decode what a gateway answers, as its collectors do."""
    volumes = Decoder(array_wire.Volume, "Volume").decode_list(answers["/api/types/Volume/instances"], Counter())
    _share(volumes, {})
    statistics = Decoder(array_wire.VTreeStatistics, "VTree").decode_map(answers["VTree"], Counter())
    pools = Decoder(array_wire.StoragePool, "StoragePool").decode_list(
        answers["/api/types/StoragePool/instances"], Counter()
    )
    return PowerFlexSnapshot(
        "pf",
        known_pools=tuple(StoragePool(id=pool.id, name=pool.name) for pool in pools),
        volumes=ArrayReading(taken_at=now(), volumes=[*volumes]),
        used_sizes=UsedSizesReading(
            taken_at=now(),
            used_kib={tree: one.used_kib for tree, one in statistics.items() if one.used_kib is not None},
        ),
    )


def join(cloud: CloudStackSnapshot, array: PowerFlexSnapshot) -> None:
    """Work out all that follows from both worlds."""
    (verdict,) = reconcile(cloud, [array])
    if verdict.suspended or len(verdict.findings):
        raise AssertionError("the two worlds disagree")
    tenant_sums(cloud, [array])
    detached_volumes(cloud, [array])
    if cloud.routers:
        router_health(cloud.routers.routers, (), {}, stopped={}, now=time.time(), stale_after=1800)


def main() -> None:
    """Measure, and print the medians as JSON."""
    count, routers = map(int, sys.argv[1:])
    cloud_answers, array_answers = Cloud(count, routers).answers(), Array(count).answers()
    decoding, arrays, joining = [], [], []
    for _ in range(_RUNS):
        seconds, cloud = _timed(lambda: cloud_lists(cloud_answers))
        decoding.append(seconds)
        seconds, array = _timed(lambda: array_lists(array_answers))
        arrays.append(seconds)
        survey(array.volumes)  # type: ignore[arg-type] # what the page of the array alone needs as well
        seconds, _ = _timed(lambda cloud=cloud, array=array: join(cloud, array))  # type: ignore[misc]
        joining.append(seconds)
    print(json.dumps({"cloudstack": median(decoding), "array": median(arrays), "join": median(joining)}))


def _timed(run: Callable[[], T]) -> tuple[float, T]:
    started = time.process_time()
    result = run()
    return time.process_time() - started, result


if __name__ == "__main__":
    main()
