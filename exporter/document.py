"""A YAML file as plain data that remembers the line of every key.

Only what a configuration needs of YAML is read: mappings, lists, text, whole numbers, true, false and null. Nothing
is guessed (``yes`` is text, as is ``010``). Anchors, aliases and tags are refused: they have no use here, and most
often are a secret that lacks its quotes. For the same reason no message about the syntax repeats the text.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml
from yaml.reader import ReaderError

Value: TypeAlias = "str | int | bool | tuple[Value, ...] | dict[str, Value] | None"
KeyPath: TypeAlias = "tuple[str | int, ...]"

_LONGEST_SHOWN = 60
_DEEPEST = 10
_WHOLE_NUMBER = re.compile("[-+]?(?:0|[1-9][0-9]{0,17})")
_WORD = re.compile("[A-Za-z0-9_-]{1,60}")
_NO_TEXT = re.compile("[\\0\\ud800-\\udfff]")
_CONSTANTS: dict[str, bool | None] = (
    dict.fromkeys(("true", "True", "TRUE"), True)
    | dict.fromkeys(("false", "False", "FALSE"), False)
    | dict.fromkeys(("null", "Null", "NULL", "~", ""), None)
)

_ANCHORS = "anchors and aliases are not read; a text that begins with '&' or '*' needs quotes"
_TAGS = "tags are not read; a text that begins with '!' needs quotes"
_OPEN_QUOTE = "found unexpected end of stream"
_OPEN_BRACKET = "expected ',' or"
_MENDS = {
    "mapping values are not allowed": "a ':' too many; the line above may lack its ':', or a text its quotes",
    "could not find expected ':'": "a key without its ':', or a text over several lines that lacks quotes",
    "found character '\\t'": "a tab where only spaces can stand",
    "found character": "a text that begins with such a character needs quotes",
    _OPEN_QUOTE: "a quotation mark that is not closed",
    "found unknown escape character": "in double quotes a backslash begins an escape; use single quotes",
    _OPEN_BRACKET: "a bracket that is not closed, or a comma that is missing",
    "expected the node content": "a value is missing",
    "expected <block end>": "the indentation does not fit the lines above",
    "but found another document": "only one document can stand in the file",
    "found undefined tag handle": _TAGS,
}


class DocumentError(Exception):
    """The text is not YAML that can be read.

    Attributes:
        line: where, counted from 1.
    """

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault and its place; ``str()`` gives the sentence, which never contains a secret."""

    line: int
    path: KeyPath
    text: str

    def __str__(self) -> str:
        steps = (f"[{key}]" if isinstance(key, int) else f".{key}" if is_word(key) else ".?" for key in self.path)
        place = "".join(steps).removeprefix(".")
        return f"{self.line}: {place}: {self.text}" if place else f"{self.line}: {self.text}"


@dataclass(frozen=True, slots=True)
class Document:
    """The content of a YAML file, the line of every key and list item, and what is wrong with it as YAML."""

    data: Value
    lines: dict[KeyPath, int]
    problems: list[Problem]

    def line(self, path: KeyPath) -> int:
        """Give the line of a key, or of what stands around a key that is not there."""
        while path not in self.lines:
            path = path[:-1]
        return self.lines[path]


def read_document(text: str) -> Document:
    """Read a YAML text; None is the data of an empty one.

    Raises:
        DocumentError: the text is not YAML, or uses a part of YAML that is not read.
    """
    node = _compose(text)
    reader = _Reader()
    data = None if node is None else reader.value(node, ())
    return Document(data, reader.lines, reader.problems)


def show(value: object) -> str:
    """Show a value in a message: a text in quotes, not at full length, and a collection by its kind alone."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, tuple):
        return "a list"
    if isinstance(value, str) and len(value) > _LONGEST_SHOWN:
        return json.dumps(f"{value[:_LONGEST_SHOWN]}...", ensure_ascii=False)
    return json.dumps(value, ensure_ascii=False)


def is_word(key: str | int) -> bool:
    """Say whether a key is a plain word, which a message can repeat; anything else may be a secret gone astray."""
    return _WORD.fullmatch(str(key)) is not None


def _compose(text: str) -> yaml.Node | None:
    try:
        _refuse_what_is_not_read(text)
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise DocumentError(line, "not valid YAML: a control character, which no text can hold") from None
    except yaml.MarkedYAMLError as error:
        problem = error.problem or ""
        mark = error.context_mark if problem.startswith((_OPEN_QUOTE, _OPEN_BRACKET)) else error.problem_mark
        mend = next(
            (mend for start, mend in _MENDS.items() if problem.startswith(start)), "it cannot be read from here"
        )
        raise _syntax_error(mark, mend) from None


def _refuse_what_is_not_read(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if getattr(event, "anchor", None) is not None:
            raise _syntax_error(event.start_mark, _ANCHORS)
        if getattr(event, "tag", None) is not None:
            raise _syntax_error(event.start_mark, _TAGS)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise _syntax_error(event.start_mark, "it is nested too deeply")


def _syntax_error(mark: Any, mend: str) -> DocumentError:  # noqa: ANN401 - PyYAML has two classes of marks
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    return DocumentError(line, f"not valid YAML at column {column}: {mend}")


@dataclass
class _Reader:
    """Turns nodes into plain data."""

    lines: dict[KeyPath, int] = field(default_factory=lambda: {(): 1})
    problems: list[Problem] = field(default_factory=list)

    def value(self, node: yaml.Node, path: KeyPath) -> Value:
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        return tuple(self._item(item, (*path, index)) for index, item in enumerate(node.value))

    def _item(self, node: yaml.Node, path: KeyPath) -> Value:
        self.lines[path] = _line(node)
        return self.value(node, path)

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Value]:
        mapping: dict[str, Value] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.problems.append(Problem(_line(key), path, "a key must be a word"))
                continue
            name = _text(key)
            here = (*path, name)
            if name in mapping:
                text = f"is given twice; the first time in line {self.lines[here]}"
                self.problems.append(Problem(_line(key), here, text))
                continue
            self.lines[here] = _line(key)
            mapping[name] = self.value(value, here)
        return mapping


def _scalar(node: yaml.ScalarNode) -> Value:
    text = _text(node)
    if node.style is None and text in _CONSTANTS:
        return _CONSTANTS[text]
    if node.style is None and _WHOLE_NUMBER.fullmatch(text):
        return int(text)
    return text


def _text(node: yaml.ScalarNode) -> str:
    text: str = node.value
    if _NO_TEXT.search(text):
        raise DocumentError(_line(node), "not valid: a NUL or a lone surrogate, which no text can hold")
    return text


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
