"""Names that nobody would give: long, foreign, with quotes and line ends, and the same one twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from exporter.simulator import Simulator

if TYPE_CHECKING:
    from tests.faults.conftest import Driven, Exporter, Settings

_AWKWARD = [
    'quotes "inside"',
    "back\\slash",
    "a trailing backslash\\",
    "two\nlines",
    "a carriage\rreturn",
    "tab\tand bell\x07",
    "nul\x00character",
    "\u00fcml\u00e4ut \u65e5\u672c\u8a9e \U0001f4be",
    "line\u2028separator and next\x85line",
    "a-name-of-more-than-thirty-one-characters-" + "x" * 300,
    " ",
    "# HELP powerflex_up gauge",
    'x"} 1\npowerflex_up{system="forged"} 7',
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}",
]


@pytest.fixture
def exporter_of_all(own_simulator: Simulator, start: Exporter, configured: Settings) -> Driven:
    return start(configured(own_simulator) + "volumes: {series: all}\n")


@pytest.mark.parametrize("name", _AWKWARD, ids=ascii)
def test_an_awkward_name_stands_on_the_page_as_it_is(
    own_simulator: Simulator, exporter_of_all: Driven, name: str
) -> None:
    system = own_simulator.world.systems["pf-ams1"]
    objects = {
        "volume": own_simulator.world.landmarks["unnamed_snapshot"],
        "pool": next(iter(system.storage_pools)),
        "protection_domain": next(iter(system.protection_domains)),
        "sds": next(iter(system.nodes)),
        "sdc": next(key for key, sdc in system.sdcs.items() if sdc.name),
    }
    before = exporter_of_all.poll()
    for key in objects.values():
        own_simulator.change("set", object=key, field="name", value=name)
    polled = exporter_of_all.poll()
    assert polled.failing("pf-ams1") == set()
    assert polled.differs("pf-ams2", before) == set()
    polled.check()
    assert len(polled.all_of("powerflex_up")) == 2
    ours, theirs = polled.inventory("pf-ams1"), before.inventory("pf-ams1")
    assert {key: len(lines) for key, lines in ours.items()} == {key: len(lines) for key, lines in theirs.items()}
    for metric, label in (
        ("powerflex_volume_info", "volume"),
        ("powerflex_storage_pool_info", "pool"),
        ("powerflex_protection_domain_active", "protection_domain"),
        ("powerflex_sds_healthy", "sds"),
        ("powerflex_sdc_connected", "sdc"),
    ):
        assert polled.value(metric, **{f"{label}_id": objects[label], label: name}) is not None, metric
    openmetrics = {sample.labels.get("volume") for sample in exporter_of_all.openmetrics()}
    assert name in openmetrics
    shown = exporter_of_all.get("/").text
    assert "<script>alert" not in shown
    assert "<h3>49" not in shown


def test_objects_of_one_name_each_have_series_of_their_own(own_simulator: Simulator, exporter_of_all: Driven) -> None:
    world = own_simulator.world
    for system in world.systems.values():
        for table in (system.volumes, system.storage_pools, system.sdcs, system.nodes, system.protection_domains):
            for key in table:
                own_simulator.change("set", object=key, field="name", value="twin")
    polled = exporter_of_all.poll()
    for name, system in world.systems.items():
        assert polled.failing(name) == set()
        assert len(polled.all_of("powerflex_volume_info", system=name)) == len(system.volumes)
        assert len(polled.all_of("powerflex_storage_pool_info", system=name)) == len(system.storage_pools)
        assert len(polled.all_of("powerflex_sds_healthy", system=name)) == len(system.nodes)


def test_a_volume_renamed_to_nothing_is_of_kind_other(own_simulator: Simulator, exporter_of_all: Driven) -> None:
    volume = next(iter(own_simulator.world.systems["pf-ams1"].volumes))
    for nothing in (None, ""):
        own_simulator.change("set", object=volume, field="name", value=nothing)
        polled = exporter_of_all.poll()
        assert polled.value("powerflex_volume_info", volume_id=volume, volume="", kind="other") == 1


def test_half_a_surrogate_in_one_name_hurts_that_name_alone(own_simulator: Simulator, exporter_of_all: Driven) -> None:
    before = exporter_of_all.poll()
    gateway = own_simulator.gateways["pf-ams1"]
    volume = {"id": "01", "name": "NAME", "storagePoolId": "aa", "vtreeId": "02", "sizeInKb": 8388608}
    other = volume | {"id": "03", "name": "whole", "vtreeId": "04"}
    body = str([volume, other]).replace("'", '"').replace("NAME", "half \\ud83d of a pair")
    path = "/api/types/Volume/instances"
    gateway.faults.add({"action": "body", "path": path, "body": body, "content_type": "application/json"})
    polled = exporter_of_all.poll()
    assert polled.failing("pf-ams1") == set()
    assert polled.value("powerflex_volume_info", volume_id="01", volume="") == 1
    assert polled.value("powerflex_volume_info", volume_id="03", volume="whole") == 1
    assert polled.total("powerflex_exporter_fields_ignored_total", source="pf-ams1", field="name") == 1
    assert polled.differs("pf-ams2", before) == set()
