"""The example and the page name every key, and no key that is not there."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any, get_args

import pytest

from exporter.config import Config, Section, load_config, parse_duration

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "config.example.yaml"
PAGE = ROOT / "docs" / "configuration.md"

ROW = re.compile(r"^\| `([a-z_.\[\]]+)` \| (.+?) \| ?(.*?) ?\|", re.MULTILINE)
EXAMPLE_KEY = re.compile(r"^( *)(- |# )?([a-z_]+):", re.MULTILINE)


def known_keys(section: type[Section], prefix: str = "") -> dict[str, Any]:
    """Give every key below a section with the default of its field, if it has one."""
    keys: dict[str, Any] = {}
    for key in section.file_keys():
        field = section.model_fields.get(key)
        types = [] if field is None else [field.annotation, *get_args(field.annotation)]
        inner = next((type_ for type_ in types if isinstance(type_, type) and issubclass(type_, Section)), None)
        if inner is None:
            keys[prefix + key] = None if field is None else field.get_default()
        else:
            many = "[]" if field is not None and field.default == () else ""
            keys |= known_keys(inner, f"{prefix}{key}{many}.")
    return keys


KEYS = known_keys(Config)


def keys_of_the_example() -> set[str]:
    """Give every key of the example, those in comments included, by its indentation."""
    found = set()
    above: list[tuple[int, str]] = []
    for indent, mark, key in EXAMPLE_KEY.findall(EXAMPLE.read_text()):
        depth = len(indent) + (2 if mark == "- " else 0)
        above = [(column, name) for column, name in above if column < depth]
        above.append((depth, key))
        names = [name for _, name in above]
        found.add(".".join(names))
    return found


def test_there_are_keys() -> None:
    assert {"powerflex[].url", "powerflex[].tls.ca_file", "cloudstack[].secret_key_env", "volumes.series"} < set(KEYS)


def test_the_example_names_every_key_and_no_other() -> None:
    expected = {key.replace("[]", "") for key in KEYS}
    sections = {key[: position.start()] for key in expected for position in re.finditer(r"\.", key)}

    assert keys_of_the_example() == expected | sections


def test_the_example_explains_every_key() -> None:
    lines = EXAMPLE.read_text().splitlines()
    above = {lines[number - 1].lstrip()[:2] for number, line in enumerate(lines) if "- name:" in line}

    assert above == {"# "}
    for number, line in enumerate(lines):
        is_value = re.match(r" +(- )?[a-z_]+: .", line)
        explained = lines[number - 1].lstrip().startswith("# ")
        assert not is_value or explained, line


def test_the_example_is_valid_and_shows_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(EXAMPLE, tmp_path / "config.yaml")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "powerflex-password").write_text("secret\n")
    monkeypatch.setenv("CLOUDSTACK_API_KEY", "key")
    monkeypatch.setenv("CLOUDSTACK_SECRET_KEY", "secret")

    config = load_config(tmp_path / "config.yaml")

    defaults = Config()
    assert (config.schedule, config.router_health_checks) == (defaults.schedule, defaults.router_health_checks)
    assert (config.volumes, config.reconciliation) == (defaults.volumes, defaults.reconciliation)
    assert config.limits == defaults.limits
    assert config.powerflex[0].model_fields_set >= {"storage_pools", "auth", "tls", "timeout", "max_connections"}
    for entry in (config.powerflex[0], config.cloudstack[0]):
        for key, field in type(entry).model_fields.items():
            assert field.is_required() or getattr(entry, key) == field.default


def test_the_page_names_every_key_once_and_no_other() -> None:
    rows = [key for key, _, _ in ROW.findall(PAGE.read_text())]

    assert sorted(rows) == sorted(KEYS)


@pytest.mark.parametrize(("key", "type_", "default"), ROW.findall(PAGE.read_text()))
def test_the_page_gives_the_true_default(key: str, type_: str, default: str) -> None:
    shown = default.strip("`")
    expected = KEYS[key]

    if expected is None or "Undefined" in repr(expected):
        assert shown in {"", "required", "null"}
    elif type_ == "`<duration>`":
        assert parse_duration(shown) == expected
    else:
        assert shown == {"True": "true", "()": "[]"}.get(str(expected), str(expected))
