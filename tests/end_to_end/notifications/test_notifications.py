"""From a fault in the simulated world to the message about it, through every program in between."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .alertmanager import PAGER_TOKEN
from .watch import Watch, watching

pytestmark = pytest.mark.timeout(600)

RUNBOOKS = "https://github.com/cloudstack-powerflex-exporter/cloudstack-powerflex-exporter/blob/main/docs/runbooks"
READ_ONLY = (
    f"*<{RUNBOOKS}/CloudStackRouterFilesystemReadOnly.md|CloudStackRouterFilesystemReadOnly>*\n"
    "• Router r-107-VM of ams in zone ams on host kvm-a03 had a read-only file system when it was last tested: it "
    "gives no new leases and takes no new rules. Several at once point to the storage. Once the storage is well, "
    "restart its network with clean-up.\n"
)
READ_ONLY_ENDED = (
    f"*<{RUNBOOKS}/CloudStackRouterFilesystemReadOnly.md|CloudStackRouterFilesystemReadOnly>*\n"
    "• was: A virtual router cannot write to its file system. (ams, r-107-VM)\n"
)
GATEWAY_DOWN = (
    f"*<{RUNBOOKS}/PowerFlexGatewayDown.md|PowerFlexGatewayDown>*\n"
    "• The exporter cannot connect or log in to the gateway of pf-ams1. Nothing is known of that array until it can, "
    "though the array itself may serve I/O. The status page of the exporter says why: network, TLS or password.\n"
)
GATEWAY_DOWN_ENDED = (
    f"*<{RUNBOOKS}/PowerFlexGatewayDown.md|PowerFlexGatewayDown>*\n"
    "• was: A PowerFlex gateway gives no session. (pf-ams1)\n"
)
POLL_FAILING = (
    f"*<{RUNBOOKS}/PowerFlexPollFailing.md|PowerFlexPollFailing>*\n"
    "• Every poll of the collector pools of pf-ams1 has failed for 15 minutes or more. Its last reading is dropped, or "
    "soon will be, and what rests on it is unknown. The status page of the exporter has the error in words.\n"
)
POLL_FAILING_ENDED = (
    f"*<{RUNBOOKS}/PowerFlexPollFailing.md|PowerFlexPollFailing>*\n"
    "• was: A collector of the exporter fails. (pf-ams1, pools)\n"
)
OF_THE_ARRAY = 'alertstate="firing", system="pf-ams1", cloudstack="", alertname!="PowerFlexGatewayDown"'
"""Alerts that rest on readings of the gateway alone."""
OF_ITS_POOLS = 'alertstate="firing", system="pf-ams1", cloudstack="", alertname=~"PowerFlexPool(Near|Degr|Fail|Reb).+"'
"""Alerts that rest on the collector `pools` of the gateway alone."""


@pytest.fixture(scope="module")
def watch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watch]:
    with watching(tmp_path_factory.mktemp("watch")) as watch:
        yield watch


def told(watch: Watch) -> tuple[list[tuple[str, str]], list[tuple[str, str, str]]]:
    """What the pager was told, alert and status, and what Slack was, colour, title and text."""
    posts = watch.told()
    pages = [post.body for post in posts if post.path == "/pager"]
    messages = [post.body["attachments"][0] for post in posts if post.path == "/slack"]
    return (
        [(page["commonLabels"]["alertname"], page["status"]) for page in pages],
        [(message["color"], message["title"], message["text"]) for message in messages],
    )


def test_a_router_turned_read_only_is_told_once_and_so_is_its_end(watch: Watch) -> None:
    name, title = "CloudStackRouterFilesystemReadOnly", "ams: A virtual router cannot write to its file system."
    watch.settle()

    watch.set_read_only("vpc_router", read_only=True)
    watch.until(lambda: len(watch.inbox.posts) >= 2, "pager and Slack to be told")
    fired = ("danger", f"CRITICAL (1) {title}", READ_ONLY)
    assert told(watch) == ([(name, "firing")], [fired])

    watch.set_read_only("vpc_router", read_only=False)
    watch.until(lambda: len(watch.inbox.posts) >= 4, "both to be told of its end")
    ended = ("good", f"RESOLVED (1) {title}", READ_ONLY_ENDED)
    assert told(watch) == ([(name, "firing"), (name, "resolved")], [fired, ended])
    proofs = {(post.path, post.authorization) for post in watch.inbox.posts}
    assert proofs == {("/pager", f"Bearer {PAGER_TOKEN}"), ("/slack", None)}


def test_a_gateway_that_stops_is_told_once_and_nothing_of_its_array_is_said_to_be_well(watch: Watch) -> None:
    name, title = "PowerFlexGatewayDown", "pf-ams1: A PowerFlex gateway gives no session."
    watch.settle()
    before = watch.alerts(OF_THE_ARRAY)
    assert len(before) > 4

    watch.simulator.gateways["pf-ams1"].stop()
    watch.until(lambda: len(watch.inbox.posts) >= 2, "pager and Slack to be told")
    watch.until(lambda: not watch.alerts(OF_THE_ARRAY), "every alert of the array to have ended in Prometheus")
    fired = ("danger", f"CRITICAL (1) {title}", GATEWAY_DOWN)
    assert told(watch) == ([(name, "firing")], [fired])

    watch.simulator.gateways["pf-ams1"].start()
    watch.until(lambda: len(watch.inbox.posts) >= 4, "both to be told of its end")
    watch.until(lambda: watch.alerts(OF_THE_ARRAY) == before, "the alerts of the array to fire again")
    ended = ("good", f"RESOLVED (1) {title}", GATEWAY_DOWN_ENDED)
    assert told(watch) == ([(name, "firing"), (name, "resolved")], [fired, ended])


def test_a_collector_that_fails_is_told_once_and_nothing_that_it_read_is_said_to_be_well(watch: Watch) -> None:
    title = "pf-ams1: A collector of the exporter fails."
    watch.settle()
    before = watch.alerts(OF_ITS_POOLS)
    assert before

    faults = watch.simulator.gateways["pf-ams1"].faults
    faults.add({"action": "status", "status": 500, "path": "/api/types/StoragePool"})
    watch.until(lambda: watch.inbox.posts, "Slack to be told")
    watch.until(lambda: not watch.alerts(OF_ITS_POOLS), "every alert of its pools to have ended in Prometheus")
    fired = ("warning", f"WARNING (1) {title}", POLL_FAILING)
    assert told(watch) == ([], [fired])

    faults.clear()
    watch.until(lambda: len(watch.inbox.posts) >= 2, "Slack to be told of its end")
    watch.until(lambda: watch.alerts(OF_ITS_POOLS) == before, "the alerts of its pools to fire again")
    ended = ("good", f"RESOLVED (1) {title}", POLL_FAILING_ENDED)
    assert told(watch) == ([], [fired, ended])
