"""Signatures, against test vectors and against the way in which the management server checks them."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode

from hypothesis import given
from hypothesis import strategies as st

from exporter.cloudstack.signing import VALID_SECONDS, Keys, signature, signed

SECRET = "SecretKey123"
LEFT_AS_THEY_ARE = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-*_"

NAMES = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=8).filter(lambda name: name != "signature")
VALUES = st.text(max_size=20)


def java_url_encoded(value: str) -> str:
    return "".join(chr(byte) if byte in LEFT_AS_THEY_ARE else f"%{byte:02X}" for byte in value.encode())


def expected(parameters: dict[str, str], secret: str) -> str:
    """Sign as the server does, which knows of the parameters what it decoded from the wire."""
    pairs = sorted((name, value) for name, value in parameters.items() if name != "signature")
    text = "&".join(f"{name}={java_url_encoded(value)}" for name, value in pairs).lower()
    digest = hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def test_a_plain_request() -> None:
    assert signature({"apiKey": "AKtest", "command": "listZones", "response": "json"}, SECRET) == (
        "56TQYpkfuqSdfY617R0W7vU01sY="
    )


def test_a_request_with_every_kind_of_character() -> None:
    parameters = {
        "apiKey": "AKtest-1_2",
        "command": "listRouters",
        "response": "json",
        "listall": "true",
        "projectid": "-1",
        "keyword": "a b*c/d+e~f:é",
        "signatureVersion": "3",
        "expires": "2030-01-02T03:04:05+0000",
    }

    assert signature(parameters, SECRET) == "SK8+beEQpPbQM5OESCtiPT5UmCA="


@given(parameters=st.dictionaries(NAMES, VALUES, max_size=6), api_key=VALUES, secret=st.text(min_size=1, max_size=20))
def test_what_arrives_at_the_server_signs_to_the_same(parameters: dict[str, str], api_key: str, secret: str) -> None:
    form = signed(parameters, Keys(api_key, secret), now=1_900_000_000.0)

    arrived = dict(parse_qsl(urlencode(form), keep_blank_values=True))

    assert arrived["signature"] == expected(arrived, secret)


def test_a_request_says_which_signature_it_has_and_when_it_ends() -> None:
    now = datetime(2026, 2, 9, 13, 1, 22, tzinfo=UTC).timestamp()

    form = signed({"command": "listZones"}, Keys("AK", SECRET), now)

    assert VALID_SECONDS == 300
    assert form["expires"] == "2026-02-09T13:06:22+0000"
    assert (form["signatureVersion"], form["apiKey"]) == ("3", "AK")
    assert SECRET not in form.values()
