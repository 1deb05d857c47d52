"""The dashboards as they are committed."""

from __future__ import annotations

import json
from pathlib import Path

from tests.dashboards.grafana import Dashboard

ROOT = Path(__file__).parents[2]
DASHBOARDS: dict[str, Dashboard] = {
    path.stem: json.loads(path.read_text()) for path in sorted((ROOT / "dashboards" / "generated").glob("*.json"))
}
"""By name: overview, storage-pool, and so on."""
