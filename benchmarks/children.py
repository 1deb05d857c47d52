"""Processes of a benchmark: those that give figures and end, and those that serve until they are stopped."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any


def figures(module: str, *words: object) -> dict[str, Any]:
    """Run a module that prints its figures as JSON, and return them."""
    command = [sys.executable, "-m", f"benchmarks.{module}", *map(str, words)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


@contextlib.contextmanager
def serving(module: str, *words: object) -> Iterator[int]:
    """Run a module that prints its port and serves; gives the port, and stops it in the end."""
    command = [sys.executable, "-m", f"benchmarks.{module}", *map(str, words)]
    with process(command, stdout=subprocess.PIPE) as running:
        if running.stdout is None:
            raise AssertionError
        yield int(running.stdout.readline())


@contextlib.contextmanager
def process(command: list[str], **options: Any) -> Iterator[subprocess.Popen[str]]:  # noqa: ANN401 - as Popen has them
    """Run a command until the body has ended."""
    running = subprocess.Popen(command, text=True, **options)
    try:
        yield running
    finally:
        running.terminate()
        running.communicate(timeout=20)
