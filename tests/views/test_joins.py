from __future__ import annotations

from exporter.model import cloudstack, powerflex
from exporter.model.cloudstack import Host
from exporter.model.powerflex import Sdc
from exporter.model.snapshot import PowerFlexSnapshot
from exporter.views.joins import directories, join_hosts, place_pools


def system(name: str, *pools: tuple[str, str], storage_pools: tuple[str, ...] = ()) -> PowerFlexSnapshot:
    known = tuple(powerflex.StoragePool(id=id_, name=called) for id_, called in pools)
    return PowerFlexSnapshot(name, storage_pools=storage_pools, known_pools=known)


def pool(uuid: str, path: str) -> cloudstack.StoragePool:
    return cloudstack.StoragePool(id=uuid, path=path)


SYSTEMS = (
    system("pf1", ("p1", "fast"), ("p2", "slow"), storage_pools=("fast",)),
    system("pf2", ("q1", "fast")),
    PowerFlexSnapshot("new"),
)


def places(*pools: cloudstack.StoragePool) -> list[tuple[str, str | None, str, bool]]:
    placed = place_pools(pools, directories(SYSTEMS))
    return [(each.pool.id, each.system, each.powerflex_pool, each.watched) for each in placed]


def test_a_pool_lies_where_its_path_is_a_pool() -> None:
    assert places(pool("u1", "p1"), pool("u2", "q1"), pool("u3", "p2")) == [
        ("u1", "pf1", "fast", True),
        ("u2", "pf2", "fast", True),
        ("u3", "pf1", "slow", False),
    ]


def test_two_pools_may_lie_on_one() -> None:
    assert [place[1] for place in places(pool("u1", "p1"), pool("u2", "p1"))] == ["pf1", "pf1"]


def test_a_pool_whose_path_is_on_no_configured_system_lies_nowhere() -> None:
    assert places(pool("u1", "elsewhere"), pool("u2", "fast")) == [("u1", None, "", False), ("u2", None, "", False)]


def test_the_key_comes_with_the_pool() -> None:
    (placed,) = place_pools([pool("0123ABCD-4567", "nowhere")], {})
    assert placed.key == "abcd"


def joined(hosts: list[Host], *sdcs: Sdc) -> dict[str, str]:
    return {host: sdc.id for host, sdc in join_hosts(hosts, sdcs).items()}


def test_a_host_is_the_sdc_of_its_ip_else_of_its_name() -> None:
    hosts = [
        Host(id="h1", name="kvm1", ip="10.0.0.1"),
        Host(id="h2", name="kvm2", ip="10.0.0.2"),
        Host(id="h3", name="kvm3"),
        Host(id="h4"),
    ]
    sdcs = Sdc(id="a", name="kvm2", ip="10.0.0.1"), Sdc(id="b", name="kvm2", ip="10.9.9.9"), Sdc(id="c")
    assert joined(hosts, *sdcs) == {"h1": "a", "h2": "a"}
    assert joined(hosts, sdcs[1]) == {"h2": "b"}
    assert joined(hosts) == {}


def test_of_two_sdcs_of_one_host_the_connected_one_is_taken_then_the_lowest_id() -> None:
    hosts = [Host(id="h1", ip="10.0.0.1")]
    old = Sdc(id="a", ip="10.0.0.1", connected=False)
    unknown = Sdc(id="b", ip="10.0.0.1")
    new = Sdc(id="c", ip="10.0.0.1", connected=True)
    assert joined(hosts, old, unknown, new) == {"h1": "c"}
    assert joined(hosts, unknown, old) == {"h1": "a"}
