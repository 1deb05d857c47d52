"""What is made to hurry, and what is not."""

from __future__ import annotations

from .haste import in_haste

RULE = """\
    interval: 5m
      - alert: Example
        expr: |
          max_over_time(a:trend7d[2d:1h] offset 6h) > 0 and time() - rate(b[90s]) > 3600
        for: 1h
        keep_firing_for: 30m
"""
RULE_IN_HASTE = """\
    interval: 5000ms
      - alert: Example
        expr: |
          max_over_time(a:trend7d[2880000ms:60000ms] offset 360000ms) > 0 and time() - rate(b[1500ms]) > 3600
        for: 60000ms
        keep_firing_for: 30000ms
"""
ROUTE = "  group_wait: 30s\n  group_interval: 5m\n  repeat_interval: 4h\n  smarthost: mail:587\n"
ROUTE_IN_HASTE = "  group_wait: 500ms\n  group_interval: 5000ms\n  repeat_interval: 4h\n  smarthost: mail:587\n"


def test_every_duration_of_a_rule_is_divided() -> None:
    assert in_haste(RULE, 60) == RULE_IN_HASTE


def test_a_route_hurries_and_repeats_itself_as_ever() -> None:
    assert in_haste(ROUTE, 60) == ROUTE_IN_HASTE
