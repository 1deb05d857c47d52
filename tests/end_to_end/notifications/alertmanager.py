"""A real Alertmanager with the example of its configuration."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from benchmarks.serving import free_port
from tests.programs import until

from .haste import in_haste
from .receivers import Inbox, Mailbox

ALERTS = Path(__file__).parents[3] / "alerts"
SECRETS = "/etc/prometheus/secrets"
PAGER_TOKEN = "made-up-token"
MAIL_PASSWORD = "made-up-password"

Labels = Mapping[str, str]
Key = frozenset[tuple[str, str]]


def key(labels: Labels) -> Key:
    """What tells an alert from others."""
    return frozenset(labels.items())


@dataclass(frozen=True)
class Alertmanager:
    """A running Alertmanager."""

    address: str

    def is_ready(self) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(f"http://{self.address}/-/ready", timeout=30, trust_env=False).status_code == 200
        return False

    def fire(self, *alerts: Labels, **annotations: str) -> None:
        """Say that alerts with these labels fire from now on."""
        now = datetime.now(UTC)
        self._post(alerts, annotations, now, now + timedelta(hours=1))

    def resolve(self, *alerts: Labels, **annotations: str) -> None:
        """Say that they fire no more."""
        now = datetime.now(UTC)
        self._post(alerts, annotations, now - timedelta(seconds=1), now)

    def groups(self) -> list[list[Labels]]:
        """Give the labels of all alerts, by the messages that they are told in."""
        groups = httpx.get(f"http://{self.address}/api/v2/alerts/groups", timeout=30, trust_env=False).json()
        return [[alert["labels"] for alert in group["alerts"]] for group in groups]

    def inhibitors(self) -> dict[Key, set[str]]:
        """Give the names of the alerts that inhibit each alert, by its labels."""
        alerts = httpx.get(f"http://{self.address}/api/v2/alerts", timeout=30, trust_env=False).json()
        names = {alert["fingerprint"]: alert["labels"]["alertname"] for alert in alerts}
        return {key(alert["labels"]): {names[source] for source in alert["status"]["inhibitedBy"]} for alert in alerts}

    def _post(self, alerts: Sequence[Labels], annotations: Labels, starts: datetime, ends: datetime) -> None:
        times = {"startsAt": starts.isoformat(), "endsAt": ends.isoformat()}
        body = [{"labels": labels, "annotations": annotations, **times} for labels in alerts]
        answer = httpx.post(f"http://{self.address}/api/v2/alerts", json=body, timeout=30, trust_env=False)
        assert answer.status_code == 200, answer.text


@contextlib.contextmanager
def alertmanager_running(folder: Path, inbox: Inbox, mailbox: Mailbox, *, haste: int) -> Iterator[Alertmanager]:
    """Start Debian's Alertmanager in a folder: the example, with receivers of ours and shorter intervals."""
    secrets = {"pager-token": PAGER_TOKEN, "slack-url": f"{inbox.url}/slack", "smtp-password": MAIL_PASSWORD}
    (folder / "secrets").mkdir()
    for name, text in secrets.items():
        (folder / "secrets" / name).write_text(text)
    shutil.copytree(ALERTS / "templates", folder / "templates")
    config = in_haste((ALERTS / "alertmanager.example.yaml").read_text(), haste)
    for theirs, ours in {
        SECRETS: str(folder / "secrets"),
        "https://pager.example.net/alertmanager": f"{inbox.url}/pager",
        "mail.example.net:587": f"{mailbox.address}\n  smtp_require_tls: false",
    }.items():
        assert theirs in config
        config = config.replace(theirs, ours)
    (folder / "alertmanager.yaml").write_text(config)
    alertmanager = Alertmanager(f"127.0.0.1:{free_port()}")
    command = [
        "prometheus-alertmanager",
        f"--config.file={folder / 'alertmanager.yaml'}",
        f"--storage.path={folder / 'alertmanager'}",
        f"--web.listen-address={alertmanager.address}",
        "--cluster.listen-address=",
    ]
    with (folder / "alertmanager.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        until(alertmanager.is_ready, "Alertmanager to be ready")
        yield alertmanager
    finally:
        process.terminate()
        process.wait()
