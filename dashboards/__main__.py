"""`python -m dashboards`: write the JSON of every dashboard, the same bytes each time."""

from __future__ import annotations

import json
from pathlib import Path

from grafanalib._gen import DashboardEncoder

from dashboards import discrepancies, exporter, hosts, overview, routers, storage_pool, tenants, volumes

BOARDS = (
    overview.BOARD,
    storage_pool.BOARD,
    volumes.BOARD,
    tenants.BOARD,
    discrepancies.BOARD,
    routers.BOARD,
    hosts.BOARD,
    exporter.BOARD,
)
FOLDER = Path(__file__).parent / "generated"


def files() -> dict[str, str]:
    """Give the texts of all files by their names."""
    return {
        f"{board.uid.removeprefix('powerflex-')}.json": (
            json.dumps(board, cls=DashboardEncoder, indent=2, sort_keys=True) + "\n"
        )
        for board in BOARDS
    }


def main() -> None:
    """Write the files, and remove those of dashboards that are no more."""
    FOLDER.mkdir(exist_ok=True)
    written = files()
    for name, text in written.items():
        (FOLDER / name).write_text(text)
    for old in FOLDER.glob("*.json"):
        if old.name not in written:
            old.unlink()


if __name__ == "__main__":
    main()
