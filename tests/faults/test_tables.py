"""The tables of the faults leave nothing out."""

from __future__ import annotations

import inspect
from types import ModuleType

import msgspec
import pytest

from exporter.cloudstack import collectors as of_cloudstack
from exporter.cloudstack import wire as cloudstack
from exporter.powerflex import collectors as of_powerflex
from exporter.powerflex import wire as powerflex
from tests.faults.calls import CALLS
from tests.faults.fields import OF_GATEWAY, OF_SERVER, Field
from tests.faults.lists import EMPTY, LASTING, TWICE

NOT_TRIED = {
    "sdcId": "where it is wrong, mappedSdcInfo is",
    "numSeconds": "where it is wrong, the whole sample is",
    "totalWeightInKb": "the same",
    "numOccured": "the same",
    "genType": "of 5.0, which is not simulated",
    "healthchecks": "asked for where the list of routers fails alone",
}
"""Fields that have no line of their own."""


def fields_of(wire: ModuleType) -> set[str]:
    """Return the names of all fields of all wire types."""
    types = [one for _, one in inspect.getmembers(wire, inspect.isclass) if issubclass(one, msgspec.Struct)]
    return {field.encode_name for one in types for field in msgspec.structs.fields(one) if one is not msgspec.Struct}


@pytest.mark.parametrize(("wire", "fields"), [(powerflex, OF_GATEWAY), (cloudstack, OF_SERVER)])
def test_every_field_that_is_read_is_tried(wire: ModuleType, fields: tuple[Field, ...]) -> None:
    assert fields_of(wire) - {field.name for field in fields} - NOT_TRIED.keys() == set()


@pytest.mark.parametrize(
    ("kind", "collectors"), [("powerflex", of_powerflex.COLLECTORS), ("cloudstack", of_cloudstack.COLLECTORS)]
)
def test_every_collector_is_hurt(kind: str, collectors: dict[str, object]) -> None:
    calls = [call for call in CALLS if call.of_gateway == (kind == "powerflex")]
    assert {collector for call in calls for collector in call.collectors} == set(collectors)
    assert {collector for of, collector in LASTING if of == kind} == set(collectors)


def test_every_call_has_its_lists() -> None:
    assert TWICE.keys() == EMPTY.keys() == {call.path for call in CALLS}
