"""A short soak: what an exporter holds comes and goes, and nothing of it is left behind."""

from __future__ import annotations

from pathlib import Path

from benchmarks.soak import growth, soak

_CYCLES = 20
_GROWTH = 1.2
_TASKS = 40
_THREADS = 20
_SOCKETS = 100
"""A collector has one task and one connection at most, of 24; the rest is the web server's."""


def test_a_short_soak_leaves_nothing_behind(tmp_path: Path) -> None:
    held, happened = soak(_CYCLES, tmp_path)
    assert growth(held, lambda one: one.blocks) < _GROWTH
    assert growth(held, lambda one: one.rss_mib) < _GROWTH
    assert all(one.tasks < _TASKS for one in held)
    assert all(one.threads < _THREADS for one in held)
    assert all(one.sockets < _SOCKETS for one in held)
    assert held[-1].sessions == 2
    assert {"faults", "reloads", "changes of volumes"} <= happened.keys()
