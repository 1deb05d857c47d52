from collections.abc import Callable
from xml.etree import ElementTree as ET

import httpx
import pytest

from exporter.simulator import ManagementServer, Simulator
from exporter.simulator.cloudstack.signing import signature_of

Ask = Callable[..., httpx.Response]


def error_of(answer: httpx.Response) -> tuple[int, int | None, str]:
    [(wrapper, error)] = answer.json().items()
    assert error["errorcode"] == answer.status_code
    assert wrapper.endswith("response")
    return answer.status_code, error.get("cserrorcode"), error["errortext"]


def test_answers_are_json_in_a_wrapper(ams: ManagementServer, ask: Ask) -> None:
    answer = ask(ams, "listCapabilities")
    assert answer.headers["content-type"] == "application/json; charset=UTF-8"
    assert answer.json()["listcapabilitiesresponse"]["capability"]["cloudstackversion"] == "4.20.1.0"


def test_the_content_type_is_a_setting(plain_simulator: Simulator, ams: ManagementServer, ask: Ask) -> None:
    plain_simulator.change(
        "set_setting", cloudstack="ams", name="json.content.type", value="text/javascript; charset=UTF-8"
    )
    assert ask(ams, "listZones").headers["content-type"] == "text/javascript; charset=UTF-8"


def test_xml_is_the_default(ams: ManagementServer) -> None:
    whole = {"apiKey": ams.api_key, "command": "listZones"}
    whole["signature"] = signature_of(whole.items(), ams.secret_key)
    answer = httpx.get(ams.url, params=whole, trust_env=False, timeout=30)
    assert answer.headers["content-type"] == "text/xml; charset=UTF-8"
    root = ET.fromstring(answer.text)
    assert (root.tag, root.findtext("count"), len(root.findall("zone"))) == ("listzonesresponse", "2", 2)


def test_an_unknown_command_looks_like_a_bad_signature(ams: ManagementServer, ask: Ask) -> None:
    answer = ask(ams, "listUnicorns")
    assert list(answer.json()) == ["errorresponse"]
    assert error_of(answer) == (401, None, "unable to verify user credentials and/or request signature")


def test_a_role_allows_commands(ams: ManagementServer, ask: Ask) -> None:
    assert ask(ams, "listZones", user="restricted").status_code == 200
    text = "The given command 'listRouters' either does not exist, is not available for user."
    assert error_of(ask(ams, "listRouters", user="restricted")) == (401, 9999, text)
    ams.allow("restricted", ["list*"])
    assert ask(ams, "listRouters", user="restricted").status_code == 200
    assert ask(ams, "getRouterHealthCheckResults", user="restricted").status_code == 401


@pytest.mark.parametrize(
    ("command", "parameters", "refusal"),
    [
        ("listZones", {"page": 1}, (9999, '"pagesize" parameter is required when "page" is specified')),
        ("listZones", {"pagesize": 5}, (9999, '"page" parameter is required when "pagesize" is specified')),
        (
            "listVolumes",
            {"page": 1, "pagesize": 501},
            (4350, "Page size can't exceed max allowed page size value: 500"),
        ),
        (
            "listVolumes",
            {"page": 1, "pagesize": -1},
            (4350, "Can't specify page parameter when pagesize is -1 (Unlimited)"),
        ),
        (
            "getRouterHealthCheckResults",
            {},
            (9999, "Unable to execute API command getrouterhealthcheckresults due to missing parameter routerid"),
        ),
        (
            "listConfigurations",
            {"zoneid": "x", "storageid": "y"},
            (4350, "cannot handle multiple IDs, provide only one ID corresponding to the scope"),
        ),
    ],
)
def test_bad_parameters(
    ams: ManagementServer, ask: Ask, command: str, parameters: dict[str, object], refusal: tuple[int, str]
) -> None:
    assert error_of(ask(ams, command, **parameters)) == (431, *refusal)


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("listVolumes", "storageid"),
        ("listVolumes", "projectid"),
        ("listRouters", "zoneid"),
        ("listConfigurations", "zoneid"),
        ("getRouterHealthCheckResults", "routerid"),
    ],
)
def test_ids_must_name_something(ams: ManagementServer, ask: Ask, command: str, name: str) -> None:
    for value in ("0c1ee0ab-0000-4000-8000-000000000000", "17"):
        status, _, text = error_of(ask(ams, command, **{name: value}))
        assert status == 431
        assert f"Invalid parameter {name} value={value} due to incorrect long value format" in text


def test_throttling_spares_root_admins(plain_simulator: Simulator, ams: ManagementServer, ask: Ask) -> None:
    for name, value in (("enabled", "true"), ("max", "3"), ("interval", "60")):
        plain_simulator.change("set_setting", cloudstack="ams", name=f"api.throttling.{name}", value=value)
    capabilities = ask(ams, "listCapabilities").json()["listcapabilitiesresponse"]["capability"]
    assert (capabilities["apilimitmax"], capabilities["apilimitinterval"]) == (3, 60)
    assert {ask(ams, "listZones").status_code for _ in range(5)} == {200}
    answers = [ask(ams, "listZones", user="domain-admin") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    status, code, text = error_of(answers[-1])
    assert (status, code) == (429, 4545)
    assert text.startswith("The given user has reached his/her account api limit, please retry after ")
    ams.machine.throttle_root_admins = True
    assert {ask(ams, "listZones").status_code for _ in range(5)} == {200, 429}


def test_versions_can_be_chosen(ask: Ask) -> None:
    with Simulator(tls=False, versions={"ams": "4.22.1.0", "lab": "4.20.3.0"}) as simulator:
        found = {name: server.version for name, server in simulator.management_servers.items()}
        answer = ask(simulator.management_servers["ams"], "listStoragePools").json()["liststoragepoolsresponse"]
    assert found == {"ams": "4.22.1.0", "lab": "4.20.3.0"}
    assert all("capacitybytes" in pool for pool in answer["storagepool"])
