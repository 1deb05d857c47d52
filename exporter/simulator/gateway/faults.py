"""Misbehaviour to order: rules that say which requests go wrong, and how."""

import re
import threading
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

Action = Literal[
    "delay", "drop", "hang", "truncate", "status", "body", "drip", "set_field", "remove_field", "repeat", "empty_list"
]


class FaultRule(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One rule. In JSON, an object with these keys; only `action` must be given.

    Which requests: `path` is a text that the path contains ("" is every path), or `path_regex` a pattern that is
    found in it; `method` one HTTP method; the first `skip` matches pass unharmed; `times` is how many are hit (null
    is for ever).

    What happens, by `action`:

    * `delay`: wait `seconds`, then answer as usual (later rules still apply).
    * `drop`: cut the connection without an answer.
    * `hang`: never answer.
    * `truncate`: announce the whole body, send `bytes` of it (half of it if null), cut the connection.
    * `status`: answer `status` with `body` (a text, or anything else as JSON), `content_type` and `headers`,
      without doing what was asked. Half surrogates in a text are the bytes that they escape in Python.
    * `body`: do what was asked, answer with `body` in place of the real one.
    * `drip`: send the body `bytes` at a time with `seconds` in between.
    * `set_field`, `remove_field`: in the JSON answer, give `field` another `value`, or take it away, in every object
      that has it, however deep (`objects`: "all") or in the first alone ("first").
    * `repeat`: in the JSON answer, list the first object of every list once more.
    * `empty_list`: answer `[]`.
    """

    action: Action
    path: str = ""
    path_regex: str | None = None
    method: str | None = None
    times: int | None = None
    skip: int = 0
    seconds: float = 1.0
    bytes: int | None = None
    status: int = 500
    body: Any = ""
    content_type: str | None = None
    headers: dict[str, str] = {}
    field: str = ""
    value: Any = None
    objects: Literal["all", "first"] = "all"

    def __post_init__(self) -> None:
        """Check what the types alone do not say."""
        if self.path_regex is not None:
            try:
                re.compile(self.path_regex)
            except re.error as error:
                raise ValueError(f"path_regex: {error}") from error
        if self.action in ("set_field", "remove_field") and not self.field:
            raise ValueError(f"{self.action} needs a field")

    def matches(self, method: str, path: str) -> bool:
        """Say whether a request is meant."""
        if self.method is not None and self.method.upper() != method:
            return False
        if self.path_regex is not None:
            return re.search(self.path_regex, path) is not None
        return self.path in path


class FaultError(ValueError):
    """A rule that makes no sense: its text says why."""


def _made(rule: FaultRule | Mapping[str, Any]) -> FaultRule:
    # A copy, because a rule counts its own uses down.
    return msgspec.structs.replace(rule) if isinstance(rule, FaultRule) else msgspec.convert(rule, FaultRule)


class Faults:
    """The rules of one gateway. Thread-safe."""

    def __init__(self) -> None:
        self._rules: list[FaultRule] = []
        self._lock = threading.Lock()

    def add(self, *rules: FaultRule | Mapping[str, Any]) -> None:
        """Add rules, as records or as mappings with their keys.

        Raises:
            FaultError: an unknown key, a wrong type, or a pattern that is none. Then no rule is added.

        """
        try:
            made = [_made(rule) for rule in rules]
        except msgspec.ValidationError as error:
            raise FaultError(str(error)) from error
        with self._lock:
            self._rules.extend(made)

    def clear(self) -> None:
        """Behave again."""
        with self._lock:
            self._rules.clear()

    def take(self, method: str, path: str) -> list[FaultRule]:
        """Return the rules that hit a request, in their order; each is used once."""
        with self._lock:
            hits = [rule for rule in self._rules if rule.matches(method, path) and self._use(rule)]
            self._rules = [rule for rule in self._rules if rule.times != 0]
            return hits

    @staticmethod
    def _use(rule: FaultRule) -> bool:
        if rule.skip > 0:
            rule.skip -= 1
            return False
        if rule.times is not None:
            rule.times -= 1
        return True

    def as_json(self) -> list[dict[str, Any]]:
        """Return the rules that are left."""
        with self._lock:
            return [msgspec.to_builtins(rule) for rule in self._rules]
