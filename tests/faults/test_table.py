"""Every way in which an answer can be wrong, at every call: one collector fails, and nothing else changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.faults.conftest import Bench

BULK = "/api/instances/querySelectedStatistics"

CALLS: dict[str, tuple[str, frozenset[str]]] = {
    "/api/types/System/instances": ("pf-ams1", frozenset({"system"})),
    "/api/types/ProtectionDomain/instances": ("pf-ams1", frozenset({"pools"})),
    "/api/types/StoragePool/instances": ("pf-ams1", frozenset({"pools"})),
    BULK: ("pf-ams1", frozenset({"pools", "sdcs", "used_sizes"})),
    "/api/types/Volume/instances": ("pf-ams1", frozenset({"volumes"})),
    "/api/types/VTree/instances": ("pf-ams1", frozenset({"vtrees"})),
    "/api/types/Sdc/instances": ("pf-ams1", frozenset({"sdcs"})),
    "/api/types/Sds/instances": ("pf-ams1", frozenset({"nodes"})),
    "/api/types/Device/instances": ("pf-ams1", frozenset({"nodes"})),
    "/api/types/Alert/instances": ("pf-ams1", frozenset({"alerts"})),
    "/rest/v1/alerts": ("pf-ams2", frozenset({"alerts"})),
}
"""Each call: the system that is asked so, and the collectors that need its answer."""

FAMILIES = {
    "system": ("powerflex_system_", "powerflex_mdm_", "powerflex_license_"),
    "pools": ("powerflex_protection_domain_", "powerflex_storage_pool_"),
    "volumes": ("powerflex_volumes", "powerflex_volume_"),
    "used_sizes": ("powerflex_volumes_used_size_bytes", "powerflex_volume_used_size_bytes"),
    "vtrees": ("powerflex_vtree_",),
    "sdcs": ("powerflex_sdc_",),
    "nodes": ("powerflex_sds_", "powerflex_devices"),
    "alerts": ("powerflex_alerts",),
}
"""What each collector's readings are shown as, by the beginning of the name."""

_HTML = "<!DOCTYPE html><html><head><title>Bad Gateway</title></head><body><h1>nginx</h1></body></html>"
_NOT_JSON: dict[str, Any] = {"action": "status", "status": 200, "content_type": "application/json"}

FAULTS: dict[str, dict[str, Any]] = {
    "a 500 with the gateway's words": {"action": "status", "status": 500, "body": {"message": "MDM is gone"}},
    "a 502 page of HTML": {"action": "status", "status": 502, "body": _HTML},
    "a 404 without a body": {"action": "status", "status": 404},
    "a 403": {"action": "status", "status": 403, "body": {"message": "Forbidden"}},
    "a redirect": {"action": "status", "status": 302, "headers": {"Location": "/login.html"}},
    "HTML with status 200": {"action": "body", "body": _HTML},
    "an empty body": {"action": "body", "body": ""},
    "JSON cut short": {"action": "body", "body": '[{"id": "dfa3e41d00000000", "na'},
    "a body cut short": {"action": "truncate"},
    "a cut connection": {"action": "drop"},
    "null": _NOT_JSON | {"body": None},
    "a number": _NOT_JSON | {"body": 42},
    "a list of numbers": _NOT_JSON | {"body": [1, 2]},
    "an object of numbers": _NOT_JSON | {"body": {"StoragePool": 1, "VTree": 2, "Sdc": 3, "results": 4}},
    "a bare NaN": _NOT_JSON | {"body": "[NaN]"},
    "brackets without end": _NOT_JSON | {"body": "[" * 200_000},
    "gzip that is none": _NOT_JSON | {"body": "[]", "headers": {"Content-Encoding": "gzip"}},
}

SLOW_FAULTS: dict[str, dict[str, Any]] = {
    "no answer in time": {"action": "hang"},
    "an answer that drips": {"action": "drip", "bytes": 1, "seconds": 0.1},
}
FIRST_CALLS = [path for path in CALLS if "ProtectionDomain" not in path and "Sds" not in path]
"""One call of each collector, and those that only some gateways have."""
SLOW_CALLS = ("/api/types/System/instances", BULK, "/api/types/Volume/instances", "/rest/v1/alerts")

CASES = [
    *(pytest.param(path, rule, id=f"{name} at {path}") for name, rule in FAULTS.items() for path in FIRST_CALLS),
    *(pytest.param(path, rule, id=f"{name} at {path}") for name, rule in SLOW_FAULTS.items() for path in SLOW_CALLS),
]


@pytest.mark.parametrize(("path", "rule"), CASES)
def test_a_wrong_answer_fails_its_collector_and_changes_nothing_else(
    bench: Bench, path: str, rule: dict[str, Any]
) -> None:
    driven, sound = bench.driven, bench.sound
    system, hurt = CALLS[path]
    other = other_than(system)
    gateway = bench.simulator.gateways[system]

    # One poll fails: it says so, in the log and by its figure; all that was known stays.
    gateway.faults.add(rule | {"path": path})
    faulty = driven.poll()
    assert faulty.failing(system) == hurt
    assert faulty.failing(other) == set()
    assert faulty.differs(system, sound) == set()
    assert faulty.differs(other, sound) == set()
    faulty.check(sound)
    complaints = [line for line in bench.log.new() if "level=debug" not in line]
    assert len(complaints) == len(hurt)
    for collector in hurt:
        (line,) = (line for line in complaints if f"collector={collector} " in line)
        assert "level=warning" in line
        assert f"source={system} " in line
        assert "error=" in line
        assert "a defect of the exporter" not in line

    # It fails again, of the same: the log stays silent.
    if rule["action"] not in {"hang", "drip"}:
        driven.poll(*hurt, source=system)
    assert [line for line in bench.log.new() if "level=debug" not in line] == []

    # The next good poll heals it.
    gateway.faults.clear()
    healed = driven.poll(*hurt, source=system)
    assert healed.failing(system) == set()
    assert healed.differs(system, sound) == set()
    assert sum("poll succeeds again" in line for line in bench.log.new()) == len(hurt)


@pytest.mark.parametrize("path", CALLS)
def test_what_a_failing_collector_knew_is_dropped_as_stale_and_nothing_else_is(bench: Bench, path: str) -> None:
    driven, sound = bench.driven, bench.sound
    system, hurt = CALLS[path]
    other = other_than(system)
    gateway = bench.simulator.gateways[system]
    gateway.faults.add({"action": "status", "status": 503, "path": path})

    # max(3 x interval, interval + 2 x timeout) is 900 s.
    driven.poll()
    driven.clock.offset += 600
    assert driven.poll().differs(system, sound) == set()
    driven.clock.offset += 320
    stale = driven.poll()

    gone = tuple(beginning for collector in hurt for beginning in FAMILIES[collector])
    left = {name: lines for name, lines in sound.inventory(system).items() if not name.startswith(gone)}
    if "used_sizes" in hurt:
        unknown = "powerflex_volumes_used_size_unknown"
        assert stale.total(unknown, system=system) == len(gateway.machine.system.vtrees)
        left[unknown] = stale.inventory(system)[unknown]
    assert stale.inventory(system) == left
    assert stale.value("powerflex_up", system=system) == 1
    assert stale.differs(other, sound) == set()

    gateway.faults.clear()
    assert driven.poll().differs(system, sound) == set()


def other_than(system: str) -> str:
    return "pf-ams2" if system == "pf-ams1" else "pf-ams1"
