"""The calls of each kind of source, the collectors that need their answers, and who is asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

BULK = "/api/instances/querySelectedStatistics"
FIRST_CALL = "command=listZones"
"""Where it fails, the management server is down for us."""

GATEWAYS = ("pf-ams1", "pf-ams2")
SERVERS = ("ams", "lab")
SOURCES = (*GATEWAYS, *SERVERS)
OF_GATEWAY = ("system", "pools", "volumes", "used_sizes", "vtrees", "sdcs", "nodes", "alerts")
OF_SERVER = ("inventory", "volumes", "settings", "routers")


class Call(NamedTuple):
    """A call, by what a fault rule finds it by: the collectors that need its answer, and the sources that are asked."""

    path: str
    collectors: tuple[str, ...]
    sources: tuple[str, ...]

    @property
    def of_gateway(self) -> bool:
        return self.sources[0] in GATEWAYS

    @property
    def up(self) -> str | None:
        """The metric that falls to 0 where the call fails; only the first call of a management server has one."""
        return "cloudstack_up" if not self.of_gateway and self.path in {FIRST_CALL, ""} else None


EVERY_CALL = (Call("", OF_GATEWAY, GATEWAYS), Call("", OF_SERVER, SERVERS))
CALLS = (
    Call("/api/types/System/instances", ("system",), GATEWAYS),
    Call("/api/types/ProtectionDomain/instances", ("pools",), GATEWAYS),
    Call("/api/types/StoragePool/instances", ("pools",), GATEWAYS),
    Call(BULK, ("pools", "sdcs", "used_sizes"), GATEWAYS),
    Call("/api/types/Volume/instances", ("volumes",), GATEWAYS),
    Call("/api/types/VTree/instances", ("vtrees",), GATEWAYS),
    Call("/api/types/Sdc/instances", ("sdcs",), GATEWAYS),
    Call("/api/types/Sds/instances", ("nodes",), GATEWAYS),
    Call("/api/types/Device/instances", ("nodes",), GATEWAYS),
    Call("/api/types/Alert/instances", ("alerts",), ("pf-ams1",)),
    Call("/rest/v1/alerts", ("alerts",), ("pf-ams2",)),
    Call(FIRST_CALL, ("inventory",), SERVERS),
    Call("command=listStoragePools", ("inventory", "volumes", "settings"), SERVERS),
    Call("command=listHosts", ("inventory",), SERVERS),
    Call("command=listDiskOfferings", ("inventory",), SERVERS),
    Call("command=listVolumes", ("volumes",), SERVERS),
    Call("command=listConfigurations", ("settings",), SERVERS),
    Call("command=listRouters", ("routers",), SERVERS),
)


def in_turn(first: int = 0) -> Iterator[tuple[Call, str]]:
    """Every call at one of its sources, which take turns."""
    return ((call, call.sources[number % len(call.sources)]) for number, call in enumerate(CALLS, first))
