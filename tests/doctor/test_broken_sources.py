"""The doctor against simulated gateways and management servers, each broken in another way."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import structlog

from exporter.config import parse_config
from exporter.doctor import Finding, Severity, examine, gathering
from exporter.powerflex.collectors import COLLECTORS
from exporter.simulator import Simulator, config_yaml, default_scenario
from tests.doctor.worlds import sound_world

Prepare = Callable[[Simulator], None]
Edit = Callable[[str, Simulator], str]


def as_it_is(text: str, simulator: Simulator) -> str:
    return text


def nothing(simulator: Simulator) -> None:
    pass


def edited(old: str, new: str, times: int = 1) -> Edit:
    """Edit the configuration; a text that is not there is a mistake of the test."""

    def edit(text: str, simulator: Simulator) -> str:
        assert old in text
        return text.replace(old, new, times)

    return edit


def setting(name: str, value: str) -> Prepare:
    return lambda simulator: void(simulator.change("set_setting", cloudstack="ams", name=name, value=value))


def skewed(seconds: float) -> Prepare:
    return lambda simulator: void(simulator.change("set_clock_skew", cloudstack="ams", seconds=seconds))


def fault(server: str, **rule: object) -> Prepare:
    def prepare(simulator: Simulator) -> None:
        simulator.gateways[server].faults.add(rule)

    return prepare


def api_fault(**rule: object) -> Prepare:
    return lambda simulator: simulator.management_servers["ams"].faults.add(rule)


def void(_: object) -> None:
    pass


def lacking(command: str) -> Prepare:
    def prepare(simulator: Simulator) -> None:
        needed = ["listZones", "listStoragePools", "listHosts", "listDiskOfferings", "listVolumes"]
        needed += ["listConfigurations", "listRouters", "getRouterHealthCheckResults"]
        simulator.management_servers["ams"].allow("admin", [one for one in needed if one != command])

    return prepare


def keys_of(user: str) -> Edit:
    def edit(text: str, simulator: Simulator) -> str:
        server = simulator.management_servers["ams"]
        text = text.replace(server.api_key, server.users[user].api_key)
        return text.replace(server.secret_key, server.users[user].secret_key)

    return edit


def without_second_system(text: str, simulator: Simulator) -> str:
    return re.sub(r'  - name: "pf-ams2"\n(    .*\n)+', "", text)


def without_lab(text: str, simulator: Simulator) -> str:
    return re.sub(r'  - name: "lab"\n(    .*\n)+', "", text)


def first_system_twice(text: str, simulator: Simulator) -> str:
    first = re.search(r'  - name: "pf-ams1"\n(    .*\n)+', text)
    assert first is not None
    return text.replace("cloudstack:\n", first.group().replace("pf-ams1", "again") + "cloudstack:\n")


ERROR, WARNING = Severity.ERROR, Severity.WARNING

BROKEN: dict[str, tuple[Prepare, Edit, Severity, str, str, str, str]] = {
    "wrong password": (
        nothing,
        edited('    password: "', '    password: "not-', 1),
        *(ERROR, "pf-ams1", "access", "the gateway refuses the user name or password", "Mend the user name"),
    ),
    "an authority that is not known": (
        nothing,
        lambda text, simulator: re.sub(r"    tls: .*\n", "", text, count=1),
        *(ERROR, "pf-ams1", "access", "CERTIFICATE_VERIFY_FAILED", "tls.ca_file"),
    ),
    "nothing listens": (
        nothing,
        lambda text, simulator: text.replace(simulator.gateways["pf-ams1"].url, "https://127.0.0.1:1"),
        *(ERROR, "pf-ams1", "access", "cannot connect", "Look at address, port, route and firewall"),
    ),
    "no TLS asked of a gateway that has it": (
        nothing,
        edited('gateway: "https:', 'gateway: "http:'),
        *(ERROR, "pf-ams1", "access", "broke off", "Write https://"),
    ),
    "no TLS asked of an API that has it": (
        nothing,
        edited('endpoint: "https:', 'endpoint: "http:'),
        *(ERROR, "ams", "access", "broke off", "Write https://"),
    ),
    "no gateway at the address": (
        nothing,
        lambda text, simulator: text.replace(
            simulator.gateways["pf-ams1"].url, simulator.management_servers["ams"].origin
        ),
        *(ERROR, "pf-ams1", "access", "GET /api/login answered 404, there is no such login", "Mend gateway, or auth"),
    ),
    "a name that is not there": (
        nothing,
        lambda text, simulator: text.replace(simulator.gateways["pf-ams1"].url, "https://nowhere.invalid"),
        *(ERROR, "pf-ams1", "access", "cannot connect", "DNS"),
    ),
    "certificate not verified": (
        nothing,
        edited("verify: true", "verify: false"),
        *(WARNING, "pf-ams1", "certificate", "whoever answers", "tls.verify"),
    ),
    "a type that the user may not read": (
        fault("pf-ams1", action="status", status=403, path="types/Sds"),
        as_it_is,
        *(ERROR, "pf-ams1", "collectors", "nodes: GET /api/types/Sds/instances answered 403", "role Monitor"),
    ),
    "a type for which every session is refused": (
        fault("pf-ams1", action="status", status=401, path="types/Sds"),
        as_it_is,
        *(ERROR, "pf-ams1", "collectors", "nodes: GET /api/types/Sds/instances answered 401", "the gateway's own log"),
    ),
    "a list that the API cannot give": (
        api_fault(action="status", status=530, path="command=listDiskOfferings"),
        as_it_is,
        *(ERROR, "ams", "collectors", "inventory: listDiskOfferings answered 530", "troubleshooting"),
    ),
    "a proxy before the API": (
        api_fault(action="status", status=403),
        as_it_is,
        *(ERROR, "ams", "access", "answered 403", "the proxy or firewall in between"),
    ),
    "a pool that is not there": (
        nothing,
        edited('    username: "', '    storage_pools: [cspol]\n    username: "'),
        *(ERROR, "pf-ams1", "collectors", "pools: no storage pool of name or id 'cspol'", "troubleshooting"),
    ),
    "a pool name in two protection domains": (
        nothing,
        edited('    username: "', '    storage_pools: [cspool]\n    username: "'),
        *(WARNING, "pf-ams1", "pools", "the name cspool is in several protection domains", "Write the id"),
    ),
    "one array twice": (
        nothing,
        first_system_twice,
        *(ERROR, "again", "same array", "the same array as pf-ams1", "Remove one of the two"),
    ),
    "a wrong secret key": (
        nothing,
        edited("simulated-secret-key-ams-admin", "simulated-secret-key-ams-other"),
        *(ERROR, "ams", "access", "the API key or the secret key is wrong", "Mend the keys"),
    ),
    "an endpoint that is not the API": (
        nothing,
        edited("/client/api", "/client/console"),
        *(ERROR, "ams", "access", "there is no API at the endpoint", "Mend the address"),
    ),
    "a command that the role lacks": (
        lacking("listConfigurations"),
        as_it_is,
        *(ERROR, "ams", "permissions", "lacks listConfigurations", "rule=listConfigurations permission=allow"),
    ),
    "fresh checks that the role lacks": (
        lacking("getRouterHealthCheckResults"),
        as_it_is,
        *(WARNING, "ams", "permissions", "lacks getRouterHealthCheckResults", "router_health_checks.run to never"),
    ),
    "no root admin": (
        nothing,
        keys_of("domain-admin"),
        *(ERROR, "ams", "volume list", "come without their path", "root admin"),
    ),
    "a clock behind": (
        skewed(-90),
        as_it_is,
        *(WARNING, "ams", "clock", "behind ours", "NTP"),
    ),
    "a clock so far ahead that signatures have ended": (
        skewed(400),
        as_it_is,
        *(ERROR, "ams", "clock", "ahead of ours, and a signature is valid for 300 s", "NTP"),
    ),
    "a CloudStack pool without its system": (
        nothing,
        without_second_system,
        *(WARNING, "ams", "pairing", "pool ams-mirrored lies on no configured system", "Add its system"),
    ),
    "another identifier": (
        setting("custom.cs.identifier", "beef"),
        as_it_is,
        *(WARNING, "ams", "identifier", "carry the identifier '10ee', which is not its own", "add it to identifiers"),
    ),
    "one identifier in two installations": (
        lambda simulator: void(
            [
                simulator.change("set_setting", cloudstack=name, name="custom.cs.identifier", value="same")
                for name in ("ams", "lab")
            ]
        ),
        as_it_is,
        *(WARNING, "pf-ams1", "identifier", "ams and lab both take the identifier 'same'", "leave the copy out"),
    ),
    "the identifier of another installation as a former one": (
        nothing,
        edited("    api_key: ", "    identifiers: [lab-2]\n    api_key: "),
        *(WARNING, "pf-ams1", "identifier", "ams and lab both take the identifier 'lab-2'", "of one of them"),
    ),
    "health checks switched off": (
        setting("router.health.checks.enabled", "false"),
        as_it_is,
        *(ERROR, "ams", "router checks", "router.health.checks.enabled is false", "to true"),
    ),
    "results never fetched": (
        setting("router.health.checks.results.fetch.interval", "0"),
        as_it_is,
        *(ERROR, "ams", "router checks", "fetch.interval is 0", "restart the management server"),
    ),
    "results fetched too seldom": (
        setting("router.health.checks.results.fetch.interval", "20"),
        as_it_is,
        *(WARNING, "ams", "router checks", "come every 20 min and are given up after 30 min", "to 40m at least"),
    ),
    "routers made anew after a failed check": (
        setting("router.health.checks.failures.to.recreate.vr", "dns_check.py"),
        as_it_is,
        *(WARNING, "ams", "router checks", "may have a router made anew", "Empty it, or set"),
    ),
    "no threshold": (
        setting("pool.storage.capacity.disablethreshold", "1.0"),
        as_it_is,
        *(WARNING, "ams", "thresholds", "is used until it is full", "0.85 by default"),
    ),
    "a pool of which too much is used": (
        nothing,
        as_it_is,
        *(WARNING, "ams", "thresholds", "pool ams-slow gets no more volumes: 88.0% are used", "Free space"),
    ),
    "a pool of which too much is promised": (
        nothing,
        as_it_is,
        *(WARNING, "ams", "thresholds", "pool ams-mirrored gets no more volumes: 103.6%", "overprovisioning.factor"),
    ),
    "a threshold that is no number": (
        setting("pool.storage.allocated.capacity.disablethreshold", "most"),
        as_it_is,
        *(WARNING, "ams", "thresholds", "allocated.capacity.disablethreshold is not told for 3 of", "is a number"),
    ),
    "more volumes than series": (
        nothing,
        lambda text, simulator: text + "volumes: {max_volumes: 10}\n",
        *(WARNING, "pf-ams1", "series", "and 10 get them", "volumes.max_volumes"),
    ),
}


def examined(simulator: Simulator, edit: Edit = as_it_is) -> list[Finding]:
    config = parse_config(edit(config_yaml(simulator), simulator), base_dir=Path(), name="test")
    parts: list[str] = []
    return asyncio.run(examine(config, parts.append))


@pytest.mark.parametrize("case", BROKEN)
def test_the_fault_and_its_mend_are_named(case: str) -> None:
    prepare, edit, severity, source, check, words, mend = BROKEN[case]
    with Simulator(default_scenario(live=False)) as simulator:
        prepare(simulator)

        findings = examined(simulator, edit)

        assert [len(gateway.machine.sessions) for gateway in simulator.gateways.values()] == [0, 0]
        assert [server.requests.fresh_runs for server in simulator.management_servers.values()] == [{}, {}]
    named = [finding for finding in findings if (finding.source, finding.check) == (source, check)]
    assert any(finding.severity == severity and words in finding.words and mend in finding.mend for finding in named), (
        named
    )
    assert [finding for finding in findings if bool(finding.mend) == (finding.severity == Severity.OK)] == []


def test_a_sound_world_has_nothing_to_mend() -> None:
    with Simulator(sound_world()) as simulator:
        findings = examined(simulator)

    assert {finding.severity for finding in findings} == {Severity.OK}
    assert [finding.source for finding in findings] == sorted(
        (finding.source for finding in findings), key=["pf-ams1", "pf-ams2", "ams", "lab"].index
    )
    lets_in = [finding.words for finding in findings if finding.check == "access"]
    assert lets_in == [
        "lets us in, PowerFlex 3.6",
        "lets us in, PowerFlex 4.5",
        "lets us in, CloudStack 4.20.1.0",
        "lets us in, CloudStack 4.22.0.0",
    ]


def test_a_wrong_password_is_sent_once() -> None:
    with Simulator(default_scenario(live=False)) as simulator:
        examined(simulator, edited('    password: "', '    password: "not-', 1))

        asked = [request.path for request in simulator.gateways["pf-ams1"].machine.requests.entries]
    assert asked == ["/rest/auth/login", "/api/login"]


@pytest.mark.parametrize("certificate_fault", ["expired", "other_host"])
def test_a_bad_certificate_is_told_by_what_is_wrong_with_it(certificate_fault: str) -> None:
    mends = {"expired": "Renew the certificate", "other_host": "as the certificate names it"}
    with Simulator(default_scenario(live=False), certificate_fault=certificate_fault) as simulator:  # type: ignore[arg-type]
        findings = examined(simulator)

    access = [finding for finding in findings if finding.check == "access"]
    assert len(access) == 4
    assert all(mends[certificate_fault] in finding.mend for finding in access)


def test_series_are_counted_in_the_pools_that_are_watched() -> None:
    with Simulator(default_scenario(live=False)) as simulator:
        scratch = edited('    username: "', '    storage_pools: [scratch]\n    username: "')
        # 227 volumes of both systems have names that CloudStack gave, and lie in pools that are watched.
        findings = [
            examined(simulator, lambda text, it: scratch(text, it) + f"volumes: {{max_volumes: {most}}}\n")  # noqa: B023
            for most in (227, 226)
        ]

    named = [[finding.words for finding in found if finding.check == "series"] for found in findings]
    assert named == [[], ["227 volumes should have series of their own, and 226 get them"]]


def test_a_failing_list_hides_nothing_else() -> None:
    with Simulator(default_scenario(live=False)) as simulator:
        api_fault(action="status", status=530, path="command=listDiskOfferings")(simulator)

        findings = examined(simulator)

    checks = {finding.check for finding in findings if finding.source == "ams"}
    assert {"access", "volume list", "router checks"} <= checks
    assert [finding.check for finding in findings if finding.severity == ERROR] == ["collectors"]


def test_a_date_of_another_age_is_no_date() -> None:
    with Simulator(default_scenario(live=False)) as simulator:
        headers = {"Date": "Mon, 01 Jan 99999999999 00:00:00 GMT"}
        fault("pf-ams1", action="status", status=404, path="/api/version", headers=headers)(simulator)

        findings = examined(simulator)

    assert "pf-ams1" in {finding.source for finding in findings if finding.check == "collectors"}


def test_a_defect_is_called_one_and_the_rest_is_examined(monkeypatch: pytest.MonkeyPatch) -> None:
    async def collect(_source: object) -> None:
        raise AssertionError("simulated-secret-key-ams-admin")

    monkeypatch.setattr(gathering, "POWERFLEX", {**COLLECTORS, "volumes": collect})
    with Simulator(default_scenario(live=False)) as simulator, structlog.testing.capture_logs() as logged:
        findings = examined(simulator)

    (words, _) = [finding.words for finding in findings if finding.severity == ERROR]
    assert words == "volumes: a defect of the exporter: AssertionError: <secret>"
    assert len({finding.check for finding in findings if finding.source == "pf-ams1"}) > 3
    assert [line["event"] for line in logged if line["log_level"] == "error"] == ["the examination met a defect"] * 2


def test_a_gateway_that_hangs_at_the_logout_is_left() -> None:
    with Simulator(sound_world()) as simulator:
        fault("pf-ams1", action="hang", path="logout")(simulator)
        started = time.monotonic()

        findings = examined(simulator)

    assert time.monotonic() - started < 40
    assert {finding.severity for finding in findings} == {Severity.OK}


def test_no_secret_is_in_what_is_found() -> None:
    with Simulator(default_scenario(live=False)) as simulator:
        echo = "you sent simulated-secret-key-ams-admin and " + next(iter(simulator.gateways.values())).password
        fault("pf-ams1", action="status", status=500, path="types/Sds", body={"message": echo})(simulator)

        findings = examined(simulator)

        password = next(iter(simulator.gateways.values())).password
    text = "\n".join(finding.words + finding.mend for finding in findings)
    assert "nodes: GET /api/types/Sds/instances answered 500" in text
    assert password not in text
    assert "simulated-secret-key-ams-admin" not in text
