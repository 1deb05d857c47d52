"""TLS of the web server: certificates and keys from files, made into a context for one connection after another."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TOO_WEAK = (
    "holds a certificate that OpenSSL finds too weak ({}); have one made with a key and a signature of today's strength"
)
_OF_ANOTHER_KEY = {"KEY_VALUES_MISMATCH", "NO_CERTIFICATE_ASSIGNED", "KEY_TYPE_MISMATCH"}
"""The key is that of another certificate, of the same or of another algorithm."""


class TlsFileError(Exception):
    """A file of certificates or a key cannot be used.

    Attributes:
        key: the key of the web configuration that names the file.
    """

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """What is asked of TLS; `client_ca_file` names the authorities of client certificates, where those are checked."""

    cert_file: Path
    key_file: Path
    client_ca_file: Path | None
    client_certificates: ssl.VerifyMode
    min_version: ssl.TLSVersion
    max_version: ssl.TLSVersion

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that are read."""
        return (self.cert_file, self.key_file, *([self.client_ca_file] if self.client_ca_file else []))


def server_context(settings: TlsSettings) -> ssl.SSLContext:
    """Return a context with these settings.

    Raises:
        TlsFileError: one of the files cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version, context.maximum_version = settings.min_version, settings.max_version
    _load_authorities(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), "cert_file", settings.cert_file)
    try:
        # Without a password to give, OpenSSL would ask for that of an encrypted key on the terminal.
        context.load_cert_chain(settings.cert_file, settings.key_file, password=lambda: "")
    except ssl.SSLError as error:
        reason = error.reason or ""
        if reason.endswith(("TOO_SMALL", "TOO_WEAK")):
            words = reason.lower().replace("_", " ")
            raise TlsFileError("cert_file", f"file {settings.cert_file} {_TOO_WEAK.format(words)}") from None
        if reason in _OF_ANOTHER_KEY:
            words = f"file {settings.key_file} is not the key of the certificate in {settings.cert_file}"
        else:
            words = f"file {settings.key_file} holds no PEM key without a password"
        raise TlsFileError("key_file", words) from None
    except OSError as error:
        raise TlsFileError("key_file", f"file {settings.key_file} cannot be read: {error.strerror}") from None
    if settings.client_ca_file:
        _load_authorities(context, "client_ca_file", settings.client_ca_file)
    context.verify_mode = settings.client_certificates
    return context


def _load_authorities(context: ssl.SSLContext, key: str, path: Path) -> None:
    try:
        context.load_verify_locations(cafile=path)
    except ssl.SSLError:
        raise TlsFileError(key, f"file {path} holds no PEM certificate") from None
    except OSError as error:
        raise TlsFileError(key, f"file {path} cannot be read: {error.strerror}") from None


class FollowingContext(ssl.SSLContext):
    """A context that has each connection made by the context of that moment.

    A server takes a context once, when it starts to listen. Changing that one would do for a new certificate, but
    authorities, once loaded, cannot be taken out of it again.
    """

    current: Callable[[], ssl.SSLContext]

    @classmethod
    def of(cls, current: Callable[[], ssl.SSLContext]) -> FollowingContext:
        """Return a context that follows the one that the function gives."""
        context = cls(ssl.PROTOCOL_TLS_SERVER)
        context.current = current
        return context

    def wrap_bio(self, *arguments: Any, **options: Any) -> ssl.SSLObject:  # noqa: ANN401 - handed through
        """Begin a connection."""
        return self.current().wrap_bio(*arguments, **options)
