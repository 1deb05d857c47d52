"""The whole CloudStack part of the exposition of three installations on two systems, written by hand.

How to review golden/cloudstack.prom: sizes are the KiB below times 1,024, and 8 GiB are 8589934592 bytes. What is
not a mere product:

* ams: v1 is as it should be. v2 is an orphan, its tree t2 of 100 KiB: 102400 reclaimable. s4 is an orphaned snapshot,
  of unknown size. v5 lies in p2 while CloudStack says A1 and another size. v6 is not on the array. v7 has two rows and
  two SDCs, of which c2 is not connected, and other limits than its offering's. v8 is mapped nowhere while its VM runs.
  A1 knows v1, v5, v7 and v8: 4 matched.
* A finding counts on the pool where the volume lies (v5's other size: A2), pool_mismatch on the one CloudStack names.
* Detached: v5 alone, which is counted on the pool that CloudStack names.
* Tenants: v1 and v8 are alice's in p1, v5 hers in p2; v7 belongs to a project, of unknown used size.
* Thresholds: 0.85 globally; allocated 0.9 in zone z1 and 0.5 on A2. Factor: 1.5 is A2's own, the setting's 2.0 A1's.
* A9 lies on no configured system; bronze alone is watched on pf2, so B2 has no series.
* fra does not know its identifier: it judges no orphans. pf2's SDCs are unknown: mapped_to_dead_sdc is absent there.
  It claims v1 as well, which is left to ams.
* gone was not reached, and is remembered by its pool alone.
* Routers: rt1 writable, rt2 read-only, rt3 stopped after a good test, rt4 on a host that is cut off.
"""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from prometheus_client.core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from exporter.metrics.catalogue import CLOUDSTACK
from exporter.metrics.deflate import text
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
from exporter.model.powerflex import Sdc, SdcMapping, SdcsReading, UsedSizesReading
from exporter.model.snapshot import CloudStackSnapshot, PowerFlexSnapshot

GOLDEN = Path(__file__).parent / "golden" / "cloudstack.prom"
NOW = Instant(1_700_000_000.0, 5000.0)
TESTED = 1_699_999_900.0
LONG_AGO = 1_600_000_000.0
GIB_8 = 8388608
"""8 GiB in KiB."""
A1, A2, A9 = "0000aaaa-a1", "0000bbbb-a2", "0000dddd-a9"
B1, B2, B3 = "0000cccc-b1", "0000CCCC-b2", "0000aaaa-b3"
OURS = (SdcMapping(sdc_id="c1"),)


def volume(
    volume_id: str,
    name: str,
    pool: str,
    mapped: tuple[SdcMapping, ...] | None = OURS,
) -> powerflex.Volume:
    return powerflex.Volume(
        id=volume_id,
        name=name,
        storage_pool_id=pool,
        vtree_id=f"t{volume_id[1:]}",
        size_kib=GIB_8,
        mapped_sdcs=mapped,
    )


def row(volume_id: str, uuid: str | None = None, **changes: object) -> cloudstack.Volume:
    fields: dict[str, object] = {
        "id": uuid or f"uuid-{volume_id}",
        "name": f"disk {volume_id}",
        "state": "Ready",
        "path": f"{volume_id}:vol-of-{volume_id}",
        "pool_id": A1,
        "size_bytes": GIB_8 * 1024,
        "volume_type": "DATADISK",
        "vm_id": "vm-uuid",
        "vm": "web1",
        "vm_state": "Running",
        "account": "alice",
        "domain": "/eu",
        "zone": "zone1",
    }
    fields.update(changes)
    return cloudstack.Volume(**fields)  # type: ignore[arg-type]


def check(name: str, status: CheckStatus, kind: str = "basic", updated: float = TESTED) -> RouterCheck:
    return RouterCheck(name=name, check_type=kind, status=status, updated=updated)


def checks(filesystem: CheckStatus, *more: RouterCheck, updated: float = TESTED) -> tuple[RouterCheck, ...]:
    return (
        check("connectivity.test", CheckStatus.SUCCESS, updated=updated),
        check("filesystem.writable.test", filesystem, updated=updated),
        *more,
    )


def systems() -> tuple[PowerFlexSnapshot, ...]:
    one = (
        volume("v1", "vol-1-aaaa-ident", "p1"),
        volume("v2", "vol-2-aaaa-ident", "p1"),
        volume("s4", "snap-4-aaaa-ident", "p1"),
        volume("v5", "vol-5-aaaa-ident", "p2"),
        volume("v7", "vol-7-aaaa-ident", "p1", (*OURS, SdcMapping(sdc_id="c2"))),
        volume("v8", "vol-8-aaaa-ident", "p1", None),
        volume("v9", 'their "own"', "p1"),
    )
    two = (volume("w1", 'vol-1-cccc-"x"\\\n€', "q1", (SdcMapping(sdc_id="unlisted"),)), volume("w2", "", "q2"))
    return (
        PowerFlexSnapshot(
            "pf1",
            known_pools=(powerflex.StoragePool(id="p1", name="gold"), powerflex.StoragePool(id="p2", name="silver")),
            volumes=powerflex.VolumesReading(taken_at=NOW, volumes=list(one)),
            used_sizes=UsedSizesReading(taken_at=NOW, used_kib={"t1": 1000, "t2": 100, "t5": 7, "t8": 24}),
            sdcs=SdcsReading(
                taken_at=NOW,
                sdcs=(
                    Sdc(id="c1", name="sdc-one", ip="10.0.0.1", connected=True),
                    Sdc(id="c2", name="kvm2", ip="10.0.0.2", connected=False),
                    Sdc(id="c3", name="kvm3"),
                ),
            ),
        ),
        PowerFlexSnapshot(
            "pf2",
            storage_pools=("bronze",),
            known_pools=(powerflex.StoragePool(id="q1", name="bronze"), powerflex.StoragePool(id="q2", name="iron")),
            volumes=powerflex.VolumesReading(taken_at=NOW, volumes=list(two)),
        ),
    )


def amsterdam() -> CloudStackSnapshot:
    pools = (
        cloudstack.StoragePool(
            id=A1,
            name="primary",
            path="p1",
            zone_id="z1",
            zone="zone1",
            scope="ZONE",
            state="Up",
            total_bytes=4000,
            used_bytes=-5,
            allocated_bytes=3000,
        ),
        cloudstack.StoragePool(id=A2, path="p2", state="Maintenance", overprovisioning_factor=1.5),
        cloudstack.StoragePool(id=A9, name="far", path="nowhere"),
    )
    hosts = (
        Host(id="h1", name="kvm1", zone="zone1", state="Up", resource_state="Enabled", ip="10.0.0.1"),
        Host(id="h2", name="kvm2", zone="zone1", state="Alert"),
        Host(id="h3", name="kvm3"),
        Host(id="h4"),
    )
    rows = [
        row("v1", offering="Gold disk", disk_offering_id="plain"),
        row("v5", size_bytes=1, vm_id=None, vm=None, vm_state=None),
        row("v6"),
        row("v7", account="prj-1", project="shop", disk_offering_id="limited"),
        row("v7", "uuid-v7-again", state="Allocated", pool_id=A2),
        row("v8", volume_type="ROOT"),
    ]
    routers = (
        Router(
            id="rt1",
            name="r-1-VM",
            state="Running",
            zone="zone1",
            host_id="h1",
            host="kvm1",
            host_control_state="Enabled",
            vpc="vpc1",
            version="4.20",
            redundant_state="PRIMARY",
            requires_upgrade=False,
            checks=checks(CheckStatus.SUCCESS, check("dhcp_check.py", CheckStatus.FAILED, "advanced")),
        ),
        Router(
            id="rt2",
            name="r-2-VM",
            state="Running",
            zone="zone1",
            network="net2",
            requires_upgrade=True,
            checks=checks(CheckStatus.FAILED, check("dhcp_check.py", CheckStatus.WARNING, "advanced")),
        ),
        Router(id="rt3", name="r-3-VM", state="Stopped", checks=checks(CheckStatus.SUCCESS, updated=LONG_AGO)),
        Router(id="rt4", state="Running", host_id="h2", checks=checks(CheckStatus.SUCCESS)),
        Router(id="rt5"),
    )
    settings = (
        Setting(name="custom.cs.identifier", value="ident", scope="global"),
        Setting(name="pool.storage.capacity.disablethreshold", value="0.85", scope="global"),
        Setting(name="pool.storage.allocated.capacity.disablethreshold", value="0.9", scope="zone", scope_id="z1"),
        Setting(name="pool.storage.allocated.capacity.disablethreshold", value="0.5", scope="storagepool", scope_id=A2),
        Setting(name="storage.overprovisioning.factor", value="2.0", scope="global"),
        Setting(name="powerflex.connect.on.demand", value="", scope="global"),
    )
    return CloudStackSnapshot(
        "ams",
        up=True,
        known_pools=pools,
        inventory=InventoryReading(
            taken_at=NOW,
            zones=(),
            pools=pools,
            hosts=hosts,
            offerings=(DiskOffering(id="plain"), DiskOffering(id="limited", bandwidth_limit_mbps=200)),
        ),
        volumes=cloudstack.VolumesReading(taken_at=NOW, volumes=rows, complete=True),
        settings=SettingsReading(taken_at=NOW, settings=settings),
        routers=RoutersReading(taken_at=NOW, routers=routers),
    )


def frankfurt() -> CloudStackSnapshot:
    pools = (
        cloudstack.StoragePool(id=B1, name='b "1"', path="q1"),
        cloudstack.StoragePool(id=B2, name="unwatched", path="q2"),
        cloudstack.StoragePool(id=B3, name="shared", path="p1"),
    )
    rows = [
        row("w1", pool_id=B1, account=None, domain=None, zone=None, name=None, vm='v"m\\'),
        row("w2", pool_id=B2),
        row("v1", "uuid-v1-of-fra", pool_id=B3),
    ]
    return CloudStackSnapshot(
        "fra",
        up=True,
        known_pools=pools,
        inventory=InventoryReading(taken_at=NOW, zones=(), pools=pools, hosts=(), offerings=()),
        volumes=cloudstack.VolumesReading(taken_at=NOW, volumes=rows, complete=True),
        settings=SettingsReading(taken_at=NOW, settings=()),
        routers=RoutersReading(taken_at=NOW, routers=()),
    )


def gone() -> CloudStackSnapshot:
    pools = (cloudstack.StoragePool(id="0000eeee-c1", name="lost", path="q1"),)
    return CloudStackSnapshot("gone", up=False, known_pools=pools)


def installations() -> tuple[CloudStackSnapshot, ...]:
    return amsterdam(), frankfurt(), gone(), CloudStackSnapshot("waiting")


def render() -> Page:
    judged = Judgement(grace=1800.0, stale_after=1800.0).judge(systems(), installations(), {}, NOW, at_once=True)
    return PageRenderer("all", 100).render(systems(), installations(), judged)


def body() -> str:
    whole = b"".join(text(render().blocks)).decode()
    return whole[whole.index("# HELP cloudstack_up ") :]


def golden() -> str:
    return GOLDEN.read_text(encoding="utf-8")


def samples(families: Iterable[Metric]) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    found: dict[tuple[str, frozenset[tuple[str, str]]], float] = {}
    for family in families:
        for sample in family.samples:
            key = (sample.name, frozenset(sample.labels.items()))
            assert key not in found, f"a duplicate series: {key}"
            found[key] = sample.value
    return found


def label_names(line: str) -> tuple[str, ...]:
    """Read the names in the order of the line; the values of the golden file hold no `="`."""
    inner = line[line.index("{") + 1 : line.rindex("}")]
    return tuple(part.rpartition(",")[2] for part in inner.split('="')[:-1])


def test_the_exposition_is_the_one_written_by_hand() -> None:
    assert body() == golden()


def test_every_family_of_the_catalogue_has_a_sample_in_the_order_of_the_catalogue() -> None:
    helps = [line.split()[2] for line in golden().splitlines() if line.startswith("# HELP")]

    assert helps == [family.name for family in CLOUDSTACK]


def test_labels_stand_in_the_order_of_the_catalogue() -> None:
    declared = {family.name: family.labels for family in CLOUDSTACK}

    lines = [line for line in golden().splitlines() if not line.startswith("#")]

    assert all(label_names(line) == declared[line.partition("{")[0]] for line in lines)


POOL = ("cloudstack", "pool_uuid", "cloudstack_pool", "system", "pool_id")
ROUTER = ("cloudstack", "router_id", "router")
TENANT = ("cloudstack", "domain", "account", "project", "system", "pool_id", "pool")
OWNER = ("volume_uuid", "name", "system", "volume_id", "volume_type", "state", "vm")
FIXED = {
    "cloudstack_up": ("cloudstack",),
    "cloudstack_powerflex_pool_info": (*POOL, "zone", "scope", "state", "pool_key"),
    "cloudstack_powerflex_pool_up": POOL,
    "cloudstack_powerflex_pool_total_bytes": POOL,
    "cloudstack_powerflex_pool_used_bytes": POOL,
    "cloudstack_powerflex_pool_allocated_bytes": POOL,
    "cloudstack_powerflex_pool_overprovisioning_ratio": POOL,
    "cloudstack_powerflex_pool_disable_threshold_ratio": (*POOL, "capacity"),
    "cloudstack_powerflex_volumes": (*POOL, "state"),
    "cloudstack_powerflex_discrepancies": (*POOL, "reason"),
    "cloudstack_powerflex_reclaimable_bytes": POOL,
    "cloudstack_powerflex_reclaimable_unknown": POOL,
    "cloudstack_powerflex_detached_volumes": POOL,
    "cloudstack_powerflex_detached_used_size_bytes": POOL,
    "cloudstack_powerflex_detached_used_size_unknown": POOL,
    "cloudstack_powerflex_discrepancy": ("cloudstack", "system", "pool_id", "pool", "volume_id", "volume", "reason"),
    "cloudstack_powerflex_reconciliation_suspended": ("cloudstack", "system", "reason"),
    "cloudstack_powerflex_volume_info": ("cloudstack", *OWNER, "account", "domain", "project", "zone", "offering"),
    "cloudstack_tenant_virtual_size_bytes": TENANT,
    "cloudstack_tenant_used_size_bytes": TENANT,
    "cloudstack_tenant_used_size_unknown": TENANT,
    "cloudstack_tenant_volumes": TENANT,
    "cloudstack_host_info": ("cloudstack", "host", "zone", "state"),
    "cloudstack_host_sdc_connected": ("cloudstack", "host", "system", "sdc_id"),
    "cloudstack_router_info": (
        *ROUTER,
        *("zone", "host", "vpc", "network", "version", "redundant_state", "requires_upgrade"),
    ),
    "cloudstack_router_running": ROUTER,
    "cloudstack_router_filesystem_writable": ROUTER,
    "cloudstack_router_filesystem_check_timestamp_seconds": ROUTER,
    "cloudstack_router_health_check_success": (*ROUTER, "check", "check_type"),
    "cloudstack_router_health_checks": ("cloudstack", "zone", "check", "status"),
    "cloudstack_routers": ("cloudstack", "zone", "filesystem"),
    "cloudstack_setting_info": ("cloudstack", "name", "value", "scope", "scope_id"),
}


def test_names_and_labels_are_those_that_dashboards_and_alerts_rest_on() -> None:
    assert {family.name: family.labels for family in CLOUDSTACK} == FIXED


def test_both_parsers_read_the_page_and_agree() -> None:
    page = render()
    whole = b"".join(text(page.blocks)).decode()

    as_text = list(parse_text(whole))
    as_openmetrics = list(parse_openmetrics(whole + "# EOF\n"))  # type: ignore[no-untyped-call]

    assert samples(as_text) == samples(as_openmetrics)
    assert len(samples(as_text)) == page.series
    documented = {family.name: family.documentation for family in as_text}
    assert all(documented[family.name] == family.help for family in CLOUDSTACK)
    assert {family.type for family in as_text} == {"gauge"}


def test_names_that_hold_what_the_format_reserves_come_out_as_they_went_in() -> None:
    found = samples(parse_text(golden()))

    infos = [dict(labels) for name, labels in found if name == "cloudstack_powerflex_volume_info"]
    assert [info["vm"] for info in infos if info["cloudstack"] == "fra"] == ['v"m\\']
    pools = {dict(labels)["cloudstack_pool"] for name, labels in found if name == "cloudstack_powerflex_pool_info"}
    assert pools == {"primary", "", "far", 'b "1"', "shared"}


def test_each_volume_has_one_owner_though_two_installations_claim_it() -> None:
    infos = [dict(labels) for name, labels in samples(parse_text(golden())) if name.endswith("_volume_info")]

    assert max(Counter((info["system"], info["volume_id"]) for info in infos).values()) == 1
    assert [info["cloudstack"] for info in infos if info["volume_id"] == "v1"] == ["ams"]


def test_promtool_finds_nothing_to_complain_of() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("no promtool here")

    checked = subprocess.run([promtool, "check", "metrics"], input=golden().encode(), capture_output=True, check=False)

    assert (checked.returncode, checked.stderr.decode()) == (0, "")
