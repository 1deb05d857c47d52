"""What may be shown of a router. It is second 10,000, and a result is none from the age of 1,800 seconds."""

from __future__ import annotations

from typing import Any

import pytest

from exporter.model.cloudstack import CheckStatus, Host, Router, RouterCheck
from exporter.views.router_counts import Filesystem, ZoneCheck, check_counts, filesystem_counts
from exporter.views.router_health import RouterHealth, ShownCheck, newer, result_time, router_health

NOW, STALE_AFTER = 10_000.0, 1_800.0
FRESH, OLD = 9_000.0, 8_000.0
S, F, W, U = CheckStatus.SUCCESS, CheckStatus.FAILED, CheckStatus.WARNING, CheckStatus.UNKNOWN


def check(name: str, status: CheckStatus, updated: float | None = FRESH, check_type: str = "basic") -> RouterCheck:
    return RouterCheck(name=name, check_type=check_type, status=status, updated=updated)


def connectivity(status: CheckStatus = S, updated: float | None = FRESH) -> RouterCheck:
    return check("connectivity.test", status, updated)


def filesystem(status: CheckStatus = S, updated: float | None = FRESH) -> RouterCheck:
    return check("filesystem.writable.test", status, updated)


def router(*checks: RouterCheck, **changes: object) -> Router:
    fields: dict[str, Any] = {"id": "r1", "state": "Running", "host_id": "h1", "host_control_state": "Enabled"}
    fields.update(changes)
    return Router(checks=checks, **fields)


def health(one: Router, *own: RouterCheck, host: Host | None = None) -> RouterHealth:
    hosts = [host] if host else []
    (found,) = router_health([one], hosts, {"r1": own}, stopped={}, now=NOW, stale_after=STALE_AFTER)
    return found


def shown(found: RouterHealth) -> dict[str, CheckStatus]:
    return {each.name: each.status for each in found.checks}


@pytest.mark.parametrize(
    ("connected", "status", "writable", "tested"),
    [
        (S, S, True, True),
        (S, F, False, True),
        (S, U, None, False),
        (S, W, None, False),
        (F, U, None, False),
        (F, F, None, False),
        (U, S, None, False),
        (W, S, None, False),
    ],
)
def test_the_file_system(connected: CheckStatus, status: CheckStatus, *, writable: bool | None, tested: bool) -> None:
    found = health(router(connectivity(connected), filesystem(status)))
    assert found.filesystem_writable is writable
    assert found.filesystem_tested_at == (FRESH if tested else None)
    assert found.running is True


def test_without_results_nothing_is_known() -> None:
    found = health(router())
    assert (found.filesystem_writable, found.filesystem_tested_at, found.checks) == (None, None, ())


def test_a_result_without_its_connectivity_stands_for_itself() -> None:
    assert health(router(filesystem(F))).filesystem_writable is False


@pytest.mark.parametrize("status", [S, F])
@pytest.mark.parametrize(
    "changes",
    [
        {"state": "Stopped"},
        {"state": "Migrating"},
        {"state": None},
        {"host_control_state": "Offline"},
    ],
)
def test_what_is_not_running_or_cut_off_is_unknown_but_was_tested(
    status: CheckStatus, changes: dict[str, str | None]
) -> None:
    found = health(router(connectivity(), filesystem(status), check("dns_check.py", F), **changes))
    assert found.filesystem_writable is None
    assert found.filesystem_tested_at == FRESH
    assert set(shown(found).values()) == {U}


@pytest.mark.parametrize(("state", "running"), [("Running", True), ("Stopped", False), ("", False), (None, None)])
def test_whether_it_runs(state: str | None, *, running: bool | None) -> None:
    assert health(router(state=state)).running is running


@pytest.mark.parametrize(
    ("state", "known"),
    [("Up", True), ("Connecting", True), (None, True), ("Down", False), ("Disconnected", False), ("Alert", False)],
)
def test_the_hosts_state(state: str | None, *, known: bool) -> None:
    host = Host(id="h1", state=state)
    assert health(router(connectivity(), filesystem()), host=host).filesystem_writable is (True if known else None)
    elsewhere = Host(id="h2", state="Down")
    assert health(router(connectivity(), filesystem()), host=elsewhere).filesystem_writable is True


@pytest.mark.parametrize("control", ["Enabled", "Disabled", "Maintenance", "Unknown", None])
def test_only_an_offline_host_is_cut_off(control: str | None) -> None:
    found = health(router(connectivity(), filesystem(), host_control_state=control))
    assert found.filesystem_writable is True


@pytest.mark.parametrize(("updated", "writable"), [(8_200.0, True), (8_199.0, None), (10_500.0, True), (None, None)])
def test_a_result_has_an_age(updated: float | None, *, writable: bool | None) -> None:
    found = health(router(connectivity(), filesystem(updated=updated)))
    assert found.filesystem_writable is writable
    assert found.filesystem_tested_at == updated


def test_every_check_keeps_the_same_rules() -> None:
    checks = (
        connectivity(),
        filesystem(),
        check("dns_check.py", F, check_type="advanced"),
        check("dhcp_check.py", W, check_type="advanced"),
        check("cpu_usage_check.py", S, OLD),
        check("ssh.service", S, None),
    )
    assert health(router(*checks)).checks == (
        ShownCheck("connectivity.test", "basic", S),
        ShownCheck("filesystem.writable.test", "basic", S),
        ShownCheck("dns_check.py", "advanced", F),
        ShownCheck("dhcp_check.py", "advanced", W),
        ShownCheck("cpu_usage_check.py", "basic", U),
        ShownCheck("ssh.service", "basic", U),
    )


def test_a_router_that_does_not_answer_fails_its_connectivity_alone() -> None:
    assert shown(health(router(connectivity(F), filesystem(F), check("dns_check.py", S)))) == {
        "connectivity.test": F,
        "filesystem.writable.test": U,
        "dns_check.py": U,
    }


class TestNewer:
    def test_the_newer_of_ours_and_cloudstacks_counts(self) -> None:
        found = health(router(connectivity(), filesystem()), connectivity(S, 9_001), filesystem(F, 9_001))
        assert (found.filesystem_writable, found.filesystem_tested_at) == (False, 9_001)
        found = health(router(connectivity(), filesystem()), connectivity(S, 8_999), filesystem(F, 8_999))
        assert (found.filesystem_writable, found.filesystem_tested_at) == (True, FRESH)

    def test_a_set_counts_as_a_whole(self) -> None:
        own = connectivity(S, 9_001), filesystem(F, 9_001)
        found = health(router(connectivity(), filesystem(), check("dns_check.py", S, 9_999)), *own)
        assert shown(found) == {"connectivity.test": S, "filesystem.writable.test": F}

    def test_where_both_are_as_old_cloudstacks_count(self) -> None:
        collected, own = (filesystem(S),), (filesystem(F),)
        assert newer(collected, own) is collected

    def test_what_has_no_time_is_not_newer(self) -> None:
        collected = (filesystem(S, None),)
        assert newer(collected, (filesystem(F, None),)) is collected
        assert newer(collected, ()) is collected
        own = (filesystem(F, OLD),)
        assert newer(collected, own) is own
        assert newer((), own) is own

    def test_a_set_goes_back_to_when_the_management_server_tried(self) -> None:
        assert result_time((connectivity(S, 5.0), filesystem(S, 7.0), check("dns_check.py", S, 99.0))) == 7
        assert result_time((connectivity(S, None), check("dns_check.py", S, 99.0))) == 99
        assert result_time((connectivity(S, None),)) is None
        assert result_time(()) is None


class TestCounts:
    def found(self) -> tuple[RouterHealth, ...]:
        routers = [
            router(connectivity(), filesystem(S), check("dns_check.py", W), id="a", zone="z1"),
            router(connectivity(), filesystem(F), id="b", zone="z1"),
            router(connectivity(F), filesystem(U), id="c", zone="z1"),
            router(id="d", zone="z1"),
            router(connectivity(), filesystem(S), id="e", zone="z2"),
            router(connectivity(), filesystem(S), id="f", zone="z2", state="Stopped"),
            router(connectivity(), filesystem(S), id="g", zone="z3", state="Stopped"),
            router(connectivity(), filesystem(S), id="h"),
        ]
        return router_health(routers, (), {}, stopped={}, now=NOW, stale_after=STALE_AFTER)

    def test_running_routers_by_file_system(self) -> None:
        w, r, u = Filesystem.WRITABLE, Filesystem.READ_ONLY, Filesystem.UNKNOWN
        assert filesystem_counts(self.found()) == {
            "z1": {w: 1, r: 1, u: 2},
            "z2": {w: 1, r: 0, u: 0},
            "": {w: 1, r: 0, u: 0},
        }

    def test_checks_of_running_routers_by_status(self) -> None:
        counts = check_counts(self.found())
        assert counts[ZoneCheck("z1", "connectivity.test")] == {S: 2, F: 1, W: 0, U: 1}
        assert counts[ZoneCheck("z1", "filesystem.writable.test")] == {S: 1, F: 1, W: 0, U: 2}
        assert counts[ZoneCheck("z1", "dns_check.py")] == {S: 0, F: 0, W: 1, U: 0}
        assert counts[ZoneCheck("z2", "connectivity.test")] == {S: 1, F: 0, W: 0, U: 0}
        assert {zone for zone, _ in counts} == {"z1", "z2", ""}

    @pytest.mark.parametrize(("basic", "advanced", "counted"), [(F, S, F), (S, F, F), (W, F, F), (U, S, U), (W, U, W)])
    def test_a_check_of_both_types_counts_by_the_worse(
        self, basic: CheckStatus, advanced: CheckStatus, counted: CheckStatus
    ) -> None:
        both = (check("ours.py", basic), check("ours.py", advanced, check_type="advanced"))
        counts = check_counts([health(router(connectivity(), *both))])[ZoneCheck("", "ours.py")]
        assert counts == {status: int(status is counted) for status in CheckStatus}

    def test_every_running_router_is_in_the_counts_of_its_file_system(self) -> None:
        counts = check_counts(self.found())
        for zone, of_zone in filesystem_counts(self.found()).items():
            assert sum(of_zone.values()) == sum(counts[ZoneCheck(zone, "filesystem.writable.test")].values())
