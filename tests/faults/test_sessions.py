"""Logging in, being refused, and sessions that end while they are needed."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from exporter.simulator import Gateway, Simulator
from tests.faults.answers import FAULTS, Fault

if TYPE_CHECKING:
    from tests.faults.bench import Bench
    from tests.faults.conftest import Driven, Exporter, Log, Settings

_LOGIN = {"pf-ams1": "/api/login", "pf-ams2": "/rest/auth/login"}
_SYSTEMS = list(_LOGIN)
_ALL = {"system", "pools", "volumes", "used_sizes", "vtrees", "sdcs", "nodes", "alerts"}

# Whatever answers to a login, its first request asks a gateway of 4.x which login it has.
_SKIP = {"pf-ams1": 0, "pf-ams2": 1}
_METHOD = {"pf-ams1": "GET", "pf-ams2": "POST"}
NO_TOKENS = [
    Fault(name, {"action": "status", "status": 200, "body": body}, "", "")
    for name, body in (("an empty text", '""'), ("tokens that are null", '{"access_token": null}'))
]


def other_than(system: str) -> str:
    return "pf-ams2" if system == "pf-ams1" else "pf-ams1"


def password_checks(gateway: Gateway) -> int:
    """How often a password was sent; the probe without one does not count."""
    entries = gateway.requests.entries
    legacy = sum(entry.path == "/api/login" for entry in entries)
    bearer = sum(entry.path == "/rest/auth/login" and entry.status != 400 for entry in entries)
    return bearer if gateway.name == "pf-ams2" else legacy


@pytest.mark.parametrize("system", _SYSTEMS)
@pytest.mark.parametrize("fault", [*FAULTS, *NO_TOKENS], ids=lambda fault: fault.name)
def test_a_login_that_goes_wrong_takes_the_system_down_and_nothing_else(
    bench: Bench, system: str, fault: Fault
) -> None:
    gateway = bench.simulator.gateways[system]
    gateway.expire_sessions()
    gateway.faults.add({**fault.rule, "path": _LOGIN[system], "method": _METHOD[system], "skip": _SKIP[system]})
    with bench.impatient(system) if fault.slow else contextlib.nullcontext():
        faulty = bench.poll(source=system)
    gateway.faults.clear()
    assert faulty.value("powerflex_up", system=system) == 0
    assert faulty.failing(system) == _ALL
    assert faulty.differs(system, bench.sound) == {"powerflex_up"}
    complaints = bench.log.complaints()
    assert len(complaints) == len(_ALL)
    assert all("level=warning" in line and f"source={system} " in line for line in complaints)
    assert all(fault.at_login() in line for line in complaints)

    if "refuses" in fault.at_login():
        bench.driven.clock.offset += 61  # within the minute it is not sent again
    healed = bench.poll(source=system)
    assert healed.failing(system) == set()
    assert healed.differs(system, bench.sound) == set()


@pytest.mark.parametrize("system", _SYSTEMS)
def test_a_wrong_password_is_sent_once_and_not_again_within_the_minute(
    simulator: Simulator, start: Exporter, configured: Settings, logged: Log, system: str
) -> None:
    gateway = simulator.gateways[system]
    text = configured(simulator)
    head, mark, tail = text.partition(f'"{system}"')
    driven = start(head + mark + tail.replace(gateway.password, "wr0ng-Marker", 1))

    for _ in range(3):
        faulty = driven.poll()
    assert password_checks(gateway) == 1
    assert faulty.value("powerflex_up", system=system) == 0
    assert faulty.failing(system) == _ALL
    assert faulty.value("powerflex_up", system=other_than(system)) == 1
    assert faulty.failing(other_than(system)) == set()
    assert sum("level=warning" in line for line in logged.new()) == len(_ALL)

    driven.clock.offset += 55
    driven.poll()
    assert password_checks(gateway) == 1
    driven.clock.offset += 10
    driven.poll()
    assert password_checks(gateway) == 2
    driven.clock.offset += 250
    driven.poll()
    assert password_checks(gateway) == 2
    driven.clock.offset += 60
    driven.poll()
    assert password_checks(gateway) == 3
    assert "wr0ng-Marker" not in logged.text + driven.get("/").text + driven.scrape().text


@pytest.mark.parametrize("system", _SYSTEMS)
def test_a_changed_password_file_is_tried_at_once(
    simulator: Simulator, start: Exporter, configured: Settings, tmp_path: Path, system: str
) -> None:
    gateway = simulator.gateways[system]
    file = tmp_path / "password"
    file.write_text("wrong\n")
    text = configured(simulator).replace(f'password: "{gateway.password}"', f'password_file: "{file}"')
    driven = start(text)
    driven.poll()
    driven.poll()
    assert password_checks(gateway) == 1

    file.write_text("wrong too\n")
    driven.poll()
    driven.poll()
    assert password_checks(gateway) == 2

    file.unlink()
    missing = driven.poll()
    assert password_checks(gateway) == 2
    assert missing.value("powerflex_up", system=system) == 0

    file.write_text(f"{gateway.password}\n")
    healed = driven.poll()
    assert password_checks(gateway) == 3
    assert healed.value("powerflex_up", system=system) == 1
    assert healed.failing(system) == set()


@pytest.mark.parametrize("system", _SYSTEMS)
def test_a_session_that_ended_costs_one_renewal_and_no_gap(driven: Driven, simulator: Simulator, system: str) -> None:
    sound = driven.scrape()
    gateway = simulator.gateways[system]
    renewals = "powerflex_exporter_session_renewals_total"
    failures = "powerflex_exporter_poll_failures_total"
    for round_ in (1, 2, 3):
        gateway.expire_sessions()
        renewed = driven.poll()
        assert renewed.differs(system, sound) == set()
        assert renewed.total(failures) == 0
        assert renewed.total(renewals, source=system) == round_
        assert renewed.total(renewals, source=other_than(system)) == 0
        assert len(gateway.machine.sessions) == 1


@pytest.mark.parametrize("system", _SYSTEMS)
@pytest.mark.parametrize("skip", [0, 1, 5, 9])
def test_a_401_in_the_middle_of_a_round_costs_one_renewal_and_no_gap(
    driven: Driven, simulator: Simulator, system: str, skip: int
) -> None:
    sound = driven.scrape()
    gateway = simulator.gateways[system]
    sessions = len(gateway.machine.sessions)
    rule = {"action": "status", "status": 401, "body": {"message": "Unauthorized"}, "skip": skip, "times": 1}
    gateway.faults.add(rule | {"path_regex": "^/(api/types|api/instances|rest/v1)/"})
    renewed = driven.poll()
    assert renewed.differs(system, sound) == set()
    assert renewed.total("powerflex_exporter_poll_failures_total") == 0
    assert renewed.total("powerflex_exporter_session_renewals_total", source=system) == 1
    assert len(gateway.machine.sessions) == sessions


@pytest.mark.parametrize("system", _SYSTEMS)
def test_a_restarted_gateway_costs_one_renewal_and_no_gap(
    own_simulator: Simulator, start: Exporter, configured: Settings, system: str
) -> None:
    driven = start(configured(own_simulator))
    sound = driven.poll()
    own_simulator.gateways[system].restart()
    renewed = driven.poll()
    assert renewed.differs(system, sound) == set()
    assert renewed.total("powerflex_exporter_poll_failures_total") == 0
    assert renewed.total("powerflex_exporter_session_renewals_total", source=system) == 1
    assert len(own_simulator.gateways[system].machine.sessions) == 1


@pytest.mark.parametrize("system", _SYSTEMS)
def test_a_session_is_renewed_before_it_grows_too_old(driven: Driven, simulator: Simulator, system: str) -> None:
    """Ten minutes without a request end a legacy session, and five an access token."""
    sound = driven.scrape()
    gateway = simulator.gateways[system]
    gateway.machine.sessions.skip(601)
    driven.clock.offset += 601
    gateway.requests.clear()
    renewed = driven.poll()
    assert renewed.differs(system, sound) == set()
    assert renewed.total("powerflex_exporter_poll_failures_total") == 0
    assert renewed.total("powerflex_exporter_session_renewals_total", source=system) == 1
    assert [entry.path for entry in gateway.requests.entries if entry.status == 401] == []
    assert gateway.requests.count("/rest/auth/update-token") == (1 if system == "pf-ams2" else 0)


def test_a_refresh_that_is_refused_becomes_a_login(driven: Driven, ams2: Gateway) -> None:
    sound = driven.scrape()
    ams2.faults.add({"action": "status", "status": 400, "body": {"message": "no"}, "path": "/rest/auth/update-token"})
    driven.clock.offset += 290
    renewed = driven.poll()
    assert renewed.failing("pf-ams2") == set()
    assert renewed.differs("pf-ams2", sound) == set()
    assert renewed.total("powerflex_exporter_session_renewals_total", source="pf-ams2") == 1


def test_a_path_that_no_session_may_use_costs_one_renewal_and_not_one_a_poll(
    driven: Driven, ams1: Gateway, logged: Log
) -> None:
    sound = driven.scrape()
    sessions = len(ams1.machine.sessions)
    logged.new()
    rule = {"action": "status", "status": 401, "body": {"message": "Unauthorized"}, "path": "/api/types/Alert/"}
    ams1.faults.add(rule)
    for _ in range(4):
        faulty = driven.poll()
    assert faulty.failing("pf-ams1") == {"alerts"}
    assert faulty.value("powerflex_up", system="pf-ams1") == 1
    assert faulty.differs("pf-ams1", sound) == set()
    assert faulty.total("powerflex_exporter_session_renewals_total", source="pf-ams1") == 1
    assert len(ams1.machine.sessions) == sessions
    assert sum("level=warning" in line for line in logged.new()) == 1
    ams1.faults.clear()
    assert driven.poll().failing("pf-ams1") == set()


def test_a_gateway_that_is_switched_off_says_down_once_and_comes_back(
    own_simulator: Simulator, start: Exporter, configured: Settings, logged: Log
) -> None:
    driven = start(configured(own_simulator))
    sound = driven.poll()
    logged.new()
    gateway = own_simulator.gateways["pf-ams1"]
    gateway.stop()
    down = driven.poll()
    assert down.value("powerflex_up", system="pf-ams1") == 0
    assert down.failing("pf-ams1") == _ALL
    assert down.differs("pf-ams1", sound) == {"powerflex_up"}
    assert down.differs("pf-ams2", sound) == set()
    driven.poll()
    complaints = [line for line in logged.new() if "level=debug" not in line]
    assert len(complaints) == len(_ALL)
    assert all("cannot connect" in line for line in complaints)
    driven.clock.offset += 1000
    gone = driven.poll()
    assert set(gone.inventory("pf-ams1")) == {"powerflex_up"}
    assert gone.differs("pf-ams2", sound) == set()
    gateway.start()
    assert driven.poll().differs("pf-ams1", sound) == set()


@pytest.mark.parametrize("system", _SYSTEMS)
def test_a_gateway_that_restarts_in_the_midst_of_a_round_fails_that_round_alone(
    own_simulator: Simulator, start: Exporter, configured: Settings, system: str
) -> None:
    driven = start(configured(own_simulator))
    sound = driven.poll()
    gateway = own_simulator.gateways[system]
    gateway.faults.add({"action": "hang", "path": "/api/types/"})
    restart = threading.Timer(0.3, gateway.restart)
    restart.start()
    broken = driven.poll(source=system)
    restart.join()
    assert {"volumes", "vtrees", "sdcs", "nodes"} <= broken.failing(system)
    assert broken.differs(system, sound) <= {"powerflex_up"}
    gateway.faults.clear()
    healed = driven.poll(source=system)
    assert healed.failing(system) == set()
    assert healed.differs(system, sound) == set()
    assert len(gateway.machine.sessions) == 1


@pytest.mark.parametrize("system", _SYSTEMS)
def test_of_two_exporters_at_the_limit_of_sessions_one_is_down_until_the_other_leaves(
    own_simulator: Simulator, start: Exporter, configured: Settings, logged: Log, system: str
) -> None:
    gateway = own_simulator.gateways[system]
    gateway.machine.sessions._limit = 1
    first, second = start(configured(own_simulator)), start(configured(own_simulator))
    sound = first.poll()
    assert second.poll().failing(system) == _ALL
    assert "TOO_MANY_SESSIONS" in logged.text

    # The session ends, and the other one is faster.
    gateway.expire_sessions()
    assert second.poll().failing(system) == set()
    late = first.poll()
    assert late.failing(system) == _ALL
    assert late.differs(system, sound) == {"powerflex_up"}
    assert len(gateway.machine.sessions) == 1

    second.close()
    assert first.poll().differs(system, sound) == set()


@pytest.mark.parametrize("life", ["NaN", "soon", None, {}, -1, 0, 1e300, "300"], ids=repr)
def test_a_life_time_that_makes_no_sense_does_not_hinder_the_login(
    simulator: Simulator, start: Exporter, configured: Settings, ams2: Gateway, life: object
) -> None:
    ams2.faults.add({"action": "set_field", "path": "/rest/auth/login", "field": "expires_in", "value": life})
    driven = start(configured(simulator))
    for _ in range(2):
        polled = driven.poll("system", "volumes")
    assert polled.value("powerflex_up", system="pf-ams2") == 1
    assert password_checks(ams2) == 1


@pytest.mark.parametrize("token", ["two\nlines-Marker", "tök€n-Marker"], ids=ascii)
def test_a_token_that_cannot_be_sent_takes_the_system_down_and_is_not_shown(
    driven: Driven, ams2: Gateway, logged: Log, token: str
) -> None:
    ams2.expire_sessions()
    tokens = {"access_token": token, "refresh_token": token, "expires_in": 300}
    ams2.faults.add({"action": "status", "status": 200, "path": "/rest/auth/login", "body": tokens})
    logged.new()
    faulty = driven.poll()
    assert faulty.failing("pf-ams2") == _ALL
    assert faulty.failing("pf-ams1") == set()
    text = "\n".join(logged.new()) + driven.get("/").text
    assert "a defect of the exporter" not in text
    assert "Traceback" not in text
    assert "Marker" not in text
    ams2.faults.clear()
    assert driven.poll().failing("pf-ams2") == set()
