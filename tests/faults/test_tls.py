"""Certificates that are not good, and gateways without any."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Literal

import pytest
from cryptography import x509

from exporter.simulator import Simulator, World

if TYPE_CHECKING:
    from tests.faults.conftest import Driven, Exporter, Log, Settings

_EXPIRY = "powerflex_exporter_source_certificate_expiry_timestamp_seconds"
_ALL = {"system", "pools", "volumes", "used_sizes", "vtrees", "sdcs", "nodes", "alerts"}

Fault = Literal["none", "other_host", "expired"]
Secure = Callable[[Fault], Simulator]


@pytest.fixture
def secure(own_simulator: Simulator) -> Iterator[Secure]:
    """Starts gateways with TLS, over a small scenario."""
    world: World = own_simulator.world
    with ExitStack() as stack:
        yield lambda fault: stack.enter_context(Simulator(world, certificate_fault=fault))


def expiry_of(simulator: Simulator, system: str) -> float:
    """When the certificate on the gateway's disk ends."""
    certificate = simulator.gateways[system].certificate
    assert certificate is not None
    (first, *_) = x509.load_pem_x509_certificates(certificate.read_bytes())
    return first.not_valid_after_utc.timestamp()


def test_a_good_certificate_is_taken_and_its_end_is_shown(
    secure: Secure, start: Exporter, configured: Settings
) -> None:
    simulator = secure("none")
    polled = start(configured(simulator)).poll()
    for system in simulator.gateways:
        assert polled.value("powerflex_up", system=system) == 1
        assert polled.failing(system) == set()
        assert polled.value(_EXPIRY, source=system) == expiry_of(simulator, system)


@pytest.mark.parametrize(("fault", "words"), [("expired", "expired"), ("other_host", "127.0.0.1")])
def test_a_certificate_at_fault_takes_the_system_down_with_its_cause(
    *, secure: Secure, start: Exporter, configured: Settings, logged: Log, fault: Fault, words: str
) -> None:
    driven: Driven = start(configured(secure(fault)))
    polled = driven.poll()
    driven.poll()
    for system in ("pf-ams1", "pf-ams2"):
        assert polled.value("powerflex_up", system=system) == 0
        assert polled.failing(system) == _ALL
        assert set(polled.inventory(system)) == {"powerflex_up"}
        assert sum("level=warning" in line and f"source={system} " in line for line in logged.text.splitlines()) == 8
    assert all(words in line and "certificate" in line for line in logged.new() if "level=warning" in line)


def test_a_certificate_of_an_unknown_authority_is_not_taken(
    secure: Secure, start: Exporter, configured: Settings, logged: Log
) -> None:
    text = configured(secure("none"))
    simulator_ca = text.split("ca_file: ")[1].split("}")[0]
    polled = start(text.replace(f", ca_file: {simulator_ca}", "")).poll()
    assert [sample.value for sample in polled.all_of("powerflex_up")] == [0, 0]
    assert "certificate" in logged.text


@pytest.mark.parametrize("fault", ["expired", "other_host", "none"])
def test_a_certificate_that_is_not_to_be_verified_is_taken_and_its_end_is_shown(
    secure: Secure, start: Exporter, configured: Settings, fault: Fault
) -> None:
    simulator = secure(fault)
    text = configured(simulator)
    ca_file = text.split("ca_file: ")[1].split("}")[0]
    polled = start(text.replace(f"verify: true, ca_file: {ca_file}", "verify: false")).poll()
    for system in simulator.gateways:
        assert polled.value("powerflex_up", system=system) == 1
        assert polled.failing(system) == set()
        assert polled.value(_EXPIRY, source=system) == expiry_of(simulator, system)


def test_a_gateway_without_tls_is_polled_and_has_no_certificate(driven: Driven) -> None:
    polled = driven.scrape()
    assert [sample.value for sample in polled.all_of("powerflex_up")] == [1, 1]
    assert polled.all_of(_EXPIRY) == []


def test_http_at_a_gateway_that_speaks_tls_and_the_other_way_round_are_down(
    secure: Secure, own_simulator: Simulator, start: Exporter, configured: Settings
) -> None:
    wrong = configured(secure("none")).replace("https://", "http://")
    polled = start(wrong).poll()
    assert polled.failing("pf-ams1") == polled.failing("pf-ams2") == _ALL
    assert [sample.value for sample in polled.all_of("powerflex_up")] == [0, 0]
    wrong = configured(own_simulator).replace("http://", "https://")
    polled = start(wrong).poll()
    assert polled.failing("pf-ams1") == polled.failing("pf-ams2") == _ALL
    assert [sample.value for sample in polled.all_of("powerflex_up")] == [0, 0]
