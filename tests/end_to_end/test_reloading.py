"""An exporter that runs: its configuration and its web configuration are changed under it."""

from __future__ import annotations

import re
import signal
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import bcrypt
import httpx
import pytest
import trustme

from exporter.simulator import Simulator, default_scenario
from tests.end_to_end.watching import complaints, failing, samples, total, write_config
from tests.programs import Exporter, until

RunExporter = Callable[..., Exporter]

_SUCCESSFUL = "powerflex_exporter_config_last_reload_successful"
_GROWTH_KIB = 8 * 1024


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(default_scenario(live=False)) as running:
        yield running


def post(exporter: Exporter) -> httpx.Response:
    return httpx.post(f"{exporter.url}/-/reload", timeout=30, trust_env=False)


def resident_kib(exporter: Exporter) -> int:
    (line,) = re.findall(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{exporter.process.pid}/status").read_text())
    return int(line)


def open_files(exporter: Exporter) -> int:
    return len(list(Path(f"/proc/{exporter.process.pid}/fd").iterdir()))


def test_a_wrong_reload_keeps_serving_and_a_good_one_is_taken_up(
    tmp_path: Path, simulator: Simulator, run_exporter: RunExporter
) -> None:
    config = Path(write_config(tmp_path, simulator))
    sound = config.read_text()
    exporter = run_exporter("serve", "--config.file", str(config))
    exporter.until_ready()
    until(lambda: not failing(exporter, "pf-ams1"), "good polls")
    info = samples(exporter, "powerflex_storage_pool_info")
    polls = total(exporter, "powerflex_exporter_polls_total", source="pf-ams1")

    config.write_text(sound.replace("    username:", "    usrname:"))
    exporter.process.send_signal(signal.SIGHUP)
    until(lambda: total(exporter, _SUCCESSFUL) == 0, "the wrong reload to be told")
    answer = post(exporter)
    assert answer.status_code == 500
    assert "powerflex[0].usrname: unknown key; did you mean username?" in answer.text
    assert samples(exporter, "powerflex_storage_pool_info") == info
    until(lambda: total(exporter, "powerflex_exporter_polls_total", source="pf-ams1") > polls + 8, "polls that go on")

    config.write_text(sound.replace("pf-ams2", "renamed"))
    exporter.process.send_signal(signal.SIGHUP)
    until(lambda: total(exporter, _SUCCESSFUL) == 1, "the good reload")
    until(lambda: samples(exporter, "powerflex_storage_pool_info", system="renamed"), "the series that are new")
    assert samples(exporter, "powerflex_storage_pool_info", system="pf-ams2") == []
    assert samples(exporter, "powerflex_exporter_polls_total", source="pf-ams2") == []
    assert total(exporter, "powerflex_exporter_session_renewals_total", source="pf-ams1") == 0
    assert exporter.get("/-/ready").status_code == 200

    told = complaints(exporter)
    assert len(told) == 2
    assert all("the configuration was not reloaded, the former one stays" in line for line in told)
    log = exporter.log.read_text()
    assert "begun=renamed ended=pf-ams2" in log
    for gateway in simulator.gateways.values():
        assert gateway.password not in log + answer.text + exporter.get("/config").text
    assert exporter.end() == 0


@pytest.mark.timeout(300)
def test_a_hundred_reloads_take_no_more_memory_or_files(
    tmp_path: Path, simulator: Simulator, run_exporter: RunExporter
) -> None:
    config = Path(write_config(tmp_path, simulator))
    sound = config.read_text()
    exporter = run_exporter("serve", "--config.file", str(config))
    exporter.until_ready()

    def reload(times: int) -> None:
        for number in range(times):
            config.write_text(sound.replace("timeout: 10s", f"timeout: {10 + number % 2}s", 1))
            assert post(exporter).status_code == 200

    reload(20)
    until(lambda: not failing(exporter, "pf-ams1"), "good polls")
    memory, files = resident_kib(exporter), open_files(exporter)
    reload(100)
    until(lambda: not failing(exporter, "pf-ams1"), "good polls")

    # While something is read or rendered it is more, for that moment.
    until(lambda: resident_kib(exporter) - memory < _GROWTH_KIB, "memory that has not grown")
    # Connections that are kept alive come and go, eight at most for each system.
    assert open_files(exporter) - files <= 16
    assert exporter.end() == 0
    assert [len(gateway.machine.sessions) for gateway in simulator.gateways.values()] == [0, 0]
    assert complaints(exporter) == []


def test_it_ends_soon_in_the_midst_of_a_reload(tmp_path: Path, simulator: Simulator, run_exporter: RunExporter) -> None:
    config = Path(write_config(tmp_path, simulator))
    exporter = run_exporter("serve", "--config.file", str(config))
    exporter.until_ready()
    # The system that goes cannot be logged out of: a reload waits for that.
    simulator.gateways["pf-ams2"].faults.add({"action": "hang"})
    config.write_text(config.read_text().replace("pf-ams2", "renamed"))
    exporter.process.send_signal(signal.SIGHUP)
    until(lambda: 'event="the configuration was reloaded"' in exporter.log.read_text(), "the new configuration")
    exporter.process.send_signal(signal.SIGHUP)
    started = time.monotonic()
    assert exporter.end() == 0
    assert time.monotonic() - started < 30
    assert complaints(exporter) == []


def test_tls_and_users_by_the_flag(tmp_path: Path, simulator: Simulator, run_exporter: RunExporter) -> None:
    authority = trustme.CA()
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "server.pem"))
    hashed = bcrypt.hashpw(b"Pl4nted", bcrypt.gensalt(4)).decode()
    web = tmp_path / "web.yaml"
    tls = "tls_server_config: {cert_file: server.pem, key_file: server.pem}\n"
    web.write_text(f"{tls}basic_auth_users: {{prometheus: {hashed}}}\n")
    exporter = run_exporter(
        "serve",
        "--config.file",
        write_config(tmp_path, simulator),
        "--web.config.file",
        str(web),
        "--log.level",
        "debug",
    )
    url = exporter.url.replace("http:", "https:")
    context = ssl.create_default_context()
    authority.configure_trust(context)
    with httpx.Client(base_url=url, verify=context, trust_env=False, timeout=30) as client:
        assert client.get("/-/healthy").status_code == 401
        assert client.get("/-/healthy", auth=("prometheus", "Pl4nted")).status_code == 200
        assert client.post("/-/reload").status_code == 401
        assert client.post("/-/reload", auth=("prometheus", "Pl4nted")).status_code == 200
        assert client.get("/metrics", auth=("prometheus", "wr0ng")).status_code == 401
        web.write_text(tls)
        assert client.get("/-/healthy").status_code == 200
    with pytest.raises(httpx.RemoteProtocolError):
        exporter.get("/-/healthy")
    assert exporter.end() == 0
    log = exporter.log.read_text()
    assert not any(secret in log for secret in ("Pl4nted", "wr0ng", hashed))


def test_a_web_configuration_that_is_at_fault_starts_nothing(
    tmp_path: Path, simulator: Simulator, run_exporter: RunExporter
) -> None:
    web = tmp_path / "web.yaml"
    web.write_text("basic_auth_users: {admin: hunter2}\nrate_limit: {}\n")
    exporter = run_exporter("serve", "--config.file", write_config(tmp_path, simulator), "--web.config.file", str(web))
    assert exporter.process.wait(timeout=50) == 2
    told = exporter.log.read_text().splitlines()
    assert [line.partition("web.yaml:")[2].split(": ")[:2] for line in told] == [
        ["1", "basic_auth_users.admin"],
        ["2", "rate_limit"],
    ]
    assert "hunter2" not in exporter.log.read_text()
