"""The web configuration: TLS, headers and users, in the format of Prometheus' exporter-toolkit.

What the exporter cannot do of that format is refused by its name: whoever asks for client names to be checked must
not believe that they are.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from exporter.document import Document, DocumentError, KeyPath, Problem, Value, is_word, read_document, show
from exporter.errors import ConfigError
from exporter.web.stamps import Stamps, stamps_of
from exporter.web.tls import TlsFileError, TlsSettings, server_context

ChoiceT = TypeVar("ChoiceT", ssl.VerifyMode, ssl.TLSVersion)

_TLS, _HTTP, _USERS = "tls_server_config", "http_server_config", "basic_auth_users"
_CLIENT_CERTIFICATES = {
    "": ssl.CERT_NONE,
    "NoClientCert": ssl.CERT_NONE,
    "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
    "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
}
_VERSIONS = {"TLS12": ssl.TLSVersion.TLSv1_2, "TLS13": ssl.TLSVersion.TLSv1_3}
_HEADERS: dict[str, tuple[str, ...]] = {
    "Content-Security-Policy": (),
    "Strict-Transport-Security": (),
    "X-Content-Type-Options": ("nosniff",),
    "X-Frame-Options": ("deny", "sameorigin"),
    "X-XSS-Protection": (),
}
"""The headers that can be set, and the values that they can have; none for any."""
_KEYS: dict[str, tuple[str, ...]] = {
    "": (_TLS, _HTTP, _USERS),
    _TLS: (
        "cert_file",
        "key_file",
        "client_ca_file",
        "client_auth_type",
        "min_version",
        "max_version",
        "prefer_server_cipher_suites",
    ),
    _HTTP: ("http2", "headers"),
}
_NOT_SUPPORTED = {
    "cert": "write it to a file, and name that with cert_file",
    "key": "write it to a file, and name that with key_file",
    "client_ca": "write it to a file, and name that with client_ca_file",
    "client_allowed_sans": "have an authority of its own sign the certificates of those who may scrape",
    "cipher_suites": "choose with min_version",
    "curve_preferences": "leave it out",
    "rate_limit": "--web.max-requests bounds how much is answered at once",
}
_BCRYPT = re.compile(r"\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31}")
_LEAST_COST, _HIGHEST_COST = 4, 14
"""At the highest a password takes a second, and a stop of the exporter may have to wait for it."""


@dataclass(frozen=True, slots=True)
class WebConfig:
    """How the web server is reached, and by whom.

    Attributes:
        tls: makes the connections; None for plain HTTP.
        headers: what is added to each answer.
        users: the bcrypt hashes of the passwords, by user name; empty for whoever comes.
        files: the files that it was read from, and those of certificates and keys, as they were.
        empty: whether the file says nothing at all.
    """

    tls: ssl.SSLContext | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    users: Mapping[str, str] = field(default_factory=dict)
    files: Stamps = field(default_factory=dict)
    empty: bool = False


def load_web_config(path: Path) -> WebConfig:
    """Read a web configuration, and the certificates that it names.

    Raises:
        ConfigError: everything that is wrong with it, in the order of the lines.
    """
    stamps = stamps_of([path])
    try:
        document = read_document(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError:
        raise ConfigError([f"{path}: is not UTF-8 text"]) from None
    except DocumentError as error:
        raise ConfigError([f"{path}:{error.line}: {error}"]) from None
    reader = _Reader(document, path.parent)
    config = reader.config()
    if reader.problems:
        problems = sorted(reader.problems, key=lambda problem: problem.line)
        raise ConfigError([f"{path}:{problem}" for problem in problems])
    return replace(config, files={**stamps, **config.files}, empty=document.data is None)


class _Reader:
    """Makes a web configuration of a document, and notes what is wrong with it."""

    def __init__(self, document: Document, base_dir: Path) -> None:
        self.problems = list(document.problems)
        self._document = document
        self._base_dir = base_dir

    def config(self) -> WebConfig:
        top = self._section((), self._document.data)
        tls = self._tls(self._section((_TLS,), top.get(_TLS)))
        http = self._section((_HTTP,), top.get(_HTTP))
        if self._flag((_HTTP, "http2"), http):
            self._fault((_HTTP, "http2"), "HTTP/2 is not supported; write false, or leave it out")
        headers = self._texts((_HTTP, "headers"), http.get("headers"), self._check_header)
        users = self._texts((_USERS,), top.get(_USERS), self._check_user)
        if tls is None or self.problems:
            return WebConfig(headers=headers, users=users)
        stamps = stamps_of(tls.files)
        try:
            return WebConfig(server_context(tls), headers, users, stamps)
        except TlsFileError as error:
            self._fault((_TLS, error.key), str(error))
            return WebConfig()

    def _tls(self, given: Mapping[str, Value]) -> TlsSettings | None:
        if not given:
            return None
        files = {key: self._file(key, given) for key in ("cert_file", "key_file", "client_ca_file")}
        for key in ("cert_file", "key_file"):
            if key not in given:
                self._fault((_TLS,), f"{key} is missing")
        client_certificates = self._choice("client_auth_type", given, _CLIENT_CERTIFICATES, "NoClientCert")
        checks_clients = client_certificates is not ssl.CERT_NONE
        if checks_clients and "client_ca_file" not in given:
            self._fault((_TLS, "client_auth_type"), "needs client_ca_file, the authorities of the clients")
        if "client_ca_file" in given and not checks_clients and "client_auth_type" not in given:
            self._fault((_TLS, "client_ca_file"), "needs client_auth_type, such as RequireAndVerifyClientCert")
        lowest = self._choice("min_version", given, _VERSIONS, "TLS12")
        highest = self._choice("max_version", given, _VERSIONS, "TLS13")
        if lowest > highest:
            self._fault((_TLS, "max_version"), "is lower than min_version")
        if not self._flag((_TLS, "prefer_server_cipher_suites"), given, default=True):
            self._fault((_TLS, "prefer_server_cipher_suites"), "false is not supported; leave it out")
        cert_file, key_file, client_ca_file = files.values()
        if cert_file is None or key_file is None:
            return None
        return TlsSettings(cert_file, key_file, client_ca_file, client_certificates, lowest, highest)

    def _section(self, path: KeyPath, value: Value) -> dict[str, Value]:
        """Return what a section says with the keys that it can have; a key without a value says nothing."""
        mapping = self._mapping(path, value)
        known = _KEYS[str(path[0]) if path else ""]
        for key in mapping:
            if key in _NOT_SUPPORTED:
                self._fault((*path, key), f"is not supported; {_NOT_SUPPORTED[key]}")
            elif key not in known:
                shown = "unknown key" if is_word(key) else "a key that is no word"
                self._fault((*path, key), f"{shown}; the keys here are {', '.join(known)}")
        return {key: value for key, value in mapping.items() if key in known and value is not None}

    def _mapping(self, path: KeyPath, value: Value) -> dict[str, Value]:
        if value is None or isinstance(value, dict):
            return value or {}
        self._fault(path, "must be a mapping of keys")
        return {}

    def _texts(self, path: KeyPath, value: Value, fault_of: Callable[[str, str], str | None]) -> dict[str, str]:
        """Return a mapping of texts to texts, each checked by a function that says what is wrong with it."""
        texts: dict[str, str] = {}
        for key, text in self._mapping(path, value).items():
            fault = fault_of(key, text) if isinstance(text, str) else "must be text; put it in quotes"
            if fault is not None:
                self._fault((*path, key), fault)
            texts[key] = str(text)
        return texts

    def _check_header(self, name: str, value: str) -> str | None:
        if name not in _HEADERS:
            return f"cannot be set; the headers that can be are {', '.join(_HEADERS)}"
        if _HEADERS[name] and value not in _HEADERS[name]:
            return f"can be {' or '.join(_HEADERS[name])}"
        if not (value.isascii() and value.isprintable() and value.strip()):
            return "is empty or holds a character that no header can"
        return None

    def _check_user(self, name: str, hashed: str) -> str | None:
        found = _BCRYPT.fullmatch(hashed)
        if ":" in name or not name:
            return "is no user name: it is empty or holds a ':'"
        if found is None:
            return "is no bcrypt hash; make one with htpasswd -nBC 10 NAME, and copy what follows the ':'"
        if not _LEAST_COST <= int(found[1]) <= _HIGHEST_COST:
            return f"has a cost of {int(found[1])}; it can be {_LEAST_COST} to {_HIGHEST_COST}"
        return None

    def _file(self, key: str, given: Mapping[str, Value]) -> Path | None:
        name = given.get(key)
        if key in given and not (isinstance(name, str) and name):
            self._fault((_TLS, key), f"{show(name)} is not the path of a file")
        return self._base_dir / name if isinstance(name, str) else None

    def _choice(self, key: str, given: Mapping[str, Value], choices: Mapping[str, ChoiceT], default: str) -> ChoiceT:
        name = given.get(key, default)
        if isinstance(name, str) and name in choices:
            return choices[name]
        self._fault((_TLS, key), f"{show(name)} is not supported; it can be {', '.join(filter(None, choices))}")
        return choices[default]

    def _flag(self, path: KeyPath, given: Mapping[str, Value], *, default: bool = False) -> bool:
        value = given.get(str(path[-1]), default)
        if not isinstance(value, bool):
            self._fault(path, f"{show(value)} is not true or false")
            return default
        return value

    def _fault(self, path: KeyPath, text: str) -> None:
        self.problems.append(Problem(self._document.line(path), path, text))
