"""Configurations of an exporter of simulated sources."""

from __future__ import annotations

import re

from exporter.simulator import Simulator, config_yaml
from tests.faults.answers import MAX_ANSWER_BYTES, MAX_OBJECTS

TIMEOUT_SECONDS = 30
"""Long, for a busy machine. A reading is dropped after max(3 x interval, interval + 2 x timeout), 900 s."""

_SCHEDULE = """\
schedule:
  powerflex: {system: 5m, pools: 5m, volumes: 5m, used_sizes: 5m, vtrees: 5m, sdcs: 5m, nodes: 5m, alerts: 5m}
"""
_OF_ALL = f"""\
  cloudstack: {{inventory: 5m, volumes: 5m, settings: 5m, routers: 5m}}
router_health_checks: {{run: never, stale_after: 365d}}
reconciliation: {{grace: 0s}}
limits: {{max_answer_bytes: {MAX_ANSWER_BYTES}, max_objects: {MAX_OBJECTS}}}
"""
_TIMED = rf"\1\n    timeout: {TIMEOUT_SECONDS}s"


def settings(simulator: Simulator, **keys: str) -> str:
    """A configuration of both gateways, with further keys for each of them."""
    extra = "".join(f"    {key}: {value}\n" for key, value in {"timeout": f"{TIMEOUT_SECONDS}s", **keys}.items())
    text = config_yaml(simulator).partition("cloudstack:")[0]
    entries = text.replace("  - name:", f"{extra}  - name:")
    return entries.replace(f"powerflex:\n{extra}", "powerflex:\n", 1) + extra + _SCHEDULE


def settings_of_all(simulator: Simulator) -> str:
    """A configuration of every source, with bounds that a test can pass, and no grace."""
    timed = re.sub(r"^(    (?:password|secret_key): .*)$", _TIMED, config_yaml(simulator), flags=re.MULTILINE)
    return timed + _SCHEDULE + _OF_ALL
