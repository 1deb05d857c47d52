"""The expressions of the rules ask only for series and labels that there are, and so do the texts of the alerts."""

from __future__ import annotations

import re

import pytest

from tests.known_series import known_series
from tests.promql import examine

from .conftest import Rule, all_rules

_OF_TEMPLATES = re.compile(r"\$labels\.(\w+)")


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: f"{rule.file}-{rule.name}")
def test_a_rule_asks_only_for_what_there_is(rule: Rule) -> None:
    left, faults = examine(rule.expression, known_series())
    texts = " ".join((rule.text.get("annotations", {}) | rule.text.get("labels", {})).values())

    assert faults == []
    assert set(_OF_TEMPLATES.findall(texts)) - left == set()
