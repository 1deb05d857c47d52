"""A configuration that is taken up while the exporter runs, against simulated gateways and management servers."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import re
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx
import pytest
import structlog
import yaml

from exporter.cloudstack.collectors import COLLECTORS as CLOUDSTACK
from exporter.config import Config, parse_config
from exporter.engine import Engine
from exporter.errors import ConfigError
from exporter.model.reloads import ReloadState
from exporter.powerflex.collectors import COLLECTORS as POWERFLEX
from exporter.reload import Reloader
from exporter.service import Service
from exporter.simulator import Simulator, config_yaml, default_scenario

pytestmark = pytest.mark.anyio

_SUCCESSFUL = "powerflex_exporter_config_last_reload_successful"
_TIMESTAMP = "powerflex_exporter_config_last_reload_success_timestamp_seconds"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(default_scenario(live=False)) as running:
        yield running


@pytest.fixture(autouse=True)
def no_session_is_left(simulator: Simulator) -> Iterator[None]:
    yield
    assert [len(gateway.machine.sessions) for gateway in simulator.gateways.values()] == [0, 0]


class File:
    """The configuration's file, as an operator edits it."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.data = yaml.safe_load(config_yaml(simulator))
        self.data["router_health_checks"] = {"run": "never"}
        self.text: str | None = None

    def load(self) -> Config:
        text = self.text if self.text is not None else yaml.safe_dump(self.data)
        return parse_config(text, base_dir=Path("/"))

    def keep(self, *names: str) -> None:
        """Leave these sources alone in the file."""
        full = yaml.safe_load(config_yaml(self.simulator))
        for section in ("powerflex", "cloudstack"):
            self.data[section] = [entry for entry in full[section] if entry["name"] in names]


class Running:
    """A running exporter, asked without a socket."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._client = httpx.AsyncClient(transport=httpx.ASGITransport(service.app()), base_url="http://exporter")

    async def get(self, path: str) -> httpx.Response:
        return await self._client.get(path)

    async def page(self) -> dict[str, float]:
        """Every series with its value."""
        lines = (await self.get("/metrics")).text.splitlines()
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}

    async def series(self, source: str) -> dict[str, float]:
        """The series of one source, the exporter's own included."""
        wanted = re.compile(rf'[{{,](system|cloudstack|source)="{source}"')
        return {name: value for name, value in (await self.page()).items() if wanted.search(name)}

    async def until_polled(self) -> None:
        async with asyncio.timeout(60):
            while not (self.service.engine.polls.all_tried and self.service.engine.publisher.ready):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            # What was read last is on the page.
            await self.service.engine.publisher.publish()


@contextlib.asynccontextmanager
async def running(load: Callable[[], Config]) -> AsyncIterator[Running]:
    service = Service(load(), load=load)
    service.start()
    try:
        yield Running(service)
    finally:
        await service.stop()
        await service.close()


def logins(simulator: Simulator, system: str) -> int:
    paths = Counter(entry.path for entry in simulator.gateways[system].requests.entries)
    return paths["/api/login"] + paths["/rest/auth/login"]


def open_sockets() -> int:
    """Those of the simulator, which runs in this process, included."""
    count = 0
    for path in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            count += str(path.readlink()).startswith("socket:")
    return count


def without_counts(series: dict[str, float]) -> dict[str, float]:
    """Without what goes on by itself."""
    return {name: value for name, value in series.items() if not name.startswith("powerflex_exporter_requests_total")}


async def test_what_did_not_change_keeps_its_session_and_its_readings(simulator: Simulator) -> None:
    file = File(simulator)
    async with running(file.load) as exporter:
        await exporter.until_polled()
        before = {name: await exporter.series(name) for name in ("pf-ams1", "pf-ams2", "ams")}
        asked = {name: len(gateway.requests.entries) for name, gateway in simulator.gateways.items()}
        logged_in = logins(simulator, "pf-ams1")

        file.data["powerflex"][1]["timeout"] = "50s"
        assert await exporter.service.reload() == []

        after = await exporter.series("pf-ams1")
        assert before["pf-ams1"]
        # The discrepancies of a pair begin anew when one side of it did.
        assert without_counts(after) == without_counts(before["pf-ams1"])
        assert logins(simulator, "pf-ams1") == logged_in
        assert len(simulator.gateways["pf-ams1"].requests.entries) == asked["pf-ams1"]
        assert exporter.service.engine.publisher.ready

        await exporter.until_polled()
        # The one that changed was logged out and in again, and counts on.
        assert len(simulator.gateways["pf-ams2"].machine.sessions) == 1
        changed = await exporter.series("pf-ams2")
        assert changed.keys() >= before["pf-ams2"].keys()
        for name, value in before["pf-ams2"].items():
            assert "_total{" not in name or changed[name] >= value, name
        polls = 'powerflex_exporter_polls_total{collector="pools",source="pf-ams2"}'
        assert (before["pf-ams2"][polls], changed[polls]) == (1, 2)


async def test_what_is_removed_goes_and_what_is_added_comes(simulator: Simulator) -> None:
    file = File(simulator)
    file.keep("pf-ams1", "ams")
    async with running(file.load) as exporter:
        await exporter.until_polled()
        assert await exporter.series("pf-ams2") == {}

        file.keep("pf-ams2", "ams")
        assert await exporter.service.reload() == []
        assert await exporter.series("pf-ams1") == {}
        assert len(simulator.gateways["pf-ams1"].machine.sessions) == 0
        assert 'cloudstack_up{cloudstack="ams"}' in await exporter.series("ams")

        await exporter.until_polled()
        assert (await exporter.series("pf-ams2"))['powerflex_up{system="pf-ams2"}'] == 1

        file.keep("pf-ams2")
        assert await exporter.service.reload() == []
        assert await exporter.series("ams") == {}
        assert [source.name for source in exporter.service._open] == ["pf-ams2"]


async def test_a_faulty_configuration_changes_nothing_until_it_is_mended(simulator: Simulator) -> None:
    file = File(simulator)
    async with running(file.load) as exporter:
        await exporter.until_polled()
        before = await exporter.page()
        engine = exporter.service.engine
        assert before[_SUCCESSFUL] == 1

        file.text = "powerflex:\n  - name: pf-ams1\n    password: hunter2\n"
        with structlog.testing.capture_logs() as logged:
            faults = await exporter.service.reload()
        wrong = await exporter.page()

        assert [fault.partition(": ")[2] for fault in faults] == [
            "powerflex[0].gateway: is missing",
            "powerflex[0].username: is missing",
        ]
        assert [(line["log_level"], line["event"]) for line in logged] == [
            ("error", "the configuration was not reloaded, the former one stays")
        ]
        assert "hunter2" not in str(logged)
        assert exporter.service.engine is engine
        assert (wrong[_SUCCESSFUL], wrong[_TIMESTAMP]) == (0, before[_TIMESTAMP])
        assert wrong.keys() >= before.keys()

        file.text = None
        assert await exporter.service.reload() == []
        right = await exporter.page()
        assert right[_SUCCESSFUL] == 1
        assert right[_TIMESTAMP] > before[_TIMESTAMP]


async def test_a_defect_in_a_reload_ends_no_polling(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    file = File(simulator)

    def fail(_engine: Engine, _former: Engine) -> None:
        raise RuntimeError("a defect")

    async with running(file.load) as exporter:
        await exporter.until_polled()
        former = exporter.service.engine
        with monkeypatch.context() as patch:
            patch.setattr(Engine, "take_over", fail)
            assert await exporter.service.reload() == ["a defect of the exporter: RuntimeError; the log says more"]

        assert exporter.service.engine is not former
        await exporter.until_polled()
        assert (await exporter.page())[_SUCCESSFUL] == 0
        assert await exporter.service.reload() == []


async def test_a_file_system_that_hangs_holds_up_that_reload_alone(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = File(simulator)
    let = threading.Event()

    def hanging() -> Config:
        let.wait(60)
        return file.load()

    async with running(file.load) as exporter:
        monkeypatch.setattr("exporter.own_thread._LONGEST_SECONDS", 0.2)
        exporter.service._load = hanging
        async with asyncio.timeout(30):
            assert await exporter.service.reload() == ["no answer within 0.2 s, as of a file system that hangs"]
        assert (await exporter.page())[_SUCCESSFUL] == 0

        monkeypatch.setattr("exporter.own_thread._LONGEST_SECONDS", 60.0)
        exporter.service._load = file.load
        assert await exporter.service.reload() == []
        let.set()


async def test_a_password_in_the_configuration_itself_is_taken_up_by_a_reload(simulator: Simulator) -> None:
    file = File(simulator)
    file.keep("pf-ams1", "ams")
    right = file.data["powerflex"][0]["password"]
    file.data["powerflex"][0]["password"] = "not-the-password"
    up = 'powerflex_up{system="pf-ams1"}'
    async with running(file.load) as exporter:
        await exporter.until_polled()
        assert (await exporter.page())[up] == 0

        # What was refused is not sent again for a minute; what is new is sent at once.
        file.data["powerflex"][0]["password"] = right
        assert await exporter.service.reload() == []

        await exporter.until_polled()
        assert (await exporter.page())[up] == 1


async def test_authorities_that_are_replaced_in_their_file_are_taken_up(simulator: Simulator, tmp_path: Path) -> None:
    file = File(simulator)
    copy = tmp_path / "ca.pem"
    copy.write_bytes(simulator.ca_file.read_bytes())
    file.data["powerflex"][0]["tls"]["ca_file"] = str(copy)
    async with running(file.load) as exporter:
        first = exporter.service.engine.sources
        await exporter.service.reload()
        assert exporter.service.engine.sources.shared_with(first) == first.by_name.keys()

        copy.write_bytes(simulator.ca_file.read_bytes() + b"\n")
        await exporter.service.reload()
        assert first.by_name.keys() - exporter.service.engine.sources.shared_with(first) == {"pf-ams1"}


async def test_what_is_remembered_of_a_pair_goes_on(simulator: Simulator) -> None:
    file = File(simulator)
    file.data["reconciliation"] = {"grace": "1h"}
    async with running(file.load) as exporter:
        await exporter.until_polled()
        pairs = {
            tuple(pair): track.judged
            for (pair, _), track in exporter.service.engine.publisher._judgement._ledger.tracks.items()
        }
        assert {pair for pair in pairs if "ams" in pair} >= {("ams", "pf-ams1"), ("ams", "pf-ams2")}
        ledger = exporter.service.engine.publisher._judgement._ledger
        file.data["powerflex"][1]["timeout"] = "50s"
        engine = Engine(file.load(), exporter.service.engine.sources, ReloadState(0.0))
        kept = frozenset({"pf-ams1", "ams"})

        engine.publisher.take_over(exporter.service.engine.publisher, kept)

        kept_tracks = engine.publisher._judgement._ledger.tracks
        assert {tuple(pair) for pair, _ in kept_tracks} == {("ams", "pf-ams1")}
        assert all(track is ledger.tracks[key] for key, track in kept_tracks.items())


async def test_the_choice_of_volumes_goes_on_unless_there_may_be_fewer(simulator: Simulator) -> None:
    file = File(simulator)
    file.data["volumes"] = {"series": "all", "max_volumes": 5}
    async with running(file.load) as exporter:
        await exporter.until_polled()
        chosen = exporter.service.engine.publisher._renderer._selection
        sizes = []
        for most in (5, 10, 3):
            file.data["volumes"]["max_volumes"] = most
            assert await exporter.service.reload() == []
            now = exporter.service.engine.publisher._renderer._selection
            sizes.append(sum(map(len, now.values())))
            if most != 3:
                assert all(chosen[system] <= now[system] for system in chosen)
    assert sizes == [5, 10, 3]


async def test_the_page_is_never_empty_or_half(simulator: Simulator) -> None:
    file = File(simulator)
    async with running(file.load) as exporter:
        await exporter.until_polled()
        full = {name for name in await exporter.page() if "discrepan" not in name and "exporter" not in name}
        seen: list[set[str]] = []

        async def scrape() -> None:
            while True:
                seen.append(full - (await exporter.page()).keys())
                await asyncio.sleep(0)

        scraping = asyncio.create_task(scrape())
        for grace in range(5):
            file.data["reconciliation"] = {"grace": f"{grace}m"}
            assert await exporter.service.reload() == []
        scraping.cancel()
        await asyncio.gather(scraping, return_exceptions=True)

    assert len(seen) > 5
    assert [missing for missing in seen if missing] == []


@pytest.mark.timeout(300)
async def test_a_hundred_reloads_leave_nothing_behind(simulator: Simulator) -> None:
    file = File(simulator)
    file.keep("pf-ams1", "pf-ams2", "lab")
    # Each is polled at the beginning, and none while what there is is counted.
    file.data["schedule"] = {
        "powerflex": dict.fromkeys(POWERFLEX, "1h"),
        "cloudstack": dict.fromkeys(CLOUDSTACK, "1h"),
    }

    async def reload(times: int, exporter: Running) -> None:
        for number in range(times):
            file.data["powerflex"][1]["timeout"] = f"{30 + number % 2}s"
            file.data["reconciliation"] = {"grace": f"{number % 2}m"}
            assert await exporter.service.reload() == []

    async def at_rest(exporter: Running) -> tuple[int, Counter[str], int]:
        await exporter.until_polled()
        tasks = -1
        while tasks != len(asyncio.all_tasks()):
            tasks = len(asyncio.all_tasks())
            await asyncio.sleep(0.2)
        gc.collect()
        objects = Counter(type(one).__qualname__ for one in gc.get_objects() if is_of_the_exporter(type(one)))
        return tasks, objects, open_sockets()

    async with running(file.load) as exporter:
        await exporter.until_polled()
        await reload(20, exporter)
        tasks, objects, sockets = await at_rest(exporter)
        assert (objects["Engine"], objects["PowerFlexSource"]) == (1, 2)
        await reload(100, exporter)
        after = await at_rest(exporter)

    assert after[0] == tasks
    # What leaks, leaks at each reload; the page has some blocks more or less by the moment.
    assert max((after[1] - objects).values(), default=0) < 50
    # Connections that are kept alive come and go, and number a few for each source.
    assert after[2] <= sockets + 8


def is_of_the_exporter(type_: type) -> bool:
    module = str(type_.__module__)
    return module.startswith("exporter.") and not module.startswith("exporter.simulator")


@pytest.mark.parametrize(
    "path",
    ["/api/login", "/api/logout"],
    ids=["being opened", "being closed"],
)
async def test_a_stop_during_a_reload_leaves_no_session_of_what_that_ends(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr("exporter.sources._GOODBYE_SECONDS", 60.0)
    gateway = simulator.gateways["pf-ams1"]
    slowly = {"action": "drip", "bytes": 50} if path == "/api/login" else {"action": "delay"}
    gateway.faults.add(slowly | {"path": path, "times": 1})
    file = File(simulator)
    file.keep("pf-ams1", "ams")
    async with running(file.load) as exporter:
        async with asyncio.timeout(60):
            while not gateway.machine.sessions:  # noqa: ASYNC110 - a gateway tells nobody
                await asyncio.sleep(0.01)
        if path == "/api/logout":
            await exporter.until_polled()
        first = exporter.service.engine
        file.keep("ams")
        reloading = asyncio.create_task(exporter.service.reload())
        async with asyncio.timeout(60):
            while exporter.service.engine is first:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.01)
    assert await reloading == ["the exporter is stopping"]
    gateway.faults.clear()


async def test_the_configuration_is_shown_without_secrets(simulator: Simulator) -> None:
    file = File(simulator)
    async with running(file.load) as exporter:
        first = yaml.safe_load((await exporter.get("/config")).text)
        file.data["powerflex"][0]["timeout"] = "90s"
        await exporter.service.reload()
        text = (await exporter.get("/config")).text

    shown = yaml.safe_load(text)
    assert first["powerflex"][0]["timeout"] == "1m"
    assert shown["powerflex"][0] == {
        "name": "pf-ams1",
        "gateway": simulator.gateways["pf-ams1"].url,
        "username": simulator.gateways["pf-ams1"].username,
        "password": "<secret>",
        "storage_pools": [],
        "auth": "auto",
        "tls": {"verify": True, "ca_file": str(simulator.ca_file)},
        "timeout": "1m30s",
        "max_connections": 8,
    }
    assert shown["cloudstack"][0]["api_key"] == shown["cloudstack"][0]["secret_key"] == "<secret>"
    assert shown["schedule"]["powerflex"]["pools"] == "30s"
    for secret in (simulator.gateways["pf-ams1"].password, simulator.management_servers["ams"].secret_key):
        assert secret not in text


class Slow:
    """A reload that takes as long as the test wants."""

    def __init__(self) -> None:
        self.begun = self.at_once = self.most = 0
        self.go_on = asyncio.Event()

    async def until_begun(self) -> None:
        async with asyncio.timeout(20):
            while not self.begun:  # noqa: ASYNC110 - what is waited for tells nobody
                await asyncio.sleep(0.01)

    async def __call__(self) -> list[str]:
        self.begun += 1
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            await self.go_on.wait()
        finally:
            self.at_once -= 1
        return [f"fault {self.begun}"]


async def test_who_asks_during_a_reload_gets_the_next_one_and_all_who_do_share_it() -> None:
    slow = Slow()
    reloader = Reloader(slow)
    reloader.start()
    first = asyncio.create_task(reloader.reload())
    await slow.until_begun()
    later = [asyncio.create_task(reloader.reload()) for _ in range(3)]
    reloader.request()
    await asyncio.sleep(0.01)
    gone = later.pop()
    gone.cancel()
    slow.go_on.set()

    assert await first == ["fault 1"]
    assert [await one for one in later] == [["fault 2"]] * 2
    await reloader.stop()
    assert (slow.begun, slow.most) == (2, 1)


async def test_a_stop_gives_up_the_reload_and_tells_all_who_wait() -> None:
    slow = Slow()
    reloader = Reloader(slow)
    reloader.start()
    asking = [asyncio.create_task(reloader.reload())]
    await slow.until_begun()
    asking.append(asyncio.create_task(reloader.reload()))
    await asyncio.sleep(0.01)

    await reloader.stop()

    assert [await one for one in asking] == [["the exporter is stopping"]] * 2
    assert (slow.begun, slow.at_once) == (1, 0)


async def test_a_defect_in_a_reload_is_told_and_does_not_end_the_exporter(simulator: Simulator) -> None:
    file = File(simulator)
    broken: list[Exception] = []

    def load() -> Config:
        if broken:
            raise broken.pop()
        return file.load()

    async with running(load) as exporter:
        broken.append(ZeroDivisionError("hunter2"))
        assert await exporter.service.reload() == ["a defect of the exporter: ZeroDivisionError; the log says more"]
        assert (await exporter.page())[_SUCCESSFUL] == 0
        broken.append(ConfigError(["one", "two"]))
        assert await exporter.service.reload() == ["one", "two"]
        assert await exporter.service.reload() == []
        assert (await exporter.page())[_SUCCESSFUL] == 1
