"""Polls, reloads and scrapes in an order that a seed chooses: what is waited for ends some turns of the loop later."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import httpx
import msgspec
import pytest
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from exporter import publish
from exporter.config import Config, parse_config
from exporter.engine import Engine
from exporter.http.transport import Answer
from exporter.service import Service
from tests.fuzz.clock import Standstill
from tests.fuzz.consistency import Page
from tests.fuzz.tape import Call, Tape

T = TypeVar("T")

_LONGEST_TURNS = 12
_STEPS = 60
_WAYS = ("poll",) * 16 + ("scrape",) * 8 + ("reload", "wait")


class Interleaving:
    """A running exporter whose sources never say the same twice, and all that is done to it."""

    def __init__(self, tape: Tape, seed: int) -> None:
        self._tape = tape
        self._clock = Standstill()
        self._chance = random.Random(seed)
        self._tasks: set[asyncio.Task[None]] = set()
        self._polling: set[tuple[Engine, str]] = set()
        self.pages = 0

    def patch(self, patch: pytest.MonkeyPatch) -> None:
        """Leave nothing to the clock and to threads."""
        self._clock.rule(patch)
        self._tape.play(patch, self._respond)
        patch.setattr(asyncio, "to_thread", self._in_a_while)
        patch.setattr(publish, "_SETTLE_SECONDS", 0)
        start = AsyncIOScheduler.start
        patch.setattr(AsyncIOScheduler, "start", lambda scheduler: start(scheduler, paused=True))

    async def run(self) -> None:
        """Do something or other, a good many times."""
        service = Service(self._config(), load=self._config)
        service.start()
        transport = httpx.ASGITransport(service.app())
        async with httpx.AsyncClient(transport=transport, base_url="http://exporter") as client:
            ways = {
                "poll": lambda: self._poll(service),
                "scrape": lambda: self._scrape(client),
                "reload": lambda: self._reload(service),
                "wait": self._wait,
            }
            for _ in range(_STEPS):
                self._begin(ways[self._chance.choice(_WAYS)]())
                await self._pause()
            await asyncio.gather(*self._tasks)
            await self._scrape(client)
        await service.stop()
        await service.close()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _pause(self) -> None:
        for _ in range(self._chance.randrange(_LONGEST_TURNS)):
            await asyncio.sleep(0)

    async def _in_a_while(self, function: Callable[..., T], *arguments: Any) -> T:  # noqa: ANN401 - handed through
        await self._pause()
        result = function(*arguments)
        await self._pause()
        return result

    async def _respond(self, call: Call) -> Answer:
        await self._pause()
        answer = self._tape.answer(call)
        if self._chance.random() < 0.03:
            return Answer(503, b"")
        is_list = call.name.startswith(("/api/types/", "/rest/v1/", "list", "statistics"))
        if answer.status != 200 or not is_list or self._chance.random() < 0.3:
            return answer
        return Answer(200, self._thinned(answer.body))

    def _thinned(self, body: bytes) -> bytes:
        """Leave out some objects."""
        answer = json.loads(body)
        if isinstance(answer, list):
            return msgspec.json.encode(self._some(answer))
        for content in (one for one in answer.values() if isinstance(one, dict)):
            for kind, rows in content.items():
                if isinstance(rows, list):
                    content[kind] = self._some(rows)
                    content["count"] = len(content[kind])
        return msgspec.json.encode(answer)

    def _some(self, objects: list[T]) -> list[T]:
        return [one for one in objects if self._chance.random() < 0.9]

    def _config(self) -> Config:
        """The configuration as it is found: at times a source is gone, or to be asked anew."""
        config = parse_config(self._tape.config, base_dir=Path("/"))
        way = self._chance.randrange(4)
        if way == 0:
            return config.model_copy(update={"powerflex": config.powerflex[:1]})
        if way == 1:
            return config.model_copy(update={"cloudstack": config.cloudstack[1:]})
        if way == 2:
            changed = config.powerflex[0].model_copy(update={"timeout": float(self._chance.randrange(10, 60))})
            return config.model_copy(update={"powerflex": (changed, *config.powerflex[1:])})
        return config

    async def _poll(self, service: Service) -> None:
        """Do a job of the schedule that is not being done."""
        engine = service.engine
        jobs = {job.id: job for job in engine.schedule._scheduler.get_jobs() if (engine, job.id) not in self._polling}
        if jobs:
            chosen = self._chance.choice(sorted(jobs))
            self._polling.add((engine, chosen))
            await asyncio.gather(jobs[chosen].func(), return_exceptions=True)
            self._polling.discard((engine, chosen))

    async def _scrape(self, client: httpx.AsyncClient) -> None:
        answer = await client.get("/metrics")
        Page(answer.content.decode()).check()
        self.pages += 1

    async def _reload(self, service: Service) -> None:
        assert await service.reload() == []

    async def _wait(self) -> None:
        """Let readings grow old."""
        self._clock.elapsed += self._chance.randrange(120)
