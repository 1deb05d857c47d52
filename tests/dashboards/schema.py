"""What Grafana's own schema does not know of a dashboard, by the models of grafana-foundation-sdk.

The models take whatever they are given: a key that they do not know is dropped, and a value of a wrong type is kept.
So a dashboard is decoded and encoded again, and what has been lost is looked at; and every value is held to its type.
"""

from __future__ import annotations

import enum
import json
import types
from collections.abc import Iterator
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard as Model

from tests.dashboards.grafana import Dashboard

# The models are those of Grafana 10.1.
_LATER = {"maxVizHeight", "minVizHeight", "minVizWidth", "namePlacement", "showPercentChange", "sizing", "wideLayout"}
# Grafana's front end writes and reads these beside the schema.
_BESIDE = {"builtIn", "definition", "titleFormat"}
_NULL = {"id"}

register_default_plugins()


def faults(dashboard: Dashboard) -> list[str]:
    """Give the keys that are not in the schema, and the values of a wrong type."""
    model = Model.from_json(dashboard)
    again = json.loads(json.dumps(model, cls=JSONEncoder))
    lost = [place for place in _lost(dashboard, again) if place.split(".")[-1] not in _LATER | _BESIDE | _NULL]
    return [f"{place} is not in the schema" for place in lost] + list(_mistyped(model, Model))


def _lost(given: Any, kept: Any, place: str = "") -> Iterator[str]:  # noqa: ANN401  # any JSON
    if isinstance(given, dict) and isinstance(kept, dict):
        for key, value in given.items():
            if key in kept:
                yield from _lost(value, kept[key], f"{place}.{key}")
            else:
                yield f"{place}.{key}"
    elif isinstance(given, list) and isinstance(kept, list) and len(given) == len(kept):
        for index, (value, again) in enumerate(zip(given, kept, strict=True)):
            yield from _lost(value, again, f"{place}[{index}]")
    elif given != kept:
        yield place


def _mistyped(value: Any, hint: Any, place: str = "") -> Iterator[str]:  # noqa: ANN401  # any value of any type
    if get_origin(hint) in {Union, types.UnionType}:
        hints = [each for each in get_args(hint) if (each is type(None)) == (value is None)]
        found = [list(_mistyped(value, each, place)) for each in hints]
        yield from min(found, key=len, default=[f"{place}: {value!r} is no {hint}"])
        return
    if isinstance(value, dict) and hasattr(hint, "from_json"):
        value = hint.from_json(value)  # the models leave some lists as they are
    if not _is_a(value, hint):
        yield f"{place}: {value!r} is no {hint}"
    for part, of, name in _parts(value, hint):
        yield from _mistyped(part, of, f"{place}{name}")


def _parts(value: Any, hint: Any) -> Iterator[tuple[Any, Any, str]]:  # noqa: ANN401  # any value of any type
    """Give what a value is made of, each part with its type and its place."""
    match value:
        case list() if get_args(hint):
            yield from ((each, get_args(hint)[0], f"[{index}]") for index, each in enumerate(value))
        case dict() if get_args(hint):
            yield from ((each, get_args(hint)[1], f".{key}") for key, each in value.items())
        case _ if hasattr(value, "to_json"):
            yield from ((getattr(value, name), of, f".{name}") for name, of in get_type_hints(type(value)).items())


def _is_a(value: Any, hint: Any) -> bool:  # noqa: ANN401  # any value of any type
    if hint in {Any, object}:
        return True
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    kind = get_origin(hint) or hint
    if issubclass(kind, enum.Enum):
        return value in list(kind)
    if kind in {int, float}:
        return type(value) in {int, kind}
    return isinstance(value, kind)
