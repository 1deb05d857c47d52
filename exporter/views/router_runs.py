"""Which routers to run fresh health checks on.

A fresh check is no mere reading: it restarts services that are down, raises alerts, and may have the router made
anew. So it is done sparingly, and not at all while CloudStack's own collection is what is broken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from exporter.model.cloudstack import Host, Router, RouterCheck
from exporter.views.router_health import is_cut_off, is_running, newer, result_time

Mode = Literal["never", "stale", "always"]
_ENABLED = "Enabled"
_LEAST_SUSPECT = 5
_SUSPECT_SHARE = 10
_NEVER, _EVER = float("-inf"), float("inf")


@dataclass(frozen=True, slots=True)
class Policy:
    """When fresh checks are run.

    Attributes:
        mode: never, on routers whose result is stale, or on every router once per interval.
        stale_after: the age in seconds from which a result is none, and for how long a run is remembered.
        interval: seconds from one run on a router to the next, in mode always.
    """

    mode: Mode
    stale_after: float
    interval: float


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of our own runs, by router id.

    Attributes:
        started: the unix second at which the last run was started.
        results: what the last run that had a result said.
        turns: the unix second from which the next run is due, in mode always.
    """

    started: Mapping[str, float] = field(default_factory=dict)
    results: Mapping[str, tuple[RouterCheck, ...]] = field(default_factory=dict)
    turns: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do now.

    Attributes:
        due: the ids of the routers to run checks on, the most urgent first.
        suspended: whether none is run because too many are stale.
        memory: the memory to go on with.
    """

    due: tuple[str, ...]
    suspended: bool
    memory: Memory


def started_run(memory: Memory, router_id: str, now: float, policy: Policy) -> Memory:
    """Note that a run is started at that unix second; its turn comes again a whole number of intervals later."""
    turns = dict(memory.turns)
    if router_id in turns:
        missed = max(now - turns[router_id], 0.0) // policy.interval
        turns[router_id] += (missed + 1) * policy.interval
    return replace(memory, started={**memory.started, router_id: now}, turns=turns)


def finished_run(memory: Memory, router_id: str, results: tuple[RouterCheck, ...]) -> Memory:
    """Note what a run said; one that failed without a verdict says nothing."""
    return replace(memory, results={**memory.results, router_id: results}) if results else memory


def plan_runs(routers: Iterable[Router], hosts: Iterable[Host], memory: Memory, policy: Policy, now: float) -> Plan:
    """Plan the fresh checks of one installation.

    Only a router that is Running on an enabled host is checked: CloudStack would overwrite the results of any other
    and raise a false alarm. Routers that are not listed any more are forgotten. The clock may have been set back since
    the last plan.

    Args:
        routers: the routers with CloudStack's results.
        hosts: the hosts, as far as they are known.
        memory: what is remembered of our own runs.
        policy: when checks are run.
        now: this moment, in unix seconds.
    """
    routers = list(routers)
    memory = _without_the_gone(memory, {router.id for router in routers}, now)
    if policy.mode == "never":
        return Plan((), suspended=False, memory=replace(memory, turns={}))
    by_id = {host.id: host for host in hosts}
    fit = [router for router in routers if _is_fit(router, by_id.get(router.host_id or ""))]
    # In mode always most results are our own, so only their age tells.
    mended = memory.results if policy.mode == "stale" else {}
    if _too_many_are_stale(fit, mended, now - policy.stale_after):
        # Turns that pass meanwhile would all be due at once afterwards, so they are dealt out anew.
        return Plan((), suspended=True, memory=replace(memory, turns={}))
    if policy.mode == "always":
        memory = replace(memory, turns=_turns(fit, memory, policy, now))
        due = [(memory.turns[router.id], router.id) for router in fit if memory.turns[router.id] <= now]
    else:
        due = _stale(fit, memory, now - policy.stale_after)
    return Plan(tuple(router_id for _, router_id in sorted(due)), suspended=False, memory=memory)


def _is_fit(router: Router, host: Host | None) -> bool:
    if not is_running(router) or is_cut_off(router, host):
        return False
    if host is not None and host.resource_state not in {None, _ENABLED}:
        return False
    # An older CloudStack, or a lesser role, does not say how the host is controlled; then the host must say so itself.
    control = router.host_control_state or (host.resource_state if host else None)
    return control == _ENABLED


def _stale(routers: Iterable[Router], memory: Memory, oldest: float) -> list[tuple[float, str]]:
    stale = []
    for router in routers:
        result = result_time(newer(router.checks, memory.results.get(router.id, ())))
        if (result is None or result < oldest) and memory.started.get(router.id, _NEVER) < oldest:
            stale.append((_NEVER if result is None else result, router.id))
    return stale


def _too_many_are_stale(routers: list[Router], mended: Mapping[str, tuple[RouterCheck, ...]], oldest: float) -> bool:
    stale = sum(_is_neglected(router, mended.get(router.id, ()), oldest) for router in routers)
    return stale >= _LEAST_SUSPECT and 100 * stale > _SUSPECT_SHARE * len(routers)


def _is_neglected(router: Router, mended: tuple[RouterCheck, ...], oldest: float) -> bool:
    # Our own run writes CloudStack's rows anew. Until CloudStack has collected by itself again, a router that was
    # mended so still counts as stale: else a collection that breaks down would be replaced by us, a few routers at a
    # time, and never be noticed.
    collected, own = result_time(router.checks), result_time(mended)
    return collected is None or collected < oldest or (own is not None and own >= collected)


def _turns(routers: list[Router], memory: Memory, policy: Policy, now: float) -> dict[str, float]:
    # A turn that is further off was dealt out before the clock was set back, or by a longer interval.
    latest = now + policy.interval
    turns = {router.id: memory.turns[router.id] for router in routers if memory.turns.get(router.id, _EVER) <= latest}
    fresh = sorted(router.id for router in routers if router.id not in turns)
    for place, router_id in enumerate(fresh, start=1):
        turns[router_id] = now + place * policy.interval / len(fresh)
    return turns


def _without_the_gone(memory: Memory, listed: set[str], now: float) -> Memory:
    return Memory(
        {router_id: min(started, now) for router_id, started in memory.started.items() if router_id in listed},
        {router_id: results for router_id, results in memory.results.items() if router_id in listed},
        {router_id: turn for router_id, turn in memory.turns.items() if router_id in listed},
    )
