"""What an Alertmanager with the example's configuration sends, and what it keeps to itself."""

from __future__ import annotations

import pytest

from tests.programs import until

from .alertmanager import MAIL_PASSWORD, Alertmanager
from .receivers import Inbox, Mailbox

QUIET_SECONDS = 1.5
"""Several times as long as a group waits here for its next message."""
GATEWAY_DOWN = {
    "alertname": "PowerFlexGatewayDown",
    "severity": "critical",
    "instance": "exporter",
    "system": "pf-ams1",
    "source": "pf-ams1",
}
SDC_DISCONNECTED = {
    "alertname": "PowerFlexSdcDisconnected",
    "severity": "critical",
    "instance": "exporter",
    "system": "pf-ams1",
    "sdc_id": "c1",
}
RUNBOOKS = "https://docs.example.net/runbooks"


@pytest.fixture(autouse=True)
def _nothing_told(inbox: Inbox) -> None:
    """What ended with the test before is told first."""
    inbox.when_quiet(QUIET_SECONDS)
    inbox.posts.clear()


def test_an_alert_is_one_message_for_each_array_whatever_the_number_of_its_objects(alertmanager: Alertmanager) -> None:
    objects = [("pf-ams1", "c1"), ("pf-ams1", "c2"), ("pf-ams2", "c1")]
    alertmanager.fire(*({**SDC_DISCONNECTED, "system": system, "sdc_id": sdc} for system, sdc in objects))

    until(lambda: sum(map(len, alertmanager.groups())) == 3, "Alertmanager to have sorted the alerts")
    grouped = sorted(sorted((one["system"], one["sdc_id"]) for one in group) for group in alertmanager.groups())
    assert grouped == [objects[:2], objects[2:]]


def test_what_is_inhibited_when_it_resolves_is_not_told(alertmanager: Alertmanager, inbox: Inbox) -> None:
    def pages() -> list[tuple[str, str]]:
        posts = inbox.when_quiet(QUIET_SECONDS)
        return [
            (post.body["commonLabels"]["alertname"], post.body["status"]) for post in posts if post.path == "/pager"
        ]

    alertmanager.fire(SDC_DISCONNECTED)
    until(lambda: len(inbox.posts) >= 2, "the first page")
    assert pages() == [("PowerFlexSdcDisconnected", "firing")]

    alertmanager.fire(GATEWAY_DOWN)
    until(lambda: len(inbox.posts) >= 4, "the second page")
    alertmanager.resolve(SDC_DISCONNECTED)
    told = [("PowerFlexSdcDisconnected", "firing"), ("PowerFlexGatewayDown", "firing")]
    assert pages() == told

    alertmanager.resolve(GATEWAY_DOWN)
    until(lambda: len(inbox.posts) >= 6, "the third page")
    assert pages() == [*told, ("PowerFlexGatewayDown", "resolved")]


def test_what_can_wait_is_one_mail(alertmanager: Alertmanager, mailbox: Mailbox) -> None:
    for number, pool in enumerate(("fast & furious", "slow"), 1):
        alertmanager.fire(
            {
                "alertname": "CloudStackVolumeQosDrift",
                "severity": "info",
                "instance": "exporter",
                "cloudstack": "ams",
                "cloudstack_pool": pool,
            },
            summary="Volumes have other limits than their offering.",
            description=f"{number} data disks of pool {pool} have other limits than their offering.",
            runbook_url=f"{RUNBOOKS}/CloudStackVolumeQosDrift.md",
        )
    alertmanager.fire(
        {
            "alertname": "CloudStackRouterHealthCheckFailing",
            "severity": "info",
            "instance": "exporter",
            "cloudstack": "ams",
            "router": "r-7-VM",
        },
        summary="A health check of a virtual router fails.",
        description="The check dns_check.py of router r-7-VM has failed for an hour.",
        runbook_url=f"{RUNBOOKS}/CloudStackRouterHealthCheckFailing.md",
    )
    until(lambda: mailbox.mails, "the mail")

    (mail,) = mailbox.mails
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text
    assert html
    assert mail["Subject"] == "INFO (3) ams: Several alerts."
    assert mail["To"] == "storage-team@example.net"
    assert text.get_content().splitlines() == [
        "CloudStackRouterHealthCheckFailing: https://docs.example.net/runbooks/CloudStackRouterHealthCheckFailing.md",
        "- The check dns_check.py of router r-7-VM has failed for an hour.",
        "CloudStackVolumeQosDrift: https://docs.example.net/runbooks/CloudStackVolumeQosDrift.md",
        "- 1 data disks of pool fast & furious have other limits than their offering.",
        "- 2 data disks of pool slow have other limits than their offering.",
    ]
    assert "<p>1 data disks of pool fast &amp; furious have other limits than their offering.</p>" in html.get_content()
    assert mailbox.logins == [("alertmanager", MAIL_PASSWORD)]
