import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest

from exporter.simulator import Gateway, Simulator, World, default_scenario

Connect = Callable[..., httpx.Client]


@pytest.fixture
def world() -> World:
    return default_scenario(live=False)


@pytest.fixture
def simulator(world: World) -> Iterator[Simulator]:
    with Simulator(world) as running:
        yield running


@pytest.fixture
def plain_simulator(world: World) -> Iterator[Simulator]:
    """Without TLS, for tests that open many connections."""
    with Simulator(world, tls=False) as running:
        yield running


@pytest.fixture
def old(plain_simulator: Simulator) -> Gateway:
    """The 3.6 gateway."""
    return plain_simulator.gateways["pf-ams1"]


@pytest.fixture
def new(plain_simulator: Simulator) -> Gateway:
    """The 4.5 gateway."""
    return plain_simulator.gateways["pf-ams2"]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Opens clients without a session, and closes them."""
    with ExitStack() as stack:

        def make(gateway: Gateway, simulator: Simulator | None = None) -> httpx.Client:
            verify = ssl.create_default_context(cafile=str(simulator.ca_file)) if simulator else False
            client = httpx.Client(base_url=gateway.url, verify=verify, timeout=10, trust_env=False)
            return stack.enter_context(client)

        yield make


@pytest.fixture
def log_in(connect: Connect) -> Connect:
    """Opens clients with a session of the legacy login."""

    def make(gateway: Gateway, simulator: Simulator | None = None) -> httpx.Client:
        client = connect(gateway, simulator)
        answer = client.get("/api/login", auth=(gateway.username, gateway.password))
        assert answer.status_code == 200
        client.auth = httpx.BasicAuth("", answer.json())
        return client

    return make
