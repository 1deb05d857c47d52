"""What a file says, brought to the form of the models.

Here, and here alone, loading a configuration looks beyond its text: at secret files, environment variables and CA
certificates. A value that cannot be had is replaced by a ``Fault``, which no model accepts; so validation reports it
together with everything else.
"""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from exporter.config.models import CloudStack, PowerFlex, Section, secret_keys
from exporter.config.secret import Secret
from exporter.document import Value, show
from exporter.errors import ConfigError
from exporter.powerflex.pool_url import PoolUrlError, parse_pool_url

Entry: TypeAlias = dict[str, Any]

_SECTIONS: dict[str, type[Section]] = {"powerflex": PowerFlex, "cloudstack": CloudStack}
_VARIABLE = re.compile("[A-Za-z_][A-Za-z0-9_]*")
_SAID_BY_URL = ("gateway", "username", *secret_keys("password"), "storage_pools")


@dataclass(frozen=True, slots=True)
class Fault:
    """Stands for a value that cannot be had; ``key`` is where the file is at fault, ``text`` is what is wrong."""

    key: str
    text: str


def settle(data: dict[str, Value], base_dir: Path) -> dict[str, Any]:
    """Give the data of a file in the form of ``Config``.

    Args:
        data: the content of the file; what has a wrong type is left for the models to refuse.
        base_dir: the directory to which relative paths of secret and CA files refer.
    """
    settled: dict[str, Any] = dict(data)
    for section, model in _SECTIONS.items():
        entries = data.get(section)
        if isinstance(entries, tuple):
            settled[section] = tuple(
                _entry(entry, model, base_dir) if isinstance(entry, dict) else entry for entry in entries
            )
    _refuse_repeated_names(settled)
    if not any(data.get(section) for section in _SECTIONS):
        settled["powerflex"] = Fault("powerflex", "neither powerflex nor cloudstack has an entry; give at least one")
    return settled


def _refuse_repeated_names(settled: dict[str, Any]) -> None:
    places: dict[str, str] = {}
    for section in _SECTIONS:
        entries = settled.get(section)
        for index, entry in enumerate(entries if isinstance(entries, tuple) else ()):
            name = entry.get("name") if isinstance(entry, dict) else None
            place = f"{section}[{index}]"
            if isinstance(name, str) and places.setdefault(name, place) != place:
                entry["name"] = Fault("name", f"{show(name)} is the name of {places[name]} already")


def _entry(entry: Entry, model: type[Section], base_dir: Path) -> Entry:
    settled = dict(entry)
    for name in model.secrets:
        given = [key for key in entry if key in secret_keys(name)]
        if given:
            settled = {key: value for key, value in settled.items() if key not in given}
            settled[name] = _secret({key: entry[key] for key in given}, name, base_dir)
    if model is PowerFlex and "url" in entry:
        settled = {key: value for key, value in settled.items() if key not in _SAID_BY_URL and key != "url"}
        settled |= _said_by_url(entry)
    tls = entry.get("tls")
    if isinstance(tls, dict) and isinstance(tls.get("ca_file"), str):
        settled["tls"] = tls | {"ca_file": _ca_file(tls["ca_file"], base_dir)}
    return settled


def _said_by_url(entry: Entry) -> Entry:
    rivals = [key for key in entry if key in _SAID_BY_URL]
    text = entry["url"]
    if rivals:
        fault = Fault("url", f"is given beside {', '.join(rivals)}, which the URL already says; give one or the other")
    elif not isinstance(text, str):
        fault = Fault("url", "must be a text such as powerflex://user:password@gateway/pool")
    else:
        try:
            url = parse_pool_url(text)
        except PoolUrlError as error:
            fault = Fault("url", str(error))
        else:
            return {
                "gateway": url.gateway,
                "username": url.username,
                "password": Secret.of_value(url.password),
                "storage_pools": (url.storage_pool,),
            }
    return dict.fromkeys(("gateway", "username", "password"), fault)


def _secret(given: Entry, name: str, base_dir: Path) -> Secret | Fault:
    key, value = next(iter(given.items()))
    if len(given) > 1:
        return Fault(list(given)[1], f"is given beside {key}; give only one of {', '.join(secret_keys(name))}")
    if value is None or value == "":
        return Fault(key, "has no value" if value is None else "is empty")
    if not isinstance(value, str):
        return Fault(key, "must be text; put it in quotes")
    if key == name:
        return Secret.of_value(value)
    return _kept_elsewhere(key, value, base_dir)


def _kept_elsewhere(key: str, value: str, base_dir: Path) -> Secret | Fault:
    if key.endswith("_file"):
        secret = Secret.of_file(base_dir / value)
    elif _VARIABLE.fullmatch(value):
        secret = Secret.of_environment(value)
    else:
        return Fault(key, "is not the name of an environment variable")
    try:
        secret.reveal()
    except ConfigError as error:
        return Fault(key, error.problems[0])
    return secret


def _ca_file(text: str, base_dir: Path) -> Path | Fault:
    if not text:
        return Fault("ca_file", "is empty; null stands for the system's authorities")
    path = base_dir / text
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except ssl.SSLError:
        return Fault("ca_file", f"file {path} holds no PEM certificate")
    except OSError as error:
        return Fault("ca_file", f"file {path} cannot be read: {error.strerror}")
    return path
