"""CloudStack's URL of a PowerFlex storage pool: ``powerflex://user:password@gateway[:port]/pool``.

The rules are those of CloudStack's ``ScaleIOPrimaryDataStoreLifeCycle``, so that a URL means the same pool here and
there. Where CloudStack would cut the password short or stop with an exception, the URL is refused with a mend.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import quote, unquote, unquote_plus

_SCHEME = "powerflex"
_LARGEST_PORT = 65_535

_BROKEN_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")
_USER_INFO = re.compile(r"(?:[A-Za-z0-9\-_.!~*'();:&=+$,%]|[^\x00-\xa0])*")
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_HOST_NAME = re.compile(rf"(?:{_LABEL}\.)*(?=[A-Za-z]){_LABEL}\.?")
_BRACKETED = re.compile(r"\[[0-9A-Fa-f:.]+\]")
_PORT = re.compile("[0-9]{1,5}")


class PoolUrlError(ValueError):
    """A pool URL that CloudStack would misread or refuse; the message never contains the password."""


@dataclass(frozen=True, slots=True)
class PoolUrl:
    """What a pool URL says.

    Attributes:
        gateway: the gateway's base URL, always https, with the port where one was given.
        username: the gateway user.
        password: the user's password.
        storage_pool: the storage pool's name, case-sensitive.
    """

    gateway: str
    username: str
    password: str = field(repr=False)
    storage_pool: str


def parse_pool_url(text: str) -> PoolUrl:
    """Read a pool URL as CloudStack reads it.

    The user name and the password are percent-decoded. The pool is all that follows the first ``/``, form-decoded:
    ``my pool``, ``my%20pool`` and ``my+pool`` are one name, and ``?`` and ``#`` are ordinary characters of it.

    Raises:
        PoolUrlError: the fault and how to mend it.
    """
    scheme, _, rest = text.partition("://")
    if scheme.lower() != _SCHEME:
        raise PoolUrlError("a pool URL begins with powerflex://")
    authority, _, path = rest.partition("/")
    username, password, address = _split_authority(authority)
    storage_pool = _form_decoded(path.rstrip("/"))
    if not storage_pool:
        raise PoolUrlError("the storage pool is missing; write its name after the gateway, as in /pool")
    return PoolUrl(f"https://{_checked_address(address)}", username, password, storage_pool)


def format_pool_url(url: PoolUrl) -> str:
    """Write a pool URL, the password included; ``parse_pool_url`` reads it back unless a credential holds a ``:``."""
    credentials = f"{quote(url.username, safe='')}:{quote(url.password, safe='')}"
    return f"{_SCHEME}://{credentials}@{url.gateway.removeprefix('https://')}/{quote(url.storage_pool, safe='')}"


def _split_authority(authority: str) -> tuple[str, str, str]:
    if "?" in authority or "#" in authority:
        raise PoolUrlError("a '?' or '#' stands before the storage pool; in a password write %3F or %23")
    if authority.count("@") > 1:
        raise PoolUrlError("there is more than one '@' before the storage pool; in a password write %40")
    user_info, at, address = authority.partition("@")
    if not at:
        raise PoolUrlError(
            "there is no user:password@ before the first '/'; if a '/' belongs to the password, write %2F"
        )
    if not _USER_INFO.fullmatch(user_info):
        raise PoolUrlError("the user name or the password holds a character that must be percent-encoded")
    username, colon, password = _percent_decoded(user_info).partition(":")
    if not username:
        raise PoolUrlError("the user name is empty")
    if not colon or not password:
        raise PoolUrlError("the password is missing; write user:password@ before the gateway")
    if ":" in password:
        raise PoolUrlError(
            "the user name or the password holds a ':', where CloudStack cuts the password short; "
            "give the gateway's user a password without one"
        )
    return username, password, address


def _checked_address(address: str) -> str:
    literal, bracket, rest = address.rpartition("]")
    host, _, port = (literal + bracket, "", rest.removeprefix(":")) if bracket else address.partition(":")
    if not host:
        raise PoolUrlError("the gateway is missing; write its host name or IP address after the '@'")
    if "_" in host:
        raise PoolUrlError("the gateway's host name holds a '_', which CloudStack cannot read; use its IP address")
    if not (_HOST_NAME.fullmatch(host) or _is_ip_address(host)):
        raise PoolUrlError("the gateway is neither a host name nor an IP address; an IPv6 address stands in []")
    if not port:
        return host
    if not _PORT.fullmatch(port) or not 0 < int(port) <= _LARGEST_PORT:
        raise PoolUrlError("the gateway's port is not a number from 1 to 65535")
    return f"{host}:{port}"


def _is_ip_address(host: str) -> bool:
    literal = host[1:-1] if _BRACKETED.fullmatch(host) else host
    try:
        return ip_address(literal).version == (4 if literal is host else 6)
    except ValueError:
        return False


def _percent_decoded(text: str) -> str:
    _refuse_broken_escapes(text)
    try:
        return unquote(text, errors="strict")
    except UnicodeError:
        raise PoolUrlError("the escapes in the user name or the password are not UTF-8") from None


def _form_decoded(text: str) -> str:
    _refuse_broken_escapes(text)
    try:
        return unquote_plus(text, errors="strict")
    except UnicodeError:
        raise PoolUrlError("the escapes in the storage pool's name are not UTF-8") from None


def _refuse_broken_escapes(text: str) -> None:
    if _BROKEN_ESCAPE.search(text):
        raise PoolUrlError("a '%' is not followed by two hexadecimal digits; for the character itself write %25")
