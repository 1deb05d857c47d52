"""A past for the demo: what Prometheus would hold, had it scraped a page of the exporter for nine days.

Each value ends at what the page says. Pools fill in a straight line, each at its own pace, and their snapshots come and
go with the day; tenants grow with their pool; load follows the clock; what is read-only has been so for two hours, and
the exporter was restarted an hour before.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

_HOUR = 3600.0
_DAY = 24 * _HOUR
LONG = 9 * _DAY
SHORT = 6 * _HOUR
STEP = 300.0
"""Prometheus draws a sample for five minutes."""
FINE_STEP = 15.0
"""`rate()` and `changes()` want two samples in a minute, and what moves with the time is to keep its age."""

_IN_SUMS = re.compile(
    r"up$|powerflex_(up|storage_pool_\w+|volumes\w*)$"
    r"|cloudstack_(up|tenant_\w+|powerflex_(pool_\w+|volumes|discrepancies|reclaimable\w+|detached\w+))$"
)
"""What is of a pool or a tenant goes back nine days, what is of a volume, a router or the exporter six hours."""

_GROWTH = (0.019, 0.004, 0.005, 0.011, 0.0)
"""By how much of its used size a pool grew each day: pool after pool, in the order of the page."""
_VIRTUAL_GROWTH = 0.5
"""The growth of virtual sizes, as a share of that of used sizes."""
_TENANT_GROWTH = (0.0, 0.01, 0.02)
"""By how much a tenant grew each day beyond its pool."""
_READ_ONLY_SINCE = 2 * _HOUR
_RESTARTED = 3 * _HOUR
"""When the exporter was started anew."""

_USED = {
    "powerflex_storage_pool_capacity_in_use_bytes",
    "powerflex_storage_pool_net_capacity_in_use_bytes",
    "powerflex_storage_pool_net_provisioned_bytes",
    "powerflex_storage_pool_cloudstack_used_bytes",
    "powerflex_volumes_used_size_bytes",
    "cloudstack_powerflex_pool_used_bytes",
}
_FREE = {
    "powerflex_storage_pool_net_unused_capacity_bytes",
    "powerflex_storage_pool_available_for_volume_allocation_bytes",
}
_VIRTUAL = {
    "powerflex_storage_pool_volume_address_space_bytes",
    "powerflex_volumes",
    "powerflex_volumes_virtual_size_bytes",
    "cloudstack_powerflex_pool_allocated_bytes",
    "cloudstack_powerflex_volumes",
    "cloudstack_tenant_virtual_size_bytes",
    "cloudstack_tenant_volumes",
}
_LOAD = re.compile(r"powerflex_storage_pool_(read|write)_\w+$")
_MOVES_WITH_TIME = {
    "powerflex_exporter_poll_last_success_timestamp_seconds",
    "cloudstack_router_filesystem_check_timestamp_seconds",
}
_STARTED = {
    "process_start_time_seconds",
    "powerflex_exporter_config_last_reload_success_timestamp_seconds",
}

Curve = Callable[[float], float]
"""A value by its age in seconds."""


@dataclass(frozen=True)
class _Pool:
    """How a pool filled."""

    growth: float
    used: float
    snapshots: float

    def used_share(self, age: float) -> float:
        """Give the used size, as a share of today's."""
        grown = (1 - self.snapshots) * (1 - self.growth * age / _DAY)
        return grown + self.snapshots * _of_the_day(age)

    def virtual_share(self, age: float) -> float:
        """Give the virtual size, as a share of today's."""
        return 1 - _VIRTUAL_GROWTH * self.growth * age / _DAY


def history(page: str, end: float, job: str, instance: str) -> Iterator[str]:
    """Write the past of a page as the lines of an OpenMetrics file.

    Args:
        page: what the exporter answers to a scrape, in the text format.
        end: epoch seconds of the last sample.
        job: the label of that name, as the scrapes after it will have it.
        instance: likewise.

    """
    samples = [sample for family in text_string_to_metric_families(page) for sample in family.samples]
    past = _Past(samples, end)
    target = {"job": job, "instance": instance}
    for sample in [*samples, *_of_the_scrape(len(samples))]:
        head = series(sample.name, sample.labels | target)
        curve = past.curve(sample)
        fine = sample.name.endswith("_total") or sample.name in _STARTED | _MOVES_WITH_TIME
        step = FINE_STEP if fine else STEP
        length = LONG if _IN_SUMS.match(sample.name) else SHORT
        for number in range(int(length / step), -1, -1):
            age = number * step
            yield f"{head} {curve(age)!r} {end - age:.0f}\n"
    yield "# EOF\n"


class _Past:
    """What is needed of the whole page to tell the past of one sample."""

    def __init__(self, samples: list[Sample], end: float) -> None:
        self._end = end
        self._values = {(sample.name, *sorted(sample.labels.items())): sample.value for sample in samples}
        # An exporter that has only just started may be younger than the end of its past.
        self._age = max(end - self._value("process_start_time_seconds", {}), FINE_STEP)
        self._load_now = _load(end)
        self._tenant_growth = cycle(_TENANT_GROWTH)
        growth = cycle(_GROWTH)
        self._pools = {
            (sample.labels["system"], sample.labels["pool_id"]): self._pool(sample.labels, next(growth))
            for sample in samples
            if sample.name == "powerflex_storage_pool_max_capacity_bytes"
        }

    def curve(self, sample: Sample) -> Curve:  # noqa: PLR0911  # a list of what there is
        """Tell how a sample came to be what it is."""
        value, labels, name = sample.value, sample.labels, sample.name
        pool = self._pools.get((labels.get("system", ""), labels.get("pool_id", "")))
        if name.endswith("_total"):
            return lambda age: value / self._age * ((SHORT if age > _RESTARTED else _RESTARTED) - age)
        if name in _MOVES_WITH_TIME:
            return lambda age: min(value, self._end) - age
        if name in _STARTED:
            return lambda age: self._end - (LONG if age > _RESTARTED else _RESTARTED)
        if name == "powerflex_license_remaining_days":
            return lambda age: value + age // _DAY
        if name == "cloudstack_router_filesystem_writable" and value == 0:
            return lambda age: float(age > _READ_ONLY_SINCE)
        if name == "cloudstack_routers":
            return self._routers(sample)
        if _LOAD.match(name):
            return lambda age: value * _load(self._end - age) / self._load_now
        if pool:
            return self._of_a_pool(sample, pool)
        return lambda age: value

    def _of_a_pool(self, sample: Sample, pool: _Pool) -> Curve:
        value, name = sample.value, sample.name
        if name in _USED:
            return lambda age: float(round(value * pool.used_share(age)))
        if name in _FREE:
            return lambda age: value + pool.used - round(pool.used * pool.used_share(age))
        if name in _VIRTUAL:
            return lambda age: float(round(value * pool.virtual_share(age)))
        if name == "powerflex_storage_pool_snapshot_capacity_in_use_bytes":
            return lambda age: float(round(value * _of_the_day(age)))
        if name == "cloudstack_tenant_used_size_bytes":
            growth = next(self._tenant_growth)
            return lambda age: float(round(value * pool.used_share(age) * (1 - growth * age / _DAY)))
        return lambda age: value

    def _routers(self, sample: Sample) -> Curve:
        """Those that are read-only now were writable until they were not."""
        value, state = sample.value, sample.labels["filesystem"]
        read_only = self._value(sample.name, sample.labels | {"filesystem": "read_only"})
        before = {"read_only": 0.0, "writable": value + read_only}.get(state, value)
        return lambda age: before if age > _READ_ONLY_SINCE else value

    def _pool(self, labels: dict[str, str], growth: float) -> _Pool:
        in_use = self._value("powerflex_storage_pool_capacity_in_use_bytes", labels)
        snapshots = self._value("powerflex_storage_pool_snapshot_capacity_in_use_bytes", labels)
        used = self._value("powerflex_storage_pool_cloudstack_used_bytes", labels)
        return _Pool(growth, used, snapshots / in_use if in_use else 0.0)

    def _value(self, name: str, labels: dict[str, str]) -> float:
        return self._values[(name, *sorted(labels.items()))]


def _of_the_day(age: float) -> float:
    """Tell which share of a day's snapshots there was: none after midnight, all of them now."""
    return 1 - (age % _DAY) / _DAY


def _load(moment: float) -> float:
    """Say how busy it is: most in the afternoon, least in the night."""
    return 1 + 0.5 * math.sin(2 * math.pi * (moment / _DAY - 0.375))


def _of_the_scrape(count: int) -> Iterator[Sample]:
    """Give what Prometheus itself notes of each scrape."""
    yield Sample("up", {}, 1.0)
    yield Sample("scrape_duration_seconds", {}, 0.05)
    yield Sample("scrape_samples_scraped", {}, float(count))


def series(name: str, labels: dict[str, str]) -> str:
    """Write a series as it stands before its value."""
    return f"{name}{{{','.join(f'{key}={_quoted(value)}' for key, value in labels.items())}}}"


def _quoted(value: str) -> str:
    escaped = value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
    return f'"{escaped}"'
