"""Redirects: no request follows one, so that no password, token or signature goes elsewhere."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.faults.calls import GATEWAYS, OF_GATEWAY, OF_SERVER, SOURCES

if TYPE_CHECKING:
    from tests.faults.bench import Bench


@pytest.fixture
def elsewhere() -> Iterator[socket.socket]:
    """A port on which nobody may knock."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener


@pytest.mark.parametrize("status", [301, 302, 307])
@pytest.mark.parametrize(
    ("source", "at_login"), [*((source, False) for source in SOURCES), *((source, True) for source in GATEWAYS)]
)
def test_nothing_is_sent_to_where_a_redirect_leads(
    bench: Bench, elsewhere: socket.socket, source: str, at_login: bool, status: int
) -> None:
    faults = bench.server(source).faults
    if at_login:
        faults.add({"action": "status", "status": 401, "path_regex": "^/(api/types|api/instances|rest/v1)/"})
    location = f"http://127.0.0.1:{elsewhere.getsockname()[1]}/"
    faults.add({"action": "status", "status": status, "headers": {"Location": location}})
    faulty = bench.poll(source=source)
    faults.clear()
    assert faulty.failing(source) == set(OF_GATEWAY if source in GATEWAYS else OF_SERVER)
    assert all(f"answered {status}" in line for line in bench.log.complaints())
    with pytest.raises(BlockingIOError):
        elsewhere.accept()
    assert bench.poll(source=source).failing(source) == set()
