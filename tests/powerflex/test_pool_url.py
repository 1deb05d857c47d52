"""CloudStack's own rules, worked out by hand from what its code and a JVM make of each URL."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.powerflex.pool_url import PoolUrl, PoolUrlError, format_pool_url, parse_pool_url


def test_all_the_parts() -> None:
    assert parse_pool_url("powerflex://admin:P%40ss@10.0.0.1/pool") == PoolUrl(
        gateway="https://10.0.0.1", username="admin", password="P@ss", storage_pool="pool"
    )


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("pool", "pool"),
        ("Pool", "Pool"),
        ("my pool", "my pool"),
        ("my%20pool", "my pool"),
        ("my+pool", "my pool"),
        ("a%2Bb", "a+b"),
        ("p%25q", "p%q"),
        ("p%2525q", "p%25q"),
        ("a/b", "a/b"),
        ("a%2Fb", "a/b"),
        ("/a", "/a"),
        ("a/", "a"),
        ("a//", "a"),
        ("a%2F", "a/"),
        ("pool?x=1", "pool?x=1"),
        ("pool#1", "pool#1"),
        ("user@pool:1", "user@pool:1"),
        ("sch%C3%B6n", "schön"),
        ("schön", "schön"),
        (" pool ", " pool "),
    ],
)
def test_the_name_of_the_storage_pool(written: str, name: str) -> None:
    assert parse_pool_url(f"powerflex://admin:pw@gw/{written}").storage_pool == name


@pytest.mark.parametrize(
    ("written", "gateway"),
    [
        ("10.0.0.1", "https://10.0.0.1"),
        ("10.0.0.1:443", "https://10.0.0.1:443"),
        ("gw.example.net:8443", "https://gw.example.net:8443"),
        ("GW-1", "https://GW-1"),
        ("gw:", "https://gw"),
        ("[2001:db8::1]", "https://[2001:db8::1]"),
        ("[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
    ],
)
def test_the_gateway_is_always_https(written: str, gateway: str) -> None:
    assert parse_pool_url(f"powerflex://admin:pw@{written}/pool").gateway == gateway


@pytest.mark.parametrize(
    ("written", "username", "password"),
    [
        ("admin:p+w", "admin", "p+w"),
        ("admin:p%2Fw", "admin", "p/w"),
        ("admin:p%23w", "admin", "p#w"),
        ("admin:p%3Fw", "admin", "p?w"),
        ("admin:p%25w", "admin", "p%w"),
        ("admin:p%20w", "admin", "p w"),
        ("do%5Cmain:$&'()*,;=!~", "do\\main", "$&'()*,;=!~"),
        ("ädmin:p%C3%A4", "ädmin", "pä"),
    ],
)
def test_the_credentials_are_percent_decoded(written: str, username: str, password: str) -> None:
    url = parse_pool_url(f"powerflex://{written}@gw/pool")

    assert (url.username, url.password) == (username, password)


@pytest.mark.parametrize("scheme", ["powerflex", "PowerFlex", "POWERFLEX"])
def test_the_case_of_the_scheme_is_ignored(scheme: str) -> None:
    assert parse_pool_url(f"{scheme}://admin:pw@gw/pool").storage_pool == "pool"


NO_CREDENTIALS = "there is no user:password@ before the first '/'; if a '/' belongs to the password, write %2F"
COLON = (
    "the user name or the password holds a ':', where CloudStack cuts the password short; "
    "give the gateway's user a password without one"
)
ESCAPE = "a '%' is not followed by two hexadecimal digits; for the character itself write %25"
PASSWORD = "the password is missing; write user:password@ before the gateway"
POOL = "the storage pool is missing; write its name after the gateway, as in /pool"
HOST = "the gateway is neither a host name nor an IP address; an IPv6 address stands in []"
PORT = "the gateway's port is not a number from 1 to 65535"
SCHEME = "a pool URL begins with powerflex://"
SPECIAL = "the user name or the password holds a character that must be percent-encoded"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", SCHEME),
        ("https://admin:hunter2@gw/pool", SCHEME),
        ("powerflex:admin:hunter2@gw/pool", SCHEME),
        (" powerflex://admin:hunter2@gw/pool", SCHEME),
        ("powerflex://admin:hunter2:b@gw/pool", COLON),
        ("powerflex://admin:hunter2%3Ab@gw/pool", COLON),
        ("powerflex://admin:hunter2:@gw/pool", COLON),
        ("powerflex://ad%3Amin:hunter2@gw/pool", COLON),
        (
            "powerflex://admin:hunter2@b@gw/pool",
            "there is more than one '@' before the storage pool; in a password write %40",
        ),
        ("powerflex://admin:hunter2/b@gw/pool", NO_CREDENTIALS),
        ("powerflex://gw/pool", NO_CREDENTIALS),
        ("powerflex://", NO_CREDENTIALS),
        (
            "powerflex://admin:hunter2#b@gw/pool",
            "a '?' or '#' stands before the storage pool; in a password write %3F or %23",
        ),
        (
            "powerflex://admin:hunter2?b@gw/pool",
            "a '?' or '#' stands before the storage pool; in a password write %3F or %23",
        ),
        (
            "powerflex://admin:hunter2@gw_1/pool",
            "the gateway's host name holds a '_', which CloudStack cannot read; use its IP address",
        ),
        ("powerflex://admin:@gw/pool", PASSWORD),
        ("powerflex://admin@gw/pool", PASSWORD),
        ("powerflex://:hunter2@gw/pool", "the user name is empty"),
        ("powerflex://@gw/pool", "the user name is empty"),
        ("powerflex://admin:hunter2%zz@gw/pool", ESCAPE),
        ("powerflex://admin:hunter2%@gw/pool", ESCAPE),
        ("powerflex://admin:hunter2@gw/a%b", ESCAPE),
        ("powerflex://admin:hunter2%FF@gw/pool", "the escapes in the user name or the password are not UTF-8"),
        ("powerflex://admin:hunter2@gw/a%FF", "the escapes in the storage pool's name are not UTF-8"),
        ("powerflex://admin:hunter2 b@gw/pool", SPECIAL),
        ('powerflex://admin:hunter2"@gw/pool', SPECIAL),
        ("powerflex://admin:[hunter2]@gw/pool", SPECIAL),
        ("powerflex://admin:hunter2\n@gw/pool", SPECIAL),
        ("powerflex://admin:hunter2@/pool", "the gateway is missing; write its host name or IP address after the '@'"),
        (
            "powerflex://admin:hunter2@:443/pool",
            "the gateway is missing; write its host name or IP address after the '@'",
        ),
        ("powerflex://admin:hunter2@g w/pool", HOST),
        ("powerflex://admin:hunter2@-gw/pool", HOST),
        ("powerflex://admin:hunter2@gw..example/pool", HOST),
        ("powerflex://admin:hunter2@300.1.1.1/pool", HOST),
        ("powerflex://admin:hunter2@[fe80::1%25eth0]/pool", HOST),
        ("powerflex://admin:hunter2@[10.0.0.1]/pool", HOST),
        ("powerflex://admin:hunter2@[2001:db8::1/pool", HOST),
        ("powerflex://admin:hunter2@gw\n/pool", HOST),
        ("powerflex://admin:hunter2@gw:https/pool", PORT),
        ("powerflex://admin:hunter2@gw:0/pool", PORT),
        ("powerflex://admin:hunter2@gw:65536/pool", PORT),
        ("powerflex://admin:hunter2@gw:٣/pool", PORT),
        ("powerflex://admin:hunter2@2001:db8::1/pool", HOST),
        ("powerflex://admin:hunter2@gw", POOL),
        ("powerflex://admin:hunter2@gw/", POOL),
        ("powerflex://admin:hunter2@gw//", POOL),
    ],
)
def test_a_fault_is_named_with_its_mend(text: str, message: str) -> None:
    with pytest.raises(PoolUrlError) as caught:
        parse_pool_url(text)

    assert str(caught.value) == message
    assert caught.value.__cause__ is None


def test_the_password_does_not_show() -> None:
    assert "hunter2" not in repr(parse_pool_url("powerflex://admin:hunter2@gw/pool"))


HOSTS = st.from_regex(r"[a-z]([a-z0-9-]{0,8}[a-z0-9])?(\.[a-z]{2,5})?", fullmatch=True) | st.ip_addresses(v=4).map(str)
GATEWAYS = st.tuples(HOSTS | st.ip_addresses(v=6).map("[{}]".format), st.none() | st.integers(1, 65_535)).map(
    lambda address: f"https://{address[0]}" + (f":{address[1]}" if address[1] else "")
)
CHARACTERS = st.characters(exclude_categories=["Cs"])


@given(
    gateway=GATEWAYS,
    username=st.text(CHARACTERS, min_size=1).filter(lambda text: ":" not in text),
    password=st.text(CHARACTERS, min_size=1).filter(lambda text: ":" not in text),
    storage_pool=st.text(CHARACTERS, min_size=1),
)
def test_what_is_written_is_read_back(gateway: str, username: str, password: str, storage_pool: str) -> None:
    url = PoolUrl(gateway, username, password, storage_pool)

    assert parse_pool_url(format_pool_url(url)) == url


@given(text=st.text() | st.text().map("powerflex://{}".format) | st.text("ab:@/?#%+[]. 1").map("powerflex://{}".format))
def test_any_text_is_a_url_or_a_fault(text: str) -> None:
    try:
        url = parse_pool_url(text)
    except PoolUrlError:
        return

    assert parse_pool_url(format_pool_url(url)) == url
