"""Edits of a JSON answer: a field with another value, or without the field; an object that is listed twice."""

from typing import Any

from exporter.simulator.gateway.faults import FaultRule


def edit(answer: Any, rule: FaultRule) -> None:  # noqa: ANN401  # any JSON
    """Change an answer in place, as a `set_field`, `remove_field` or `repeat` rule says."""
    remaining = [answer]
    while remaining:
        part = remaining.pop(0)
        if isinstance(part, dict):
            if rule.action != "repeat" and rule.field in part:
                if rule.action == "remove_field":
                    del part[rule.field]
                else:
                    part[rule.field] = rule.value
                if rule.objects == "first":
                    return
            remaining.extend(value for name, value in part.items() if name != rule.field)
        elif isinstance(part, list):
            remaining.extend(part)
            if rule.action == "repeat" and part and isinstance(part[0], dict):
                part.append(part[0])
