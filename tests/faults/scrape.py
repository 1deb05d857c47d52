"""One scrape, and what can be asked of it."""

from __future__ import annotations

import re
from functools import cached_property

from prometheus_client.parser import text_string_to_metric_families as parse_text
from prometheus_client.samples import Sample

_OF_A_SOURCE = re.compile(
    r'(?P<name>(?!powerflex_exporter_)(?:powerflex|cloudstack)_\w+){(?:system|cloudstack)="(?P<source>[^"]+)"'
)


class Scrape:
    """One answer of /metrics."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = text.split("\n")

    def check(self, sound: Scrape | None = None) -> None:
        """Let the Prometheus client read the page; no series may stand there twice.

        Lines that stand on a sound page as well, which was checked before, are left out.
        """
        known = set(sound.lines) if sound else set()
        lines = [line for line in self.lines if line not in known or line.startswith("#")]
        samples = [sample for family in parse_text("\n".join(lines)) for sample in family.samples]
        assert len({(sample.name, *sorted(sample.labels.items())) for sample in samples}) == len(samples)
        series = [line.rpartition(" ")[0] for line in self.lines if not line.startswith("#")]
        assert len(set(series)) == len(series)

    @cached_property
    def _samples(self) -> dict[str, dict[str, list[str]]]:
        """The sample lines of all sources, without the exporter's own, by source and metric name."""
        found: dict[str, dict[str, list[str]]] = {}
        for line in self.lines:
            if sample := _OF_A_SOURCE.match(line):
                found.setdefault(sample["source"], {}).setdefault(sample["name"], []).append(line)
        return {source: {name: sorted(lines) for name, lines in of.items()} for source, of in found.items()}

    def inventory(self, source: str) -> dict[str, list[str]]:
        """The sample lines of one source, without the exporter's own, by metric name."""
        return self._samples.get(source, {})

    def differs(self, source: str, other: Scrape) -> set[str]:
        """The metrics of a source whose lines are not the same, byte by byte, as on another page.

        Their order does not count: discrepancies stand by their age.
        """
        now, then = self.inventory(source), other.inventory(source)
        return {name for name in now.keys() | then.keys() if now.get(name) != then.get(name)}

    def failing(self, source: str) -> set[str]:
        """The collectors of a source whose last poll failed."""
        polls = re.findall(
            rf'^powerflex_exporter_poll_success{{collector="(\w+)",source="{source}"}} ([01])', self.text, re.MULTILINE
        )
        assert polls
        return {collector for collector, success in polls if success == "0"}

    def all_of(self, metric: str, **labels: str) -> list[Sample]:
        lines = [line for line in self.lines if line.startswith((f"{metric}{{", f"{metric} "))]
        return [
            sample
            for family in parse_text("\n".join(lines))
            for sample in family.samples
            if all(sample.labels.get(name) == value for name, value in labels.items())
        ]

    def value(self, metric: str, **labels: str) -> float | None:
        """The value of the one sample with these labels; None where there is none."""
        found = self.all_of(metric, **labels)
        assert len(found) <= 1, found
        return found[0].value if found else None

    def total(self, metric: str, **labels: str) -> float:
        return sum(sample.value for sample in self.all_of(metric, **labels))
