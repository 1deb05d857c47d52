"""SIGTERM in whatever phase: the exporter ends soon, logged out, and leaves no answer that passes for whole.

It takes three seconds at most to log out and two to finish answers; the faults here would each last for minutes.
"""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks.children import serving
from exporter.simulator import Simulator, default_scenario
from tests.end_to_end.watching import complaints, write_config
from tests.programs import Exporter, until

RunExporter = Callable[..., Exporter]

_SECONDS = 50.0
_FOR_MINUTES: dict[str, Any] = {"action": "drip", "bytes": 1, "seconds": 10}
_LOGIN: dict[str, dict[str, Any]] = {
    "pf-ams1": {"path": "/api/login"},
    "pf-ams2": {"path": "/rest/auth/login", "skip": 1},
}
_VOLUMES = 20_000
_SLOW_NAMES = """\
import socket, time
find = socket.getaddrinfo
def find_slowly(host, *more, **named):
    if host in ("gateway.example", b"gateway.example"):
        time.sleep(300)
    return find(host, *more, **named)
socket.getaddrinfo = find_slowly
"""


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(default_scenario(live=False, started=int(time.time()))) as running:
        yield running


def ends_in_order(exporter: Exporter, simulator: Simulator | None = None) -> None:
    assert exporter.end() == 0
    assert complaints(exporter) == []
    if simulator is not None:
        assert [len(gateway.machine.sessions) for gateway in simulator.gateways.values()] == [0, 0]


def of_many_volumes(folder: Path, gateway: int) -> str:
    """Write the configuration of a benchmark's gateway, whose page has several MB."""
    file = folder / "config.yaml"
    entry = f"{{name: pf, gateway: 'http://127.0.0.1:{gateway}', username: u, password: some-word, auth: legacy}}"
    file.write_text(f"powerflex: [{entry}]\nvolumes: {{series: all}}\n")
    return str(file)


def asking(exporter: Exporter, request: bytes, receive_bytes: int = 4096) -> socket.socket:
    """Send a request, and read nothing yet."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    host, _, port = exporter.url.removeprefix("http://").rpartition(":")
    client.connect((host, int(port)))
    client.sendall(request)
    return client


def all_of(client: socket.socket) -> bytes:
    answer = bytearray()
    client.settimeout(_SECONDS)
    try:
        while piece := client.recv(1 << 20):
            answer += piece
    except ConnectionError:
        pass
    return bytes(answer)


def test_before_the_first_poll(tmp_path: Path, simulator: Simulator, run_exporter: RunExporter) -> None:
    exporter = run_exporter("serve", "--config.file", write_config(tmp_path, simulator))
    until(lambda: "event=listening" in exporter.log.read_text(), "the first line")
    ends_in_order(exporter, simulator)


@pytest.mark.parametrize("system", _LOGIN)
def test_during_a_login(tmp_path: Path, simulator: Simulator, run_exporter: RunExporter, system: str) -> None:
    """The session that is being opened is closed as well."""
    gateway = simulator.gateways[system]
    gateway.faults.add({"action": "drip", "bytes": 100, "seconds": 0.1} | _LOGIN[system])
    exporter = run_exporter("serve", "--config.file", write_config(tmp_path, simulator))
    until(lambda: len(gateway.machine.sessions), "the session at the gateway")
    ends_in_order(exporter, simulator)


def test_during_large_answers(tmp_path: Path, simulator: Simulator, run_exporter: RunExporter) -> None:
    for gateway in simulator.gateways.values():
        gateway.faults.add(_FOR_MINUTES | {"path": "/api/types/Volume/"})
    for server in simulator.management_servers.values():
        server.faults.add(_FOR_MINUTES | {"path": "command=listVolumes"})
    exporter = run_exporter("serve", "--config.file", write_config(tmp_path, simulator, timeout="5m"))
    requests = [gateway.requests for gateway in simulator.gateways.values()]
    until(lambda: all(one.count("/api/types/Volume/instances") for one in requests), "the requests")
    ends_in_order(exporter, simulator)


def test_during_a_login_that_hangs(tmp_path: Path, simulator: Simulator, run_exporter: RunExporter) -> None:
    for gateway in simulator.gateways.values():
        gateway.faults.add({"action": "hang"})
    exporter = run_exporter("serve", "--config.file", write_config(tmp_path, simulator, timeout="5m"))
    until(lambda: all(gateway.requests.entries for gateway in simulator.gateways.values()), "the requests")
    ends_in_order(exporter, simulator)


def test_during_a_fresh_router_check(tmp_path: Path, simulator: Simulator, run_exporter: RunExporter) -> None:
    server = simulator.management_servers["ams"]
    server.fresh_run_seconds = 300
    exporter = run_exporter("serve", "--config.file", write_config(tmp_path, simulator))
    until(lambda: server.requests.count_calls("getRouterHealthCheckResults", performfreshchecks="true"), "a run")
    ends_in_order(exporter, simulator)


def test_during_the_look_up_of_a_name(
    tmp_path: Path, run_exporter: RunExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(_SLOW_NAMES)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    config = tmp_path / "config.yaml"
    config.write_text("powerflex: [{name: pf, gateway: 'https://gateway.example', username: u, password: a-word}]\n")
    exporter = run_exporter("serve", "--config.file", str(config), "--log.level", "debug")
    assert exporter.get("/-/healthy").status_code == 200
    time.sleep(0.5)
    ends_in_order(exporter)


def test_during_a_reload_that_is_waited_for(tmp_path: Path, simulator: Simulator, run_exporter: RunExporter) -> None:
    """What waits for the reload is answered."""
    config = Path(write_config(tmp_path, simulator))
    exporter = run_exporter("serve", "--config.file", str(config))
    exporter.until_ready()
    simulator.gateways["pf-ams2"].faults.add({"action": "hang"})
    config.write_text(config.read_text().replace("pf-ams2", "renamed"))
    with asking(exporter, b"POST /-/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n") as client:
        until(lambda: 'event="the configuration was reloaded"' in exporter.log.read_text(), "the new configuration")
        exporter.process.send_signal(signal.SIGTERM)
        assert all_of(client).endswith(b"the exporter is stopping\n")
    assert exporter.process.wait(timeout=_SECONDS) == 0


def test_while_a_page_is_rendered(tmp_path: Path, run_exporter: RunExporter) -> None:
    with serving("gateway", _VOLUMES) as gateway:
        config = of_many_volumes(tmp_path, gateway)
        exporter = run_exporter("serve", "--config.file", config, "--log.level", "debug")
        until(lambda: re.search(r"event=polled .*collector=volumes", exporter.log.read_text()), "the volumes")
        ends_in_order(exporter)


def test_an_answer_that_is_taken_is_whole_and_one_that_is_not_is_seen_to_be_cut(
    tmp_path: Path, run_exporter: RunExporter
) -> None:
    request = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
    with serving("gateway", _VOLUMES) as gateway:
        exporter = run_exporter("serve", "--config.file", of_many_volumes(tmp_path, gateway))
        exporter.until_ready()
        until(lambda: "powerflex_volume_info" in exporter.get("/metrics").text, "the volumes")
        with asking(exporter, request) as lazy, asking(exporter, request, 1 << 22) as quick:
            assert quick.recv(1, socket.MSG_PEEK)
            exporter.process.send_signal(signal.SIGTERM)
            assert is_whole(all_of(quick))
            assert exporter.process.wait(timeout=_SECONDS) == 0
            assert not is_whole(all_of(lazy))
        assert complaints(exporter) == []


def is_whole(answer: bytes) -> bool:
    """Whether a client that reads this sees the end of an answer in chunks."""
    assert b"\r\ntransfer-encoding: chunked\r\n" in answer.lower()
    return answer.endswith(b"\r\n0\r\n\r\n")


def test_after_all_that_a_client_asks_is_refused(
    tmp_path: Path, simulator: Simulator, run_exporter: RunExporter
) -> None:
    exporter = run_exporter("serve", "--config.file", write_config(tmp_path, simulator))
    exporter.until_ready()
    url = exporter.url
    ends_in_order(exporter, simulator)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/metrics", trust_env=False, timeout=30)


@pytest.mark.parametrize("command", ["once", "doctor"])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_what_asks_once_leaves_no_session_either(
    tmp_path: Path, simulator: Simulator, command: str, number: signal.Signals, code: int
) -> None:
    for gateway in simulator.gateways.values():
        gateway.faults.add({"action": "hang", "path": "/api/types/"})
    log = tmp_path / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "exporter", command, "--config.file", write_config(tmp_path, simulator)],
            stdout=output,
            stderr=output,
        )
    try:
        requests = [gateway.requests for gateway in simulator.gateways.values()]
        until(lambda: all(one.count("/api/types/") for one in requests), "the requests")
        process.send_signal(number)
        assert process.wait(timeout=_SECONDS) == code
    finally:
        process.kill()
        process.wait()
    assert [len(gateway.machine.sessions) for gateway in simulator.gateways.values()] == [0, 0]
    assert log.read_text() == ""
