"""One scrape, and what can be asked of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import translate
from functools import cached_property

from prometheus_client.parser import text_string_to_metric_families as parse_text
from prometheus_client.samples import Sample

_POLL = re.compile(r'\w+{collector="(?P<collector>\w+)",source="(?P<source>[^"]+)"} (?P<success>[01])')


def matching(metrics: Iterable[str], patterns: Iterable[str]) -> set[str]:
    """The metrics that one of the patterns fits."""
    fit = re.compile("|".join(map(translate, patterns)) or "(?!)").match
    return {metric for metric in metrics if fit(metric)}


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
    def _by_name(self) -> dict[str, list[str]]:
        """The sample lines by metric name."""
        found: dict[str, list[str]] = {}
        for line in self.lines:
            if line and line[0] != "#":
                found.setdefault(line[: line.index(" ")].partition("{")[0], []).append(line)
        return found

    @cached_property
    def _by_source(self) -> dict[str, dict[str, list[str]]]:
        """Those of all sources, without the exporter's own, by source and metric name."""
        found: dict[str, dict[str, list[str]]] = {}
        for name, lines in self._by_name.items():
            if name.startswith("powerflex_exporter_"):
                continue
            for line in lines:
                label, _, rest = line[len(name) :].partition('="')
                if label in {"{system", "{cloudstack"}:
                    found.setdefault(rest.partition('"')[0], {}).setdefault(name, []).append(line)
        return found

    def inventory(self, source: str) -> dict[str, list[str]]:
        """The sample lines of one source, without the exporter's own, by metric name."""
        return self._by_source.get(source, {})

    def differs(self, source: str, other: Scrape) -> set[str]:
        """The metrics of a source whose lines are not the same, byte by byte, as on another page.

        Their order does not count: discrepancies stand by their age.
        """
        now, then = self.inventory(source), other.inventory(source)
        changed = {name for name in now.keys() | then.keys() if now.get(name) != then.get(name)}
        return {name for name in changed if sorted(now.get(name, ())) != sorted(then.get(name, ()))}

    def failing(self, source: str) -> set[str]:
        """The collectors of a source whose last poll failed."""
        polls = [_POLL.match(line) for line in self._by_name["powerflex_exporter_poll_success"]]
        of_source = [poll for poll in polls if poll and poll["source"] == source]
        assert of_source
        return {poll["collector"] for poll in of_source if poll["success"] == "0"}

    def all_of(self, metric: str, **labels: str) -> list[Sample]:
        return [
            sample
            for family in parse_text("\n".join(self._by_name.get(metric, ())))
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
