"""What sends notifications and what gets them, as fixtures."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .alertmanager import Alertmanager, alertmanager_running
from .receivers import Inbox, Mailbox, inbox_open, mailbox_open

HASTE = 1200
"""A minute of an Alertmanager that is told of alerts by hand lasts 50 milliseconds."""


@pytest.fixture(scope="module")
def inbox() -> Iterator[Inbox]:
    with inbox_open() as inbox:
        yield inbox


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Mailbox]:
    with mailbox_open() as mailbox:
        yield mailbox


@pytest.fixture(scope="module")
def running_alertmanager(
    tmp_path_factory: pytest.TempPathFactory, inbox: Inbox, mailbox: Mailbox
) -> Iterator[Alertmanager]:
    with alertmanager_running(tmp_path_factory.mktemp("alertmanager"), inbox, mailbox, haste=HASTE) as alertmanager:
        yield alertmanager


@pytest.fixture
def alertmanager(running_alertmanager: Alertmanager) -> Iterator[Alertmanager]:
    """An Alertmanager that tests tell of alerts, with none at the beginning."""
    yield running_alertmanager
    running_alertmanager.resolve(*map(dict, running_alertmanager.inhibitors()))
