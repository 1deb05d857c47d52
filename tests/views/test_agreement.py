from __future__ import annotations

import pytest

from exporter.model.cloudstack import Setting, SettingsReading, StoragePool
from exporter.model.instant import Instant
from exporter.views.agreement import Belief, belief, setting_in_force

USED = "pool.storage.capacity.disablethreshold"
ALLOCATED = "pool.storage.allocated.capacity.disablethreshold"
FACTOR = "storage.overprovisioning.factor"
POOL = StoragePool(id="u1", path="p1", zone_id="z1")


def settings(*given: tuple[str, str, str, str]) -> SettingsReading:
    return SettingsReading(
        taken_at=Instant(0.0, 0.0),
        settings=tuple(Setting(name=name, value=value, scope=scope, scope_id=id_) for name, value, scope, id_ in given),
    )


def test_what_cloudstack_says_is_passed_on() -> None:
    pool = StoragePool(
        id="u1",
        path="p1",
        state="Up",
        total_bytes=100,
        used_bytes=-5,
        allocated_bytes=150,
        overprovisioning_factor=2.0,
    )
    given = settings((USED, "0.85", "global", ""), (ALLOCATED, "0.9", "global", ""), (FACTOR, "3", "global", ""))
    assert belief(pool, given) == Belief(True, 100, -5, 150, 2.0, 0.85, 0.9)


def test_what_it_does_not_say_is_unknown() -> None:
    assert belief(POOL, None) == Belief(None, None, None, None, None, None, None)
    assert belief(POOL, settings()) == belief(POOL, None)


@pytest.mark.parametrize("state", ["Maintenance", "Disabled", "up", ""])
def test_a_pool_in_another_state_is_not_up(state: str) -> None:
    assert belief(StoragePool(id="u1", path="p1", state=state), None).up is False


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["global"], 0.1),
        (["global", "zone"], 0.2),
        (["global", "zone", "storagepool"], 0.3),
        (["storagepool"], 0.3),
        (["other zone", "other pool", "global"], 0.1),
        (["other zone", "other pool"], None),
    ],
)
def test_the_pools_value_is_in_force_else_the_zones_else_the_global_one(
    given: list[str], expected: float | None
) -> None:
    values = {
        "global": ("0.1", "global", ""),
        "zone": ("0.2", "zone", "z1"),
        "storagepool": ("0.3", "storagepool", "u1"),
        "other zone": ("0.4", "zone", "z2"),
        "other pool": ("0.5", "storagepool", "u2"),
    }
    reading = settings(*((name, *values[scope]) for scope in given for name in (USED, ALLOCATED, FACTOR)))
    found = belief(POOL, reading)
    assert found.used_threshold_ratio == expected
    assert found.allocated_threshold_ratio == expected
    assert found.overprovisioning_ratio == expected


@pytest.mark.parametrize("value", ["", "much", "NaN", "Infinity"])
def test_what_is_no_number_is_unknown(value: str) -> None:
    assert belief(POOL, settings((USED, value, "global", ""))).used_threshold_ratio is None


def test_an_empty_value_is_none() -> None:
    given = settings((USED, "", "storagepool", "u1"), (USED, "0.8", "zone", "z1"))
    assert setting_in_force(USED, POOL, given) == "0.8"
