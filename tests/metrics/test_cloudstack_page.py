"""The CloudStack blocks of the page: what is absent, what is unique, and what is rendered anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from exporter.inventory.store import CloudStackEntry, Inventory, PowerFlexEntry
from exporter.metrics.catalogue import CLOUDSTACK
from exporter.metrics.deflate import Block, text
from exporter.metrics.judgement import Judgement
from exporter.metrics.page import Page, PageRenderer
from exporter.model import cloudstack, powerflex
from exporter.model.cloudstack import (
    CheckStatus,
    DiskOffering,
    Host,
    InventoryReading,
    Router,
    RouterCheck,
    RoutersReading,
    Setting,
    SettingsReading,
)
from exporter.model.instant import Instant
from exporter.model.powerflex import PoolsReading, PoolStatistics, Sdc, SdcsReading, SystemReading, UsedSizesReading
from exporter.model.snapshot import CloudStackSnapshot, PowerFlexSnapshot

UNIX = 1_700_000_000.0


def at(seconds: float) -> Instant:
    return Instant(UNIX + seconds, seconds)


def array(
    name: str = "pf1", pool: str = "p1", ids: tuple[str, ...] = ("v1", "v2"), read: float = 0.0
) -> PowerFlexSnapshot:
    pools = (powerflex.StoragePool(id=pool, name=f"name of {pool}"),)
    volumes = [
        powerflex.Volume(
            id=id_, name=f"vol-{n}-aaaa-x", storage_pool_id=pool, vtree_id=f"t{id_}", size_kib=8, mapped_sdcs=()
        )
        for n, id_ in enumerate(ids, 1)
    ]
    return PowerFlexSnapshot(
        name,
        up=True,
        known_pools=pools,
        pools=PoolsReading(
            taken_at=at(read), domains=(), pools=pools, statistics={pool: PoolStatistics(capacity_in_use_kib=1)}
        ),
        volumes=powerflex.VolumesReading(taken_at=at(read), volumes=volumes),
        used_sizes=UsedSizesReading(taken_at=at(read), used_kib={f"t{id_}": 4 for id_ in ids}),
        sdcs=SdcsReading(taken_at=at(read), sdcs=(Sdc(id="c1", ip="10.0.0.1", connected=True),)),
    )


def row(id_: str, uuid: str, **changes: object) -> cloudstack.Volume:
    fields: dict[str, Any] = {"id": f"u-{id_}", "state": "Ready", "path": id_, "pool_id": uuid, "size_bytes": 8192}
    fields.update(changes)
    return cloudstack.Volume(**fields)


def cloud(
    name: str = "ams",
    *,
    uuid: str = "0000aaaa-1",
    path: str = "p1",
    ids: tuple[str, ...] = ("v1", "v2"),
    read: float = 0.0,
) -> CloudStackSnapshot:
    pools = (cloudstack.StoragePool(id=uuid, name=f"pool of {name}", path=path, state="Up", total_bytes=100),)
    router = Router(
        id="r1",
        name="r-1-VM",
        state="Running",
        zone="z",
        checks=tuple(
            RouterCheck(name=check, check_type="basic", status=CheckStatus.SUCCESS, updated=UNIX)
            for check in ("connectivity.test", "filesystem.writable.test")
        ),
    )
    return CloudStackSnapshot(
        name,
        up=True,
        known_pools=pools,
        inventory=InventoryReading(
            taken_at=at(read),
            zones=(),
            pools=pools,
            hosts=(Host(id="h1", name="kvm1", ip="10.0.0.1", state="Up"),),
            offerings=(),
        ),
        volumes=cloudstack.VolumesReading(
            taken_at=at(read), volumes=[row(id_, uuid, account="a") for id_ in ids], complete=True
        ),
        settings=SettingsReading(
            taken_at=at(read), settings=(Setting(name="custom.cs.identifier", value="x", scope="global"),)
        ),
        routers=RoutersReading(taken_at=at(read), routers=(router,)),
    )


class Book:
    """A renderer and its judgement, without grace."""

    def __init__(self, series: str = "all", limit: int = 1000) -> None:
        self.renderer = PageRenderer(series, limit)  # type: ignore[arg-type]
        self.judgement = Judgement(0.0, 3600.0)

    def page(self, systems: list[PowerFlexSnapshot], clouds: list[CloudStackSnapshot], seconds: float = 0.0) -> Page:
        judged = self.judgement.judge(tuple(systems), tuple(clouds), {}, at(seconds))
        return self.renderer.render(systems, clouds, judged)


def body(page: Page) -> str:
    return b"".join(text(page.blocks)).decode()


def lines(page: Page, start: str) -> list[str]:
    return [line for line in body(page).splitlines() if line.startswith(start)]


def of(page: Page, installation: str) -> dict[str, Block]:
    """The blocks of one installation by the metric's name."""
    found = {}
    for block in page.blocks:
        content = b"".join(text([block])).decode()
        if content.startswith("cloudstack_") and f'cloudstack="{installation}"' in content:
            found[content.partition("{")[0]] = block
    return found


def owners(page: Page) -> dict[tuple[str, str], str]:
    """Whose volume each one is, by system and id; each has one owner."""
    found = {}
    for family in parse_text(body(page)):
        if family.name == "cloudstack_powerflex_volume_info":
            for sample in family.samples:
                key = sample.labels["system"], sample.labels["volume_id"]
                assert key not in found
                found[key] = sample.labels["cloudstack"]
    return found


class TestAbsence:
    def test_an_installation_that_was_never_tried_says_nothing(self) -> None:
        assert "cloudstack_up" not in body(Book().page([array()], [CloudStackSnapshot("ams")]))

    def test_one_that_was_never_reached_says_that_alone(self) -> None:
        page = Book().page([array()], [CloudStackSnapshot("ams", up=False, known_pools=())])

        assert lines(page, "cloudstack_") == ['cloudstack_up{cloudstack="ams"} 0']

    def test_a_pool_of_which_nothing_but_its_path_is_known(self) -> None:
        pools = (cloudstack.StoragePool(id="u", path="p1"),)
        inventory = InventoryReading(taken_at=at(0), zones=(), pools=pools, hosts=(), offerings=())
        page = Book().page([array()], [CloudStackSnapshot("ams", known_pools=pools, inventory=inventory)])

        assert {line.partition("{")[0] for line in lines(page, "cloudstack_powerflex_pool")} == {
            "cloudstack_powerflex_pool_info"
        }

    @pytest.mark.parametrize(
        ("stale", "absent"),
        [
            ("inventory", ["cloudstack_powerflex_pool", "cloudstack_host", "cloudstack_powerflex_discrepanc"]),
            ("volumes", ["cloudstack_tenant", "cloudstack_powerflex_volume", "cloudstack_powerflex_detached"]),
            ("settings", ["cloudstack_setting_info", "cloudstack_powerflex_volumes"]),
            ("routers", ["cloudstack_router"]),
        ],
    )
    def test_what_is_stale_is_gone_and_what_comes_back_is_there(self, stale: str, absent: list[str]) -> None:
        book = Book()
        full = book.page([array()], [cloud()])
        gone: dict[str, Any] = {stale: None}
        without = book.page([array()], [replace(cloud(), **gone)])

        assert all(lines(full, name) and not lines(without, name) for name in absent)
        assert lines(without, "cloudstack_up") == ['cloudstack_up{cloudstack="ams"} 1']
        assert body(book.page([array()], [cloud()])) == body(full)

    @pytest.mark.parametrize("overprovisioning", [float("nan"), float("inf")])
    def test_no_value_is_ever_nan_or_infinite(self, overprovisioning: float) -> None:
        whole = cloud()
        assert whole.inventory is not None
        pools = (cloudstack.StoragePool(id="u", path="p1", overprovisioning_factor=overprovisioning),)
        inventory = InventoryReading(taken_at=at(0), zones=(), pools=pools, hosts=(), offerings=())

        page = Book().page([array()], [replace(whole, known_pools=pools, inventory=inventory)])

        assert lines(page, "cloudstack_powerflex_pool_info")
        assert lines(page, "cloudstack_powerflex_pool_overprovisioning_ratio") == []

    def test_sums_leave_out_no_system_that_is_merely_stale(self) -> None:
        page = Book().page([replace(array(), volumes=None)], [cloud()])

        assert lines(page, "cloudstack_tenant") == []
        assert owners(page) == {}
        assert 'reason="powerflex_stale"} 1' in body(page)


class TestPoolsOnNoSystem:
    def test_a_pool_on_no_configured_system_is_shown_with_an_empty_system(self) -> None:
        page = Book().page([array()], [cloud(path="elsewhere")])

        (info,) = lines(page, "cloudstack_powerflex_pool_info")
        assert 'system="",pool_id="elsewhere"' in info
        assert lines(page, "cloudstack_powerflex_pool_up")
        assert not lines(page, "cloudstack_powerflex_reconciliation_suspended")

    def test_it_waits_until_the_pools_of_every_system_were_asked_for(self) -> None:
        """Otherwise each restart would make a series with an empty system first."""
        waiting = PowerFlexSnapshot("pf2")
        page = Book().page([array(), waiting], [cloud(path="q1"), cloud("fra")])

        assert [line.split('cloudstack="')[1][:3] for line in lines(page, "cloudstack_powerflex_pool_info")] == ["fra"]

    def test_a_system_that_was_tried_in_vain_keeps_nobody_waiting(self) -> None:
        page = Book().page([array(), PowerFlexSnapshot("pf2", up=False, known_pools=())], [cloud(path="q1")])

        assert 'system="",pool_id="q1"' in lines(page, "cloudstack_powerflex_pool_info")[0]

    def test_without_any_system_every_pool_is_on_none(self) -> None:
        assert 'system=""' in lines(Book().page([], [cloud()]), "cloudstack_powerflex_pool_info")[0]

    def test_a_pool_that_is_not_watched_has_no_series(self) -> None:
        page = Book().page([replace(array(), storage_pools=("another",))], [cloud()])

        assert lines(page, "cloudstack_powerflex") == []
        assert lines(page, "cloudstack_tenant") == []


def known_array(system_id: str) -> SystemReading:
    return SystemReading(
        taken_at=at(0.0),
        system_id=system_id,
        version=None,
        api_version=None,
        cluster_state=None,
        cluster_mode=None,
        cluster_nodes_good=None,
        license_remaining_days=None,
    )


class TestARefusedSystem:
    def store(self) -> Inventory:
        limits = dict.fromkeys(("system", "pools", "volumes", "used_sizes"), 1e6)
        clouds = dict.fromkeys(("inventory", "volumes", "settings", "routers"), 1e6)
        store = Inventory(
            (PowerFlexEntry("A", (), limits), PowerFlexEntry("B", (), limits)), (CloudStackEntry("ams", (), clouds),)
        )
        for collector in clouds:
            store.put("ams", collector, getattr(cloud(), collector))
            store.note_try("ams", collector, up=True)
        return store

    def answer(self, store: Inventory, name: str) -> None:
        store.put(name, "system", known_array("one"))
        for collector in ("pools", "volumes", "used_sizes"):
            store.put(name, collector, getattr(array(name), collector))
            store.note_try(name, collector, up=True)

    def test_it_frees_its_places_and_hands_over_the_pools(self) -> None:
        """B answered first and took all places; then A, named earlier, proved to be the same array."""
        store, book = self.store(), Book(limit=2)
        self.answer(store, "B")
        store.note_try("A", "pools", up=False)
        before = book.page(list(store.snapshots(1.0)), list(store.cloudstack_snapshots(1.0)))
        assert owners(before) == {("B", "v1"): "ams", ("B", "v2"): "ams"}

        self.answer(store, "A")
        after = book.page(list(store.snapshots(2.0)), list(store.cloudstack_snapshots(2.0)))

        assert owners(after) == {("A", "v1"): "ams", ("A", "v2"): "ams"}
        assert len(lines(after, "powerflex_volume_info")) == 2
        assert after.volumes_without_series == 0
        assert 'system="B"' not in "".join(lines(after, "cloudstack_"))

    def test_it_keeps_no_pool_on_another_system_waiting(self) -> None:
        store = self.store()
        elsewhere = cloud(path="far").inventory
        assert elsewhere is not None
        store.put("ams", "inventory", elsewhere)
        self.answer(store, "A")
        store.put("B", "system", known_array("one"))

        page = Book().page(list(store.snapshots(1.0)), list(store.cloudstack_snapshots(1.0)))

        assert 'system="",pool_id="far"' in lines(page, "cloudstack_powerflex_pool_info")[0]


class TestVolumeInfo:
    def test_two_installations_that_claim_a_volume_leave_it_to_the_first(self) -> None:
        page = Book().page([array()], [cloud(ids=("v1",)), cloud("fra", ids=("v1", "v2"))])

        assert owners(page) == {("pf1", "v1"): "ams", ("pf1", "v2"): "fra"}

    def test_the_same_id_on_another_system_is_another_volume(self) -> None:
        systems = [array(), array("pf2", "q1")]

        page = Book().page(systems, [cloud(), cloud("fra", path="q1")])

        assert owners(page) == {
            ("pf1", "v1"): "ams",
            ("pf1", "v2"): "ams",
            ("pf2", "v1"): "fra",
            ("pf2", "v2"): "fra",
        }

    @pytest.mark.parametrize("where", ["elsewhere", "unheard of"])
    def test_a_row_of_the_first_that_lies_on_no_system_takes_nothing_from_the_second(self, where: str) -> None:
        first = cloud(ids=("v1",), path="elsewhere")
        if where == "unheard of":
            stray = cloudstack.VolumesReading(taken_at=at(0), volumes=[row("v1", "no pool of ours")], complete=True)
            first = replace(cloud(), volumes=stray)

        page = Book().page([array()], [first, cloud("fra")])

        assert owners(page) == {("pf1", "v1"): "fra", ("pf1", "v2"): "fra"}

    @pytest.mark.parametrize(
        ("series", "limit", "count"), [("all", 1000, 2), ("cloudstack", 1000, 2), ("none", 1000, 0), ("all", 1, 1)]
    )
    def test_it_names_exactly_the_volumes_that_have_series(self, series: str, limit: int, count: int) -> None:
        page = Book(series, limit).page([array()], [cloud(ids=("v1", "v2", "v3"))])

        selected = {line.split('volume_id="')[1][:2] for line in lines(page, "powerflex_volume_info")}
        assert {id_ for _, id_ in owners(page)} == selected
        assert len(selected) == count

    def test_of_several_rows_the_one_that_lives_is_the_owner(self) -> None:
        rows = [row("v1", "0000aaaa-1", id="a", state="Expunged"), row("v1", "0000aaaa-1", id="b", account="living")]
        reading = cloudstack.VolumesReading(taken_at=at(0), volumes=rows, complete=True)

        page = Book().page([array()], [replace(cloud(), volumes=reading)])

        assert 'account="living"' in "".join(lines(page, "cloudstack_powerflex_volume_info"))
        assert owners(page) == {("pf1", "v1"): "ams"}

    def test_they_stand_in_the_same_order_whatever_order_they_were_read_in(self) -> None:
        ids = tuple(f"v{number}" for number in range(50))

        first = Book().page([array(ids=ids)], [cloud(ids=ids)])
        second = Book().page([array(ids=ids)], [cloud(ids=ids[::-1])])

        infos = [lines(page, "cloudstack_powerflex_volume_info") for page in (first, second)]
        assert infos[0] == infos[1]


class TestCaches:
    def test_where_nothing_changed_the_blocks_are_the_same_objects(self) -> None:
        book = Book()
        first = book.page([array(), array("pf2", "q1")], [cloud(), cloud("fra", path="q1")])
        second = book.page([array(), array("pf2", "q1")], [cloud(), cloud("fra", path="q1")], seconds=300.0)

        assert len(first.blocks) == len(second.blocks) > 30
        assert all(former is latter for former, latter in zip(first.blocks, second.blocks, strict=True))

    def changed(self, first: Page, second: Page, installation: str = "ams") -> set[str]:
        former, latter = of(first, installation), of(second, installation)
        assert len(former) > 15
        assert former.keys() == latter.keys()
        return {name for name, block in former.items() if latter[name] is not block}

    def test_a_poll_of_the_routers_renders_routers_alone(self) -> None:
        book, before = Book(), cloud()
        first = book.page([array()], [before])
        other = Router(id="r1", name="r-1-VM", state="Running", zone="other", checks=before.routers.routers[0].checks)  # type: ignore[union-attr]
        routers = RoutersReading(taken_at=at(60.0), routers=(other,))

        second = book.page([array()], [replace(before, routers=routers)], seconds=60.0)

        changed = self.changed(first, second)
        assert changed
        assert all(name.startswith("cloudstack_router") for name in changed)

    def test_a_poll_of_the_routers_that_found_nothing_new_renders_nothing(self) -> None:
        book, before = Book(), cloud()
        first = book.page([array()], [before])
        assert before.routers is not None
        again = RoutersReading(taken_at=at(60.0), routers=before.routers.routers)

        assert self.changed(first, book.page([array()], [replace(before, routers=again)], seconds=60.0)) == set()

    def test_a_poll_of_the_pool_statistics_renders_nothing_of_cloudstack(self) -> None:
        book, before = Book(), array()
        first = book.page([before], [cloud()])
        pools = PoolsReading(
            taken_at=at(30.0),
            domains=(),
            pools=before.known_pools or (),
            statistics={"p1": PoolStatistics(capacity_in_use_kib=2)},
        )

        second = book.page([replace(before, pools=pools, known_pools=(*pools.pools,), up=False)], [cloud()], 30.0)

        assert "capacity_in_use_bytes" in body(second)
        assert body(first) != body(second)
        assert self.changed(first, second) == set()

    def test_a_poll_of_the_inventory_that_found_nothing_new_renders_nothing(self) -> None:
        book, before = Book(), cloud()
        first = book.page([array()], [before])

        second = book.page([array()], [replace(before, inventory=cloud(read=60.0).inventory)], seconds=60.0)

        assert self.changed(first, second) == set()

    def test_used_sizes_leave_the_owners_and_settings_alone(self) -> None:
        book, before = Book(), array()
        first = book.page([before], [cloud()])
        used = UsedSizesReading(taken_at=at(60.0), used_kib={"tv1": 6, "tv2": 6})

        changed = self.changed(first, book.page([replace(before, used_sizes=used)], [cloud()], seconds=60.0))

        assert "cloudstack_tenant_used_size_bytes" in changed
        assert not changed & {"cloudstack_powerflex_volume_info", "cloudstack_setting_info", "cloudstack_host_info"}
        assert not any(name.startswith("cloudstack_router") for name in changed)

    def test_volumes_are_not_even_looked_at_when_routers_or_statistics_changed(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        book, before = Book(), cloud()
        book.page([array()], [before])

        def never(*_: object) -> None:
            raise AssertionError("looked at for nothing")

        for place in ("volume_info.claims_in", "volume_info.leading_rows", "tenants.tenant_sums"):
            monkeypatch.setattr(f"exporter.metrics.families.cloudstack.{place}", never)
        monkeypatch.setattr("exporter.metrics.families.cloudstack.pools.detached_volumes", never)
        system = replace(array(), pools=array(read=30.0).pools, sdcs=None, up=False)
        book.page([system], [replace(before, routers=RoutersReading(taken_at=at(60.0), routers=()), up=False)], 60.0)

    @pytest.mark.parametrize(
        "changed",
        [
            pytest.param(cloud(read=60.0), id="read anew"),
            pytest.param(replace(cloud(), volumes=None), id="stale volumes"),
            pytest.param(replace(cloud(), routers=None, settings=None), id="stale routers and settings"),
            pytest.param(CloudStackSnapshot("ams", up=False), id="gone stale as a whole"),
            pytest.param(None, id="gone"),
        ],
    )
    def test_an_installation_does_not_touch_another(self, changed: CloudStackSnapshot | None) -> None:
        book = Book()
        systems = [array(), array("pf2", "q1", ids=("w1", "w2"))]
        other = cloud("fra", path="q1", ids=("w1", "w3"))
        first = book.page(systems, [cloud(), other])
        second = book.page(systems, [one for one in (changed, other) if one is not None], seconds=60.0)

        former, latter = of(first, "fra"), of(second, "fra")
        assert former.keys() == latter.keys()
        assert all(b"".join(text([former[name]])) == b"".join(text([latter[name]])) for name in former)


HOSTILE = st.text(st.sampled_from(list('ab"\\\n\r\x00€{},= ')), max_size=3)
FEW = st.sampled_from(["", "a", 'b"', "c\\"])
IDS = st.sampled_from(["i1", 'i"2', "i\\3", "i\n4", "i5"])
UUIDS = st.sampled_from(["0000aaaa-1", "0000aaaa-2", 'u"3', "short"])
PATHS = st.sampled_from(["p1", "p2", 'p"3', "nowhere"])
OPTIONAL = st.none() | FEW
TAKEN = at(0.0)
CHECK = st.builds(
    RouterCheck,
    name=st.sampled_from(["connectivity.test", "filesystem.writable.test", 'x"', ""]),
    check_type=FEW,
    status=st.sampled_from(CheckStatus),
    updated=st.none() | st.sampled_from([UNIX, 0.0]),
)


def rows(one: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    """Rows with ids of their own and, as likely as not, the same names."""
    return st.lists(one, unique_by=lambda drawn: drawn.id, max_size=5)


POOLS = rows(
    st.builds(
        cloudstack.StoragePool,
        id=UUIDS,
        name=OPTIONAL,
        path=PATHS,
        zone=OPTIONAL,
        state=st.sampled_from([None, "Up", "x"]),
        total_bytes=st.none() | st.integers(0, 9),
        used_bytes=st.none() | st.integers(-9, 9),
        overprovisioning_factor=st.none() | st.floats(0, 9),
    )
)
CLOUDS = st.builds(
    CloudStackSnapshot,
    st.sampled_from(["ams", 'fr"a', "x\\"]),
    up=st.none() | st.booleans(),
    known_pools=st.none() | POOLS.map(tuple),
    inventory=st.none()
    | st.builds(
        InventoryReading,
        taken_at=st.just(TAKEN),
        zones=st.just(()),
        pools=POOLS.map(tuple),
        hosts=rows(
            st.builds(
                Host,
                id=IDS,
                name=OPTIONAL,
                zone=OPTIONAL,
                state=OPTIONAL,
                ip=st.sampled_from([None, "", "10.0.0.1", "10.0.0.2"]),
            )
        ).map(tuple),
        offerings=st.just((DiskOffering(id="o", iops_limit=5),)),
    ),
    volumes=st.none()
    | st.builds(
        cloudstack.VolumesReading,
        taken_at=st.just(TAKEN),
        volumes=rows(
            st.builds(
                cloudstack.Volume,
                id=IDS,
                name=st.none() | HOSTILE,
                state=st.sampled_from([None, "Ready", "Destroy", "Allocated"]),
                path=st.sampled_from([None, "", ":", 'i"2', "i1:vol-1-aaaa-x", "i5:x"]),
                pool_id=st.none() | UUIDS,
                size_bytes=st.sampled_from([0, 8192]),
                vm_id=OPTIONAL,
                vm=st.none() | HOSTILE,
                vm_state=st.sampled_from([None, "Running"]),
                account=OPTIONAL,
                domain=OPTIONAL,
                project=OPTIONAL,
            )
        ),
        complete=st.booleans(),
    ),
    settings=st.none()
    | st.builds(
        SettingsReading,
        taken_at=st.just(TAKEN),
        settings=st.lists(
            st.builds(
                Setting,
                name=st.sampled_from(["custom.cs.identifier", "storage.overprovisioning.factor", 'x"']),
                value=st.sampled_from(["x", "nan", "2.0", ""]) | HOSTILE,
                scope=st.sampled_from(["global", "zone"]),
                scope_id=FEW,
            ),
            max_size=5,
        ).map(tuple),
    ),
    routers=st.none()
    | st.builds(
        RoutersReading,
        taken_at=st.just(TAKEN),
        routers=rows(
            st.builds(
                Router,
                id=IDS,
                name=OPTIONAL,
                state=st.sampled_from([None, "Running", "Stopped"]),
                zone=OPTIONAL,
                host_id=st.none() | IDS,
                version=OPTIONAL,
                checks=st.lists(CHECK, max_size=4).map(tuple),
            )
        ).map(tuple),
    ),
)
SYSTEMS = st.builds(
    PowerFlexSnapshot,
    st.sampled_from(["pf1", 'pf"2']),
    storage_pools=st.sampled_from([(), ("p1",)]),
    known_pools=st.none() | rows(st.builds(powerflex.StoragePool, id=PATHS, name=FEW.filter(bool))).map(tuple),
    volumes=st.none()
    | st.builds(
        powerflex.VolumesReading,
        taken_at=st.just(TAKEN),
        volumes=rows(
            st.builds(
                powerflex.Volume,
                id=IDS,
                name=st.sampled_from([None, "vol-1-aaaa-x", "snap-1-aaaa-x", 'odd"\n']),
                storage_pool_id=PATHS,
                vtree_id=IDS,
                size_kib=st.sampled_from([8, 0]),
                mapped_sdcs=st.sampled_from([None, (powerflex.SdcMapping(sdc_id="i1"),)]),
            )
        ),
    ),
    used_sizes=st.none()
    | st.builds(UsedSizesReading, taken_at=st.just(TAKEN), used_kib=st.dictionaries(IDS, st.integers(0, 9))),
    sdcs=st.none()
    | st.builds(
        SdcsReading,
        taken_at=st.just(TAKEN),
        sdcs=rows(
            st.builds(
                Sdc,
                id=IDS,
                name=OPTIONAL,
                ip=st.sampled_from([None, "", "10.0.0.1"]),
                connected=st.none() | st.booleans(),
            )
        ).map(tuple),
    ),
)


def told(families: Iterator[Any]) -> Counter[tuple[str, frozenset[tuple[str, str]], float]]:
    return Counter(
        (sample.name, frozenset(sample.labels.items()), sample.value)
        for family in families
        for sample in family.samples
    )


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    st.lists(SYSTEMS, unique_by=lambda one: one.name, max_size=2),
    st.lists(CLOUDS, unique_by=lambda one: one.name, max_size=3),
)
def test_whatever_was_read_no_series_comes_twice_and_both_parsers_agree(
    systems: list[PowerFlexSnapshot], clouds: list[CloudStackSnapshot]
) -> None:
    book = Book()
    page = book.page(systems, clouds)
    whole = body(page)

    as_text = told(parse_text(whole))  # type: ignore[arg-type]
    assert as_text == told(parse_openmetrics(whole + "# EOF\n"))  # type: ignore[no-untyped-call]
    series = Counter((name, labels) for name, labels, _ in as_text)
    assert all(count == 1 for count in series.values())
    assert sum(as_text.values()) == len(series) == page.series
    declared = {family.name: set(family.labels) for family in CLOUDSTACK}
    assert all({label for label, _ in labels} == declared[name] for name, labels in series if name in declared)
    assert all(value == value for _, _, value in as_text), "no value is NaN"  # noqa: PLR0124
    owners(page)
    again = book.page(systems, clouds, seconds=60.0)
    assert all(former is latter for former, latter in zip(page.blocks, again.blocks, strict=True))
