"""A simulated world, an exporter that watches it, and a Prometheus that has our rules evaluated and notifies."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from exporter.simulator import Simulator, config_yaml, default_scenario
from tests.programs import Prometheus, exporter_running, prometheus_running, until

from .alertmanager import ALERTS, Key, alertmanager_running, key
from .haste import in_haste
from .receivers import Inbox, Post, inbox_open, mailbox_open

HASTE = 80
"""A minute lasts three quarters of a second: two scrapes that fail of lateness are not yet an exporter that is down."""
_PATIENCE_SECONDS = 150.0
_QUIET_SECONDS = 5.0
"""Longer than the 5 minutes that a group waits for its next message."""
_SLOWEST = "CloudStackVolumesOrphaned"
"""Waits for half an hour, as long as any alert of the scenario that is for the pager or for Slack."""
_SETTINGS = """
schedule:
  powerflex: {system: 3s, pools: 3s, volumes: 3s, used_sizes: 3s, vtrees: 3s, sdcs: 3s, nodes: 3s, alerts: 3s}
  cloudstack: {inventory: 3s, volumes: 3s, settings: 3s, routers: 3s}
reconciliation: {grace: 2s}
router_health_checks: {run: never}
"""


@dataclass(frozen=True)
class Watch:
    """What a test can change, and see."""

    simulator: Simulator
    prometheus: Prometheus
    inbox: Inbox

    def until(self, happened: Callable[[], object], what: str) -> None:
        """Wait until something is so; what takes half an hour takes half a minute here."""
        until(happened, what, seconds=_PATIENCE_SECONDS)

    def settle(self) -> None:
        """Wait until all that is wrong has been told, and forget it. What is for the digest is not waited for."""
        self.until(lambda: self.alerts(f'alertstate="firing", alertname="{_SLOWEST}"'), "the slowest alert")
        self.until(lambda: not self.alerts('alertstate="pending", severity!="info"'), "no alert to be pending")
        self.told()
        self.inbox.posts.clear()

    def set_read_only(self, landmark: str, *, read_only: bool) -> None:
        """Let a router of ams turn read-only, or mend it, and let CloudStack notice."""
        _set_read_only(self.simulator, landmark, read_only=read_only)

    def alerts(self, matchers: str) -> set[Key]:
        """Give the alerts in Prometheus with such labels."""
        return {key(one["metric"]) for one in self.prometheus.query(f"ALERTS{{{matchers}}}")}

    def told(self) -> list[Post]:
        """Return what was posted, once no more comes."""
        return self.inbox.when_quiet(_QUIET_SECONDS)


@contextlib.contextmanager
def watching(folder: Path) -> Iterator[Watch]:
    """Start all of it. The world is the default one, less an alert that fires late and a router that is read-only."""
    world = default_scenario(live=False, started=int(time.time()))
    with contextlib.ExitStack() as stack:
        simulator = stack.enter_context(Simulator(world, tls=False))
        simulator.change("finish_migration", vtree=world.landmarks["migrating_vtree"])
        _set_read_only(simulator, "read_only_router", read_only=False)
        (folder / "exporter.yaml").write_text(_config(simulator))
        exporter = stack.enter_context(
            exporter_running(folder / "exporter.log", "serve", "--config.file", str(folder / "exporter.yaml"))
        )
        inbox = stack.enter_context(inbox_open())
        mailbox = stack.enter_context(mailbox_open())
        alertmanager = stack.enter_context(alertmanager_running(folder, inbox, mailbox, haste=HASTE))
        (folder / "rules").mkdir()
        for rules in (ALERTS / "rules").glob("*.yaml"):
            (folder / "rules" / rules.name).write_text(in_haste(rules.read_text(), HASTE))
        config = _prometheus_config(exporter.url.removeprefix("http://"), alertmanager.address)
        prometheus = stack.enter_context(prometheus_running(folder, yaml.safe_dump(config)))
        yield Watch(simulator, prometheus, inbox)


def _set_read_only(simulator: Simulator, landmark: str, *, read_only: bool) -> None:
    router = simulator.world.landmarks[landmark]
    simulator.change("set_router_filesystem", router=router, read_only=read_only)
    simulator.change("fetch_health_checks", cloudstack="ams")


def _config(simulator: Simulator) -> str:
    text = re.sub(r"^( +)(password|secret_key): ", r"\1timeout: 4s\n\1\2: ", config_yaml(simulator), flags=re.MULTILINE)
    return text + _SETTINGS


def _prometheus_config(exporter: str, alertmanager: str) -> dict[str, Any]:
    return {
        "global": {"scrape_interval": "2s", "scrape_timeout": "2s", "evaluation_interval": "1s"},
        "rule_files": ["rules/*.yaml"],
        "scrape_configs": [{"job_name": "powerflex", "static_configs": [{"targets": [exporter]}]}],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]},
    }
