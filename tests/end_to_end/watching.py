"""What a test sees of a running exporter."""

from __future__ import annotations

from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from exporter.simulator import Simulator, config_yaml
from tests.programs import Exporter

COLLECTORS = {"system", "pools", "volumes", "used_sizes", "vtrees", "sdcs", "nodes", "alerts"}
SLOW_POLLS = "polls take longer than their interval"
_EACH_SECOND = ", ".join(f"{collector}: 1s" for collector in sorted(COLLECTORS))


def write_config(folder: Path, simulator: Simulator, *, timeout: str = "10s", further: str = "") -> str:
    """Write a configuration of the simulator's gateways, each collector polled every second; return its path."""
    text = config_yaml(simulator).replace("    username:", f"    timeout: {timeout}\n    username:")
    file = folder / "config.yaml"
    file.write_text(f"{text}schedule: {{powerflex: {{{_EACH_SECOND}}}}}\n{further}")
    return str(file)


def samples(exporter: Exporter, metric: str, **labels: str) -> list[Sample]:
    """The samples of a metric that have these labels."""
    return [
        sample
        for family in text_string_to_metric_families(exporter.get("/metrics").text)
        for sample in family.samples
        if sample.name == metric and all(sample.labels.get(name) == value for name, value in labels.items())
    ]


def total(exporter: Exporter, metric: str, **labels: str) -> float:
    """The sum of these samples."""
    return sum(sample.value for sample in samples(exporter, metric, **labels))


def failing(exporter: Exporter, system: str) -> set[str]:
    """The collectors whose last poll failed."""
    polls = samples(exporter, "powerflex_exporter_poll_success", source=system)
    return {sample.labels["collector"] for sample in polls if sample.value == 0}


def inventory(exporter: Exporter, system: str) -> set[str]:
    """The sample lines of one system, without the exporter's own."""
    return {
        line
        for line in exporter.get("/metrics").text.splitlines()
        if f'{{system="{system}"' in line and not line.startswith("powerflex_exporter_")
    }


def complaints(exporter: Exporter) -> list[str]:
    """The warnings and errors in the log, and tracebacks; the scenario's stale routers and a busy machine are none."""
    words = ("level=warning", "level=error", "Traceback")
    known = ("router health checks are suspended", SLOW_POLLS)
    return [
        line
        for line in exporter.log.read_text().splitlines()
        if any(word in line for word in words) and not any(word in line for word in known)
    ]
