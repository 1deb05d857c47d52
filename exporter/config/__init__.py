"""The configuration: a YAML file, validated as a whole into one immutable ``Config``."""

from __future__ import annotations

from exporter.config.durations import format_duration, parse_duration
from exporter.config.loading import load_config, parse_config
from exporter.config.models import (
    CloudStack,
    CloudStackSchedule,
    Config,
    Limits,
    PowerFlex,
    PowerFlexSchedule,
    Reconciliation,
    RouterHealthChecks,
    Schedule,
    Section,
    Tls,
    Volumes,
)
from exporter.config.secret import Secret

__all__ = [
    "CloudStack",
    "CloudStackSchedule",
    "Config",
    "Limits",
    "PowerFlex",
    "PowerFlexSchedule",
    "Reconciliation",
    "RouterHealthChecks",
    "Schedule",
    "Secret",
    "Section",
    "Tls",
    "Volumes",
    "format_duration",
    "load_config",
    "parse_config",
    "parse_duration",
]
