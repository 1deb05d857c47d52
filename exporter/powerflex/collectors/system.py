"""The array itself: `System` and the gateway's version."""

from __future__ import annotations

import structlog

from exporter.decode import Decoder
from exporter.errors import AnswerError
from exporter.model.instant import now
from exporter.model.powerflex import SystemReading
from exporter.powerflex import wire
from exporter.powerflex.source import PowerFlexSource

_systems = Decoder(wire.System, "System")
_log = structlog.get_logger(__name__)


async def collect(source: PowerFlexSource) -> SystemReading:
    """Read the array's id, version, MDM cluster and licence.

    Raises:
        PollError: one of its kinds.
    """
    taken_at = now()
    systems = await source.gateway.list(_systems)
    # Only now, for an upgraded gateway has another one since the session was renewed.
    api_version = await source.gateway.version()
    if not systems:
        raise AnswerError("the gateway lists no system")
    if len(systems) > 1:
        _log.debug("several systems listed, the first is taken", system=source.name, count=len(systems))
    system = systems[0]
    cluster = system.cluster or wire.MdmCluster()
    return SystemReading(
        taken_at=taken_at,
        system_id=system.id,
        version=system.version,
        api_version=api_version,
        cluster_state=cluster.state,
        cluster_mode=cluster.mode,
        cluster_nodes_good=cluster.nodes_good,
        license_remaining_days=system.license_remaining_days,
    )
