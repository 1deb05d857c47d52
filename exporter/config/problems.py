"""Validation errors as sentences, each with the key and the line at fault."""

from __future__ import annotations

from difflib import get_close_matches
from typing import get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from exporter.config.entries import Fault
from exporter.config.models import Config, Section, secret_keys
from exporter.document import Document, KeyPath, Problem, is_word, show

_ALIKE = 0.75
_UNSHOWN = (
    "holds an unknown key, not shown because it may be part of a secret; "
    "is a space missing after a ':', or are quotes missing around a text with a comma?"
)


def problems_of(error: ValidationError, document: Document) -> list[Problem]:
    """Give the problems that a validation found, one for each fault."""
    errors = error.errors(include_url=False)
    meant = {(*details["loc"][:-1], _meant(details["loc"])) for details in errors if _is_unknown(details)}
    found = dict.fromkeys(_problem(details, document) for details in errors if not _follows(details, meant))
    return list(found)


def _is_unknown(details: ErrorDetails) -> bool:
    return details["type"] == "extra_forbidden"


def _follows(details: ErrorDetails, meant: set[tuple[str | int | None, ...]]) -> bool:
    """Say whether a key is missing only because it is misspelt, which is a problem already."""
    path, given = details["loc"], details["input"]
    if isinstance(given, Fault):
        return (*path[:-1], given.key) in meant
    return details["type"] == "missing" and any((*path[:-1], key) in meant for key in secret_keys(str(path[-1])))


def _problem(details: ErrorDetails, document: Document) -> Problem:
    path, given = details["loc"], details["input"]
    if isinstance(given, Fault):
        path = (*path[:-1], given.key)
        return Problem(document.line(path), path, given.text)
    line = document.line(path)
    if _is_unknown(details):
        return Problem(line, *_unknown(path, has_value=given is not None))
    text = _missing(path) if details["type"] == "missing" else _wrong_value(details)
    return Problem(line, path, text)


def _unknown(path: KeyPath, *, has_value: bool) -> tuple[KeyPath, str]:
    meant = _meant(path)
    if not is_word(path[-1]) or not (has_value or meant):
        return path[:-1], _UNSHOWN
    if meant:
        return path, f"unknown key; did you mean {meant}?"
    return path, f"unknown key; the keys here are {', '.join(_section(path[:-1]).file_keys())}"


def _meant(path: KeyPath) -> str | None:
    return next(iter(get_close_matches(str(path[-1]), _section(path[:-1]).file_keys(), n=1, cutoff=_ALIKE)), None)


def _missing(path: KeyPath) -> str:
    key = str(path[-1])
    if key in _section(path[:-1]).secrets:
        return f"is missing; give one of {', '.join(secret_keys(key))}"
    return "is missing"


def _wrong_value(details: ErrorDetails) -> str:
    given, context = details["input"], details.get("ctx", {})
    if given is None:
        return "has no value"
    match details["type"]:
        case "value_error":
            return str(context["error"])
        case "tuple_type":
            return "must be a list"
        case "model_type":
            return "must be a mapping of keys"
        case "greater_than_equal":
            return f"{show(given)} is too small; the least is {context['ge']}"
        case "literal_error":
            wanted = str(context["expected"]).replace("'", "")
        case "string_type" if not isinstance(given, dict | tuple):
            wanted = "text; put it in quotes"
        case other:
            wanted = _WANTED[other]
    return f"{show(given)} is not {wanted}"


_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "is_instance_of": "the path of a file",
}


def _section(path: KeyPath) -> type[Section]:
    """Give the model of the mapping at a path."""
    section: type[Section] = Config
    for key in path:
        if isinstance(key, str):
            annotation = section.model_fields[key].annotation
            section = next(type_ for type_ in (annotation, *get_args(annotation)) if _is_section(type_))
    return section


def _is_section(type_: object) -> bool:
    return isinstance(type_, type) and issubclass(type_, Section)
