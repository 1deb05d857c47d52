"""Reads pages of which most lines were read before: the Prometheus client is given the others alone."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families as parse_text

from tests.oracle.page import Series

_known: dict[str, tuple[Series, float]] = {}


def read_page(page: str) -> dict[Series, float]:
    """Return the value of each series, of which there must not be two with the same labels."""
    lines = page.split("\n")
    new = [line for line in lines if line not in _known]
    samples = [sample for family in parse_text("\n".join(new)) for sample in family.samples]
    read = [((sample.name, frozenset(sample.labels.items())), sample.value) for sample in samples]
    _known.update(zip(_samples_in(new), read, strict=True))
    found = [_known[line] for line in _samples_in(lines)]
    assert len(dict(found)) == len(found), "a series stands there twice"
    return dict(found)


def _samples_in(lines: list[str]) -> list[str]:
    return [line for line in lines if line and not line.startswith("#")]
