"""What a panel says of its fields: units are Grafana's, colours are names, and unknown is a text of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

Json = dict[str, Any]

UNKNOWN = "unknown"
"""What stands where there is no value: an unknown is never shown as 0."""

GREEN, ORANGE, RED, BLUE, GREY = "green", "orange", "red", "blue", "#8e8e8e"


def thresholds(base: str, *steps: tuple[float, str]) -> Json:
    """Colour values: `base` up to the first step, then each step's colour from its value on."""
    return {
        "mode": "absolute",
        "steps": [{"color": base, "value": None}, *({"color": color, "value": value} for value, color in steps)],
    }


CRITICAL_FROM_1 = thresholds(GREEN, (1, RED))
WARNING_FROM_1 = thresholds(GREEN, (1, ORANGE))
INFORMATION_FROM_1 = thresholds(GREEN, (1, BLUE))


def value_mapping(words: Mapping[int, tuple[str, str]]) -> Json:
    """Show words in a colour in place of values."""
    options = {
        str(value): {"color": color, "index": index, "text": text}
        for index, (value, (text, color)) in enumerate(words.items())
    }
    return {"type": "value", "options": options}


def _special(match: str, text: str, color: str) -> Json:
    return {"type": "special", "options": {"match": match, "result": {"color": color, "index": 0, "text": text}}}


NO_LABEL = _special("empty", "", GREY)
"""A label that a row of a table lacks. Without it Grafana takes that for no value."""

YES_NO = value_mapping({1: ("yes", GREEN), 0: ("no", RED)})
OK_FAILED = value_mapping({1: ("ok", GREEN), 0: ("failed", RED)})


def field_config(  # noqa: PLR0913  # one argument for each thing that Grafana knows of a field
    unit: str,
    *,
    decimals: int | None = None,
    minimum: float | None = None,
    maximum: float | None = None,
    unknown: str = UNKNOWN,
    empty: str | None = None,
    open_ended: bool = False,
    color: str = "thresholds",
    steps: Json | None = None,
    mappings: Sequence[Json] = (),
    links: Sequence[Json] = (),
    custom: Json | None = None,
    overrides: Sequence[Json] = (),
) -> Json:
    """Give a panel's `fieldConfig`. A share (percentunit) reaches from 0 to 1, and beyond where it is `open_ended`.

    `unknown` stands where a value is missing, in grey: Grafana would give it the colour of the least value.
    `empty` stands in a panel that has no series at all, where that means something else than unknown.
    """
    if unit == "percentunit":
        minimum, maximum = 0, None if open_ended else 1
    defaults = {
        "color": {"mode": color},
        "custom": custom or {},
        "decimals": decimals,
        "links": list(links),
        "mappings": [*mappings, _special("null", unknown, GREY), _special("nan", unknown, GREY)],
        "max": maximum,
        "min": minimum,
        "noValue": unknown if empty is None else empty,
        "thresholds": steps or thresholds(GREEN),
        "unit": unit,
    }
    return {
        "defaults": {name: value for name, value in defaults.items() if value is not None},
        "overrides": list(overrides),
    }


def override(
    field: str,
    matcher: Literal["byName", "byRegexp", "byFrameRefID"] = "byName",
    **properties: Any,  # noqa: ANN401  # a property's value is whatever Grafana takes for it
) -> Json:
    """Say something of some fields alone. A property in `custom` is written `custom_width` for `custom.width`."""
    return {
        "matcher": {"id": matcher, "options": field},
        "properties": [
            {"id": name.replace("custom_", "custom.", 1), "value": value} for name, value in properties.items()
        ],
    }


def threshold_lines(query: str, color: str) -> Json:
    """Draw what a query brings as dashed lines that the legend does not list. The panel's description names them."""
    return override(
        query,
        "byFrameRefID",
        custom_lineStyle={"dash": [10, 10], "fill": "dash"},
        custom_hideFrom={"legend": True, "tooltip": False, "viz": False},
        color={"mode": "fixed", "fixedColor": color},
    )


def shades(query: str, color: str) -> Json:
    """Draw the curves of a query in shades of one colour, where they mean what it does."""
    return override(query, "byFrameRefID", color={"mode": "shades", "fixedColor": color})


def colored_text() -> Json:
    """Write a cell of a table in the colour of its value."""
    return {"type": "color-text"}


def bar() -> Json:
    """Draw a cell of a table as a bar."""
    return {"type": "gauge", "mode": "basic", "valueDisplayMode": "text"}


def link_to(dashboard: str, title: str, **variables: str) -> Json:
    """Link to another dashboard, with its variables set and the same time range.

    A value may take from a row with `${__data.fields.name}`, from a series with `${__field.labels.name}`.
    """
    chosen = "".join(f"&var-{name}={value}" for name, value in variables.items())
    url = f"/d/powerflex-{dashboard}?${{datasource:queryparam}}{chosen}&${{__url_time_range}}"
    return {"title": title, "url": url}


def of_row(*labels: str) -> dict[str, str]:
    """Set variables to the fields of the same name of a table's row."""
    return {label: f"${{__data.fields.{label}:percentencode}}" for label in labels}


def of_series(*labels: str) -> dict[str, str]:
    """Set variables to the labels of the same name of a series."""
    return {label: f"${{__field.labels.{label}:percentencode}}" for label in labels}
