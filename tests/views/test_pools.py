from __future__ import annotations

import pytest

from exporter.model.powerflex import ProtectionDomain, StoragePool
from exporter.views.pools import directory, domain_names

POOLS = (
    StoragePool(id="p1", name="gold", protection_domain_id="d1"),
    StoragePool(id="p2", name="gold", protection_domain_id="d2"),
    StoragePool(id="p3", name="silver"),
    StoragePool(id="p4", name="p3"),
)


@pytest.mark.parametrize(
    ("configured", "watched"),
    [
        pytest.param((), {"p1", "p2", "p3", "p4", "unknown"}, id="none configured: all, unknown ones too"),
        pytest.param(("silver",), {"p3"}, id="a name"),
        pytest.param(("gold",), {"p1", "p2"}, id="a name in two protection domains means both"),
        pytest.param(("p1",), {"p1"}, id="an id"),
        pytest.param(("p3",), {"p3", "p4"}, id="an id that is also a name means both"),
        pytest.param(("gold", "p3"), {"p1", "p2", "p3", "p4"}, id="several"),
        pytest.param(("Gold",), set(), id="names are case-sensitive"),
        pytest.param(("gol",), set(), id="no part of a name"),
        pytest.param(("unknown",), {"unknown"}, id="an id that was not read yet"),
    ],
)
def test_which_pools_are_watched(configured: tuple[str, ...], watched: set[str]) -> None:
    pools = directory(POOLS, configured)

    assert {pool for pool in ("p1", "p2", "p3", "p4", "unknown") if pools.watches(pool)} == watched


def test_names_of_pools() -> None:
    pools = directory(POOLS, ("silver",))

    assert [pools.name(pool) for pool in ("p1", "p2", "p3", "p4")] == ["gold", "gold", "silver", "p3"]
    assert pools.name("unknown") == ""


def test_before_the_pools_were_read_ids_can_be_watched() -> None:
    pools = directory((), ("gold", "p1"))

    assert pools.watches("p1")
    assert not pools.watches("p2")
    assert pools.name("p1") == ""


def test_names_of_protection_domains() -> None:
    domains = (
        ProtectionDomain(id="d1", name="one"),
        ProtectionDomain(id="d2", name=None),
        ProtectionDomain(id="d3", name=""),
    )

    assert domain_names(domains) == {"d1": "one", "d2": "d2", "d3": "d3"}
    assert domain_names(()) == {}
