"""SDCs, the PowerFlex clients of the KVM hosts: `Sdc` and their statistics."""

from __future__ import annotations

from exporter.decode import Decoder
from exporter.model.instant import now
from exporter.model.powerflex import Sdc, SdcsReading
from exporter.powerflex import wire
from exporter.powerflex.source import PowerFlexSource, check_unique
from exporter.powerflex.statistics import query

_sdcs = Decoder(wire.Sdc, "Sdc")
_statistics = Decoder(wire.SdcStatistics, "Sdc")

_NVME_HOST = "NVMeHost"
_NO_IP = "N/A"


async def collect(source: PowerFlexSource) -> SdcsReading:
    """Read every SDC and how many volumes are mapped to it; NVMe hosts in the list are no SDCs.

    Raises:
        PollError: one of its kinds.
    """
    taken_at = now()
    listed = [sdc for sdc in await source.gateway.list(_sdcs) if sdc.host_type != _NVME_HOST]
    statistics = await query(source.gateway, source.rejections, _statistics) if listed else {}
    sdcs = [_sdc(sdc, statistics.get(sdc.id)) for sdc in listed]
    check_unique(sdcs, "Sdc")
    return SdcsReading(taken_at=taken_at, sdcs=tuple(sdcs))


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
