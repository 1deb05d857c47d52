"""An exporter that runs: what it serves and logs while gateways misbehave, and how it ends."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from exporter.simulator import Simulator, default_scenario
from tests.end_to_end.watching import (
    COLLECTORS,
    SLOW_POLLS,
    complaints,
    failing,
    inventory,
    samples,
    total,
    write_config,
)
from tests.programs import Exporter, Prometheus, until

RunExporter = Callable[..., Exporter]

_POLLS = "powerflex_exporter_polls_total"
_FAILURES = "powerflex_exporter_poll_failures_total"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(default_scenario(live=False)) as running:
        yield running


def seconds_to_end(exporter: Exporter, number: int = signal.SIGTERM) -> float:
    """Send a signal; the exporter must end with 0."""
    started = time.monotonic()
    exporter.process.send_signal(number)
    assert exporter.process.wait(timeout=50) == 0
    return time.monotonic() - started


def test_both_formats_hold_the_same_series(tmp_path: Path, simulator: Simulator, run_exporter: RunExporter) -> None:
    exporter = run_exporter("serve", "--config.file", write_config(tmp_path, simulator))
    exporter.until_ready()
    plain = exporter.get("/metrics", Accept="text/plain")
    openmetrics = exporter.get("/metrics", Accept="application/openmetrics-text; version=1.0.0")
    assert plain.headers["content-type"].startswith("text/plain; version=")
    assert openmetrics.headers["content-type"].startswith("application/openmetrics-text")
    in_text = {sample.name for family in parse_text(plain.text) for sample in family.samples}
    families = parse_openmetrics(openmetrics.text)  # type: ignore[no-untyped-call]
    in_openmetrics = {sample.name for family in families for sample in family.samples}
    assert in_text == in_openmetrics
    assert exporter.get("/nothing").status_code == 404
    assert httpx.post(f"{exporter.url}/metrics", trust_env=False, timeout=30).status_code == 405
    assert failing(exporter, "pf-ams1") == failing(exporter, "pf-ams2") == set()

    # Ctrl-C ends it as well as SIGTERM does.
    seconds_to_end(exporter, signal.SIGINT)
    assert [len(gateway.machine.sessions) for gateway in simulator.gateways.values()] == [0, 0]
    assert complaints(exporter) == []


def test_it_ends_soon_while_polls_hang_and_clients_do_not_read(
    tmp_path: Path, simulator: Simulator, run_exporter: RunExporter
) -> None:
    exporter = run_exporter("serve", "--config.file", write_config(tmp_path, simulator, timeout="5m"))
    exporter.until_ready()
    for gateway in simulator.gateways.values():
        gateway.requests.clear()
        gateway.faults.add({"action": "hang"})
    until(lambda: all(gateway.requests.entries for gateway in simulator.gateways.values()), "polls that hang")
    host, port = exporter.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as lazy, socket.create_connection((host, int(port))) as mute:
        lazy.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        mute.sendall(b"GET /metr")
        assert exporter.get("/-/healthy").status_code == 200
        assert seconds_to_end(exporter) < 40
    assert complaints(exporter) == []


def test_it_is_not_ready_while_a_first_poll_is_under_way(
    tmp_path: Path, simulator: Simulator, run_exporter: RunExporter
) -> None:
    simulator.gateways["pf-ams1"].faults.add({"action": "hang", "path": "/api/types/System/instances"})
    exporter = run_exporter("serve", "--config.file", write_config(tmp_path, simulator, timeout="5m"))
    until(lambda: total(exporter, _POLLS, source="pf-ams2") >= 8, "the polls of the other system")
    assert exporter.get("/-/ready").status_code == 503
    assert exporter.get("/-/healthy").status_code == 200
    until(lambda: samples(exporter, "powerflex_storage_pool_info", system="pf-ams2"), "the other system's pools")


def test_a_gateway_that_dies_is_told_once_dropped_as_stale_and_found_again(
    tmp_path: Path, simulator: Simulator, run_exporter: RunExporter
) -> None:
    exporter = run_exporter("serve", "--config.file", write_config(tmp_path, simulator, timeout="4s"))
    exporter.until_ready()
    until(lambda: not failing(exporter, "pf-ams1") | failing(exporter, "pf-ams2"), "good polls")
    before = len(complaints(exporter))
    sound = inventory(exporter, "pf-ams1")
    other = inventory(exporter, "pf-ams2")
    gateway = simulator.gateways["pf-ams1"]

    gateway.stop()
    until(lambda: failing(exporter, "pf-ams1") == COLLECTORS, "every poll to fail")
    failures = total(exporter, _FAILURES, source="pf-ams1")
    # Stale after max(3 x 1 s, 1 s + 2 x 4 s).
    until(lambda: inventory(exporter, "pf-ams1") == {'powerflex_up{system="pf-ams1"} 0'}, "stale series to go")
    until(lambda: total(exporter, _FAILURES, source="pf-ams1") > failures + 24, "more failures")
    assert inventory(exporter, "pf-ams2") == other
    told = [line for line in complaints(exporter)[before:] if "source=pf-ams1 " in line]
    for collector in COLLECTORS:
        # One line when a connection broke off, perhaps, and one since none can be made.
        assert 1 <= sum(f"collector={collector} " in line for line in told) <= 2

    gateway.start()
    until(lambda: inventory(exporter, "pf-ams1") == sound, "the gateway to be found again")
    until(lambda: failing(exporter, "pf-ams1") == set(), "every poll to succeed")
    assert exporter.log.read_text().count("poll succeeds again") >= len(COLLECTORS)


def test_polls_that_outlast_their_interval_are_told_once(
    tmp_path: Path, simulator: Simulator, run_exporter: RunExporter
) -> None:
    gateway = simulator.gateways["pf-ams1"]
    exporter = run_exporter("serve", "--config.file", write_config(tmp_path, simulator, timeout="4s"))
    exporter.until_ready()
    until(lambda: not failing(exporter, "pf-ams1"), "good polls")
    before = len(complaints(exporter))
    gateway.faults.add({"action": "hang", "path": "/api/types/VTree/instances"})
    labels = {"source": "pf-ams1", "collector": "vtrees"}
    failures = total(exporter, _FAILURES, **labels)
    until(lambda: total(exporter, _FAILURES, **labels) >= failures + 3, "three polls that hang")
    assert sum("poll failed" in line and "collector=vtrees" in line for line in complaints(exporter)[before:]) == 1
    told = [line for line in exporter.log.read_text().splitlines() if "source=pf-ams1 collector=vtrees" in line]
    # A busy machine may have told so before.
    assert 1 <= sum(SLOW_POLLS in line for line in told) <= 2


def test_a_restarted_gateway_leaves_no_gap(tmp_path: Path, simulator: Simulator, run_exporter: RunExporter) -> None:
    exporter = run_exporter("serve", "--config.file", write_config(tmp_path, simulator))
    exporter.until_ready()
    until(lambda: not failing(exporter, "pf-ams2"), "good polls")
    up = 'powerflex_up{system="pf-ams2"} 1'
    sound = inventory(exporter, "pf-ams2")
    gateway = simulator.gateways["pf-ams2"]
    gateway.restart()
    polls = total(exporter, _POLLS, source="pf-ams2")
    missing: set[str] = set()

    def two_rounds_later() -> bool:
        missing.update(sound - inventory(exporter, "pf-ams2") - {up})
        return total(exporter, _POLLS, source="pf-ams2") >= polls + 16

    until(two_rounds_later, "two more rounds")
    assert missing == set()
    until(lambda: not failing(exporter, "pf-ams2"), "every poll to succeed")
    until(lambda: inventory(exporter, "pf-ams2") == sound, "the same series")
    assert total(exporter, "powerflex_exporter_session_renewals_total", source="pf-ams2") == 1
    assert len(gateway.machine.sessions) == 1


def test_neither_passwords_nor_tokens_are_in_any_output(tmp_path: Path, run_exporter: RunExporter) -> None:
    password = "Pl4nted-P@ss w\u00f6rd"
    with Simulator(default_scenario(live=False), password=password) as simulator:
        config = write_config(tmp_path, simulator)
        exporter = run_exporter("serve", "--config.file", config, "--log.level", "debug")
        exporter.until_ready()
        tokens: list[str] = []
        for gateway in simulator.gateways.values():
            for session in gateway.machine.sessions._sessions:
                tokens += [*session.access, *([session.refresh_token] if session.refresh_token else [])]
            echo = f"no: {tokens[-1]} {password} {tokens[0]}"
            for path in ("/api/types/Volume/", "/api/types/Sds/"):
                gateway.faults.add({"action": "status", "status": 500, "path": path, "body": {"message": echo}})
            gateway.faults.add({"action": "body", "path": "/api/types/Device/", "body": f'[{{"id": "{echo}"'})
        until(lambda: all(failing(exporter, name) == {"volumes", "nodes"} for name in simulator.gateways), "failures")
        shown = exporter.get("/").text
        for gateway in simulator.gateways.values():
            gateway.machine.password = "another"
            gateway.expire_sessions()
        until(lambda: all(failing(exporter, name) == COLLECTORS for name in simulator.gateways), "refused logins")
        shown += exporter.get("/metrics").text + exporter.get("/").text
        assert exporter.end() == 0
        shown += exporter.log.read_text()
    assert "refuses the user name or password" in shown
    assert "answered 500" in shown
    assert "Pl4nted" not in shown
    assert len(tokens) >= 3
    for token in tokens:
        assert token[:24] not in shown
        assert token[-24:] not in shown


def test_prometheus_takes_names_that_nobody_would_give(
    tmp_path: Path, simulator: Simulator, run_exporter: RunExporter, run_prometheus: Callable[[str], Prometheus]
) -> None:
    name = 'a "quoted" \\ back\\nslash\nnewline\rreturn \u2028 \U0001f4be {system="x"} 1 ' + "x" * 200
    volume = next(iter(simulator.world.systems["pf-ams1"].volumes))
    simulator.change("set", object=volume, field="name", value=name)
    config = write_config(tmp_path, simulator, further="volumes: {series: all}\n")
    exporter = run_exporter("serve", "--config.file", config)
    exporter.until_ready()
    prometheus = run_prometheus(exporter.url)
    expression = f'powerflex_volume_info{{volume_id="{volume}"}}'
    until(lambda: prometheus.query(expression), "the volume in Prometheus")
    assert [one["metric"]["volume"] for one in prometheus.query(expression)] == [name]
    # It negotiated OpenMetrics, and read that page to its end.
    families = httpx.get(
        f"{prometheus.url}/api/v1/targets/metadata",
        params={"metric": "powerflex_exporter_polls_total"},
        trust_env=False,
        timeout=30,
    ).json()["data"]
    text_names = [family["type"] for family in families]
    openmetrics = httpx.get(
        f"{prometheus.url}/api/v1/targets/metadata",
        params={"metric": "powerflex_exporter_polls"},
        trust_env=False,
        timeout=30,
    ).json()["data"]
    # In OpenMetrics a counter's family goes without the _total of its samples.
    assert (text_names, [family["type"] for family in openmetrics]) == ([], ["counter"])
