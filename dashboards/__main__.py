"""`python -m dashboards`: write the JSON of every dashboard, the same bytes each time."""

from __future__ import annotations

import json
from pathlib import Path

from grafanalib._gen import DashboardEncoder

from dashboards import overview, storage_pool

BOARDS = (overview, storage_pool)

FOLDER = Path(__file__).parent / "generated"


def main() -> None:
    """Write them all, and remove what no dashboard makes any more."""
    FOLDER.mkdir(exist_ok=True)
    written = set()
    for board in (module.BOARD for module in BOARDS):
        file = FOLDER / f"{board.uid.removeprefix('powerflex-')}.json"
        file.write_text(json.dumps(board, cls=DashboardEncoder, indent=2, sort_keys=True) + "\n")
        written.add(file)
    for file in set(FOLDER.glob("*.json")) - written:
        file.unlink()


if __name__ == "__main__":
    main()
