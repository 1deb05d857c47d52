"""Login, renewal and logout against gateways of 3.6 and 4.5."""

from __future__ import annotations

import asyncio
import base64

import pytest

from exporter.errors import LoginError, PasswordRefusedError, RequestError, UnreachableError
from exporter.powerflex.collectors import COLLECTORS
from exporter.powerflex.session import Auth
from exporter.powerflex.source import PowerFlexSource
from exporter.simulator import Simulator, TokenLifetimes, default_scenario
from tests.clock import Clock
from tests.powerflex.conftest import Client

LEGACY, BEARER = "pf-ams1", "pf-ams2"
LOGIN_PATHS = {LEGACY: "/api/login", BEARER: "/rest/auth/login"}
LIST = "/api/types/StoragePool/instances"
SYSTEMS = pytest.mark.parametrize("system", [LEGACY, BEARER])


async def call(source: PowerFlexSource) -> bytes:
    return await source.gateway.call("GET", LIST)


def asked(simulator: Simulator, system: str, path: str, *statuses: int) -> int:
    """Return how many requests of that path were answered, with one of these statuses if there are any."""
    entries = simulator.gateways[system].requests.entries
    return sum(entry.path == path and (not statuses or entry.status in statuses) for entry in entries)


def logins(simulator: Simulator, system: str) -> int:
    """Return how many logins with a user name were tried; the probe with an empty body gets a 400 or 404."""
    return asked(simulator, system, LOGIN_PATHS[system], 200, 401, 403, 500)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("exporter.powerflex.session.time", clock)
    return clock


@SYSTEMS
def test_the_login_that_the_gateway_has_is_found_and_one_session_serves_all_calls(
    client: Client, simulator: Simulator, system: str
) -> None:
    async def use(source: PowerFlexSource) -> int:
        await asyncio.gather(*(call(source) for _ in range(20)))
        return len(simulator.gateways[system].machine.sessions)

    assert client.run(system, use) == 1
    assert logins(simulator, system) == 1
    assert simulator.gateways[system].requests.count(LIST) == 20


@SYSTEMS
def test_closing_logs_out(client: Client, simulator: Simulator, system: str) -> None:
    client.run(system, call)

    assert len(simulator.gateways[system].machine.sessions) == 0


@pytest.mark.parametrize(("system", "auth"), [(LEGACY, "legacy"), (BEARER, "legacy"), (BEARER, "bearer")])
def test_a_configured_login_is_used_without_asking(
    client: Client, simulator: Simulator, system: str, auth: Auth
) -> None:
    client.run(system, call, auth=auth)

    requests = simulator.gateways[system].requests
    assert requests.count("/api/login") == (auth == "legacy")
    assert requests.count("/rest/auth/login") == (auth == "bearer")


def test_a_path_that_a_session_may_not_use_costs_one_renewal_and_not_one_a_call(
    client: Client, simulator: Simulator
) -> None:
    async def use(source: PowerFlexSource) -> None:
        for _ in range(5):
            with pytest.raises(RequestError, match=r"/rest/v1/alerts answered 401 even in a new session"):
                await source.gateway.call("GET", "/rest/v1/alerts")
            await call(source)

    client.run(BEARER, use, auth="legacy")

    assert asked(simulator, BEARER, "/api/login") == 2
    assert asked(simulator, BEARER, LIST, 200) == 5


@SYSTEMS
def test_a_dropped_session_costs_one_renewal_and_no_gap(client: Client, simulator: Simulator, system: str) -> None:
    async def use(source: PowerFlexSource) -> int:
        await call(source)
        simulator.gateways[system].expire_sessions()
        await asyncio.gather(*(call(source) for _ in range(10)))
        return source.gateway.session.renewals

    assert client.run(system, use) == 1
    assert logins(simulator, system) == 2


@SYSTEMS
def test_a_restarted_gateway_costs_one_renewal_and_no_gap(client: Client, simulator: Simulator, system: str) -> None:
    async def use(source: PowerFlexSource) -> int:
        await call(source)
        await asyncio.to_thread(simulator.gateways[system].restart)
        await call(source)
        return source.gateway.session.renewals

    assert client.run(system, use) == 1


def test_an_idle_legacy_session_is_renewed_before_its_ten_minutes_are_over(
    client: Client, simulator: Simulator, clock: Clock
) -> None:
    async def use(source: PowerFlexSource) -> list[int]:
        renewals = []
        for seconds in (0, 560, 560, 575):
            clock.offset += seconds
            await call(source)
            renewals.append(source.gateway.session.renewals)
        return renewals

    assert client.run(LEGACY, use) == [0, 0, 0, 1]
    assert asked(simulator, LEGACY, LIST, 401) == 0


def test_a_legacy_session_in_use_is_renewed_before_its_eight_hours_are_over(client: Client, clock: Clock) -> None:
    async def use(source: PowerFlexSource) -> list[int]:
        renewals = []
        for _ in range(8 * 60 + 2):
            await source.gateway.session.authorization("/api")
            renewals.append(source.gateway.session.renewals)
            clock.offset += 60
        return renewals

    renewals = client.run(LEGACY, use)

    assert renewals.index(1) == 8 * 60
    assert renewals[-1] == 1


def test_a_bearer_token_is_refreshed_before_it_ends_without_the_password(
    client: Client, simulator: Simulator, clock: Clock
) -> None:
    async def use(source: PowerFlexSource) -> int:
        await call(source)
        clock.offset += 271
        await asyncio.gather(*(call(source) for _ in range(5)))
        return source.gateway.session.renewals

    assert client.run(BEARER, use) == 1
    assert asked(simulator, BEARER, "/rest/auth/update-token", 200) == 1
    assert logins(simulator, BEARER) == 1


def test_where_the_refresh_is_refused_the_password_is_sent(client: Client, simulator: Simulator, clock: Clock) -> None:
    async def use(source: PowerFlexSource) -> int:
        await call(source)
        simulator.gateways[BEARER].expire_sessions()
        clock.offset += 271
        await call(source)
        return source.gateway.session.renewals

    assert client.run(BEARER, use) == 1
    assert logins(simulator, BEARER) == 2


def test_short_lived_tokens_are_renewed_by_nine_tenths_of_their_life(clock: Clock) -> None:
    with Simulator(default_scenario(live=False), lifetimes=TokenLifetimes(access=200, refresh=6000)) as simulator:

        async def use(source: PowerFlexSource) -> int:
            for _ in range(25):
                await call(source)
                clock.offset += 20
                simulator.gateways[BEARER].machine.sessions.skip(20)
            return source.gateway.session.renewals

        # After 180 s, and after 360 s.
        assert Client(simulator).run(BEARER, use) == 2
        assert asked(simulator, BEARER, LIST, 401) == 0


@SYSTEMS
def test_a_refused_password_is_sent_once_by_all_and_again_after_one_five_and_fifteen_minutes(
    client: Client, simulator: Simulator, clock: Clock, system: str
) -> None:
    tried: list[int] = []

    async def use(source: PowerFlexSource) -> None:
        for wait in (0, 59, 1, 299, 1, 899, 1, 899, 1):
            clock.offset += wait
            results = await asyncio.gather(*(call(source) for _ in range(8)), return_exceptions=True)
            assert all(isinstance(result, PasswordRefusedError) for result in results)
            tried.append(logins(simulator, system))

    client.run(system, use, password=lambda: "wrong")

    assert tried == [1, 1, 2, 2, 3, 3, 4, 4, 5]


@SYSTEMS
def test_a_changed_password_is_tried_at_once(client: Client, simulator: Simulator, system: str) -> None:
    passwords = ["wrong"]

    async def use(source: PowerFlexSource) -> bytes:
        with pytest.raises(PasswordRefusedError, match="refuses the user name or password"):
            await call(source)
        passwords[:] = [simulator.gateways[system].password]
        return await call(source)

    assert client.run(system, use, password=lambda: passwords[0]).startswith(b"[")


def test_no_error_shows_the_password(client: Client) -> None:
    async def use(source: PowerFlexSource) -> str:
        with pytest.raises(LoginError) as caught:
            await call(source)
        return str(caught.value)

    assert "s3cret-marker" not in client.run(LEGACY, use, password=lambda: "s3cret-marker")


@pytest.mark.parametrize("status", [500, 502, 503, 302])
def test_an_answer_that_decides_nothing_sends_no_password(client: Client, simulator: Simulator, status: int) -> None:
    simulator.gateways[LEGACY].faults.add({"action": "status", "path": "/rest/auth/login", "status": status})

    async def use(source: PowerFlexSource) -> None:
        with pytest.raises(LoginError, match=f"answered {status}; set auth to legacy or bearer"):
            await call(source)

    client.run(LEGACY, use)

    assert simulator.gateways[LEGACY].requests.count("/api/login") == 0


@pytest.mark.parametrize(
    ("system", "fault", "words"),
    [
        (LEGACY, {"action": "status", "status": 500, "body": "<html>"}, "GET /api/login answered 500"),
        (LEGACY, {"action": "body", "body": "<html></html>"}, "without a token"),
        (LEGACY, {"action": "body", "body": '""'}, "without a token"),
        (BEARER, {"action": "body", "body": '{"access_token": 5}'}, "without a token"),
        (BEARER, {"action": "body", "body": '{"access_token": "a", "expires_in": ' + "[" * 100_000}, "without a token"),
        (LEGACY, {"action": "body", "body": "[" * 100_000}, "without a token"),
        (BEARER, {"action": "drop"}, "login failed"),
    ],
)
def test_a_login_that_goes_wrong_says_how(
    client: Client, simulator: Simulator, system: str, fault: dict[str, object], words: str
) -> None:
    simulator.gateways[system].faults.add({"path": LOGIN_PATHS[system], **fault})

    async def use(source: PowerFlexSource) -> None:
        with pytest.raises(LoginError, match=words):
            await call(source)

    client.run(system, use, auth="legacy" if system == LEGACY else "bearer")


def test_a_gateway_without_room_for_a_session_is_quoted() -> None:
    with Simulator(default_scenario(live=False), max_sessions=0) as simulator:

        async def use(source: PowerFlexSource) -> None:
            with pytest.raises(LoginError, match=r"TOO_MANY_SESSIONS|sessions"):
                await call(source)

        Client(simulator).run(LEGACY, use)


def test_a_gateway_that_is_not_there_is_unreachable(client: Client, simulator: Simulator) -> None:
    simulator.gateways[LEGACY].stop()

    async def use(source: PowerFlexSource) -> None:
        with pytest.raises(UnreachableError, match="cannot connect"):
            await call(source)

    client.run(LEGACY, use)


def test_callers_share_a_failed_login(client: Client, simulator: Simulator) -> None:
    simulator.gateways[LEGACY].faults.add({"action": "status", "path": "/api/login", "status": 500})

    async def use(source: PowerFlexSource) -> None:
        results = await asyncio.gather(*(call(source) for _ in range(8)), return_exceptions=True)
        assert all(isinstance(result, LoginError) for result in results)

    client.run(LEGACY, use)

    assert logins(simulator, LEGACY) == 1


def test_every_token_is_handed_over_to_be_hidden(client: Client) -> None:
    client.run(LEGACY, call)
    client.run(BEARER, call)

    basic, legacy, with_legacy, access, refresh = client.tokens
    assert base64.b64decode(basic).decode().startswith("monitor:")
    assert base64.b64decode(with_legacy).decode() == f"monitor:{legacy}"
    assert min(map(len, (legacy, access, refresh))) > 20


def test_paths_that_no_session_may_use_do_not_cost_a_login_at_every_poll(client: Client, simulator: Simulator) -> None:
    gateway = simulator.gateways[LEGACY]
    for path in ("Sds", "Device", "VTree"):
        gateway.faults.add({"action": "status", "path": f"types/{path}/", "status": 401})

    async def use(source: PowerFlexSource) -> None:
        for _ in range(20):
            for path in ("Sds", "Device", "VTree"):
                with pytest.raises(RequestError, match="401"):
                    await source.gateway.call("GET", f"/api/types/{path}/instances")
            await call(source)

    client.run(LEGACY, use, close=False)

    assert asked(simulator, LEGACY, "/api/login") == 4
    assert len(gateway.machine.sessions) == 1


@SYSTEMS
def test_after_a_short_spell_of_401_a_restart_costs_one_renewal_as_ever(
    client: Client, simulator: Simulator, system: str
) -> None:
    gateway = simulator.gateways[system]

    async def use(source: PowerFlexSource) -> int:
        await call(source)
        gateway.faults.add({"action": "status", "path": LIST, "status": 401, "times": 2})
        with pytest.raises(RequestError):
            await call(source)
        await call(source)
        before = source.gateway.session.renewals
        gateway.expire_sessions()
        await call(source)
        return source.gateway.session.renewals - before

    assert client.run(system, use) == 1


@pytest.mark.parametrize("expires_in", ["null", '"soon"', "-5", "true", "1e99", "[]"])
def test_a_token_without_a_sensible_life_is_good_for_five_minutes(
    client: Client, simulator: Simulator, clock: Clock, expires_in: str
) -> None:
    body = f'{{"access_token": "a-token", "refresh_token": "r-token", "expires_in": {expires_in}}}'
    simulator.gateways[BEARER].faults.add({"action": "body", "path": "/rest/auth/login", "body": body, "skip": 1})

    async def use(source: PowerFlexSource) -> bool:
        await source.gateway.session.authorization("/api")
        clock.offset += 269
        await source.gateway.session.authorization("/api")
        return asked(simulator, BEARER, "/rest/auth/update-token") == 0

    assert client.run(BEARER, use, close=False)


@SYSTEMS
def test_a_gateway_that_does_not_tell_its_version_is_read_all_the_same(
    client: Client, simulator: Simulator, system: str
) -> None:
    simulator.gateways[system].faults.add({"action": "status", "path": "/api/version", "status": 404})

    async def use(source: PowerFlexSource) -> str | None:
        for collect in COLLECTORS.values():
            await collect(source)
        return await source.gateway.version()

    assert client.run(system, use) is None
