"""What an answer with an error status means, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote, quote_plus

import msgspec

from exporter.cloudstack.signing import VALID_SECONDS
from exporter.errors import RequestError
from exporter.http.transport import Answer, ahead_by

_WORDS_SHOWN = 300
_WORDS_KEPT = 4000
_NOTABLE_SKEW_SECONDS = 60.0
_UNAUTHORIZED = 401
_REDIRECTS = range(300, 400)
_NO_PERMISSION = ("does not exist, is not available for user", "does not exist or is not available for the account")

_HINTS = {
    404: ", there is no API at the endpoint, which usually ends in /client/api",
    429: ", the account's API limit is reached",
    431: ", a parameter is refused",
    432: ", this CloudStack does not know the command",
    503: ", the management server is starting or not available",
    531: ", the account may not see an object; the API user must be a root admin's",
}


class _Error(msgspec.Struct, frozen=True):
    errortext: str


def refusal(command: str, answer: Answer, secrets: Iterable[str], now: float) -> RequestError:
    """Return the error that an answer with an error status amounts to.

    Args:
        command: what was called.
        answer: what was answered.
        secrets: the keys and the signature it was called with; the error holds none of them, even if the answer does.
        now: the unix second by our clock.
    """
    text = _without(secrets, error_text(answer.body))
    hint = _hint(command, answer, text, now)
    shown = "an HTML page" if is_html(answer.body) else " ".join(text.split())[:_WORDS_SHOWN]
    return RequestError(f"{command} answered {answer.status}{hint}: {shown}", status=answer.status, text=text)


def error_text(body: bytes) -> str:
    """Return the `errortext` of an error answer, or its beginning where it has none."""
    try:
        (error,) = msgspec.json.decode(body, type=dict[str, _Error]).values()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError):
        return body[:_WORDS_KEPT].decode(errors="replace")
    return error.errortext[:_WORDS_KEPT]


def is_denied(error: RequestError) -> bool:
    """Return whether a refusal says that the role of the API user lacks the command."""
    return error.status == _UNAUTHORIZED and any(words in error.text for words in _NO_PERMISSION)


def is_html(body: bytes) -> bool:
    """Return whether a body is a page for people, as proxies and starting servers answer."""
    return body.lstrip()[:1] == b"<"


def _hint(command: str, answer: Answer, text: str, now: float) -> str:
    if answer.status in _REDIRECTS:
        return ", a redirect, which is not followed; the endpoint must be the API itself"
    if answer.status != _UNAUTHORIZED:
        return _HINTS.get(answer.status, "")
    if any(words in text for words in _NO_PERMISSION):
        return f", allow {command} for the role of the API user"
    return (
        ", the API key or the secret key is wrong, the user is disabled, "
        f"or this CloudStack does not know the command{_skew(answer.date, now)}"
    )


def _skew(date: str | None, now: float) -> str:
    """Return a remark about the server's clock, where it differs from ours so much that a signature suffers."""
    ahead = ahead_by(date, now)
    if ahead is None or abs(ahead) < _NOTABLE_SKEW_SECONDS:
        return ""
    direction = "ahead of" if ahead > 0 else "behind"
    return (
        f"; the server's clock is {abs(ahead):.0f} s {direction} ours, "
        f"and a signature is valid for {VALID_SECONDS:.0f} s only"
    )


def _without(secrets: Iterable[str], text: str) -> str:
    for secret in filter(None, secrets):
        for form in (secret, quote(secret, safe=""), quote_plus(secret)):
            text = text.replace(form, "***")
    return text
