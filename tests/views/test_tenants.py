from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from exporter.model import cloudstack, powerflex
from exporter.model.instant import Instant
from exporter.model.powerflex import UsedSizesReading
from exporter.model.snapshot import CloudStackSnapshot, PowerFlexSnapshot
from exporter.views.detached import Detached, detached_volumes
from exporter.views.tenants import Tenant, TenantSums, tenant_sums

NOW = Instant(0.0, 0.0)
KIB = 1024


def volume(volume_id: str, tree: str, *, pool: str = "p1", ancestor: str | None = None) -> powerflex.Volume:
    return powerflex.Volume(
        id=volume_id, storage_pool_id=pool, vtree_id=tree, size_kib=8, ancestor_volume_id=ancestor, creation_time=1
    )


def row(volume_id: str, account: str = "ann", **changes: object) -> cloudstack.Volume:
    fields: dict[str, Any] = {
        "id": f"r-{volume_id}",
        "state": "Ready",
        "path": f"{volume_id}:vol-1-aaaa-cs1",
        "pool_id": "u1",
        "size_bytes": 1,
        "vm_id": "m",
        "account": account,
        "domain": "ROOT/sales",
    }
    fields.update(changes)
    return cloudstack.Volume(**fields)


def system(*volumes: powerflex.Volume, name: str = "pf1", **used_kib: int) -> PowerFlexSnapshot:
    pools = ("p1", "p2") if name == "pf1" else ("q1",)
    return PowerFlexSnapshot(
        name,
        known_pools=tuple(powerflex.StoragePool(id=id_, name=id_) for id_ in pools),
        volumes=powerflex.VolumesReading(taken_at=NOW, volumes=list(volumes)),
        used_sizes=UsedSizesReading(taken_at=NOW, used_kib=used_kib),
    )


def cloud(*rows: cloudstack.Volume, complete: bool = True) -> CloudStackSnapshot:
    paths = {"u1": "p1", "u2": "p2", "u3": "q1", "u4": "elsewhere"}
    return CloudStackSnapshot(
        "ams",
        known_pools=tuple(cloudstack.StoragePool(id=uuid, path=path) for uuid, path in paths.items()),
        volumes=cloudstack.VolumesReading(taken_at=NOW, volumes=list(rows), complete=complete),
    )


def tenant(account: str = "ann", project: str = "", system: str = "pf1", pool: str = "p1") -> Tenant:
    return Tenant("ROOT/sales", account, project, system, pool)


class TestTenants:
    def test_each_has_what_is_its_own(self) -> None:
        rows = row("a"), row("b"), row("c", "bob"), row("d", "PrjAcct-x", project="x"), row("e", pool_id="u2")
        array = system(
            *(volume(id_, f"t{id_}", pool="p2" if id_ == "e" else "p1") for id_ in "abcde"), ta=1, tb=2, tc=4
        )
        assert tenant_sums(cloud(*rows), [array]) == {
            tenant(): TenantSums(2, 16 * KIB, 3 * KIB, 0),
            tenant("bob"): TenantSums(1, 8 * KIB, 4 * KIB, 0),
            tenant("", "x"): TenantSums(1, 8 * KIB, None, 1),
            tenant(pool="p2"): TenantSums(1, 8 * KIB, None, 1),
        }

    def test_only_what_is_on_the_array_counts_in_whatever_state(self) -> None:
        rows = row("a", state="Destroy"), row("b", state="Migrating"), row("c"), row("d", path=None)
        array = system(volume("a", "ta"), volume("b", "tb"), volume("x", "tx"), ta=1, tb=1, tx=9)
        assert tenant_sums(cloud(*rows), [array]) == {tenant(): TenantSums(2, 16 * KIB, 2 * KIB, 0)}

    def test_an_id_counts_once_for_the_row_that_is_most_alive(self) -> None:
        rows = [row("a", "ann", id="1", state="Destroy"), row("a", "bob", id="2", state="Migrating")]
        assert list(tenant_sums(cloud(*rows), [system(volume("a", "t"))])) == [tenant("bob")]
        rows += [row("a", "eve", id="4"), row("a", "dan", id="3", state="Ready")]
        assert list(tenant_sums(cloud(*rows), [system(volume("a", "t"))])) == [tenant("dan")]

    def test_a_tree_counts_for_its_owner(self) -> None:
        array = system(volume("s", "t", ancestor="a"), volume("a", "t"), volume("b", "t", ancestor="a"), t=5)
        sums = tenant_sums(cloud(row("a", "ann"), row("b", "bob")), [array])
        assert sums == {
            tenant("ann"): TenantSums(1, 8 * KIB, 5 * KIB, 0),
            tenant("bob"): TenantSums(1, 8 * KIB, None, 0),
        }

    def test_where_the_owner_is_not_known_the_tree_counts_for_the_known_volume_in_it(self) -> None:
        array = system(volume("x", "t"), volume("a", "t", ancestor="x"), t=5)
        assert tenant_sums(cloud(row("a")), [array]) == {tenant(): TenantSums(1, 8 * KIB, 5 * KIB, 0)}

    def test_each_system_is_summed_by_itself_and_a_row_is_sought_on_its_own(self) -> None:
        one, two = system(volume("a", "t"), t=1), system(volume("a", "t", pool="q1"), name="pf2", t=2)
        sums = tenant_sums(
            cloud(row("a"), row("a", id="far", pool_id="u3"), row("a", id="no", pool_id="u4")), [one, two]
        )
        assert sums == {
            tenant(): TenantSums(1, 8 * KIB, 1 * KIB, 0),
            tenant(system="pf2", pool="q1"): TenantSums(1, 8 * KIB, 2 * KIB, 0),
        }

    def test_a_volume_is_summed_where_it_lies_if_that_is_watched(self) -> None:
        array = PowerFlexSnapshot(
            "pf1",
            ("p2",),
            known_pools=system().known_pools,
            volumes=powerflex.VolumesReading(taken_at=NOW, volumes=[volume("a", "ta"), volume("b", "tb", pool="p2")]),
        )
        assert tenant_sums(cloud(row("a"), row("b")), [array]) == {tenant(pool="p2"): TenantSums(1, 8 * KIB, None, 1)}

    def test_nothing_is_said_where_a_list_is_unknown_or_incomplete(self) -> None:
        array = system(volume("a", "t"))
        assert tenant_sums(cloud(row("a"), complete=False), [array]) == {}
        assert tenant_sums(CloudStackSnapshot("ams", known_pools=()), [array]) == {}
        assert tenant_sums(cloud(row("a")), [PowerFlexSnapshot("pf1", known_pools=array.known_pools)]) == {}

    @given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["t1", "t2", "t3"])), max_size=12))
    def test_tenants_add_up_to_the_array_where_all_is_known(self, made: list[tuple[str, str]]) -> None:
        volumes = [volume(f"v{number}", tree) for number, (_, tree) in enumerate(made)]
        rows = [row(f"v{number}", account) for number, (account, _) in enumerate(made)]
        sums = tenant_sums(cloud(*rows), [system(*volumes, t1=1, t2=2)]).values()
        trees = {tree for _, tree in made}
        assert sum(each.volumes for each in sums) == len(made)
        assert sum(each.virtual_bytes for each in sums) == 8 * KIB * len(made)
        assert sum(each.used_bytes or 0 for each in sums) == KIB * (("t1" in trees) + 2 * ("t2" in trees))
        assert sum(each.used_unknown for each in sums) == ("t3" in trees)


class TestDetached:
    def test_ready_rows_of_no_vm(self) -> None:
        rows = row("a", vm_id=None), row("b"), row("c", vm_id=None, state="Destroy"), row("d", vm_id=None, pool_id="u2")
        array = system(*(volume(id_, f"t{id_}") for id_ in "abcd"), ta=3, tb=5)
        assert detached_volumes(cloud(*rows), [array]) == {"u1": Detached(1, 3 * KIB, 0), "u2": Detached(1, None, 1)}

    def test_a_tree_counts_once_and_a_volume_that_is_not_there_is_of_unknown_size(self) -> None:
        rows = row("a", vm_id=None), row("b", vm_id=None), row("gone", vm_id=None), row("e", vm_id=None, path=None)
        array = system(volume("a", "t"), volume("b", "t"), t=3)
        assert detached_volumes(cloud(*rows), [array])["u1"] == Detached(4, 3 * KIB, 2)

    def test_nothing_detached_uses_nothing(self) -> None:
        assert detached_volumes(cloud(), [system()]) == {"u1": Detached(0, 0, 0), "u2": Detached(0, 0, 0)}

    def test_they_are_counted_while_the_array_is_away(self) -> None:
        away = PowerFlexSnapshot("pf1", storage_pools=("p1",), known_pools=system().known_pools)
        assert detached_volumes(cloud(row("a", vm_id=None)), [away]) == {"u1": Detached(1, None, 1)}

    def test_nothing_is_said_where_the_list_is_unknown_or_incomplete(self) -> None:
        assert detached_volumes(cloud(complete=False), [system()]) == {}
        assert detached_volumes(CloudStackSnapshot("ams"), [system()]) == {}
