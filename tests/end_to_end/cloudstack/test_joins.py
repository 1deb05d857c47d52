"""The joins that the catalogue promises, run by a real Prometheus that scrapes the exporter."""

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from benchmarks.serving import free_port
from exporter.metrics.catalogue import ALL
from exporter.simulator import Simulator
from tests.end_to_end.cloudstack.conftest import DEADLINE_SECONDS, Exporter, Serve, config_of, truth

_JOINS = [family for family in ALL if family.join]


class Prometheus(NamedTuple):
    """A Prometheus that scrapes one exporter every few seconds, which a busy machine may take to answer."""

    url: str

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the samples of an expression; what it cannot evaluate is an error."""
        answer = httpx.get(f"{self.url}/api/v1/query", params={"query": expression}, trust_env=False, timeout=30).json()
        assert answer["status"] == "success", f"{expression}: {answer.get('error')}"
        result: list[dict[str, Any]] = answer["data"]["result"]
        return result


@pytest.fixture
def prometheus(tmp_path: Path) -> Iterator[Callable[[Exporter], Prometheus]]:
    started: list[subprocess.Popen[bytes]] = []

    def start(exporter: Exporter) -> Prometheus:
        config = tmp_path / "prometheus.yml"
        config.write_text(
            "global: {scrape_interval: 4s, scrape_timeout: 4s}\n"
            f"scrape_configs: [{{job_name: powerflex, static_configs: [{{targets: ['{exporter.address}']}}]}}]\n"
        )
        address = f"127.0.0.1:{free_port()}"
        log = (tmp_path / "prometheus.log").open("wb")
        with log:
            started.append(
                subprocess.Popen(
                    [
                        "/usr/bin/prometheus",
                        f"--config.file={config}",
                        f"--storage.tsdb.path={tmp_path / 'data'}",
                        f"--web.listen-address={address}",
                    ],
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
            )
        found = Prometheus(f"http://{address}")
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not _scraped(found):
            assert started[-1].poll() is None, (tmp_path / "prometheus.log").read_text()
            assert time.monotonic() < deadline, (tmp_path / "prometheus.log").read_text()
            time.sleep(0.3)
        return found

    yield start
    for process in started:
        process.terminate()
        process.wait(20)


def _scraped(prometheus: Prometheus) -> bool:
    try:
        return bool(prometheus.query("up == 1"))
    except (httpx.HTTPError, ValueError):
        return False


def test_every_join_of_the_catalogue_works_while_the_world_changes(
    simulator: Simulator, serve: Serve, prometheus: Callable[[Exporter], Prometheus]
) -> None:
    assert len(_JOINS) >= 7
    exporter = serve(config_of(simulator))
    exporter.until(lambda page: page.accusations == truth(simulator))
    server = prometheus(exporter)
    _every_join_works(server)
    _joined_with_both_worlds(server)

    # What the joins rest on gets other labels: a router moves, a volume changes hands, a pool is put to rest.
    world = simulator.world
    router = world.landmarks["vpc_router"]
    with world.lock:
        ams = world.installations["ams"]
        row = next(row for row in ams.volumes.values() if row.state == "Ready" and row.account == "acme")
        row.account, row.name = "globex", 'renamed "twice"\\\n'
        next(iter(ams.pools.values())).state = "Maintenance"
        world.touch()
    simulator.change("stop_router", router=router)
    simulator.change("start_router", router=router)
    exporter.until(lambda page: page.series("cloudstack_powerflex_pool_info", state="Maintenance"))
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not server.query('cloudstack_powerflex_pool_info{state="Maintenance"}'):
        assert time.monotonic() < deadline
        _every_join_works(server)
        time.sleep(0.2)
    _every_join_works(server)


def _every_join_works(server: Prometheus) -> None:
    for family in _JOINS:
        assert server.query(family.join), f"{family.name}: {family.join} gives nothing"


def _joined_with_both_worlds(server: Prometheus) -> None:
    (info,) = (family for family in _JOINS if family.name == "cloudstack_powerflex_pool_info")
    pairs = {(one["metric"]["cloudstack"], one["metric"]["system"]) for one in server.query(info.join)}
    assert pairs == {("ams", "pf-ams1"), ("ams", "pf-ams2"), ("lab", "pf-ams1"), ("lab", "pf-ams2")}
    assert len(server.query(info.join)) == 5, "every CloudStack pool finds its PowerFlex pool"
    (volumes,) = (family for family in _JOINS if family.name == "cloudstack_powerflex_volume_info")
    joined, known = server.query(volumes.join), server.query("cloudstack_powerflex_volume_info")
    assert len(joined) == len(known), "each volume has one owner"
    assert {one["metric"]["cloudstack"] for one in joined} == {"ams", "lab"}
    (hosts,) = (family for family in _JOINS if family.name == "cloudstack_host_sdc_connected")
    states = server.query(hosts.name)
    assert _by_sdc(server.query(hosts.join)) == _by_sdc(states), "each host keeps its state"
    assert {state for *_, state in _by_sdc(states)} == {"0", "1"}


def _by_sdc(samples: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    keys = ("cloudstack", "host", "system", "sdc_id")
    return sorted((*(one["metric"][key] for key in keys), one["value"][1]) for one in samples)
