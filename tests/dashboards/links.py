"""The links of a dashboard, and what they fill in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.dashboards.grafana import Dashboard, Panel, panels

_TARGET = re.compile(r"/d/([\w-]+)")
_VARIABLE = re.compile(r"[?&]var-(\w+)=")
_AS_PARAMETER = re.compile(r"\$\{(\w+):queryparam\}")
_REFERENCE = re.compile(r"\$\{([^}:]+)(?::\w+)?\}")
_FIELD = re.compile(r"__data\.fields(?:\.(\w+)|\[\"(.+)\"\])")
_LABEL = re.compile(r"__field\.labels(?:\.(\w+)|\[\"(.+)\"\])")
_IN_TEXT = re.compile(r"\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Link:
    """A link, where it stands, and its address before anything is filled in."""

    panel: str
    address: str

    @property
    def uid(self) -> str | None:
        """The dashboard that it leads to."""
        found = _TARGET.search(self.address)
        return found[1] if found else None

    @property
    def given(self) -> set[str]:
        """The variables that it sets over there."""
        return set(_VARIABLE.findall(self.address)) | set(_AS_PARAMETER.findall(self.address))

    @property
    def fields(self) -> set[str]:
        """The fields of a table's row that it takes."""
        return _named(_FIELD, self._references())

    @property
    def labels(self) -> set[str]:
        """The labels of a series that it takes."""
        return _named(_LABEL, self._references())

    @property
    def variables(self) -> set[str]:
        """The variables of its own dashboard that it takes."""
        taken = _REFERENCE.findall(self.address) + re.findall(r"\$(\w+)", self.address)
        return {name for name in taken if not name.startswith("__")}

    def _references(self) -> list[str]:
        return _REFERENCE.findall(self.address)


def _named(pattern: re.Pattern[str], references: Iterable[str]) -> set[str]:
    return {found[1] or found[2] for reference in references if (found := pattern.fullmatch(reference))}


def links(dashboard: Dashboard) -> Iterator[Link]:
    """Give the links of the dashboard itself, of its panels, of their fields and in their texts."""
    for link in dashboard["links"]:
        if link["type"] == "link":
            yield Link("", link["url"])
    for panel in panels(dashboard):
        for address in _addresses(panel):
            yield Link(panel["title"], address)


def _addresses(panel: Panel) -> Iterator[str]:
    config: Mapping[str, Any] = panel.get("fieldConfig", {})
    listed = [*panel.get("links", []), *config.get("defaults", {}).get("links", [])]
    for override in config.get("overrides", []):
        listed += [link for each in override["properties"] if each["id"] == "links" for link in each["value"]]
    for link in listed:
        yield link["url"]
    yield from _IN_TEXT.findall(panel.get("options", {}).get("content", ""))


def fields(panel: Panel, labels: Iterable[Mapping[str, str]]) -> set[str]:
    """Give the fields that a panel's data have, by the labels of their series, once they are transformed."""
    names = {"Time", "Value"}.union(*labels)
    names |= {f"Value #{target['refId']}" for target in panel.get("targets", [])}
    for transformation in panel.get("transformations", []):
        options = transformation["options"]
        if transformation["id"] == "organize":
            names -= {name for name, left_out in options.get("excludeByName", {}).items() if left_out}
            names |= {new for old, new in options.get("renameByName", {}).items() if old in names}
    return names
