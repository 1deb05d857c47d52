"""What panels show where it is easily wrong, worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dashboards.conftest import DASHBOARDS
from tests.dashboards.grafana import panels
from tests.dashboards.worked_out import asked, complaint

Series = dict[str, str]


def now(*names: str, value: float = 1) -> Series:
    """Series that have been there all the time."""
    return dict.fromkeys(names, f"{value}x2")


# Storage pool: which limit is reached first

POOL = 'system="a",pool_id="1"'
CLOUDSTACK_POOL = f'cloudstack="c",pool_uuid="u",cloudstack_pool="p",{POOL}'


@pytest.mark.parametrize(
    ("used", "allocated", "first"), [(30, 2, 2), (2, 30, 2), (30, None, 30), (None, 2, 2), (None, None, None)]
)
def test_the_days_are_those_of_the_limit_that_comes_first(
    tmp_path: Path, used: float | None, allocated: float | None, first: float | None
) -> None:
    days = {
        f"cloudstack_pool:cloudstack_powerflex_pool_{name}:days_until_disable_threshold{{{CLOUDSTACK_POOL}}}": of
        for name, of in (("used", used), ("allocated", allocated))
    }
    series = now(f'powerflex_storage_pool_info{{{POOL},pool="fast",protection_domain="d"}}')
    series |= {name: f"{of}x2" for name, of in days.items() if of is not None}

    expected = {} if first is None else {"{}": first}
    assert not complaint(tmp_path, asked("storage-pool", "Days until CloudStack stops"), series, expected)


# Overview, what fires


@pytest.mark.parametrize(("panel", "severity"), [("Critical alerts", "critical"), ("Warnings", "warning")])
def test_no_alert_is_0_only_while_rules_are_evaluated(tmp_path: Path, panel: str, severity: str) -> None:
    query = asked("overview", panel)
    recorded = now(f"storage_pool:powerflex_storage_pool_capacity_in_use:ratio{{{POOL}}}", value=0.5)
    alert = 'ALERTS{{alertname="PowerFlexPoolDegraded",alertstate="{}",severity="{}",system="a"}}'

    assert not complaint(tmp_path, query, recorded, {"{}": 0})
    assert not complaint(tmp_path, query, recorded | now(alert.format("pending", severity)), {"{}": 0})
    assert not complaint(tmp_path, query, recorded | now(alert.format("firing", severity)), {"{}": 1})
    assert not complaint(tmp_path, query, now(f"powerflex_storage_pool_info{{{POOL}}}"), {})


# Discrepancies: 0 is said only by who was judged

REASONS = {
    "Data at risk": ["missing", "claimed_twice", "unmapped_while_running", "mapped_to_many"],
    "To be mended": ["orphaned", "orphaned_snapshot", "pool_mismatch", "size_mismatch", "mapped_to_dead_sdc"],
    "Wrong limits": ["qos_mismatch"],
}
ALL_REASONS = [reason for of in REASONS.values() for reason in of]
COUNTS: dict[str, tuple[tuple[str, ...], list[str]]] = {
    f"discrepancies, {panel}": (("discrepancies", panel), reasons) for panel, reasons in REASONS.items()
}
COUNTS["overview, data at risk"] = (("overview", "Discrepancies", "A"), REASONS["Data at risk"])
COUNTS["overview, others"] = (("overview", "Discrepancies", "B"), REASONS["To be mended"] + REASONS["Wrong limits"])

each_count = pytest.mark.parametrize(("count", "reasons"), COUNTS.values(), ids=list(COUNTS))


def judged(system: str, **found: int) -> Series:
    """What is told of a pair that is judged."""
    return {
        f'cloudstack_powerflex_discrepancies{{cloudstack="c",system="{system}",reason="{reason}"}}': (
            f"{found.get(reason, 0)}x2"
        )
        for reason in ALL_REASONS
    } | pair(system, 0)


def pair(system: str, suspended: int) -> Series:
    name = "cloudstack_powerflex_reconciliation_suspended"
    return {
        f'{name}{{cloudstack="c",system="{system}",reason="list_incomplete"}}': f"{suspended}x2",
        f'{name}{{cloudstack="c",system="{system}",reason="too_many_orphans"}}': "0x2",
    }


@each_count
def test_none_is_found_where_each_pair_was_judged(tmp_path: Path, count: tuple[str, ...], reasons: list[str]) -> None:
    assert not complaint(tmp_path, asked(*count), judged("a") | judged("b"), {"{}": 0})


@each_count
@pytest.mark.parametrize("suspended", [1, 0], ids=["suspended", "in its grace"])
def test_nobody_knows_that_none_is_where_another_pair_was_not_judged(
    tmp_path: Path, count: tuple[str, ...], reasons: list[str], suspended: int
) -> None:
    assert not complaint(tmp_path, asked(*count), judged("a") | pair("b", suspended), {})


@each_count
def test_nobody_knows_that_none_is_where_a_reason_was_not_judged(
    tmp_path: Path, count: tuple[str, ...], reasons: list[str]
) -> None:
    series = {name: values for name, values in judged("a").items() if f'reason="{reasons[-1]}"' not in name}

    assert not complaint(tmp_path, asked(*count), series, {})


@each_count
def test_what_was_found_is_told_whoever_else_was_not_judged(
    tmp_path: Path, count: tuple[str, ...], reasons: list[str]
) -> None:
    series = judged("a", **{reasons[0]: 3}) | pair("b", 1)

    assert not complaint(tmp_path, asked(*count), series, {"{}": 3})


def test_a_reason_of_which_none_is_found_is_unknown_while_a_pair_is_not_judged(tmp_path: Path) -> None:
    query = asked("discrepancies", "What to do")
    found = '{reason="orphaned",meaning="orphaned",action="orphaned"}'

    assert not complaint(tmp_path, query, judged("a", orphaned=3) | pair("b", 1), {found: 3})
    none = {f'{{reason="{one}",meaning="{one}",action="{one}"}}': 0.0 for one in ALL_REASONS}
    assert not complaint(tmp_path, query, judged("a", orphaned=3) | judged("b"), none | {found: 3})


@pytest.mark.parametrize(("ref", "panel"), list(zip("CBA", REASONS, strict=True)))
def test_a_curve_of_a_reason_has_the_colour_of_its_severity(tmp_path: Path, ref: str, panel: str) -> None:
    query = asked("discrepancies", "Volumes by reason", ref)
    of_severity = {f'{{reason="{reason}"}}': 0.0 for reason in REASONS[panel]}

    assert not complaint(tmp_path, query, judged("a"), of_severity)
    (shown,) = [one for one in panels(DASHBOARDS["discrepancies"]) if one["title"] == "Volumes by reason"]
    colors = {
        override["matcher"]["options"]: override["properties"][0]["value"]["fixedColor"]
        for override in shown["fieldConfig"]["overrides"]
    }
    assert colors == {"C": "red", "B": "orange", "A": "blue"}


@pytest.mark.parametrize("ref", ["A", "B"])
def test_nothing_is_reclaimable_only_where_each_pair_was_judged(tmp_path: Path, ref: str) -> None:
    name = {"A": "bytes", "B": "unknown"}[ref]
    query = asked("discrepancies", "Reclaimable", ref)
    of_a, of_b = (
        f'cloudstack_powerflex_reclaimable_{name}{{cloudstack="c",system="{system}",pool_id="1"}}' for system in "ab"
    )

    pairs = pair("a", 0) | pair("b", 1)
    assert not complaint(tmp_path, query, pairs | now(of_a, value=0), {})
    assert not complaint(tmp_path, query, pairs | now(of_a, value=5), {"{}": 5})
    assert not complaint(tmp_path, query, pairs | now(of_a, of_b, value=0), {"{}": 0})


# Hosts: names repeat

CONNECTED, LOST, NO_SDC = 1, 3, 0


def host(name: str, zone: str, state: str = "Up") -> str:
    return f'cloudstack_host_info{{cloudstack="c",host="{name}",zone="{zone}",state="{state}"}}'


def sdc(name: str, id_: str, connected: int) -> Series:
    labels = f'system="a",sdc_id="{id_}"'
    return {
        f'cloudstack_host_sdc_connected{{cloudstack="c",host="{name}",{labels}}}': f"{connected}x2",
        f'powerflex_sdc_connected{{{labels},sdc="{id_}"}}': f"{connected}x2",
        f'powerflex_sdc_mapped_volumes{{{labels},sdc="{id_}"}}': "4x2",
    }


def test_two_hosts_of_one_name_hide_no_host(tmp_path: Path) -> None:
    series = now(host("k1", "z1"), host("k2", "z1"), host("k1", "z2", "Down"), host("k3", "z2"))
    series |= sdc("k1", "s1", 1) | sdc("k1", "s2", 0) | sdc("k2", "s3", 1)
    expected = {
        '{cloudstack="c",host="k1",system="a",sdc_id="s1"}': CONNECTED,
        '{cloudstack="c",host="k1",system="a",sdc_id="s2"}': LOST,
        '{cloudstack="c",host="k2",zone="z1",state="Up",system="a",sdc_id="s3"}': CONNECTED,
        '{cloudstack="c",host="k3",zone="z2",state="Up"}': NO_SDC,
    }

    assert not complaint(tmp_path, asked("hosts", "Hosts"), series, expected)


# Hosts: a protection domain has one line, however many exporters tell of it


@pytest.mark.parametrize(("ref", "number"), [("B", 3), ("C", 2), ("D", 1)])
@pytest.mark.parametrize("exporters", [["x"], ["x", "y"]], ids=["one exporter", "two exporters"])
def test_the_nodes_of_a_protection_domain_are_counted_once(
    tmp_path: Path, ref: str, number: int, exporters: list[str]
) -> None:
    series: Series = {}
    for exporter in exporters:
        for sds, healthy, in_maintenance in (("1", 1, 0), ("2", 0, 0), ("3", 1, 1)):
            node = f'instance="{exporter}",system="a",protection_domain="d",sds_id="{sds}"'
            series |= now(f"powerflex_sds_healthy{{{node}}}", value=healthy)
            series |= now(f"powerflex_sds_in_maintenance{{{node}}}", value=in_maintenance)

    query = asked("hosts", "Protection domains", ref)
    assert not complaint(tmp_path, query, series, {'{system="a", protection_domain="d"}': number})


# Tenants: volumes come, go and move

ALICE, BOB = 'cloudstack="c",domain="ROOT",account="alice"', 'cloudstack="c",domain="ROOT",account="bob"'
GROWTHS = [
    ("All tenants", "E"),
    ("Grew most", "A"),
    ("Growth of used size", "A"),
    ("Growth since the beginning", "A"),
]
each_growth = pytest.mark.parametrize(("panel", "ref"), GROWTHS, ids=[panel for panel, _ in GROWTHS])


def tenant(who: str, system: str, *sizes: int | str) -> Series:
    """The used sizes of three moments. `?`: there are volumes, and no size is known; `_`: there are none."""
    labels = f'{{{who},system="{system}",pool_id="1",pool="p"}}'
    return {
        f"cloudstack_tenant_used_size_bytes{labels}": " ".join("_" if size == "?" else str(size) for size in sizes),
        f"cloudstack_tenant_volumes{labels}": " ".join("_" if size == "_" else "1" for size in sizes),
    }


def read(system: str, values: str = "1x2") -> Series:
    """A system of which it is known what is on its pool."""
    return {
        f'cloudstack_powerflex_detached_volumes{{cloudstack="c",system="{system}",pool_id="1"}}': "0x2",
        f'powerflex_volumes{{system="{system}",pool_id="9",kind="template"}}': values,
    }


def growth(tmp_path: Path, panel: str, ref: str, series: Series, *expected: tuple[str, float]) -> str:
    return complaint(tmp_path, asked("tenants", panel, ref), series, {f"{{{who}}}": of for who, of in expected})


@each_growth
def test_who_moves_to_another_pool_has_not_grown(tmp_path: Path, panel: str, ref: str) -> None:
    series = tenant(ALICE, "a", 1000, 1000, "_") | tenant(ALICE, "b", "_", "_", 1000) | read("a") | read("b")

    assert not growth(tmp_path, panel, ref, series, (ALICE, 0))


@each_growth
def test_what_was_written_where_it_moved_to_is_growth(tmp_path: Path, panel: str, ref: str) -> None:
    series = tenant(ALICE, "a", 1000, 500, 400) | tenant(ALICE, "b", "_", 500, 900) | read("a") | read("b")

    assert not growth(tmp_path, panel, ref, series, (ALICE, 300))


@each_growth
def test_who_comes_has_grown_by_all_of_it(tmp_path: Path, panel: str, ref: str) -> None:
    series = tenant(ALICE, "a", "_", 10, 1000) | read("a")

    assert not growth(tmp_path, panel, ref, series, (ALICE, 1000))


@each_growth
def test_a_pool_that_is_not_read_now_is_no_shrinking(tmp_path: Path, panel: str, ref: str) -> None:
    series = tenant(ALICE, "a", 1000, 1000, "_") | tenant(ALICE, "b", 100, 100, 170) | read("a", "1 1 _") | read("b")

    assert not growth(tmp_path, panel, ref, series, (ALICE, 70))


@each_growth
def test_a_pool_that_was_not_read_then_is_no_growth(tmp_path: Path, panel: str, ref: str) -> None:
    series = tenant(ALICE, "a", "_", 1000, 1000) | tenant(ALICE, "b", 100, 100, 170) | read("a", "_ 1 1") | read("b")

    assert not growth(tmp_path, panel, ref, series, (ALICE, 70))


@each_growth
@pytest.mark.parametrize(
    ("former", "present"), [((1000, "_"), ("_", "?")), (("?", "_"), ("_", 1000))], ids=["now", "then"]
)
def test_who_moves_and_is_of_unknown_size_has_no_growth(
    tmp_path: Path,
    panel: str,
    ref: str,
    former: tuple[int | str, int | str],
    present: tuple[int | str, int | str],
) -> None:
    series = tenant(ALICE, "a", former[0], "_", former[1]) | tenant(ALICE, "b", present[0], "_", present[1])

    assert not growth(tmp_path, panel, ref, series | read("a") | read("b"))


@each_growth
def test_who_has_gone_is_not_listed(tmp_path: Path, panel: str, ref: str) -> None:
    series = tenant(ALICE, "a", 1000, 1000, "_") | tenant(BOB, "a", 100, 100, 170) | read("a")

    assert not growth(tmp_path, panel, ref, series, (BOB, 70))


def test_who_has_gone_makes_all_together_smaller(tmp_path: Path) -> None:
    series = tenant(ALICE, "a", 1000, 1000, "_") | tenant(BOB, "a", 100, 100, 170) | read("a")

    assert not complaint(tmp_path, asked("tenants", "Growth"), series, {"{}": -930})
