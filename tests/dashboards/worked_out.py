"""What a panel's query answers to series that a test makes up: by promtool, from the JSON as it is committed."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import yaml

from tests.dashboards.conftest import DASHBOARDS
from tests.dashboards.grafana import Dashboard, Value, interpolated, panels, variables

_HOURS = 2
"""The length of the time range."""


def asked(dashboard: str, panel: str, ref: str = "A") -> str:
    """Give the query of a panel, for all that there is to choose and the last two hours."""
    (target,) = [
        target
        for one in panels(DASHBOARDS[dashboard])
        if one["title"] == panel
        for target in one["targets"]
        if target["refId"] == ref
    ]
    values = {**_everything(DASHBOARDS[dashboard]), "__range": Value([f"{_HOURS}h"])}
    # promtool asks for one moment, at which the range has no beginning of its own.
    return interpolated(target["expr"], values).replace("@ start()", "@ 0")


def _everything(dashboard: Dashboard) -> dict[str, Value]:
    return {
        one["name"]: Value([], pattern=one["allValue"]) if one["type"] == "query" else Value([one["current"]["value"]])
        for one in variables(dashboard)
        if one["type"] != "datasource"
    }


def complaint(folder: Path, expression: str, series: Mapping[str, str], answer: Mapping[str, float]) -> str:
    """Tell how an answer differs from what was worked out; nothing where it does not.

    Args:
        folder: for the file that promtool reads.
        expression: the query.
        series: with the values of three moments, an hour apart: the last one is now. `_` is none.
        answer: the samples that should come back.
    """
    test = {
        "interval": f"{_HOURS // 2}h",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {
                "expr": expression,
                "eval_time": f"{_HOURS}h",
                "exp_samples": [{"labels": labels, "value": value} for labels, value in answer.items()],
            }
        ],
    }
    file = folder / "worked_out.yaml"
    file.write_text(yaml.safe_dump({"rule_files": [], "tests": [test]}))
    tested = subprocess.run(
        ["promtool", "test", "rules", file], check=False, capture_output=True, text=True, timeout=100
    )
    return "" if tested.returncode == 0 else tested.stdout + tested.stderr
