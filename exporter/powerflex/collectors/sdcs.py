"""SDCs, the PowerFlex clients of the KVM hosts: `Sdc` and their statistics."""

from __future__ import annotations

from collections.abc import Iterable

from exporter.decode import Decoder
from exporter.errors import RequestError
from exporter.model.instant import now
from exporter.model.powerflex import Sdc, SdcsReading
from exporter.powerflex import wire
from exporter.powerflex.source import PowerFlexSource, check_unique
from exporter.powerflex.statistics import query

_sdcs = Decoder(wire.Sdc, "Sdc")
_statistics = Decoder(wire.SdcStatistics, "Sdc")

_NVME_HOST = "NVMeHost"
_NO_IP = "N/A"
_BAD_REQUEST = 400
_ASKED_AGAIN_AFTER_SECONDS = 300.0


async def collect(source: PowerFlexSource) -> SdcsReading:
    """Read every SDC and how many volumes are mapped to it; NVMe hosts in the list are no SDCs.

    Raises:
        PollError: one of its kinds.
    """
    taken_at = now()
    listed = [sdc for sdc in await source.gateway.list(_sdcs) if sdc.host_type != _NVME_HOST]
    statistics = await _mapped_volumes(source) if listed else {}
    sdcs = [_sdc(sdc, statistics.get(sdc.id)) for sdc in listed]
    check_unique(sdcs, "Sdc")
    return SdcsReading(taken_at=taken_at, sdcs=tuple(sdcs))


def find(sdcs: Iterable[Sdc], ip: str) -> list[Sdc]:
    """Return the SDCs of that IP address."""
    return [sdc for sdc in sdcs if sdc.ip == ip]


async def _mapped_volumes(source: PowerFlexSource) -> dict[str, wire.SdcStatistics]:
    """Ask for the statistics; an array that has none for SDCs has SDCs all the same."""
    try:
        return await query(source.gateway, source.rejections, _statistics)
    except RequestError as error:
        if error.status != _BAD_REQUEST:
            raise
        source.rejections.add(_statistics.kind, set(_statistics.properties), _ASKED_AGAIN_AFTER_SECONDS)
        return {}


def _sdc(sdc: wire.Sdc, statistics: wire.SdcStatistics | None) -> Sdc:
    state = sdc.mdm_connection_state
    return Sdc(
        id=sdc.id,
        name=sdc.name,
        ip=_ip(sdc),
        guid=sdc.guid,
        version=sdc.version,
        os=sdc.os,
        connected=None if state is None else state.lower() == "connected",
        approved=sdc.approved,
        mapped_volumes=statistics.mapped_volumes if statistics else None,
    )


def _ip(sdc: wire.Sdc) -> str | None:
    if sdc.ip and sdc.ip != _NO_IP:
        return sdc.ip
    return sdc.ips[0] if sdc.ips else None
