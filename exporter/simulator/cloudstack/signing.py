"""Who is calling: key, signature and expiry of a request, checked as CloudStack does."""

import base64
import datetime as dt
import hashlib
import hmac
import urllib.parse
from collections.abc import Iterable, Mapping

from exporter.simulator.cloudstack.errors import ApiError, unverified
from exporter.simulator.scenario.credentials import ApiUser

_EXPIRES_FORMAT = "%Y-%m-%dT%H:%M:%S%z"
_LONGEST_EXPIRY_SECONDS = 900
_READING = ("get", "list", "query", "find")

Pairs = list[tuple[str, str]]


def signature_of(pairs: Iterable[tuple[str, str]], secret_key: str) -> str:
    """Return the signature of a request's parameters, the signature itself left out."""
    signed = sorted((name, value) for name, value in pairs if name.lower() != "signature")
    text = "&".join(f"{name}={_encode(value)}" for name, value in signed).lower()
    return base64.b64encode(hmac.digest(secret_key.encode(), text.encode(), hashlib.sha1)).decode()


def authenticate(pairs: Pairs, users: Mapping[str, ApiUser], *, now: float, method: str, strict: bool) -> ApiUser:
    """Return the user who signed a request.

    Args:
        pairs: all parameters, decoded.
        users: by API key.
        now: the server's clock, epoch seconds.
        method: GET or POST.
        strict: the server wants an expiry of a few minutes, and POST for whatever changes anything.

    Raises:
        ApiError: 401, whatever is wrong; 400 where POST is wanted.

    """
    by_name = {name.lower(): value for name, value in pairs}
    if strict and method == "GET" and not by_name.get("command", "").startswith(_READING):
        raise ApiError(400, "This API must be called with POST", None)
    _check_expiry(by_name, now, strict=strict)
    user = users.get(by_name.get("apikey", ""))
    if user is None or not user.enabled:
        raise unverified()
    signature = by_name.get("signature", "")
    if not hmac.compare_digest(signature_of(pairs, user.secret_key).encode(), signature.encode()):
        raise unverified()
    return user


def _check_expiry(by_name: Mapping[str, str], now: float, *, strict: bool) -> None:
    if by_name.get("signatureversion") != "3":
        if strict:
            raise unverified()
        return
    expires = _parse(by_name.get("expires", ""))
    if expires is None or expires < now or (strict and expires > now + _LONGEST_EXPIRY_SECONDS):
        raise unverified()


def _parse(text: str) -> float | None:
    try:
        return dt.datetime.strptime(text, _EXPIRES_FORMAT).astimezone(dt.UTC).timestamp()
    except ValueError:
        return None


def _encode(value: str) -> str:
    """Encode as Java's URLEncoder does, with %20 for a space: of the marks, only . - * _ stay."""
    return urllib.parse.quote(value, safe="*").replace("~", "%7E")
