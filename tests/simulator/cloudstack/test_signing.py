import datetime as dt
import time

import httpx
import pytest

from exporter.simulator import ManagementServer, Simulator
from exporter.simulator.cloudstack.signing import signature_of

UNVERIFIED = "unable to verify user credentials and/or request signature"


@pytest.mark.parametrize(
    ("parameters", "signature"),
    [
        ({"apiKey": "AKtest", "command": "listZones", "response": "json"}, "56TQYpkfuqSdfY617R0W7vU01sY="),
        (
            {
                "apiKey": "AKtest-1_2",
                "command": "listRouters",
                "response": "json",
                "listall": "true",
                "projectid": "-1",
                "keyword": "a b*c/d+e~f:é",
                "signatureVersion": "3",
                "expires": "2030-01-02T03:04:05+0000",
            },
            "SK8+beEQpPbQM5OESCtiPT5UmCA=",
        ),
    ],
)
def test_known_signatures(parameters: dict[str, str], signature: str) -> None:
    assert signature_of(parameters.items(), "SecretKey123") == signature
    assert signature_of([*parameters.items(), ("signature", "whatever")], "SecretKey123") == signature


def send(server: ManagementServer, parameters: dict[str, str], *, post: bool = False) -> httpx.Response:
    whole = {"apiKey": server.api_key, "command": "listZones", "response": "json", **parameters}
    whole["signature"] = signature_of(whole.items(), server.secret_key)
    if post:
        return httpx.post(server.url, data=whole, trust_env=False, timeout=30)
    return httpx.get(server.url, params=whole, trust_env=False, timeout=30)


def in_seconds(seconds: float, form: str = "%Y-%m-%dT%H:%M:%S+0000") -> str:
    return (dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)).strftime(form)


def refused(answer: httpx.Response) -> bool:
    if answer.status_code == 200:
        return False
    error = answer.json()["listzonesresponse"]
    assert (answer.status_code, error["errorcode"], error["errortext"]) == (401, 401, UNVERIFIED)
    assert error["uuidList"] == []
    assert answer.headers["x-description"] == UNVERIFIED
    return True


@pytest.mark.parametrize("post", [False, True])
def test_odd_characters_and_either_method(ams: ManagementServer, *, post: bool) -> None:
    assert not refused(send(ams, {"keyword": "a b*c/d+e~f:é&=%,"}, post=post))


def test_a_signature_covers_every_parameter(ams: ManagementServer) -> None:
    whole = {"apiKey": ams.api_key, "command": "listZones", "response": "json"}
    whole["signature"] = signature_of(whole.items(), ams.secret_key)
    assert not refused(httpx.get(ams.url, params=whole, trust_env=False, timeout=30))
    assert refused(httpx.get(ams.url, params=whole | {"listall": "true"}, trust_env=False, timeout=30))
    assert refused(httpx.get(ams.url, params=whole | {"signature": "bm8="}, trust_env=False, timeout=30))
    assert refused(httpx.get(ams.url, params={"command": "listZones", "response": "json"}, trust_env=False, timeout=30))
    assert refused(httpx.get(ams.url, params=whole | {"apiKey": "nobody"}, trust_env=False, timeout=30))


@pytest.mark.parametrize("form", ["%Y-%m-%dT%H:%M:%S+0000", "%Y-%m-%dT%H:%M:%SZ"])
def test_a_request_expires(ams: ManagementServer, form: str) -> None:
    assert not refused(send(ams, {"signatureVersion": "3", "expires": in_seconds(300, form)}))
    assert refused(send(ams, {"signatureVersion": "3", "expires": in_seconds(-5, form)}))


@pytest.mark.parametrize("expires", ["tomorrow", ""])
def test_an_expiry_is_a_time(ams: ManagementServer, expires: str) -> None:
    assert refused(send(ams, {"signatureVersion": "3", "expires": expires}))


def test_the_expiry_counts_for_version_3_alone(ams: ManagementServer) -> None:
    assert not refused(send(ams, {"expires": in_seconds(-500)}))


def test_clocks_that_differ(plain_simulator: Simulator, ams: ManagementServer) -> None:
    plain_simulator.change("set_clock_skew", cloudstack="ams", seconds=600)
    assert refused(send(ams, {"signatureVersion": "3", "expires": in_seconds(300)}))
    assert not refused(send(ams, {"signatureVersion": "3", "expires": in_seconds(900)}))
    assert ams.machine.clock > time.time() + 590


def test_a_disabled_user_is_unknown(ams: ManagementServer) -> None:
    ams.users["admin"].enabled = False
    assert refused(send(ams, {}))


def test_enforced_expiry(plain_simulator: Simulator, lab: ManagementServer, ams: ManagementServer) -> None:
    for name in ("ams", "lab"):
        plain_simulator.change(
            "set_setting", cloudstack=name, name="enforce.post.requests.and.timestamps", value="true"
        )
    assert refused(send(lab, {}))
    assert refused(send(lab, {"signatureVersion": "3", "expires": in_seconds(1200)}))
    assert not refused(send(lab, {"signatureVersion": "3", "expires": in_seconds(600)}))
    assert not refused(send(ams, {}))  # the setting is not of this release
