"""From a YAML file to a validated configuration, or to everything that is wrong with it at once."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from pydantic import ValidationError

from exporter.config.entries import settle
from exporter.config.models import Config
from exporter.config.problems import problems_of
from exporter.document import DocumentError, read_document
from exporter.errors import ConfigError


def load_config(path: str | PathLike[str]) -> Config:
    """Read and validate a configuration file.

    Raises:
        ConfigError: everything that is wrong with it, in the order of the lines.
    """
    file = Path(path)
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ConfigError([f"{file}: cannot be read: {error.strerror}; see --config.file"]) from None
    except UnicodeDecodeError:
        raise ConfigError([f"{file}: is not UTF-8 text"]) from None
    return parse_config(text, base_dir=file.parent, name=str(file))


def parse_config(text: str, *, base_dir: Path, name: str = "config.yaml") -> Config:
    """Validate the text of a configuration file.

    Args:
        text: YAML.
        base_dir: the directory to which relative paths in the text refer.
        name: what to call the file in messages.

    Raises:
        ConfigError: everything that is wrong with it, in the order of the lines.
    """
    try:
        document = read_document(text)
    except DocumentError as error:
        raise ConfigError([f"{name}:{error.line}: {error}"]) from None
    if document.data is None:
        raise ConfigError([f"{name}: is empty"])
    if not isinstance(document.data, dict):
        raise ConfigError([f"{name}:1: the file must be a mapping of keys such as powerflex and cloudstack"])
    problems = list(document.problems)
    try:
        config = Config.model_validate(settle(document.data, base_dir))
    except ValidationError as error:
        problems += problems_of(error, document)
    if problems:
        raise ConfigError([f"{name}:{problem}" for problem in sorted(problems, key=lambda problem: problem.line)])
    return config
