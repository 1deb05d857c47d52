"""Whole sources in trouble: what is seen of each is what the table says."""

from __future__ import annotations

import contextlib
import errno
import html
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from exporter.simulator import ManagementServer, Simulator
from exporter.simulator.certificates import CertificateFault, write_certificate
from exporter.simulator.gateway.personality import personality_of
from tests.faults.bench import Bench
from tests.faults.calls import GATEWAYS, OF_GATEWAY, OF_SERVER
from tests.faults.conftest import captured_log, exporters, moved_clock, small_scenario
from tests.faults.settings import settings_of_all
from tests.faults.troubles import TROUBLES, Outcome

Undo = Callable[[], object]
"""Ends a trouble."""


def nobody_listens(bench: Bench, source: str) -> Undo:
    bench.server(source).stop()
    return bench.server(source).start


def no_packet_is_answered(bench: Bench, source: str) -> Undo:
    """The queue of connections is full, and what comes is passed over."""
    server = bench.server(source)
    server.stop()
    stack = contextlib.ExitStack()
    stack.enter_context(bench.impatient(source))
    stack.callback(server.start)
    listener = stack.enter_context(socket.create_server((server.host, server.port), backlog=0))
    for _ in range(3):
        waiting = stack.enter_context(socket.socket())
        waiting.setblocking(False)
        assert waiting.connect_ex(listener.getsockname()) in {0, errno.EINPROGRESS}
    return stack.close


def connections_are_taken_in_silence(bench: Bench, source: str) -> Undo:
    server = bench.server(source)
    server.stop()
    stack = contextlib.ExitStack()
    stack.enter_context(bench.impatient(source))
    stack.callback(server.start)
    stack.enter_context(socket.create_server((server.host, server.port)))
    return stack.close


def the_name_is_unknown(bench: Bench, source: str) -> Undo:
    server, find, patch = bench.server(source), socket.getaddrinfo, pytest.MonkeyPatch()

    def find_all_but_one(host: Any, service: Any, *more: Any, **options: Any) -> Any:  # noqa: ANN401 - handed through
        if service == server.port:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return find(host, service, *more, **options)

    patch.setattr(socket, "getaddrinfo", find_all_but_one)
    server.stop()
    server.start()
    return patch.undo


def the_certificate_is(fault: CertificateFault) -> Callable[[Bench, str], Undo]:
    def present(bench: Bench, source: str) -> Undo:
        server = bench.server(source)

        def present(fault: CertificateFault) -> None:
            server.stop()
            server.certificate = write_certificate(bench.simulator.ca_file.parent, source, fault)
            server.start()

        present(fault)
        return lambda: present("none")

    return present


def the_secret_is_refused(bench: Bench, source: str) -> Undo:
    if source in GATEWAYS:
        machine, clock = bench.simulator.gateways[source].machine, bench.driven.clock
        password, machine.password = machine.password, "another"
        machine.sessions.expire_all()

        def accept() -> None:
            machine.password = password
            clock.offset += 61  # within the minute it is not sent again

        return accept
    admin = bench.simulator.management_servers[source].users["admin"]
    admin.enabled = False
    return lambda: setattr(admin, "enabled", True)


def no_session_is_left(bench: Bench, source: str) -> Undo:
    sessions = bench.simulator.gateways[source].machine.sessions
    sessions.expire_all()
    limit, sessions._limit = sessions._limit, 0
    return lambda: setattr(sessions, "_limit", limit)


def the_sessions_end(bench: Bench, source: str) -> Undo:
    bench.simulator.gateways[source].expire_sessions()
    return lambda: None


def one_401(bench: Bench, source: str) -> Undo:
    faults = bench.server(source).faults
    rule = {"action": "status", "status": 401, "body": {"message": "Unauthorized"}, "skip": 5, "times": 1}
    faults.add({**rule, "path_regex": "^/(api/types|api/instances|rest/v1)/"})
    return faults.clear


def it_restarts(bench: Bench, source: str) -> Undo:
    bench.server(source).restart()
    return lambda: None


def it_is_starting(bench: Bench, source: str) -> Undo:
    server = bench.server(source)
    if isinstance(server, ManagementServer):
        server.restart(starting_seconds=3600)
        return server.machine.boot
    server.restart()
    server.faults.add({"action": "status", "status": 503, "body": "<html>starting</html>"})
    return server.faults.clear


def it_comes_back_as_4_5(bench: Bench, source: str) -> Undo:
    gateway = bench.simulator.gateways[source]

    def become(version: str) -> None:
        gateway.machine.personality = personality_of(version)
        gateway.restart()

    def go_back() -> None:
        """Let the exporter notice at a call that both versions have; no real gateway does this."""
        become(former)
        bench.driven.poll("system", source=source)

    former = gateway.version
    become("4.5")
    return go_back


def our_clock_jumps(seconds: float) -> Callable[[Bench, str], Undo]:
    def jump(bench: Bench, source: str) -> Undo:
        def set_clock(seconds: float) -> None:
            bench.driven.clock.jump = seconds
            for installation in bench.driven.service.engine.sources.cloudstack:
                installation.api._clock = lambda: time.time() + seconds

        set_clock(seconds)
        return lambda: set_clock(0.0)

    return jump


INFLICT: dict[str, Callable[[Bench, str], Undo]] = {
    "nobody listens": nobody_listens,
    "no packet is answered": no_packet_is_answered,
    "the connection is taken, and then nothing": connections_are_taken_in_silence,
    "the DNS does not know the name": the_name_is_unknown,
    "the certificate names another host": the_certificate_is("other_host"),
    "the certificate has expired": the_certificate_is("expired"),
    "the certificate is self-signed": the_certificate_is("self_signed"),
    "the password, or the key, is refused": the_secret_is_refused,
    "the 128 sessions are all taken": no_session_is_left,
    "the sessions end": the_sessions_end,
    "a 401 in the midst of a round": one_401,
    "it restarts": it_restarts,
    "it is starting": it_is_starting,
    "it comes back as 4.5, and was 3.6": it_comes_back_as_4_5,
    "our clock jumps an hour ahead": our_clock_jumps(3600),
    "our clock jumps an hour back": our_clock_jumps(-3600),
}
CELLS = [
    pytest.param(name, source, outcome, id=f"{name}, {source}")
    for name, trouble in TROUBLES.items()
    for source, outcome in trouble.cells()
]


@pytest.fixture(scope="module")
def module_bench() -> Iterator[Bench]:
    """With TLS, and a name that must be looked up."""
    with (
        Simulator(small_scenario()) as simulator,
        moved_clock() as clock,
        captured_log() as log,
        exporters(clock) as start,
    ):
        yield Bench(simulator, log, start, settings_of_all(simulator).replace("127.0.0.1", "localhost"))


@pytest.mark.parametrize(("name", "source", "outcome"), CELLS)
def test_what_is_seen_of_a_source_in_trouble_is_what_the_table_says(
    module_bench: Bench, name: str, source: str, outcome: Outcome
) -> None:
    bench = module_bench.made_sound()
    undo = INFLICT[name](bench, source)
    try:
        page = bench.poll(source=source)
        shown = html.unescape(bench.driven.get("/").text)
    finally:
        undo()
    healed = bench.poll(source=source)
    lines = bench.log.complaints()

    collectors, up = (OF_GATEWAY, "powerflex_up") if source in GATEWAYS else (OF_SERVER, "cloudstack_up")
    hurt = set(collectors) if outcome.words else set()
    assert page.failing(source) == hurt
    assert (outcome.words or "") in shown
    assert page.differs(source, bench.sound) == ({up} if outcome.down else set(outcome.changes))
    assert {sample.value for sample in page.all_of(up)} == ({0, 1} if outcome.down else {1})
    warnings = [line for line in lines if "level=warning" in line]
    assert len(warnings) == len(hurt)
    assert all(f"source={source} " in line and (outcome.words or "") in line for line in warnings)

    assert healed.failing(source) == set()
    assert healed.differs(source, bench.sound) == set()
    assert sum("poll succeeds again" in line for line in lines) == len(hurt)
    assert len(lines) == 2 * len(hurt)
