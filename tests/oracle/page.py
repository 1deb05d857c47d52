"""Pages taken apart, so that two of them can be compared."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families as parse_text

Series = tuple[str, frozenset[tuple[str, str]]]
"""The name of a metric and its labels."""


def by_series(page: str) -> dict[Series, float]:
    found: dict[Series, float] = {}
    for family in parse_text(page):
        for sample in family.samples:
            key = (sample.name, frozenset(sample.labels.items()))
            assert key not in found, f"a duplicate series: {key}"
            found[key] = sample.value
    return found


def rounded(samples: dict[Series, float]) -> dict[Series, str]:
    return {key: f"{value:.12g}" for key, value in samples.items()}
