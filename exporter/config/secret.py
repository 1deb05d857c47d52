"""Secrets that show themselves only when asked."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, TypeAlias

from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema

from exporter.errors import ConfigError

Source: TypeAlias = Literal["value", "file", "environment"]

_MASK = "<secret>"


class Secret:
    """A password or key, and where it is kept.

    Its value never shows in ``repr``, ``str`` or a dump of the model that holds it. Two secrets are equal when they
    are kept in the same place, or are the same value given in the configuration itself.

    Attributes:
        source: whether the value stands in the configuration, in a file or in an environment variable.
    """

    __slots__ = ("_reference", "source")

    def __init__(self, source: Source, reference: str) -> None:
        self.source: Source = source
        self._reference = reference

    @classmethod
    def of_value(cls, value: str) -> Secret:
        """Give a secret whose value is written in the configuration."""
        return cls("value", value)

    @classmethod
    def of_file(cls, path: Path) -> Secret:
        """Give a secret that is kept in a file."""
        return cls("file", str(path))

    @classmethod
    def of_environment(cls, variable: str) -> Secret:
        """Give a secret that is kept in an environment variable."""
        return cls("environment", variable)

    def reveal(self) -> str:
        """Give the value of this moment: a file is read anew each time, so that a rotated secret is seen.

        One line end at the end of a file does not belong to the secret, nor does a byte order mark at its beginning.

        Raises:
            ConfigError: there is no value to be had; the text names the file or the variable.
        """
        match self.source:
            case "value":
                return self._reference
            case "file":
                return _read(Path(self._reference))
            case "environment":
                value = os.environ.get(self._reference)
                if not value:
                    state = "not set" if value is None else "empty"
                    raise ConfigError([f"environment variable {self._reference} is {state}"])
                return value

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return (self.source, self._reference) == (other.source, other._reference)

    def __hash__(self) -> int:
        return hash((self.source, self._reference))

    def __repr__(self) -> str:
        return f"Secret({_MASK})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Take nothing but a ``Secret``, and dump the mask."""
        mask = core_schema.plain_serializer_function_ser_schema(lambda _: _MASK)
        return core_schema.is_instance_schema(cls, serialization=mask)


def _read(path: Path) -> str:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ConfigError([f"file {path} cannot be read: {error.strerror}"]) from None
    except ValueError:
        raise ConfigError([f"file {path} is not UTF-8 text"]) from None
    value = text.removesuffix("\n").removesuffix("\r")
    if not value:
        raise ConfigError([f"file {path} is empty"])
    return value
