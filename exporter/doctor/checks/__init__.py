"""The checks, one question each: what is judged is what was found out, and nothing is asked any more."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from exporter.doctor.checks import (
    access,
    certificates,
    clocks,
    collectors,
    identifiers,
    layouts,
    pairing,
    permissions,
    pool_names,
    router_settings,
    same_array,
    series,
    thresholds,
    volume_list,
)
from exporter.doctor.evidence import Case
from exporter.doctor.finding import Finding

Check = Callable[[Case], Iterable[Finding]]

CHECKS: tuple[Check, ...] = (
    access.check,
    certificates.check,
    clocks.check,
    permissions.check,
    collectors.check,
    same_array.check,
    pool_names.check,
    layouts.check,
    pairing.check,
    volume_list.check,
    identifiers.check,
    thresholds.check,
    router_settings.check,
    series.check,
)
