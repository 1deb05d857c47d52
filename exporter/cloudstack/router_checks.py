"""One fresh run of the health checks of one router."""

from __future__ import annotations

from exporter.cloudstack.health_checks import BASIC, CONNECTIVITY, FILESYSTEM_WRITABLE, READ_ONLY, of_answer
from exporter.cloudstack.source import CloudStackSource
from exporter.errors import RequestError
from exporter.model.cloudstack import CheckStatus, RouterCheck
from exporter.model.instant import now


async def run_fresh(source: CloudStackSource, router_id: str, timeout_seconds: float) -> tuple[RouterCheck, ...]:
    """Run every health check of a router now, and return the results.

    `getRouterHealthCheckResults` with `performfreshchecks` works within the router
    for as long as it takes, raises CloudStack's own alerts on failures, and may
    have it recreate the router where it is set to; only a router in state Running
    may be asked for it.

    A router whose file system is read-only is refused by CloudStack, with a text
    that says so: that is a result, of the two checks that it is the verdict of.

    Args:
        source: the CloudStack installation.
        router_id: the router.
        timeout_seconds: how long the run may take.

    Raises:
        PollError: the run failed; a RequestError with the server's `errortext` where it refused.
    """
    try:
        content = await source.api.call(
            "getRouterHealthCheckResults",
            {"routerid": router_id, "performfreshchecks": "true"},
            timeout_seconds=timeout_seconds,
        )
    except RequestError as error:
        if READ_ONLY in error.text:
            # By the server's clock, as the results that it collects: the newer of both is to be told.
            return _read_only(now().unix + (source.api.transport.clock_ahead or 0.0), error.text)
        raise
    return await source.api.decoded(lambda ignored: of_answer(content, ignored))


def _read_only(tested_at: float, text: str) -> tuple[RouterCheck, ...]:
    return (
        RouterCheck(name=CONNECTIVITY, check_type=BASIC, status=CheckStatus.SUCCESS, updated=tested_at),
        RouterCheck(
            name=FILESYSTEM_WRITABLE, check_type=BASIC, status=CheckStatus.FAILED, updated=tested_at, details=text
        ),
    )
