"""The exporter as `serve` runs it, but for its intervals; at SIGUSR1 it prints how many tasks and blocks it has.

A block is what Python has allocated for one object or a part of it.

python -m benchmarks.hurried CONFIG PORT SECONDS
"""

from __future__ import annotations

import asyncio
import gc
import signal
import sys

from exporter import event_loop, log
from exporter.config import Config, Section, load_config
from exporter.service import Service, WebOptions
from exporter.web.server import ListenAddress


def hurried(config: Config, seconds: float) -> Config:
    """Return a configuration whose collectors all have one interval, which may be shorter than a file can say."""

    def every(intervals: Section) -> Section:
        return intervals.model_copy(update=dict.fromkeys(type(intervals).model_fields, seconds))

    one = config.schedule
    schedule = one.model_copy(update={"powerflex": every(one.powerflex), "cloudstack": every(one.cloudstack)})
    return config.model_copy(update={"schedule": schedule})


async def serve(file: str, port: int, seconds: float) -> None:
    """Serve until SIGTERM."""

    def load() -> Config:
        return hurried(load_config(file), seconds)

    def tell() -> None:
        gc.collect()
        print(len(asyncio.all_tasks()), sys.getallocatedblocks(), flush=True)

    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, tell)
    await Service(load(), WebOptions(listen=(ListenAddress("127.0.0.1", port),)), load).serve()


if __name__ == "__main__":
    log.configure("info", "logfmt")
    event_loop.run(serve(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
