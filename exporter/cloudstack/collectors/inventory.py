"""Zones, storage pools, hosts and disk offerings."""

from __future__ import annotations

from exporter.cloudstack import wire
from exporter.cloudstack.api import CloudStackApi
from exporter.cloudstack.pools import powerflex_pools
from exporter.cloudstack.source import CloudStackSource
from exporter.decode import Decoder
from exporter.errors import AnswerError, LoginError, RequestError
from exporter.model.cloudstack import DiskOffering, Host, InventoryReading, Zone
from exporter.model.instant import now

_KVM = "KVM"

_zones = Decoder(wire.Zone, "zone")
_hosts = Decoder(wire.Host, "host")
_offerings = Decoder(wire.DiskOffering, "diskoffering")


async def collect(source: CloudStackSource) -> InventoryReading:
    """Read the zones, the storage pools of provider PowerFlex, the KVM hosts and every disk offering.

    Raises:
        PollError: one of its kinds; a LoginError where the first call is refused, so that the API is not up for us.
    """
    taken_at = now()
    api = source.api
    zones = await _first_call(api)
    pools = await powerflex_pools(api)
    hosts = await api.list("listHosts", _hosts, type="Routing", details="min")
    offerings = await api.list("listDiskOfferings", _offerings, listall="true", projectid="-1", state="all")
    return InventoryReading(
        taken_at=taken_at,
        zones=tuple(Zone(id=zone.id, name=zone.name) for zone in zones),
        pools=pools,
        hosts=tuple(_host(host) for host in hosts.whole(_hosts.kind) if host.hypervisor in (_KVM, None)),
        offerings=tuple(_offering(offering) for offering in offerings.whole(_offerings.kind)),
    )


async def _first_call(api: CloudStackApi) -> list[wire.Zone]:
    try:
        return (await api.list("listZones", _zones)).whole(_zones.kind)
    except (RequestError, AnswerError) as error:
        raise LoginError(f"the API is not to be had: {error}") from None


def _host(host: wire.Host) -> Host:
    return Host(
        id=host.id,
        name=host.name,
        zone=host.zone,
        state=host.state,
        resource_state=host.resource_state,
        ip=host.ip,
    )


def _offering(offering: wire.DiskOffering) -> DiskOffering:
    limits = offering.details or wire.OfferingDetails()
    return DiskOffering(id=offering.id, bandwidth_limit_mbps=limits.bandwidth_limit_mbps, iops_limit=limits.iops_limit)
