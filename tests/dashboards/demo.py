"""The demo as it would look after nine days: simulator, exporter, and a Prometheus that holds its past.

`python -m tests.dashboards.demo` runs it for a person to look at.
"""

from __future__ import annotations

import argparse
import contextlib
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import yaml

from exporter.simulator import Simulator, config_yaml, default_scenario
from tests.dashboards.history import FINE_STEP, LONG, SHORT, STEP, history, series
from tests.programs import Prometheus, exporter_running, prometheus_running, until
from tests.promql import waves

ROOT = Path(__file__).parents[2]
JOB = "powerflex"
_NEVER = "0001-01-01"

Rule = Mapping[str, Any]

_SETTINGS = """
schedule:
  powerflex: {system: 2s, pools: 2s, volumes: 2s, used_sizes: 2s, vtrees: 2s, sdcs: 2s, nodes: 2s, alerts: 2s}
  cloudstack: {inventory: 2s, volumes: 2s, settings: 5s, routers: 2s}
reconciliation: {grace: 2s}
"""


@contextlib.contextmanager
def demo_with_a_past(folder: Path, port: int = 0, *, exporters: int = 1) -> Iterator[Prometheus]:
    """Run the demo, and a Prometheus that scrapes it, evaluates our rules, and remembers nine days of both.

    The exporter is scraped as if it were as many as asked for; only the first of them has a past.
    """
    with Simulator(default_scenario()) as simulator:
        _give_the_licence_an_end(simulator)
        config = folder / "exporter.yaml"
        config.write_text(config_yaml(simulator) + _SETTINGS)
        with exporter_running(folder / "exporter.log", "serve", "--config.file", str(config)) as exporter:
            until(lambda: "\ncloudstack_powerflex_discrepancy{" in exporter.get("/metrics").text, "verdicts")
            page = exporter.get("/metrics").text
            target = exporter.url.removeprefix("http://")
            end = _between_steps(time.time())
            _write_blocks(folder, history(page, end, JOB, target))
            groups = _rules_in_haste()
            rules = [rule for group in groups for rule in group["rules"]]
            alerts = [rule for rule in rules if "alert" in rule]
            for wave in [*waves(rule for rule in rules if "record" in rule), alerts]:
                with prometheus_running(folder, "") as prometheus:
                    lines = list(_evaluated(prometheus, wave, end))
                _write_blocks(folder, lines)
            (folder / "rules.yaml").write_text(yaml.safe_dump({"groups": groups}))
            with prometheus_running(folder, _prometheus_config(target, exporters), port) as prometheus:
                until(lambda: _is_up_to_date(prometheus), "scrapes and evaluations")
                yield prometheus


def _between_steps(moment: float) -> int:
    """Give a moment just before this one at which no graph has a step, as it is with scrapes as a rule."""
    return int(moment // FINE_STEP * FINE_STEP - FINE_STEP / 2)


def _give_the_licence_an_end(simulator: Simulator) -> None:
    array = simulator.world.systems["pf-ams2"].id
    simulator.change("set", object=array, field="licence_days", value="87")


def _prometheus_config(target: str, exporters: int) -> str:
    others = [{"targets": [target], "labels": {"instance": f"exporter-{number}"}} for number in range(2, exporters + 1)]
    return yaml.safe_dump(
        {
            "global": {"scrape_interval": "5s", "scrape_timeout": "5s", "evaluation_interval": "5s"},
            "rule_files": ["rules.yaml"],
            "scrape_configs": [{"job_name": JOB, "static_configs": [{"targets": [target]}, *others]}],
        }
    )


def _rules_in_haste() -> list[dict[str, Any]]:
    """Read our rules, and let them be evaluated at each turn and alerts fire at once."""
    groups = [
        group
        for path in sorted((ROOT / "alerts" / "rules").glob("*.yaml"))
        for group in yaml.safe_load(path.read_text())["groups"]
    ]
    for group in groups:
        group.pop("interval", None)
        for rule in group["rules"]:
            rule.pop("for", None)
    return groups


def _is_up_to_date(prometheus: Prometheus) -> bool:
    """Tell whether it has scraped twice, the last time as well, and evaluated each rule once."""
    groups = httpx.get(f"{prometheus.url}/api/v1/rules", timeout=30, trust_env=False).json()["data"]["groups"]
    evaluated = all(not group["lastEvaluation"].startswith(_NEVER) for group in groups)
    return evaluated and bool(prometheus.query("min(sum_over_time(up[30s])) > 1 and min(up) == 1"))


def _evaluated(prometheus: Prometheus, rules: Iterable[Rule], end: int) -> Iterator[str]:
    """Write what the evaluation of rules would have left, as the lines of an OpenMetrics file."""
    for rule in rules:
        length = LONG if "record" in rule else SHORT
        asked = {"query": rule["expr"], "start": end - length, "end": end, "step": STEP}
        answer = httpx.post(f"{prometheus.url}/api/v1/query_range", data=asked, timeout=60, trust_env=False)
        assert answer.status_code == 200, f"{rule['expr']}: {answer.text}"
        for one in answer.json()["data"]["result"]:
            head = _result_series(rule, one["metric"])
            for moment, value in one["values"]:
                yield f"{head} {value if 'record' in rule else 1} {moment}\n"
    yield "# EOF\n"


def _result_series(rule: Rule, metric: Mapping[str, str]) -> str:
    labels = {name: value for name, value in metric.items() if name != "__name__"}
    for name, template in rule.get("labels", {}).items():
        labels[name] = re.sub(r"{{ *\$labels\.(\w+) *}}", lambda found: metric.get(found[1], ""), template)
    if "record" in rule:
        return series(rule["record"], labels)
    return series("ALERTS", labels | {"alertname": rule["alert"], "alertstate": "firing"})


def _write_blocks(folder: Path, lines: Iterable[str]) -> None:
    """Write an OpenMetrics file into the data of the Prometheus of this folder."""
    file = folder / "history.om"
    with file.open("w") as output:
        output.writelines(lines)
    # In one block, for promtool reads the whole file once for each.
    command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=1500h"]
    subprocess.run([*command, file, folder / "tsdb"], check=True, stdout=subprocess.DEVNULL)
    file.unlink()


def _main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, default=19090, help="where Prometheus listens, on loopback")
    port = options.parse_args().port
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with (
        contextlib.suppress(KeyboardInterrupt),
        tempfile.TemporaryDirectory() as folder,
        demo_with_a_past(Path(folder), port) as prometheus,
    ):
        sys.stdout.write(f"Prometheus listens at {prometheus.url}. End it with Ctrl-C.\n")
        sys.stdout.flush()
        signal.pause()


if __name__ == "__main__":
    _main()
