from __future__ import annotations

import pytest

from exporter.config.urls import checked_url


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("https://10.10.2.130", "https://10.10.2.130"),
        ("https://10.10.2.130/", "https://10.10.2.130"),
        ("HTTPS://Gateway.Example:443", "https://gateway.example:443"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("https://gw_1.example:", "https://gw_1.example"),
        ("https://[2001:DB8::1]:8443", "https://[2001:db8::1]:8443"),
    ],
)
def test_gateway(text: str, plain: str) -> None:
    assert checked_url(text, needs_path=False) == plain


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("https://cs.example/client/api", "https://cs.example/client/api"),
        ("http://CS.example:8080/Client/Api", "http://cs.example:8080/Client/Api"),
        ("https://cs.example/", "https://cs.example/"),
    ],
)
def test_endpoint(text: str, plain: str) -> None:
    assert checked_url(text, needs_path=True) == plain


@pytest.mark.parametrize(
    "text",
    [
        "",
        "gw",
        "gw:443",
        "//gw",
        "ftp://gw",
        "https:gw",
        "https://",
        "https://:443",
        "https://u@gw",
        "https://@gw",
        "https://gw:0",
        "https://gw:65536",
        "https://gw:-1",
        "https://gw:x",
        "https://gw:٣",
        "https://gw\n",
        "https://g w",
        " https://gw",
        "https://gw?",
        "https://gw?a=b",
        "https://gw#",
        "https://gw/api",
        "https://gw//",
        "https://[::1",
        "https://::1",
        "https://[gw]",
        "https://[1.2.3.4]",
        "https://bücher.example",
        "https://gw\\x",
        "https://gw%41",
    ],
)
def test_no_gateway(text: str) -> None:
    with pytest.raises(ValueError, match=r"^(the (scheme|host)|holds|goes on)"):
        checked_url(text, needs_path=False)
