"""Renders the status page."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from exporter import __version__
from exporter.inventory.polls import PollRecords
from exporter.inventory.store import Inventory
from exporter.metrics.families.group import Judged
from exporter.model.snapshot import PowerFlexSnapshot
from exporter.web.status.findings import discrepancy_rows, is_all_judged, router_rows, suspension_rows
from exporter.web.status.pools import WORSE, pool_rows
from exporter.web.status.sources import SourceRow, collector_row, source_state
from exporter.web.status.verdict import discrepancy_tile, pool_tile, router_tile, source_tile

_DOCS = "https://github.com/cloudstack-powerflex-exporter/cloudstack-powerflex-exporter/blob/main/docs"
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class StatusPage:
    """Renders the status page.

    Args:
        inventory: what is known.
        polls: how the polls go.
        next_poll: gives the unix second of a collector's next poll, if one is planned.
        judged: gives what the page of metrics shows of each installation beside its readings.
        metrics_path: where the metrics are.
    """

    def __init__(
        self,
        inventory: Inventory,
        polls: PollRecords,
        next_poll: Callable[[str, str], float | None],
        metrics_path: str,
        judged: Callable[[], Mapping[str, Judged]] = dict,
    ) -> None:
        self._inventory = inventory
        self._polls = polls
        self._next_poll = next_poll
        self._metrics_path = metrics_path
        self._judged = judged
        environment = Environment(
            loader=PackageLoader("exporter.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        self._template = environment.get_template("status.html")

    async def __call__(self, _request: Request) -> HTMLResponse:
        """Answer with the page of this moment."""
        systems = self._inventory.snapshots(time.monotonic())
        installations = self._inventory.cloudstack_snapshots(time.monotonic())
        judged = self._judged()
        arrays = [self._source(one.name, one.up, _array(one)) for one in systems]
        clouds = [self._source(one.name, one.up, "connected") for one in installations]
        pools = pool_rows(systems, installations, time.monotonic())
        routers = [row for name, of in judged.items() for row in router_rows(name, of)]
        found = (row for of in judged.values() for row in discrepancy_rows(of))
        discrepancies = sorted(found, key=lambda row: WORSE.index(row.state), reverse=True)
        suspensions = [row for of in judged.values() for row in suspension_rows(of)]
        tiles = [source_tile([*arrays, *clouds])]
        if systems:
            tiles.append(pool_tile(pools))
        if installations:
            unread = [one.name for one in installations if judged.get(one.name, Judged()).routers is None]
            tiles.append(router_tile(routers, unread=unread))
            all_judged = all(is_all_judged(judged.get(one.name, Judged())) for one in installations)
            tiles.append(discrepancy_tile(discrepancies, all_judged=all_judged))
        page = self._template.render(
            version=__version__,
            docs=_DOCS,
            metrics_path=self._metrics_path,
            tiles=tiles,
            kinds=[("PowerFlex systems", arrays), ("CloudStack installations", clouds)],
            has_cloudstack=bool(installations),
            pools=pools,
            routers=routers,
            discrepancies=discrepancies,
            suspensions=suspensions,
        )
        return HTMLResponse(page, headers=_HEADERS)

    def _source(self, source: str, up: bool | None, connected: str) -> SourceRow:  # noqa: FBT001 - as it is known
        records = {name: record for (owner, name), record in self._polls.records.items() if owner == source}
        state, words = source_state(up, connected, records)
        now = time.time()
        rows = [collector_row(name, one, self._next_poll(source, name), now) for name, one in records.items()]
        return SourceRow(source, state, words, rows)


def _array(snapshot: PowerFlexSnapshot) -> str:
    return f"PowerFlex REST {snapshot.system.api_version}" if snapshot.system else "connected"
