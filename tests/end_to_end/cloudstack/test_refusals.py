"""What a management server can refuse: what is said of it, what goes on all the same, and that it heals by itself."""

import html
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote

import pytest

from exporter.simulator import ManagementServer, Simulator
from tests.end_to_end.cloudstack.conftest import Exporter, Page, Serve, config_of, poll_once, truth

_COLLECTORS = ("inventory", "volumes", "settings", "routers")
_NEEDED_BY = {
    "listZones": {"inventory"},
    "listStoragePools": {"inventory", "volumes", "settings"},
    "listHosts": {"inventory"},
    "listDiskOfferings": {"inventory"},
    "listVolumes": {"volumes"},
    "listConfigurations": {"settings"},
    "listRouters": {"routers"},
}


def _failed(page: Page, source: str = "ams") -> set[str]:
    return {one for one in _COLLECTORS if page.poll_success(source, one) == 0}


def _said(exporter: Exporter) -> str:
    """The log and the status page, where a person looks."""
    return exporter.log + html.unescape(exporter.get("/"))


def _goes_on(page: Page) -> bool:
    """The other installation and the arrays do not notice."""
    return (
        page.value("cloudstack_up", cloudstack="lab") == 1
        and _failed(page, "lab") == set()
        and page.value("powerflex_up", system="pf-ams1") == 1
    )


def test_a_wrong_key_is_told_steadily_and_its_mend_is_noticed(simulator: Simulator, serve: Serve) -> None:
    ams = simulator.management_servers["ams"]
    exporter = serve(config_of(simulator))
    exporter.until(lambda page: page.accusations == truth(simulator))
    ams.users["admin"].enabled = False
    exporter.until(
        lambda page: _failed(page) == set(_COLLECTORS) and page.value("cloudstack_up", cloudstack="ams") == 0
    )
    for _ in range(10):
        page = exporter.page()
        assert page.value("cloudstack_up", cloudstack="ams") == 0
        time.sleep(0.2)
    assert _goes_on(page)
    assert "the API key or the secret key is wrong" in exporter.log
    assert "clock" not in exporter.log
    ams.users["admin"].enabled = True
    exporter.until(lambda page: page.value("cloudstack_up", cloudstack="ams") == 1 and not _failed(page))


def test_a_clock_that_is_ahead_is_named(simulator: Simulator) -> None:
    simulator.change("set_clock_skew", cloudstack="ams", seconds=1200)
    done = poll_once(config_of(simulator))
    assert done.page.value("cloudstack_up", cloudstack="ams") == 0
    failures = [failure for failure in done.failures if failure.startswith("ams inventory")]
    assert len(failures) == 1
    assert re.search(r"the server's clock is (1199|1200|1201) s ahead of ours", failures[0])


@pytest.mark.parametrize("command", _NEEDED_BY)
def test_a_command_that_the_role_lacks_is_named_and_costs_its_collectors_alone(
    simulator: Simulator, command: str
) -> None:
    others = [one for one in _NEEDED_BY if one != command]
    simulator.management_servers["ams"].allow("admin", others)
    done = poll_once(config_of(simulator))
    assert _failed(done.page) == _NEEDED_BY[command]
    assert len(done.failures) == len(_NEEDED_BY[command])
    for failure in done.failures:
        assert f"allow {command} for the role of the API user" in failure
    assert {one for one in done.page.accusations if one.cloudstack == "lab"} == {
        one for one in truth(simulator) if one.cloudstack == "lab"
    }
    assert done.page.accusations <= truth(simulator)
    for collector, series in (
        ("inventory", "cloudstack_host_info"),
        ("volumes", "cloudstack_tenant_volumes"),
        ("settings", "cloudstack_setting_info"),
        ("routers", "cloudstack_router_filesystem_writable"),
    ):
        works = collector not in _NEEDED_BY[command]
        # Whose pool is where tells the inventory, and without it a volume is on no array.
        if collector != "volumes" or "inventory" not in _NEEDED_BY[command]:
            assert bool(done.page.series(series, cloudstack="ams")) == works


def test_a_refused_first_call_does_not_make_up_flap(simulator: Simulator, serve: Serve) -> None:
    exporter = serve(config_of(simulator, routers_alone=True))
    simulator.management_servers["ams"].allow("admin", [one for one in _NEEDED_BY if one != "listZones"])
    exporter.until(lambda page: page.value("cloudstack_up", cloudstack="ams") == 0)
    for _ in range(12):
        assert exporter.page().value("cloudstack_up", cloudstack="ams") == 0
        time.sleep(0.2)
    assert _failed(exporter.page()) == {"inventory"}


def test_a_command_that_this_version_does_not_know_is_told_as_that(simulator: Simulator) -> None:
    body = {"errorresponse": {"uuidList": [], "errorcode": 432, "errortext": "The given command does not exist"}}
    simulator.management_servers["ams"].faults.add(
        {"action": "status", "status": 432, "body": body, "path": "command=listRouters"}
    )
    done = poll_once(config_of(simulator))
    assert _failed(done.page) == {"routers"}
    assert len(done.failures) == 1
    assert "listRouters answered 432, this CloudStack does not know the command" in done.failures[0]


def test_a_management_server_that_restarts_heals_by_itself(simulator: Simulator, serve: Serve) -> None:
    exporter = serve(config_of(simulator, timeout="10s"))
    settled = truth(simulator)
    exporter.until(lambda page: page.accusations == settled)
    simulator.management_servers["ams"].restart(starting_seconds=300)
    down = exporter.until(lambda page: page.value("cloudstack_up", cloudstack="ams") == 0)
    assert _goes_on(down)
    # The readings are younger than their limit, so what was known stays.
    assert down.suspensions("ams", "pf-ams1") == set()
    exporter.until(lambda _: "503" in exporter.log)
    simulator.management_servers["ams"].machine.boot()
    exporter.until(
        lambda page: page.value("cloudstack_up", cloudstack="ams") == 1 and not _failed(page),
        always=lambda page: page.accusations <= settled,
    )
    exporter.until(lambda page: page.accusations == settled)


class _Mirror(BaseHTTPRequestHandler):
    """A server that repeats in its error what it was asked, as debugging proxies do."""

    seen: set[str]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        fields = parse_qs(body)
        for name in ("apiKey", "signature"):
            self.seen.update(form for value in fields[name] for form in (value, quote(value, safe="")))
        text = f"cannot forward {body} signature {fields['signature'][0]} of {fields['apiKey'][0]}"
        answer = f'{{"errorresponse": {{"errorcode": 530, "errortext": "{text}"}}}}'.encode()
        self.send_response(530)
        self.send_header("Content-Length", str(len(answer)))
        self.send_header("Date", formatdate())
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as in the base class
        """Say nothing."""


@pytest.fixture
def mirror() -> Iterator[tuple[str, set[str]]]:
    seen: set[str] = set()
    handler = type("Mirror", (_Mirror,), {"seen": seen})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/client/api", seen
    server.shutdown()
    server.server_close()
    thread.join()


def test_keys_and_signatures_are_in_no_output(
    simulator: Simulator, serve: Serve, mirror: tuple[str, set[str]], tmp_path: Path
) -> None:
    url, seen = mirror
    ams, lab = simulator.management_servers["ams"], simulator.management_servers["lab"]
    lab.users["admin"].enabled = False
    keys = {ams.url: url, ams.secret_key: "s3cret+/of~a key"}
    config = config_of(simulator, routers_alone=True, replace=keys)
    exporter = serve(config, "--log.level", "debug")
    page = exporter.page()
    assert _failed(page) == _failed(page, "lab") == set(_COLLECTORS)
    assert len(seen) > len(_COLLECTORS)
    outputs = [exporter.log, exporter.get("/"), page.text]

    file = tmp_path / "config.yaml"
    file.write_text(config)
    for command in ("once", "check-config"):
        done = subprocess.run(
            [sys.executable, "-m", "exporter", command, "--config.file", str(file)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == (1 if command == "once" else 0)
        outputs += [done.stdout, done.stderr]
    secrets = {*seen, "s3cret+/of~a key", *_keys(ams), *_keys(lab)}
    for output in outputs:
        told = html.unescape(output)
        assert [secret for secret in secrets if secret in told or secret in output] == []


def _keys(server: ManagementServer) -> set[str]:
    return {server.api_key, server.secret_key}
