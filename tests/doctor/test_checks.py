"""Single checks, on evidence made by hand."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from exporter.config import CloudStack, Config, PowerFlex
from exporter.config.secret import Secret
from exporter.doctor import Severity
from exporter.doctor.checks import (
    certificates,
    clocks,
    identifiers,
    layouts,
    pairing,
    router_settings,
    thresholds,
    volume_list,
)
from exporter.doctor.evidence import Case, Evidence, Installation, System
from exporter.model import cloudstack, powerflex
from exporter.model.instant import now

DAY = 86_400
SECRET = Secret("value", "not-a-secret")
UUID = "aaaabbbb-0000-4000-8000-000000000001"


def system(**found: object) -> System:
    entry = PowerFlex(name="pf", gateway="https://gw", username="monitor", password=SECRET)
    return Evidence(entry, **found)  # type: ignore[arg-type]


def installation(**found: object) -> Installation:
    entry = CloudStack(name="ams", endpoint="https://cs/client/api", api_key=SECRET, secret_key=SECRET)
    return Evidence(entry, **found)  # type: ignore[arg-type]


def case(systems: tuple[System, ...] = (), installations: tuple[Installation, ...] = ()) -> Case:
    return Case(Config(), 0.0, systems, installations)


def pools(*found: powerflex.StoragePool) -> powerflex.PoolsReading:
    return powerflex.PoolsReading(taken_at=now(), domains=(), pools=found, statistics={})


def inventory(*found: cloudstack.StoragePool) -> cloudstack.InventoryReading:
    return cloudstack.InventoryReading(taken_at=now(), zones=(), pools=found, hosts=(), offerings=())


GOLD = powerflex.StoragePool(id="p1", name="gold")
AMS_GOLD = cloudstack.StoragePool(id=UUID, name="ams-gold", path="p1", state="Up")


@pytest.mark.parametrize(
    ("days", "severity", "words"),
    [
        (-2, Severity.ERROR, "ended 2 days ago"),
        (2.9, Severity.ERROR, "ends in 3 days"),
        (3, Severity.WARNING, "ends in 3 days"),
        (20.9, Severity.WARNING, "ends in 21 days"),
        (21, Severity.OK, "ends in 21 days"),
    ],
)
def test_a_certificate_by_its_days(days: float, severity: Severity, words: str) -> None:
    (found,) = certificates.check(case((system(certificate_expiry=days * DAY),)))

    assert (found.severity, found.words) == (severity, words)


def test_plain_http_is_a_warning() -> None:
    plain = system()
    plain = replace(plain, entry=plain.entry.model_copy(update={"gateway": "http://gw"}))

    (found,) = certificates.check(case((plain,)))

    assert (found.severity, found.mend) == (Severity.WARNING, "Write https:// unless it is a lab.")


@pytest.mark.parametrize(
    ("ahead", "of_system", "of_installation"),
    [
        (None, None, None),
        (59.0, Severity.OK, Severity.OK),
        (60.0, Severity.WARNING, Severity.WARNING),
        (-600.0, Severity.WARNING, Severity.WARNING),
        (301.0, Severity.WARNING, Severity.ERROR),
    ],
)
def test_clocks(ahead: float | None, of_system: Severity | None, of_installation: Severity | None) -> None:
    found = list(clocks.check(case((system(clock_ahead=ahead),), (installation(clock_ahead=ahead),))))

    assert [one.severity for one in found] == [one for one in (of_system, of_installation) if one]


@pytest.mark.parametrize(("layout", "count"), [(None, 0), ("MediumGranularity", 0), ("ErasureCoding", 1), ("New", 1)])
def test_a_layout_that_is_not_known_to_mirror(layout: str | None, count: int) -> None:
    pool = powerflex.StoragePool(id="p1", name="gold", data_layout=layout)
    pair = case(
        (system(readings={"pools": pools(pool)}),), (installation(readings={"inventory": inventory(AMS_GOLD)}),)
    )

    assert len(list(layouts.check(pair))) == count


def test_sides_that_do_not_belong_together() -> None:
    empty = case((system(readings={"pools": pools(GOLD)}),), (installation(readings={"inventory": inventory()}),))

    assert [one.words for one in pairing.check(empty)] == [
        "has no storage pool of provider PowerFlex",
        "no pool of any configured CloudStack installation lies on it",
    ]


def test_without_the_pools_of_every_system_none_is_missed() -> None:
    unread = case((system(),), (installation(readings={"inventory": inventory(AMS_GOLD)}),))

    assert list(pairing.check(unread)) == []


USED, ALLOCATED = "pool.storage.capacity.disablethreshold", "pool.storage.allocated.capacity.disablethreshold"


def thresholds_of(pool: cloudstack.StoragePool, **given: str) -> list[tuple[Severity, str]]:
    settings = [
        cloudstack.Setting(name=name, value=given[key], scope="global")
        for key, name in (("used", USED), ("allocated", ALLOCATED))
        if key in given
    ]
    readings = {
        "inventory": inventory(pool),
        "settings": cloudstack.SettingsReading(taken_at=now(), settings=tuple(settings)),
    }
    return [(one.severity, one.words) for one in thresholds.check(case((), (installation(readings=readings),)))]


def test_limits_that_are_told_and_not_reached() -> None:
    assert thresholds_of(AMS_GOLD, used="0.85", allocated="0.9") == [
        (Severity.OK, "no more volumes are placed from 85% used on"),
        (Severity.OK, "no more volumes are placed from 90% allocated on"),
    ]


def test_a_pool_that_is_not_up() -> None:
    (found, *_) = thresholds_of(replace_pool(state="Maintenance"), used="0.85", allocated="0.85")

    assert found == (Severity.WARNING, "pool ams-gold is in state Maintenance")


def test_a_pool_without_a_limit() -> None:
    (found, *_) = thresholds_of(AMS_GOLD, used="1", allocated="0.85")

    assert found == (Severity.WARNING, f"pool ams-gold is used until it is full: {USED} is 1")


def replace_pool(**fields: object) -> cloudstack.StoragePool:
    return msgspec.structs.replace(AMS_GOLD, **fields)


@pytest.mark.parametrize(("used", "beyond"), [(None, False), (-1, False), (849, False), (850, True), (1000, True)])
def test_a_pool_of_which_too_much_is_used(used: int | None, beyond: bool) -> None:
    found = thresholds_of(replace_pool(total_bytes=1000, used_bytes=used), used="0.85", allocated="0.85")

    words = [words for severity, words in found if severity is Severity.WARNING]
    assert words == (
        [f"pool ams-gold gets no more volumes: {(used or 0) / 1000:.1%} are used, and {USED} is 0.85"] if beyond else []
    )


@pytest.mark.parametrize(
    ("allocated", "factor", "limit", "share"),
    [
        (1699, 2.0, "0.85", None),
        (1700, 2.0, "0.85", "85.0%"),
        (1700, 4.0, "0.85", None),
        (1700, None, "0.85", None),
        (1700, 0.0, "0.85", None),
        (None, 2.0, "0.85", None),
        # Above 1 it is no limit; what may be promised is one.
        (1999, 2.0, "1.2", None),
        (2000, 2.0, "1.2", "100.0%"),
    ],
)
def test_a_pool_of_which_too_much_is_promised(
    allocated: int | None, factor: float | None, limit: str, share: str | None
) -> None:
    pool = replace_pool(total_bytes=1000, allocated_bytes=allocated, overprovisioning_factor=factor)

    words = [words for severity, words in thresholds_of(pool, used="0.85", allocated=limit) if severity != Severity.OK]

    beyond = f"pool ams-gold gets no more volumes: {share} of what may be promised are allocated"
    assert words == ([] if share is None else [f"{beyond}, and {ALLOCATED} is {limit}"])


@pytest.mark.parametrize("given", [{}, {"used": "NaN", "allocated": ""}])
def test_limits_that_are_not_told(given: dict[str, str]) -> None:
    assert thresholds_of(AMS_GOLD, **given) == [
        (
            Severity.WARNING,
            f"{setting} is not told for 1 of its pools, so it is unknown from where on nothing is placed",
        )
        for setting in (USED, ALLOCATED)
    ]


def test_where_the_settings_cannot_be_read_another_check_says_so() -> None:
    unread = case((), (installation(readings={"inventory": inventory(AMS_GOLD)}),))

    assert list(thresholds.check(unread)) == []


def row(number: int, path: str | None) -> cloudstack.Volume:
    return cloudstack.Volume(id=f"v{number}", state="Ready", path=path, pool_id=UUID, size_bytes=1)


def test_an_incomplete_list() -> None:
    rows = cloudstack.VolumesReading(taken_at=now(), volumes=[row(1, "id1:vol-1-bbbb-10ee")], complete=False)

    (found,) = volume_list.check(case((), (installation(readings={"volumes": rows}),)))

    assert (found.severity, found.words[:16]) == (Severity.ERROR, "it is incomplete")


def test_names_with_a_key_that_no_pool_has() -> None:
    names = {"id1": "vol-1-bbbb-10ee", "id2": "vol-2-cccc-10ee", "id3": "vol-3-cccc-10ee"}
    volumes = [
        powerflex.Volume(id=id_, name=name, storage_pool_id="p1", vtree_id=f"t{id_}", size_kib=1)
        for id_, name in names.items()
    ]
    rows = [row(number, f"{id_}:{name}") for number, (id_, name) in enumerate(names.items())]
    identifier = cloudstack.Setting(name="custom.cs.identifier", value="10ee", scope="global")
    array = system(
        readings={"pools": pools(GOLD), "volumes": powerflex.VolumesReading(taken_at=now(), volumes=volumes)}
    )
    cloud = installation(
        readings={
            "inventory": inventory(AMS_GOLD),
            "volumes": cloudstack.VolumesReading(taken_at=now(), volumes=rows, complete=True),
            "settings": cloudstack.SettingsReading(taken_at=now(), settings=(identifier,)),
        }
    )

    (found,) = identifiers.check(case((array,), (cloud,)))

    assert (found.severity, found.words) == (
        Severity.WARNING,
        "2 of its volumes on pf carry the key 'cccc', which none of its pools has",
    )


@pytest.mark.parametrize("value", [None, "", "often"])
def test_an_interval_that_is_not_told(value: str | None) -> None:
    name = "router.health.checks.results.fetch.interval"
    told = () if value is None else (cloudstack.Setting(name=name, value=value, scope="global"),)
    settings = cloudstack.SettingsReading(taken_at=now(), settings=told)

    (found,) = router_settings.check(case((), (installation(readings={"settings": settings}),)))

    assert (found.severity, found.words) == (
        Severity.WARNING,
        f"{name} is not told, so it is unknown how old results become",
    )
