"""Samples of the installation itself: whether it is up, and its settings."""

from __future__ import annotations

from collections.abc import Iterator

from exporter.metrics.catalogue import cloudstack as catalogue
from exporter.metrics.exposition import Sample, labels
from exporter.model.cloudstack import SettingsReading


def samples(name: str, up: bool | None, reading: SettingsReading | None) -> Iterator[Sample]:  # noqa: FBT001 - an input
    """Give the samples of one installation."""
    if up is not None:
        yield catalogue.UP, labels(catalogue.UP, name), int(up)
    settings = {(one.name, one.scope, one.scope_id): one.value for one in reading.settings} if reading else {}
    for (setting, scope, scope_id), value in settings.items():
        yield catalogue.SETTING_INFO, labels(catalogue.SETTING_INFO, name, setting, value, scope, scope_id), 1
