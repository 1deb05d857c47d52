"""Signs API requests: signature version 3, which ends by itself a few minutes later.

The management server decodes what it receives and encodes it anew, as Java's
URLEncoder does and with %20 for a space; what is signed must be encoded likewise.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import quote

VALID_SECONDS = 300.0
"""How long a signed request is valid; a server may refuse more than 15 minutes."""


class Keys(NamedTuple):
    """The two keys of an API user."""

    api_key: str
    secret_key: str


def signed(parameters: Mapping[str, str], keys: Keys, now: float) -> dict[str, str]:
    """Return the parameters of a request together with those that sign it; `now` is in unix seconds."""
    expires = datetime.fromtimestamp(now + VALID_SECONDS, UTC)
    whole = {
        **parameters,
        "apiKey": keys.api_key,
        "signatureVersion": "3",
        "expires": expires.strftime("%Y-%m-%dT%H:%M:%S+0000"),
    }
    return {**whole, "signature": signature(whole, keys.secret_key)}


def signature(parameters: Mapping[str, str], secret_key: str) -> str:
    """Return the signature of these parameters, which are all but `signature` itself."""
    text = "&".join(f"{name}={_encoded(value)}" for name, value in sorted(parameters.items()))
    digest = hmac.digest(secret_key.encode(), text.lower().encode(), "sha1")
    return base64.b64encode(digest).decode()


def _encoded(value: str) -> str:
    return quote(value, safe="*").replace("~", "%7E")
