"""Writes the page of the faults."""

from __future__ import annotations

import sys

from tests.faults.page import page

sys.stdout.write(page())
