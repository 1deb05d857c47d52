"""The status page: what a person sees at `/`."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from exporter import __version__
from exporter.inventory.polls import PollRecord, PollRecords
from exporter.inventory.store import Inventory
from exporter.metrics.families.group import Judged
from exporter.model.powerflex import PoolStatistics, StoragePool
from exporter.model.snapshot import PowerFlexSnapshot
from exporter.views import capacity
from exporter.views.pools import directory, domain_names

_KIB = 1024
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """How full something is: used and total in bytes, and a share of 0 to 1 to draw, or None where unknown."""

    used: int | None
    total: int | None

    @property
    def share(self) -> float | None:
        """The share that is used, kept within 0 and 1 to be drawn."""
        if self.used is None or not self.total:
            return None
        return min(max(self.used / self.total, 0.0), 1.0)

    @property
    def words(self) -> str:
        """The figures, to be read."""
        if self.used is None or self.total is None:
            return "unknown"
        percent = f" ({100 * self.used / self.total:.1f} %)" if self.total else ""
        return f"{human_bytes(self.used)} of {human_bytes(self.total)}{percent}"


@dataclass(frozen=True, slots=True)
class PoolRow:
    """A storage pool as both sides count it, and the share at which the array raises its alert."""

    system: str
    domain: str
    pool: StoragePool
    powerflex: Bar
    cloudstack: Bar
    halving_applies: bool


@dataclass(frozen=True, slots=True)
class CollectorRow:
    """A collector and how its polls go; the state is one of good, bad and waiting."""

    name: str
    state: str
    words: str
    next_poll: str


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A configured source and its collectors."""

    name: str
    state: str
    words: str
    collectors: list[CollectorRow]


@dataclass(frozen=True, slots=True)
class RouterRow:
    """A router that cannot write to its file system, or of which that is not known though it runs."""

    cloudstack: str
    name: str
    zone: str
    state: str
    words: str


@dataclass(frozen=True, slots=True)
class DiscrepancyRow:
    """How many discrepancies of one reason there are between an installation and a system."""

    pair: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class SuspensionRow:
    """A pair that is not judged just now, and why."""

    pair: str
    reasons: str


class StatusPage:
    """Renders the status page.

    Args:
        inventory: what is known.
        polls: how the polls go.
        next_poll: gives the unix second of a collector's next poll, if one is planned.
        judged: gives what the page of metrics shows of each installation beside its readings.
        metrics_path: where the metrics are.
    """

    def __init__(
        self,
        inventory: Inventory,
        polls: PollRecords,
        next_poll: Callable[[str, str], float | None],
        metrics_path: str,
        judged: Callable[[], Mapping[str, Judged]] = dict,
    ) -> None:
        self._inventory = inventory
        self._polls = polls
        self._next_poll = next_poll
        self._metrics_path = metrics_path
        self._judged = judged
        environment = Environment(
            loader=PackageLoader("exporter.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        self._template = environment.get_template("status.html")

    async def __call__(self, _request: Request) -> HTMLResponse:
        """Answer with the page of this moment."""
        snapshots = self._inventory.snapshots(time.monotonic())
        installations = self._inventory.cloudstack_snapshots(time.monotonic())
        judged = self._judged()
        page = self._template.render(
            version=__version__,
            metrics_path=self._metrics_path,
            systems=[self._source(one.name, one.up, _array(one)) for one in snapshots],
            installations=[self._source(one.name, one.up, "connected") for one in installations],
            pools=[row for snapshot in snapshots for row in _pools(snapshot)],
            routers=[row for name, of in judged.items() for row in _routers(name, of)],
            discrepancies=[row for of in judged.values() for row in _discrepancies(of)],
            suspensions=[row for of in judged.values() for row in _suspensions(of)],
        )
        return HTMLResponse(page, headers=_HEADERS)

    def _source(self, source: str, up: bool | None, connected: str) -> SourceRow:  # noqa: FBT001 - as it is known
        records = {name: record for (owner, name), record in self._polls.records.items() if owner == source}
        state, words = _source_state(up, connected, records)
        return SourceRow(
            name=source,
            state=state,
            words=words,
            collectors=[self._collector(source, name, record) for name, record in records.items()],
        )

    def _collector(self, source: str, name: str, record: PollRecord) -> CollectorRow:
        now = time.time()
        last = "never succeeded" if record.last_success is None else f"read {age(now - record.last_success)} ago"
        upcoming = self._next_poll(source, name)
        next_poll = "" if upcoming is None else f"next in {age(max(upcoming - now, 0))}"
        if record.success is None:
            return CollectorRow(name, "waiting", "not polled yet", next_poll)
        if record.error is not None:
            return CollectorRow(name, "bad", f"{record.error} ({last})", next_poll)
        return CollectorRow(name, "good", f"{last}, in {record.duration or 0:.2f} s", next_poll)


def _array(snapshot: PowerFlexSnapshot) -> str:
    return f"PowerFlex REST {snapshot.system.api_version}" if snapshot.system else "connected"


def _source_state(
    up: bool | None,  # noqa: FBT001 - as it is known
    connected: str,
    records: dict[str, PollRecord],
) -> tuple[str, str]:
    failing = [name for name, record in records.items() if record.success is False]
    if up is None:
        return "waiting", "not reached yet"
    if not up:
        return "bad", "no connection or no session"
    if failing:
        return "bad", f"{connected}, failing: {', '.join(failing)}"
    return "good", connected


def _routers(cloudstack: str, judged: Judged) -> list[RouterRow]:
    rows = [
        RouterRow(
            cloudstack,
            health.router.name or health.router.id,
            health.router.zone or "",
            "waiting" if health.filesystem_writable is None else "bad",
            "unknown" if health.filesystem_writable is None else "read-only",
        )
        for health in judged.routers or ()
        if health.running and not health.filesystem_writable
    ]
    return sorted(rows, key=lambda row: (row.state, row.name))


def _discrepancies(judged: Judged) -> list[DiscrepancyRow]:
    return [
        DiscrepancyRow(" on ".join(verdict.pair), reason.value.replace("_", " "), count)
        for verdict in judged.verdicts
        for reason, count in sorted(Counter(finding.reason for finding in verdict.findings).items())
    ]


def _suspensions(judged: Judged) -> list[SuspensionRow]:
    return [
        SuspensionRow(" on ".join(verdict.pair), ", ".join(sorted(verdict.suspended)).replace("_", " "))
        for verdict in judged.verdicts
        if verdict.suspended
    ]


def _pools(snapshot: PowerFlexSnapshot) -> list[PoolRow]:
    if snapshot.pools is None:
        return []
    watched = directory(snapshot.pools.pools, snapshot.storage_pools)
    domains = domain_names(snapshot.pools.domains)
    return [
        _pool(snapshot.name, domains.get(pool.protection_domain_id or "", ""), pool, statistics)
        for pool in snapshot.pools.pools
        if watched.watches(pool.id)
        for statistics in (snapshot.pools.statistics.get(pool.id, PoolStatistics()),)
    ]


def _pool(system: str, domain: str, pool: StoragePool, of: PoolStatistics) -> PoolRow:
    gross = None
    if of.max_capacity_kib is not None and of.spare_capacity_kib is not None:
        gross = (of.max_capacity_kib - of.spare_capacity_kib) * _KIB
    return PoolRow(
        system=system,
        domain=domain,
        pool=pool,
        powerflex=Bar(None if of.capacity_in_use_kib is None else of.capacity_in_use_kib * _KIB, gross),
        cloudstack=Bar(
            capacity.cloudstack_used_bytes(of.max_capacity_kib, of.spare_capacity_kib, of.net_unused_capacity_kib),
            capacity.cloudstack_total_bytes(of.max_capacity_kib, of.spare_capacity_kib),
        ),
        halving_applies=capacity.halving_applies(pool.data_layout),
    )


def human_bytes(count: int) -> str:
    """Return a number of bytes as one reads it, such as 1.5 TiB."""
    value = float(count)
    for unit in _UNITS:
        if abs(value) < _KIB or unit == _UNITS[-1]:
            return f"{value:.0f} B" if unit == "B" else f"{value:.1f} {unit}"
        value /= _KIB
    raise AssertionError


def age(seconds: float) -> str:
    """Return a number of seconds as one reads it, such as 3 min."""
    if seconds < 120:  # noqa: PLR2004
        return f"{seconds:.0f} s"
    if seconds < 7200:  # noqa: PLR2004
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
