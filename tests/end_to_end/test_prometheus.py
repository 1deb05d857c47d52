"""A real Prometheus scrapes the exporter, which polls simulated gateways over TLS."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from exporter.simulator import Simulator, config_yaml, default_scenario
from tests.programs import Exporter, Prometheus, until

_KIB = 1024
_SETTINGS = "volumes: {series: all}\n"


def test_prometheus_answers_with_the_numbers_of_the_arrays(
    tmp_path: Path, run_exporter: Callable[..., Exporter], run_prometheus: Callable[[str], Prometheus]
) -> None:
    with Simulator(default_scenario(live=False)) as simulator:
        virtual: defaultdict[tuple[str, str, str], int] = defaultdict(int)
        used: defaultdict[tuple[str, str, str], int] = defaultdict(int)
        for name, system in simulator.world.systems.items():
            for volume in system.volumes.values():
                pool = (name, volume.storage_pool_id, system.storage_pools[volume.storage_pool_id].name)
                virtual[pool] += volume.size_kib * _KIB
            for tree in system.vtrees.values():
                pool = (name, tree.storage_pool_id, system.storage_pools[tree.storage_pool_id].name)
                used[pool] += simulator.world.census(name).used_kib(tree) * _KIB
        config = tmp_path / "config.yaml"
        config.write_text(config_yaml(simulator) + _SETTINGS)
        exporter = run_exporter("serve", "--config.file", str(config))
        exporter.until_ready()
        prometheus = run_prometheus(exporter.url)

        def by_pool(expression: str) -> dict[tuple[str, str, str], int]:
            return {
                (one["metric"]["system"], one["metric"]["pool_id"], one["metric"]["pool"]): int(float(one["value"][1]))
                for one in prometheus.query(f"sum by (system, pool_id, pool) ({expression})")
            }

        until(lambda: by_pool("powerflex_volumes_virtual_size_bytes"), "the series in Prometheus")
        assert by_pool("powerflex_volumes_virtual_size_bytes") == virtual
        assert by_pool("powerflex_volume_virtual_size_bytes") == virtual
        assert by_pool("powerflex_volumes_used_size_bytes") == used
        assert by_pool("powerflex_volume_used_size_bytes") == used
        assert prometheus.query("scrape_samples_scraped > 2000")


def test_a_gateway_that_dies_takes_nothing_of_the_other_with_it(
    tmp_path: Path, run_exporter: Callable[..., Exporter]
) -> None:
    with Simulator(default_scenario(live=False)) as simulator:
        config = tmp_path / "config.yaml"
        config.write_text(config_yaml(simulator) + "schedule: {powerflex: {system: 1s, pools: 1s, volumes: 1s}}\n")
        exporter = run_exporter("serve", "--config.file", str(config))
        exporter.until_ready()

        def lines(system: str) -> set[str]:
            text = exporter.get("/metrics").text
            return {line for line in text.splitlines() if line.startswith("powerflex_") and f'"{system}"' in line}

        def inventory(system: str) -> set[str]:
            return {line for line in lines(system) if not line.startswith("powerflex_exporter_")}

        healthy = inventory("pf-ams2")
        simulator.gateways["pf-ams1"].stop()
        until(lambda: 'powerflex_up{system="pf-ams1"} 0' in lines("pf-ams1"), "the loss to be noticed")

        assert inventory("pf-ams2") == healthy
        simulator.gateways["pf-ams1"].start()
        until(lambda: 'powerflex_up{system="pf-ams1"} 1' in lines("pf-ams1"), "the gateway to be found again")
