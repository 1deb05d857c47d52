"""Base URLs of gateways and management servers."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

_URL = re.compile(r"[!-~]+")
_HOST_NAME = re.compile(r"[a-z0-9._-]+")


def checked_url(text: str, *, needs_path: bool) -> str:
    """Give an http or https URL in its plain form.

    Args:
        text: the URL as it was written.
        needs_path: whether a path must follow the host, or nothing may.

    Raises:
        ValueError: the fault and how to mend it; never the URL itself, which may hold a password.
    """
    scheme, separator, _ = text.partition("://")
    if not separator:
        raise ValueError("the scheme is missing; begin with https://")
    if scheme.lower() not in {"https", "http"}:
        hint = "; a pool URL belongs under url" if scheme.lower() == "powerflex" else ""
        raise ValueError(f"the scheme must be https (or http){hint}")
    if not _URL.fullmatch(text):
        raise ValueError("holds a character that cannot stand in a URL")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("the host or the port is not valid; write https://host[:port], port 1 to 65535") from None
    if "@" in parts.netloc:
        raise ValueError("holds user information; the credentials have keys of their own")
    if not (_HOST_NAME.fullmatch(host) or (":" in host and ip_address(host))) or port == 0:
        raise ValueError("the host or the port is not valid; write https://host[:port], port 1 to 65535")
    if "?" in text or "#" in text:
        raise ValueError("holds a query or a fragment; leave it out")
    if needs_path and not parts.path:
        raise ValueError("the path is missing; CloudStack's is usually /client/api")
    if not needs_path and parts.path not in {"", "/"}:
        raise ValueError("goes on after the host; write only https://host[:port]")
    address = (f"[{host}]" if ":" in host else host) + ("" if port is None else f":{port}")
    return f"{scheme.lower()}://{address}{parts.path if needs_path else ''}"
