"""`python -m deploy`: write the Kubernetes objects of rules and dashboards, the same bytes each time."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "deploy" / "kubernetes"

_RULES = """\
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: powerflex-{name}
spec:
"""
# kubectl notes what it has applied in an annotation of at most 256 KiB: too little for all dashboards in one.
_DASHBOARD = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: powerflex-{name}
  labels:
    grafana_dashboard: "1"
data:
  {name}.json: |
"""


def files() -> dict[str, str]:
    """Give the texts of all files by their names."""
    rules = [_RULES.format(name=path.stem) + indent(path.read_text(), "  ") for path in _sorted("alerts/rules")]
    dashboards = [
        _DASHBOARD.format(name=path.stem) + indent(path.read_text(), "    ") for path in _sorted("dashboards/generated")
    ]
    return {
        "prometheus-rules.yaml": _written("alerts/rules", rules),
        "dashboards.yaml": _written("dashboards/generated", dashboards),
    }


def _sorted(folder: str) -> list[Path]:
    return sorted((ROOT / folder).iterdir())


def _written(source: str, objects: list[str]) -> str:
    return f"# Written by make manifests out of {source}.\n" + "---\n".join(objects)


def main() -> None:
    """Write the files."""
    for name, text in files().items():
        (FOLDER / name).write_text(text)


if __name__ == "__main__":
    main()
