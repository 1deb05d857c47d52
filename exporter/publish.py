"""Keeps the page up to date: renders it off the event loop whenever something changed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping

import structlog

from exporter.inventory.polls import PollRecords
from exporter.inventory.store import Inventory
from exporter.memory import give_back
from exporter.metrics.families.group import Judged
from exporter.metrics.judgement import Judgement, OwnChecks
from exporter.metrics.page import Page, PageRenderer
from exporter.model.instant import now
from exporter.model.snapshot import CloudStackSnapshot, PowerFlexSnapshot

_SETTLE_SECONDS = 0.1
_STALE_CHECK_SECONDS = 5.0
_PAGE_KEPT_SECONDS = 60.0

_log = structlog.get_logger(__name__)


class Publisher:
    """Renders the page of an inventory and swaps it whole.

    Args:
        inventory: what is known.
        polls: which collectors were tried.
        renderer: renders the page.
        judgement: says what may be shown.
        own_checks: gives what our own runs of health checks said.

    Attributes:
        page: what is served now.
        judged: what the page shows of each CloudStack installation beside its readings.
        ready: whether a page was published after every collector had been tried.
    """

    def __init__(
        self,
        inventory: Inventory,
        polls: PollRecords,
        renderer: PageRenderer,
        judgement: Judgement,
        own_checks: Callable[[], OwnChecks],
    ) -> None:
        self.page = Page()
        self.judged: Mapping[str, Judged] = {}
        self.ready = False
        self._inventory = inventory
        self._polls = polls
        self._renderer = renderer
        self._judgement = judgement
        self._own_checks = own_checks
        self._changed = asyncio.Event()
        self._published_at = now().monotonic
        self._task: asyncio.Task[None] | None = None

    def changed(self) -> None:
        """Note that a poll ended."""
        self._changed.set()

    def start(self) -> None:
        """Start publishing."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Stop publishing; the last page stays."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def take_over(self, former: Publisher, kept: frozenset[str]) -> None:
        """Show what a former publisher showed until there is something of our own, and remember what it must."""
        self.page, self.judged, self.ready = former.page, former.judged, former.ready
        self._published_at = former._published_at
        self._renderer.take_over(former._renderer)
        self._judgement.take_over(former._judgement, kept)

    async def refresh(self) -> None:
        """Render the page of this moment; that it cannot be rendered is logged."""
        try:
            await self.publish()
        except Exception:  # noqa: BLE001 - a page that cannot be rendered must not end the rendering of the next
            _log.exception("the page could not be rendered")
            # The last page stays for a moment; for longer, what it says would pass for fresh.
            if now().monotonic - self._published_at > _PAGE_KEPT_SECONDS:
                self.page, self.judged = Page(), {}

    async def publish(self, *, at_once: bool = False) -> None:
        """Render the page of this moment; `at_once` judges discrepancies without grace."""
        all_tried = self._polls.all_tried
        monotonic = now().monotonic
        systems = self._inventory.snapshots(monotonic)
        installations = self._inventory.cloudstack_snapshots(monotonic)
        self.page, self.judged = await asyncio.to_thread(
            self._render, systems, installations, self._own_checks(), at_once
        )
        self._published_at = monotonic
        if all_tried and not self.ready:
            self.ready = True
            records = self._polls.records.values()
            _log.info("ready", collectors=len(records), failing=sum(not record.success for record in records))

    def _render(
        self,
        systems: tuple[PowerFlexSnapshot, ...],
        installations: tuple[CloudStackSnapshot, ...],
        own_checks: OwnChecks,
        at_once: bool,  # noqa: FBT001 - handed through to a thread
    ) -> tuple[Page, Mapping[str, Judged]]:
        judged = self._judgement.judge(systems, installations, own_checks, now(), at_once=at_once)
        page = self._renderer.render(systems, installations, judged)
        give_back()
        return page, judged

    async def _run(self) -> None:
        while True:
            # Not wait_for: in Python 3.11 it swallows a cancellation that comes together with what it waits for.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_STALE_CHECK_SECONDS):
                    await self._changed.wait()
                await asyncio.sleep(_SETTLE_SECONDS)
            self._changed.clear()
            await self.refresh()
