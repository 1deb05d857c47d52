"""Statistics of many objects at once: querySelectedStatistics. All or nothing: one bad name fails the request."""

from typing import Any

from exporter.simulator.gateway.errors import GatewayError
from exporter.simulator.gateway.machine import GatewayMachine
from exporter.simulator.gateway.objects.types import OBJECT_TYPES
from exporter.simulator.gateway.statistics.values import statistics_of


def query_selected(machine: GatewayMachine, body: dict[str, Any]) -> dict[str, Any]:
    """POST /api/instances/querySelectedStatistics: {type: {id: {property: value}}}, System flat.

    Raises:
        GatewayError: 400, with a text that lists what would have been good.

    """
    selections = body.get("selectedStatisticsList")
    if not isinstance(selections, list) or not selections:
        raise GatewayError(400, "selectedStatisticsList must be supplied")
    kinds = [_kind(machine, selection) for selection in selections]
    return {kind: query_type(machine, kind, selection) for kind, selection in zip(kinds, selections, strict=True)}


def query_type(machine: GatewayMachine, kind: str, selection: dict[str, Any]) -> dict[str, Any]:
    """POST /api/types/T/instances/action/querySelectedStatistics: {id: {property: value}}, System flat.

    Objects are chosen by `ids`, or by `allIds` with whatever value; System needs neither.

    Raises:
        GatewayError: 400, or what an unknown id gives.

    """
    if kind not in machine.statistics_types():
        raise _unknown_type(machine)
    wanted = _wanted(machine, kind, selection)
    if kind not in OBJECT_TYPES:
        return {}
    figures = machine.figures
    if kind == "System":
        return statistics_of(figures, kind, figures.census.system, wanted)
    object_type = OBJECT_TYPES[kind]
    ids = selection.get("ids")
    if "allIds" in selection:
        records = object_type.records(figures.census.system)
    elif isinstance(ids, list | str):
        listed = [ids] if isinstance(ids, str) else ids
        records = {str(key): object_type.find(figures.census, str(key)) for key in listed}
    else:
        raise GatewayError(400, "either ids or allIds must be supplied")
    return {key: statistics_of(figures, kind, record, wanted) for key, record in records.items()}


def _kind(machine: GatewayMachine, selection: Any) -> str:  # noqa: ANN401  # what the client sent
    kind = selection.get("type") if isinstance(selection, dict) else None
    if kind not in machine.statistics_types():
        raise _unknown_type(machine)
    return str(kind)


def _unknown_type(machine: GatewayMachine) -> GatewayError:
    return GatewayError(400, f"type should contain only following values: {','.join(machine.statistics_types())}")


def _wanted(machine: GatewayMachine, kind: str, selection: dict[str, Any]) -> frozenset[str]:
    properties = selection.get("properties")
    if not isinstance(properties, list) or not properties:
        raise GatewayError(400, "properties must be supplied")
    permitted = machine.properties(kind)
    wanted = frozenset(map(str, properties))
    if not wanted <= permitted:
        listed = ",".join(sorted(permitted))
        raise GatewayError(400, f"{kind} properties should contain only following values: {listed}")
    return wanted
