"""Virtual routers and the results of their health checks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

import structlog

from exporter.cloudstack import wire
from exporter.cloudstack.health_checks import of_router
from exporter.cloudstack.source import CloudStackSource
from exporter.decode import Decoder, IgnoredFields
from exporter.errors import RequestError
from exporter.model.cloudstack import Router, RouterCheck, RoutersReading
from exporter.model.instant import now

_RUNNING = "Running"
_NOT_REPORTED = "UNKNOWN"
_INTERNAL = 530

_routers = Decoder(wire.Router, "router")
_log = structlog.get_logger(__name__)


async def collect(source: CloudStackSource) -> RoutersReading:
    """Read every virtual router with the results of its health checks.

    They come with the list. Where the server fails over them, the list is read
    without, and the routers that are Running are asked one by one.

    Raises:
        PollError: one of its kinds.
    """
    taken_at = now()
    try:
        listed = await _list(source, fetchhealthcheckresults="true")
    except RequestError as error:
        if error.status != _INTERNAL:
            raise
        _log.debug("listRouters fails with health check results", source=source.name, error=str(error))
        listed = await _list(source)
        running = [router.id for router in listed if router.state == _RUNNING]
        checks = await source.router_walk.checks(source.api, running)
    else:
        checks = await source.api.decoded(lambda ignored: _checks_of(listed, ignored))
    return RoutersReading(taken_at=taken_at, routers=await asyncio.to_thread(_routers_of, listed, checks))


def _routers_of(listed: Iterable[wire.Router], checks: Mapping[str, tuple[RouterCheck, ...]]) -> tuple[Router, ...]:
    return tuple(_router(router, checks.get(router.id, ())) for router in listed)


async def _list(source: CloudStackSource, **parameters: str) -> list[wire.Router]:
    listing = await source.api.list("listRouters", _routers, listall="true", projectid="-1", **parameters)
    return listing.whole(_routers.kind)


def _checks_of(listed: list[wire.Router], ignored: IgnoredFields) -> dict[str, tuple[RouterCheck, ...]]:
    return {router.id: of_router(router, ignored) for router in listed}


def _router(router: wire.Router, checks: tuple[RouterCheck, ...]) -> Router:
    return Router(
        id=router.id,
        name=router.name,
        state=router.state,
        zone=router.zone,
        host_id=router.host_id,
        host=router.host,
        host_control_state=router.host_control_state,
        vpc=router.vpc,
        network=router.network,
        version=None if router.version == _NOT_REPORTED else router.version,
        redundant_state=router.redundant_state,
        requires_upgrade=router.requires_upgrade,
        checks=checks,
    )
