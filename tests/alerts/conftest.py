"""The rules, the promtool tests and the runbooks, read from their files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
RULES = sorted((ROOT / "alerts" / "rules").glob("*.yaml"))
RULE_TESTS = sorted((ROOT / "alerts" / "tests").glob("*.yaml"))
RUNBOOKS = ROOT / "docs" / "runbooks"


@dataclass(frozen=True)
class Rule:
    """A rule, and the file that it stands in."""

    file: str
    text: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.text.get("alert") or self.text["record"])

    @property
    def expression(self) -> str:
        return str(self.text["expr"])

    @property
    def annotations(self) -> dict[str, str]:
        return dict(self.text["annotations"])

    @property
    def severity(self) -> str:
        return str(self.text["labels"]["severity"])


def all_rules() -> list[Rule]:
    """Give the rules of all files, in their order."""
    return [
        Rule(path.stem, rule)
        for path in RULES
        for group in yaml.safe_load(path.read_text())["groups"]
        for rule in group["rules"]
    ]


def alerts() -> list[Rule]:
    """Give the alerting rules; an alert of two severities stands twice."""
    return [rule for rule in all_rules() if "alert" in rule.text]


def rule_test_groups(file: str) -> dict[str, dict[str, Any]]:
    """Give the groups of a file of promtool tests by their names."""
    groups = yaml.safe_load((ROOT / "alerts" / "tests" / f"{file}.yaml").read_text())["tests"]
    return {group["name"]: group for group in groups}
