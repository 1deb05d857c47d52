"""Which routers a fresh check is run on. A result is none from the age of 1,800 seconds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.model.cloudstack import CheckStatus, Host, Router, RouterCheck
from exporter.views.router_runs import Memory, Plan, Policy, finished_run, plan_runs, started_run

NOW = 100_000.0
STALE = Policy("stale", stale_after=1800, interval=600)
ALWAYS = replace(STALE, mode="always")


def results(updated: float | None, status: CheckStatus = CheckStatus.SUCCESS) -> tuple[RouterCheck, ...]:
    return (RouterCheck(name="filesystem.writable.test", check_type="basic", status=status, updated=updated),)


def router(router_id: str, age: float | None = 0, **changes: object) -> Router:
    fields: dict[str, Any] = {"id": router_id, "state": "Running", "host_id": "h1", "host_control_state": "Enabled"}
    fields.update(changes)
    return Router(checks=() if age is None else results(NOW - age), **fields)


def due(
    routers: Iterable[Router], memory: Memory | None = None, policy: Policy = STALE, hosts: Iterable[Host] = ()
) -> tuple[str, ...]:
    plan = plan_runs(routers, hosts, memory or Memory(), policy, NOW)
    assert not plan.suspended
    return plan.due


class TestStale:
    def test_a_router_without_a_result_or_with_an_old_one_is_due_the_oldest_first(self) -> None:
        routers = [router("a", 1800), router("b", 1801), router("d", None), router("c", None), router("e", 9999)]
        assert due(routers[:4]) == ("c", "d", "b")
        assert due([routers[1], routers[4]]) == ("e", "b")

    def test_a_fresh_unknown_is_a_result(self) -> None:
        failed = results(NOW - 60, CheckStatus.UNKNOWN)
        assert due([Router(id="a", state="Running", host_control_state="Enabled", checks=failed)]) == ()

    def test_a_result_without_a_time_is_none(self) -> None:
        assert due([Router(id="a", state="Running", host_control_state="Enabled", checks=results(None))]) == ("a",)

    def test_a_run_is_remembered_whatever_came_of_it(self) -> None:
        memory = started_run(Memory(), "a", NOW - 1800, STALE)
        assert due([router("a", None)], memory) == ()
        assert due([router("a", None)], started_run(Memory(), "a", NOW - 1801, STALE)) == ("a",)

    def test_a_run_that_lies_ahead_since_the_clock_was_set_back_counts_as_one_of_this_moment(self) -> None:
        memory = started_run(Memory(), "a", NOW + 1e9, STALE)
        plan = plan_runs([router("a", None)], [], memory, STALE, NOW)
        assert plan.due == ()
        assert plan_runs([router("a", None)], [], plan.memory, STALE, NOW + 1800).due == ()
        assert plan_runs([router("a", None)], [], plan.memory, STALE, NOW + 1801).due == ("a",)

    def test_our_own_result_is_a_result(self) -> None:
        memory = finished_run(started_run(Memory(), "a", NOW - 5000, STALE), "a", results(NOW - 1800))
        assert due([router("a", 9999)], memory) == ()
        memory = finished_run(memory, "a", results(NOW - 1801))
        assert due([router("a", 9999)], memory) == ("a",)

    def test_a_run_without_a_verdict_leaves_the_last_one(self) -> None:
        memory = finished_run(Memory(), "a", results(5))
        assert finished_run(memory, "a", ()) == memory


@pytest.mark.parametrize("mode", ["stale", "always"])
@pytest.mark.parametrize(
    ("changes", "host", "fit"),
    [
        ({}, None, True),
        ({}, Host(id="h1"), True),
        ({}, Host(id="h1", state="Up", resource_state="Enabled"), True),
        ({"state": "Stopped"}, None, False),
        ({"state": "Starting"}, None, False),
        ({"state": None}, None, False),
        ({"host_control_state": "Disabled"}, None, False),
        ({"host_control_state": "Maintenance"}, None, False),
        ({"host_control_state": "Offline"}, None, False),
        ({"host_control_state": "Unknown"}, None, False),
        ({"host_control_state": None}, None, False),
        ({"host_control_state": None}, Host(id="h1"), False),
        ({"host_control_state": None}, Host(id="h1", resource_state="Enabled"), True),
        ({"host_control_state": None}, Host(id="h2", resource_state="Enabled"), False),
        ({}, Host(id="h1", resource_state="Maintenance"), False),
        ({}, Host(id="h1", state="Disconnected", resource_state="Enabled"), False),
        ({}, Host(id="h1", state="Alert"), False),
        ({}, Host(id="h2", state="Down"), True),
    ],
)
def test_only_a_running_router_on_an_enabled_host(
    mode: Any,  # noqa: ANN401 - mypy does not take a parameter for a literal
    changes: dict[str, str | None],
    host: Host | None,
    *,
    fit: bool,
) -> None:
    memory = Memory(turns={"a": NOW})
    found = due([router("a", None, **changes)], memory, replace(STALE, mode=mode), [host] if host else [])
    assert found == (("a",) if fit else ())


class TestSuspension:
    @pytest.mark.parametrize("policy", [STALE, ALWAYS])
    @pytest.mark.parametrize(
        ("stale", "fresh", "suspended"),
        [(4, 0, False), (5, 0, True), (5, 44, True), (5, 45, False), (6, 53, True), (6, 54, False)],
    )
    def test_too_many_stale_results_are_the_management_servers_fault(
        self, policy: Policy, stale: int, fresh: int, *, suspended: bool
    ) -> None:
        routers = [router(f"s{number}", 9999 if number % 2 else None) for number in range(stale)]
        routers += [router(f"f{number}") for number in range(fresh)]
        # Those that are not to be checked are neither stale nor among the routers.
        routers += [router(f"x{number}", None, state="Stopped") for number in range(50)]
        plan = plan_runs(routers, [], Memory(), policy, NOW)
        assert plan.suspended is suspended
        assert not (suspended and plan.due)

    def test_what_our_own_runs_mended_still_counts_as_stale(self) -> None:
        memory = Memory()
        for number in range(4):
            memory = finished_run(started_run(memory, f"s{number}", NOW - 60, STALE), f"s{number}", results(NOW - 50))
        # CloudStack's rows are those that our runs wrote.
        mended = [router(f"s{number}", 50) for number in range(4)]
        assert due([*mended, router("f")], memory) == ()
        assert plan_runs([*mended, router("next", 9999)], [], memory, STALE, NOW) == Plan(
            (), suspended=True, memory=memory
        )
        collected_since = [router(f"s{number}", 40) for number in range(4)]
        assert due([*collected_since, router("next", 9999)], memory) == ("next",)
        assert not plan_runs([*mended, router("next", 9999)], [], memory, ALWAYS, NOW).suspended


class TestNever:
    def test_nothing_is_run_and_nothing_is_suspended(self) -> None:
        never = replace(STALE, mode="never")
        routers = [router(f"s{number}", None) for number in range(9)]
        assert plan_runs(routers, [], Memory(), never, NOW) == Plan((), suspended=False, memory=Memory())


class TestAlways:
    def test_turns_are_spread_evenly_over_the_interval(self) -> None:
        plan = plan_runs([router("b"), router("c"), router("a")], [], Memory(), ALWAYS, NOW)
        assert plan.due == ()
        assert plan.memory.turns == {"a": NOW + 200, "b": NOW + 400, "c": NOW + 600}

    def test_a_turn_that_has_come_is_due_and_comes_again_after_the_interval(self) -> None:
        memory = Memory(turns={"a": NOW, "b": NOW - 5, "c": NOW + 1})
        assert due([router("a"), router("b"), router("c")], memory, ALWAYS) == ("b", "a")
        after = started_run(memory, "b", NOW, ALWAYS)
        assert after.turns == {"a": NOW, "b": NOW + 595, "c": NOW + 1}
        assert after.started == {"b": NOW}
        assert due([router("a"), router("b")], after, ALWAYS) == ("a",)

    def test_turns_that_were_missed_are_not_made_up_for(self) -> None:
        assert started_run(Memory(turns={"a": NOW - 1300}), "a", NOW, ALWAYS).turns == {"a": NOW + 500}

    def test_a_router_that_comes_later_waits_for_a_turn_of_its_own(self) -> None:
        memory = Memory(turns={"a": NOW + 1})
        turns = plan_runs([router("a"), router("new")], [], memory, ALWAYS, NOW).memory.turns
        assert turns == {"a": NOW + 1, "new": NOW + 600}

    @pytest.mark.parametrize(
        ("now", "policy"),
        [(NOW, ALWAYS), (NOW - 1e9, ALWAYS), (NOW - 301, ALWAYS), (NOW, replace(ALWAYS, interval=200))],
        ids=["as it was", "the clock was set back by years", "and by minutes", "the interval was made shorter"],
    )
    def test_no_turn_is_further_off_than_an_interval(self, now: float, policy: Policy) -> None:
        memory = Memory(turns={"a": NOW + 300, "b": NOW + 600})
        turns = plan_runs([router("a"), router("b")], [], memory, policy, now).memory.turns
        assert all(now < turn <= now + policy.interval for turn in turns.values())
        assert (turns == memory.turns) == ((now, policy) == (NOW, ALWAYS))

    def test_after_a_suspension_turns_are_dealt_out_anew(self) -> None:
        memory = Memory(turns={f"s{number}": NOW - 9 for number in range(5)})
        suspended = plan_runs([router(f"s{number}", None) for number in range(5)], [], memory, ALWAYS, NOW)
        assert suspended.suspended
        assert suspended.memory.turns == {}

    @settings(deadline=None, max_examples=25)
    @given(st.integers(1, 30), st.integers(10, 90))
    def test_each_router_is_run_once_per_interval(self, count: int, tick: int) -> None:
        memory, now = Memory(), 0.0
        runs: dict[str, list[float]] = {f"r{number:02}": [] for number in range(count)}
        while now < 5 * 600:
            routers = [freshly_collected(router_id, now) for router_id in runs]
            plan = plan_runs(routers, [], memory, ALWAYS, now)
            memory = plan.memory
            assert len(plan.due) <= -(-count * tick // 600) + 1
            for router_id in plan.due:
                memory = started_run(memory, router_id, now, ALWAYS)
                runs[router_id].append(now)
            now += tick
        for times in runs.values():
            assert len(times) in {4, 5}
            assert all(600 - tick < later - earlier < 600 + tick for earlier, later in pairwise(times))


def freshly_collected(router_id: str, now: float) -> Router:
    return Router(id=router_id, state="Running", host_control_state="Enabled", checks=results(now))


def test_a_router_that_is_gone_is_forgotten() -> None:
    memory = finished_run(started_run(Memory(turns={"gone": NOW}), "gone", NOW, STALE), "gone", results(NOW))
    kept = finished_run(started_run(memory, "a", NOW, STALE), "a", results(NOW))
    assert plan_runs([router("a")], [], kept, STALE, NOW).memory == Memory({"a": NOW}, {"a": results(NOW)})
