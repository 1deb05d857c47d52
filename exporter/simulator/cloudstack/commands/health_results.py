"""The results of a router's health checks, read from the database or tested anew."""

import asyncio
from typing import Any

from exporter.simulator.cloudstack.call import Call
from exporter.simulator.cloudstack.errors import PERMISSION_DENIED, RUNTIME, ApiError
from exporter.simulator.cloudstack.timestamps import timestamp
from exporter.simulator.scenario.health_checks import reached, record_results
from exporter.simulator.scenario.router import CloudRouter, HealthCheck

_PREFIX = "Failed to get health check results due to: "
_FRESH = "Unable to perform fresh checks on router - "
_AFTER_BASIC = {
    "push_fails": _FRESH,
    "fetch_fails": f"{_FRESH}Get health checks failed - Failed to execute monitor script",
}


def result_fields(call: Call, check: HealthCheck) -> dict[str, Any]:
    """Return one result; `status` is there from 4.22 on, and `success` is false for all but SUCCESS."""
    fields: dict[str, Any] = {
        "checkname": check.name,
        "checktype": check.check_type,
        "success": check.status == "SUCCESS",
    }
    if call.machine.personality.tells_status:
        fields["status"] = check.status
    fields["lastupdated"] = timestamp(call.installation, check.updated)
    fields["details"] = check.details
    return fields


def results_readable(call: Call, router: CloudRouter) -> None:
    """Check that the release can read a router's results: rows of before an upgrade bring 4.22 to a fall.

    Raises:
        ApiError: 530.

    """
    if router.unreadable and call.machine.personality.tells_status:
        raise ApiError(530, "Internal error executing command, please contact your system administrator")


def health_check_results(call: Call) -> dict[str, Any]:
    """Answer getRouterHealthCheckResults from what is recorded.

    Raises:
        ApiError: 431 or 530.

    """
    router = _router(call)
    if not router.results:
        raise _failed(
            "No health check results found for the router. This could happen for a newly created router. "
            "Please wait for periodic results to populate or manually call for checks to execute."
        )
    results_readable(call, router)
    results = [result_fields(call, check) for check in router.results]
    return {"routerhealthchecks": {"routerid": router.uuid, "healthchecks": results}}


async def run_if_fresh(call: Call) -> None:
    """Run the checks anew if the call wants that; the caller waits. One run at a time holds a router's lock.

    Raises:
        ApiError: 431, or 530 with the reason why the run failed; the results are rewritten all the same.

    """
    with call.machine.world.lock:
        router = _router(call)
    if not call.boolean("performfreshchecks"):
        return
    call.machine.requests.fresh_runs[router.uuid] += 1
    async with call.machine.router_locks[router.uuid]:
        await asyncio.sleep(call.machine.fresh_run_seconds)
        with call.machine.world.lock:
            call.machine.catch_up()
            _run(call, router)


def _run(call: Call, router: CloudRouter) -> None:
    # Nobody asks whether the router runs: one that does not gets results that say nothing, and a false alarm.
    within_reach = reached(call.installation, router)
    problem = record_results(router, call.machine.now, reached=within_reach, fresh=True)
    call.machine.world.touch()
    if problem == "":
        raise _failed(f"{_FRESH}Basic tests results unavailable")
    if problem is not None:
        raise _failed(f"{_FRESH}Basic tests failed - {problem}")
    if router.connection in _AFTER_BASIC:
        del router.results[2:]
        raise _failed(_AFTER_BASIC[router.connection])


def _router(call: Call) -> CloudRouter:
    router: CloudRouter = call.required_record("routerid", call.installation.routers)
    if router.role != "VIRTUAL_ROUTER":
        raise ApiError(431, "Can't find router by routerId")
    user = call.user
    domain = call.owner(router.machine.account, router.project).domain
    if domain != user.domain and not domain.startswith(f"{user.domain}/"):
        text = f"Acct[{user.account}] does not have permission to operate with resource Router[{router.machine.name}]"
        raise ApiError(531, text, PERMISSION_DENIED)
    if call.machine.setting("router.health.checks.enabled") != "true":
        raise _failed(f"Router health checks are not enabled for router {router.machine.id}")
    return router


def _failed(text: str) -> ApiError:
    return ApiError(530, _PREFIX + text, RUNTIME)
