"""Calls and lists over a real socket: how they are sent, and what becomes of every kind of answer."""

from __future__ import annotations

import time
from collections.abc import Mapping
from email.utils import formatdate
from typing import Any

import pytest

from exporter.cloudstack.api import Credentials
from exporter.cloudstack.source import CloudStackSource
from exporter.errors import AnswerError, ConfigError, LoginError, PollError, RequestError, TooLargeError
from exporter.http import transport as transport_module
from tests.cloudstack.conftest import (
    API_KEY,
    SECRET_KEY,
    Client,
    Parameters,
    Reply,
    ScriptedServer,
    answer,
    error,
)
from tests.cloudstack.test_signing import expected

CREDENTIALS_TEXT = "unable to verify user credentials and/or request signature"
ROLE_TEXT = "The given command 'listVolumes' either does not exist, is not available for user."


async def call(source: CloudStackSource) -> Mapping[str, Any]:
    return await source.api.call("listZones", {})


def failure(client: Client) -> PollError:
    async def use(source: CloudStackSource) -> PollError:
        with pytest.raises(PollError) as caught:
            await call(source)
        return caught.value

    return client.run(use)


def test_a_call_is_a_signed_form_and_its_url_holds_nothing(server: ScriptedServer, client: Client) -> None:
    client.run(call)

    (parameters,) = server.requests
    assert server.paths == ["/client/api"]
    assert (parameters["command"], parameters["response"]) == ("listZones", "json")
    assert parameters["signature"] == expected(parameters, SECRET_KEY)


def test_the_keys_are_read_anew_for_each_call(server: ScriptedServer, client: Client) -> None:
    keys = iter(["first", "second"])
    client.credentials = Credentials(lambda: next(keys), lambda: SECRET_KEY)

    async def use(source: CloudStackSource) -> None:
        await call(source)
        await call(source)

    client.run(use)

    assert [parameters["apiKey"] for parameters in server.requests] == ["first", "second"]


def test_keys_that_cannot_be_read_are_no_login(server: ScriptedServer, client: Client) -> None:
    def unreadable() -> str:
        raise ConfigError(["cloudstack[0].secret_key_file: no such file"])

    client.credentials = Credentials(lambda: API_KEY, unreadable)

    found = failure(client)

    assert isinstance(found, LoginError)
    assert "cannot read the keys of the API: cloudstack[0].secret_key_file: no such file" in str(found)
    assert server.requests == []


@pytest.mark.parametrize(
    ("status", "text", "message"),
    [
        (401, CREDENTIALS_TEXT, "the API key or the secret key is wrong"),
        (401, ROLE_TEXT, "allow listZones for the role of the API user"),
        (430, "malformed", "listZones answered 430: malformed"),
        (431, "invalid parameter", "a parameter is refused: invalid parameter"),
        (432, "unsupported", "this CloudStack does not know the command"),
        (503, "unavailable", "the management server is starting or not available"),
        (530, "Internal error\n executing", "listZones answered 530: Internal error executing"),
        (531, "no permission", "must be a root admin's"),
    ],
)
def test_a_refusal_says_what_to_do(
    server: ScriptedServer, client: Client, status: int, text: str, message: str
) -> None:
    server.script = lambda parameters: error(parameters["command"], status, text)

    found = failure(client)

    assert isinstance(found, RequestError)
    assert (found.status, found.text) == (status, text)
    assert message in str(found)
    assert "clock" not in str(found)


def test_an_unknown_command_is_refused_in_a_wrapper_of_its_own(server: ScriptedServer, client: Client) -> None:
    server.script = lambda _: Reply({"errorresponse": {"errorcode": 432, "errortext": "gone"}}, 432)

    assert "does not know the command: gone" in str(failure(client))


@pytest.mark.parametrize(("skew", "words"), [(740.0, "ahead of"), (-740.0, "behind")])
def test_a_refused_signature_points_at_clocks_that_differ(
    server: ScriptedServer, client: Client, skew: float, words: str
) -> None:
    headers = {"Date": formatdate(time.time() + skew, usegmt=True)}
    refused = error("listZones", 401, CREDENTIALS_TEXT)
    server.script = lambda _: Reply(refused.body, 401, headers)

    assert f"s {words} ours, and a signature is valid for 300 s only" in str(failure(client))


@pytest.mark.parametrize("date", ["yesterday", None])
def test_clocks_that_agree_or_are_not_told_are_not_to_blame(
    server: ScriptedServer, client: Client, date: str | None
) -> None:
    headers = {"Date": date or formatdate(usegmt=True)}
    refused = error("listZones", 401, CREDENTIALS_TEXT)
    server.script = lambda _: Reply(refused.body, 401, headers)

    assert "clock" not in str(failure(client))


@pytest.mark.parametrize(
    ("reply", "kind", "message"),
    [
        (Reply(b"<html>Bad Gateway</html>", 502), RequestError, "listZones answered 502: an HTML page"),
        (Reply(b" \n<!doctype html>", 200), AnswerError, "with an HTML page; the endpoint must be the API itself"),
        (Reply(b"", 302, {"Location": "/client"}), RequestError, "a redirect, which is not followed"),
        (Reply(b"<html/>", 404), RequestError, "there is no API at the endpoint"),
        (Reply(b'{"listzonesresponse": {"count"'), AnswerError, "cannot be understood"),
        (Reply(b"\xff\xfe"), AnswerError, "cannot be understood"),
        (Reply(b""), AnswerError, "cannot be understood"),
        (Reply([]), AnswerError, "cannot be understood"),
        (Reply({"listhostsresponse": {}}), AnswerError, "without listzonesresponse"),
        (Reply({"listzonesresponse": {"count": 1}}, cut=8), RequestError, "listZones broke off"),
        (Reply("plain words", 500), RequestError, 'listZones answered 500: "plain words"'),
    ],
)
def test_what_is_no_answer_of_the_api_fails_the_poll(
    server: ScriptedServer, client: Client, reply: Reply, kind: type[PollError], message: str
) -> None:
    server.script = lambda _: reply

    found = failure(client)

    assert type(found) is kind
    assert message in str(found)


def test_an_answer_beyond_the_bound_is_refused(
    server: ScriptedServer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport_module, "_MAX_HELD_BYTES", 1000)
    server.script = lambda _: Reply(b" " * 2000)

    assert isinstance(failure(client), TooLargeError)


def test_a_call_may_have_a_time_of_its_own(server: ScriptedServer, client: Client) -> None:
    def slow(parameters: Parameters) -> Reply:
        time.sleep(0.5)
        return answer(parameters["command"], {})

    server.script = slow

    async def use(source: CloudStackSource) -> None:
        assert await source.api.call("listZones", {}, timeout_seconds=30.0) == {}
        # On the same connection, for which there may not be time enough otherwise.
        with pytest.raises(RequestError, match=r"listZones gave no whole answer within 0.1 s"):
            await source.api.call("listZones", {})

    client.run(use, timeout=0.1)


def test_no_error_holds_a_key_even_where_the_server_repeats_it(server: ScriptedServer, client: Client) -> None:
    server.script = lambda parameters: error("listZones", 401, f"no user of {parameters['apiKey']}, {SECRET_KEY}")

    found = failure(client)

    assert isinstance(found, RequestError)
    assert "no user of ***, ***" in found.text
    assert "marker" not in str(found) + found.text


def test_where_the_account_has_reached_its_limit_the_call_waits_as_long_as_it_is_told(
    server: ScriptedServer, client: Client, pauses: list[float]
) -> None:
    texts = ["please retry after 340 ms.", "please retry after [70000] ms.", "later"]

    def script(_: Parameters) -> Reply:
        return error("listZones", 429, texts.pop(0)) if texts else answer("listZones", {})

    server.script = script

    assert client.run(call) == {}
    assert pauses == [0.34, 5.0, 1.0]
    assert len(server.requests) == 4


def test_the_patience_with_a_reached_limit_ends(server: ScriptedServer, client: Client, pauses: list[float]) -> None:
    server.script = lambda _: error("listZones", 429, "please retry after 10 ms.")

    assert "the account's API limit is reached" in str(failure(client))
    assert (len(server.requests), len(pauses)) == (4, 3)


def test_what_was_dealt_is_counted(server: ScriptedServer, client: Client) -> None:
    async def use(source: CloudStackSource) -> None:
        await call(source)
        server.script = lambda parameters: error(parameters["command"], 530, "no")
        with pytest.raises(RequestError):
            await call(source)
        counts = source.counts()
        assert dict(counts.requests) == {"200": 1, "530": 1}
        assert (counts.renewals, counts.rejected, counts.certificate_expiry) == (0, [], None)

    client.run(use)
