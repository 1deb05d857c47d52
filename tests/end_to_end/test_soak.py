"""A short soak: what an exporter holds comes and goes, and nothing of it is left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.nuisances import VOLUMES_ADDED
from benchmarks.soak import soak

_CYCLES = 20


@pytest.mark.timeout(600)
def test_a_short_soak_leaves_nothing_behind(tmp_path: Path) -> None:
    held, happened = soak(_CYCLES, tmp_path)
    assert held[-1].cycles > _CYCLES
    assert held[-1].sessions == 2
    assert held[-1].volumes - held[0].volumes <= VOLUMES_ADDED
    assert {"faults", "reloads", "changes of volumes"} <= happened.keys()
