"""One fresh run of the health checks of a router."""

from __future__ import annotations

import time
from dataclasses import replace
from email.utils import formatdate

import pytest

from exporter.cloudstack.health_checks import CONNECTIVITY, FILESYSTEM_WRITABLE
from exporter.cloudstack.router_checks import run_fresh
from exporter.cloudstack.source import CloudStackSource
from exporter.errors import RequestError
from exporter.model.cloudstack import CheckStatus, RouterCheck
from tests.cloudstack.conftest import Client, Parameters, Reply, ScriptedServer, answer, error
from tests.cloudstack.test_health_checks import check

COMMAND = "getRouterHealthCheckResults"
PREFIX = "Failed to get health check results due to: Unable to perform fresh checks on router"


async def run(source: CloudStackSource) -> tuple[RouterCheck, ...]:
    return await run_fresh(source, "r1", 5.0)


def test_a_fresh_run_returns_its_results(server: ScriptedServer, client: Client) -> None:
    checks = [check(CONNECTIVITY, success=True), check(FILESYSTEM_WRITABLE, success=True)]
    server.script = lambda _: answer(COMMAND, {"routerhealthchecks": {"routerid": "r1", "healthchecks": checks}})

    found = client.run(run)

    assert [(one.name, one.status) for one in found] == [
        (CONNECTIVITY, CheckStatus.SUCCESS),
        (FILESYSTEM_WRITABLE, CheckStatus.SUCCESS),
    ]
    (request,) = server.requests
    assert (request["command"], request["routerid"], request["performfreshchecks"]) == (COMMAND, "r1", "true")


def test_a_refusal_that_says_read_only_is_a_result_of_now(server: ScriptedServer, client: Client) -> None:
    server.script = lambda _: error(COMMAND, 530, f"{PREFIX} - Basic tests failed - Read-only file system")
    before = time.time()

    connectivity, filesystem = client.run(run)

    assert (connectivity.name, connectivity.status) == (CONNECTIVITY, CheckStatus.SUCCESS)
    assert (filesystem.name, filesystem.status) == (FILESYSTEM_WRITABLE, CheckStatus.FAILED)
    assert before <= (filesystem.updated or 0) <= time.time()
    assert filesystem.updated == connectivity.updated


def test_the_time_of_a_verdict_is_by_the_servers_clock_as_that_of_its_own_results(
    server: ScriptedServer, client: Client
) -> None:
    # Else a verdict of ours would outlast the results that CloudStack collects for as long as its clock is behind.
    text, behind = f"{PREFIX} - Basic tests failed - Read-only file system", 1200.0
    server.script = lambda _: replace(
        error(COMMAND, 530, text), headers={"Date": formatdate(time.time() - behind, usegmt=True)}
    )
    _, filesystem = client.run(run)
    assert filesystem.updated == pytest.approx(time.time() - behind, abs=30)


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (530, f"{PREFIX} - Basic tests results unavailable"),
        (530, f"{PREFIX} - Basic tests failed - "),
        (530, "Failed to get health check results due to: Router health checks are not enabled for router 7"),
        (431, "Can't find router by routerId"),
        (401, f"The given command '{COMMAND}' either does not exist, is not available for user."),
    ],
)
def test_another_refusal_is_a_failure_with_its_text(
    server: ScriptedServer, client: Client, status: int, text: str
) -> None:
    server.script = lambda _: error(COMMAND, status, text)

    async def use(source: CloudStackSource) -> None:
        with pytest.raises(RequestError) as caught:
            await run(source)
        assert (caught.value.status, caught.value.text) == (status, text)

    client.run(use)


def test_a_run_takes_as_long_as_it_may_and_no_longer(server: ScriptedServer, client: Client) -> None:
    def slow(_: Parameters) -> Reply:
        time.sleep(0.4)
        return answer(COMMAND, {"routerhealthchecks": {"healthchecks": []}})

    server.script = slow

    async def use(source: CloudStackSource) -> None:
        assert await run_fresh(source, "r1", 30.0) == ()
        with pytest.raises(RequestError, match=r"no whole answer within 0.1 s"):
            await run_fresh(source, "r1", 0.1)

    client.run(use, timeout=0.2)
