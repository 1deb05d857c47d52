import contextlib
import gc
import os
import random
import signal
import socket
import ssl
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from types import SimpleNamespace

import httpx
import pytest
import yaml

from exporter.simulator import Gateway, Simulator, config_yaml, default_scenario
from exporter.simulator.certificates import CertificateFault
from exporter.simulator.command import describe
from tests.programs import until

Connect = Callable[..., httpx.Client]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_certificate_is_good_for_this_machine(simulator: Simulator, host: str) -> None:
    context = ssl.create_default_context(cafile=str(simulator.ca_file))
    for gateway in simulator.gateways.values():
        answer = httpx.get(
            f"https://{host}:{gateway.port}/simulator/state", verify=context, trust_env=False, timeout=30
        )
        assert answer.status_code == 200


@pytest.mark.parametrize(("fault", "text"), [("other_host", "mismatch|not valid for"), ("expired", "expired")])
def test_certificates_can_be_bad(fault: CertificateFault, text: str) -> None:
    with Simulator(default_scenario(live=False), certificate_fault=fault) as simulator:
        context = ssl.create_default_context(cafile=str(simulator.ca_file))
        with pytest.raises(httpx.ConnectError, match=text):
            httpx.get(f"{simulator.gateways['pf-ams1'].url}/api/version", verify=context, trust_env=False, timeout=30)


def test_nobody_else_trusts_the_certificate(simulator: Simulator) -> None:
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(f"{simulator.gateways['pf-ams1'].url}/api/version", trust_env=False, timeout=30)


def test_the_clock_of_a_gateway_goes_on(old: Gateway, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    client = connect(old)
    later = time.time() + 86400
    monkeypatch.setattr("uvicorn.server.time", SimpleNamespace(time=lambda: later))

    def told() -> float:
        return parsedate_to_datetime(client.get("/simulator/state").headers["Date"]).timestamp()

    until(lambda: told() == int(later), "the header Date of a day later")


def test_a_stopped_gateway_cuts_its_connections_and_comes_back_on_the_same_port(
    simulator: Simulator, log_in: Connect
) -> None:
    gateway = simulator.gateways["pf-ams1"]
    client = log_in(gateway, simulator)
    url = gateway.url
    gateway.stop()
    assert not gateway.running
    with pytest.raises(httpx.TransportError):
        client.get("/api/version")
    gateway.start()
    assert (gateway.running, gateway.url) == (True, url)
    assert client.get("/api/version").status_code == 200  # the session was kept
    gateway.restart()
    assert client.get("/api/version").status_code == 401


def test_a_stopped_gateway_keeps_its_port_until_all_ends() -> None:
    with Simulator(default_scenario(live=False), tls=False) as simulator:
        gateway = simulator.gateways["pf-ams1"]
        address = (gateway.host, gateway.port)
        gateway.stop()
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(address)
        with socket.socket() as client, pytest.raises(ConnectionRefusedError):
            client.connect(address)
    with socket.socket() as other:
        other.bind(address)


def test_a_stopping_gateway_waits_for_no_client(old: Gateway, connect: Connect) -> None:
    old.faults.add({"action": "hang"})
    with socket.create_connection((old.host, old.port)) as connection:
        connection.sendall(b"GET /api/version HTTP/1.1\r\nHost: x\r\n\r\n")
        while not old.requests.entries:
            time.sleep(0.005)
        old.stop()
        assert not _received(connection)


@pytest.mark.parametrize("tls", [False, True])
def test_a_stopping_gateway_leaves_no_connection_open_that_has_just_come(tls: bool) -> None:
    with warnings.catch_warnings(record=True) as warned, Simulator(default_scenario(live=False), tls=tls) as simulator:
        warnings.simplefilter("always", ResourceWarning)
        gateway = simulator.gateways["pf-ams1"]
        for _ in range(5):
            with socket.create_connection((gateway.host, gateway.port)) as connection:
                connection.sendall(b"\x16")
                gateway.stop()
            gateway.start()
        gc.collect()
    assert warned == []


def _received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(10)
    except ConnectionResetError:
        return b""


def test_a_taken_port_is_an_error_and_leaves_nothing_running() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        simulator = Simulator(default_scenario(live=False), base_port=port)
        with pytest.raises(OSError, match="in use"):
            simulator.__enter__()
        assert not any(gateway.running for gateway in simulator.gateways.values())
        with pytest.raises(RuntimeError, match="does not run"):
            _ = simulator.ca_file


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine knows no IPv6")
def test_ipv6(connect: Connect) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    with Simulator(default_scenario(live=False), host="::1") as simulator:
        gateway = simulator.gateways["pf-ams2"]
        assert gateway.url.startswith("https://[::1]:")
        assert connect(gateway, simulator).get("/simulator/state").status_code == 200


def _first_of_free_ports(number: int) -> int:
    """Return the first of some free ports in a row, from below those that the system gives away."""
    for _ in range(100):
        first = random.randrange(20_000, 30_000)
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            for port in range(first, first + number):
                stack.enter_context(socket.create_server(("127.0.0.1", port)))
            return first
    raise AssertionError("no ports are free")


def test_plain_http_other_credentials_and_ports(connect: Connect) -> None:
    port = _first_of_free_ports(4)
    with Simulator(default_scenario(live=False), tls=False, base_port=port, username="u", password="p:w") as simulator:
        gateway = simulator.gateways["pf-ams1"]
        assert gateway.url == f"http://127.0.0.1:{port}"
        assert (gateway.username, gateway.password, gateway.version) == ("u", "p:w", "3.6")
        assert simulator.gateways["pf-ams2"].port == port + 1
        assert connect(gateway).get("/api/login", auth=("u", "p:w")).status_code == 200


def test_the_exporters_configuration(simulator: Simulator, plain_simulator: Simulator) -> None:
    entries = yaml.safe_load(config_yaml(simulator))["powerflex"]
    assert [entry["name"] for entry in entries] == ["pf-ams1", "pf-ams2"]
    for entry in entries:
        gateway = simulator.gateways[entry["name"]]
        assert entry["gateway"] == gateway.url
        assert (entry["username"], entry["password"]) == (gateway.username, gateway.password)
        assert entry["tls"] == {"verify": True, "ca_file": str(simulator.ca_file)}
    assert all("tls" not in entry for entry in yaml.safe_load(config_yaml(plain_simulator))["powerflex"])


def test_the_description_can_be_followed(simulator: Simulator) -> None:
    text = describe(simulator)
    gateway = simulator.gateways["pf-ams1"]
    for part in (gateway.url, gateway.password, str(simulator.ca_file), "/simulator/faults"):
        assert part in text


def test_it_is_live_unless_told_otherwise() -> None:
    assert Simulator().world.live


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_runs_until_a_signal(number: signal.Signals) -> None:
    program = "from exporter.simulator import Simulator, run_until_stopped; run_until_stopped(Simulator())"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        text = ""
        while "/simulator/state" not in text:
            line = process.stdout.readline()
            assert line, "it ended too early"
            text += line
        os.kill(process.pid, number)
        process.communicate()
    assert process.returncode == 0
    assert "pf-ams2  version 4.5  https://127.0.0.1:" in text
