"""What needs a memory between two pages: how long discrepancies have lasted, and how old routers' results are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from exporter.inventory.ledger import Ledger, age, settle, step
from exporter.metrics.families.group import Judged
from exporter.model.cloudstack import RouterCheck, RoutersReading
from exporter.model.findings import Finding, Pair, Reason, Verdict
from exporter.model.instant import Instant
from exporter.model.snapshot import CloudStackSnapshot, PowerFlexSnapshot
from exporter.views.reconciliation import reconcile
from exporter.views.router_health import RouterHealth, is_stopped, newer, result_time, router_health

_MOST_LISTED = 1000
_ROUTERS_EVERY_SECONDS = 15.0

OwnChecks = Mapping[str, Mapping[str, tuple[RouterCheck, ...]]]
"""The results of our own runs of health checks, by installation and router id."""


_Found = tuple[Pair, Finding]
_Key = tuple[Pair, Reason, str]


class _Compared(NamedTuple):
    inputs: tuple[Any, ...]
    verdicts: tuple[Verdict, ...]


class _Seen(NamedTuple):
    inputs: tuple[Any, ...]
    at: float
    routers: tuple[RouterHealth, ...] | None


class Judgement:
    """Judges installations, and remembers what it must.

    Args:
        grace: seconds that a discrepancy lasts before it counts.
        stale_after: seconds from which the result of a health check is none.
    """

    def __init__(self, grace: float, stale_after: float) -> None:
        self._grace = grace
        self._stale_after = stale_after
        self._ledger = Ledger()
        self._listed: frozenset[_Key] = frozenset()
        self._compared: dict[str, _Compared] = {}
        self._seen: dict[str, _Seen] = {}
        self._stopped: dict[str, dict[str, float]] = {}

    def take_over(self, former: Judgement, kept: frozenset[str]) -> None:
        """Go on with the memory of the pairs of which both sides are kept, and of the routers of what is kept."""
        tracks = former._ledger.tracks.items()
        self._ledger = Ledger({key: track for key, track in tracks if kept.issuperset(key[0])})
        self._listed = former._listed
        self._stopped = {name: stopped for name, stopped in former._stopped.items() if name in kept}

    def judge(
        self,
        systems: tuple[PowerFlexSnapshot, ...],
        installations: tuple[CloudStackSnapshot, ...],
        own_checks: OwnChecks,
        now: Instant,
        *,
        at_once: bool = False,
    ) -> dict[str, Judged]:
        """Return what may be shown of each installation at this moment.

        Args:
            systems: what is known of each PowerFlex system.
            installations: what is known of each installation.
            own_checks: what our own runs of health checks said.
            now: this moment.
            at_once: judge without grace.
        """
        verdicts = {one.name: self._compare(one, systems) for one in installations}
        self._ledger = step(self._ledger, (verdict for of in verdicts.values() for verdict in of), now.monotonic)
        grace = 0.0 if at_once else self._grace
        settled = {
            name: tuple(settle(self._ledger, verdict, now.monotonic, grace) for verdict in of)
            for name, of in verdicts.items()
        }
        self._list([found for of in settled.values() for found in _findings(of)], now.monotonic)
        return {
            one.name: Judged(
                settled[one.name],
                tuple(found for found in _findings(settled[one.name]) if _key(found) in self._listed),
                self._routers(one, own_checks.get(one.name, {}), now.unix),
            )
            for one in installations
        }

    def _list(self, found: list[_Found], now: float) -> None:
        """Choose the findings with series of their own: those that have one keep it, then the oldest come first."""
        kept = self._listed.intersection(map(_key, found))
        others = [one for one in found if _key(one) not in kept]
        others.sort(key=lambda one: -age(self._ledger, one[0], one[1], now))
        self._listed = kept.union(map(_key, others[: _MOST_LISTED - len(kept)]))

    def _compare(self, installation: CloudStackSnapshot, systems: tuple[PowerFlexSnapshot, ...]) -> tuple[Verdict, ...]:
        # What a poll found unchanged is no reason to compare anew, so of some readings the time does not count.
        inventory, settings = installation.inventory, installation.settings
        inputs = (
            installation.identifiers,
            installation.known_pools,
            installation.volumes,
            inventory and inventory.offerings,
            settings and settings.settings,
            tuple(
                (one.name, one.storage_pools, one.known_pools, one.volumes, one.sdcs and one.sdcs.sdcs)
                for one in systems
            ),
        )
        former = self._compared.get(installation.name)
        if former is None or former.inputs != inputs:
            former = self._compared[installation.name] = _Compared(inputs, reconcile(installation, systems))
        return former.verdicts

    def _routers(
        self, installation: CloudStackSnapshot, own: Mapping[str, tuple[RouterCheck, ...]], now: float
    ) -> tuple[RouterHealth, ...] | None:
        if installation.routers is None:
            return None
        hosts = installation.inventory.hosts if installation.inventory else ()
        inputs = (installation.routers, hosts, own)
        former = self._seen.get(installation.name)
        recent = former is not None and abs(now - former.at) < _ROUTERS_EVERY_SECONDS
        if former is None or not recent or former.inputs != inputs:
            routers = router_health(
                installation.routers.routers,
                hosts,
                own,
                stopped=self._stops(installation.name, installation.routers, own),
                now=now,
                stale_after=self._stale_after,
            )
            former = self._seen[installation.name] = _Seen(inputs, now, routers)
        return former.routers

    def _stops(
        self, name: str, reading: RoutersReading, own: Mapping[str, tuple[RouterCheck, ...]]
    ) -> Mapping[str, float]:
        """Return how old what was known of each router was when it was last seen stopped, by its results' own clock."""
        times = {
            router.id: result_time(newer(router.checks, own.get(router.id, ())))
            if is_stopped(router)
            else self._stopped.get(name, {}).get(router.id)
            for router in reading.routers
        }
        self._stopped[name] = {router_id: at for router_id, at in times.items() if at is not None}
        return self._stopped[name]


def _findings(verdicts: tuple[Verdict, ...]) -> tuple[_Found, ...]:
    return tuple((verdict.pair, finding) for verdict in verdicts for finding in verdict.findings)


def _key(found: _Found) -> _Key:
    pair, finding = found
    return pair, finding.reason, finding.volume_id
