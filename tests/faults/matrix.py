"""What can be wrong with an answer, and what an operator sees of it: the table that the tests hold true."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Rule = Mapping[str, Any]

MAX_ANSWER_BYTES = 1 << 20
MAX_OBJECTS = 3000
"""The bounds of the exporter that is hurt; those of a real one are far larger."""

BULK = "/api/instances/querySelectedStatistics"
FIRST_CALL = "command=listZones"
"""Where it fails, the management server is down for us."""


GATEWAYS = ("pf-ams1", "pf-ams2")
SERVERS = ("ams", "lab")
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


class Spared(NamedTuple):
    """A collector that does without the answer: how, and the metrics that change all the same."""

    words: str
    metrics: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fault:
    """A fault in an answer.

    Attributes:
        name: what it is called.
        rule: how the simulator does it.
        at_gateway: what the collectors of a gateway say when they fail of it.
        at_server: what those of a management server say.
        spared: the collectors that do not fail when it is the answer to the bulk query.
        slow: whether it takes the whole time-out.
    """

    name: str
    rule: Rule
    at_gateway: str
    at_server: str
    spared: Mapping[str, Spared] = field(default_factory=dict)
    slow: bool = False

    def words(self, call: Call) -> str:
        """What the collectors say that fail when this is the answer to that call."""
        return self.at_gateway if call.of_gateway else self.at_server

    def cells(self) -> Iterator[tuple[Call, str]]:
        """Where it is tried: at each call, at its sources in turn; a slow one at all calls of each source at once."""
        if self.slow:
            return ((call, source) for call in EVERY_CALL for source in call.sources)
        return in_turn(FAULTS.index(self))

    def spares(self, call: Call) -> Mapping[str, Spared]:
        """The collectors that do not fail when this is the answer to that call."""
        return self.spared if call.path == BULK else {}


def _status(status: int, body: object = "", **headers: str) -> Rule:
    return {"action": "status", "status": status, "body": body, "headers": headers}


def _text(body: str, **headers: str) -> Rule:
    return {**_status(200, body, **headers), "content_type": "application/json"}


def _bytes(body: bytes) -> str:
    return body.decode(errors="surrogateescape")


_HTML = "<!DOCTYPE html><html><head><title>Bad Gateway</title></head><body><h1>nginx</h1></body></html>"
_OBJECT = '{"id": "%d", "name": "x", "storagePoolId": "1", "vtreeId": "1", "sizeInKb": 8, "size": 1}'
_NOT_JSON = "answer is not"
_NOT_UNDERSTOOD = "answered what cannot be understood"

FAULTS = (
    Fault("a cut connection", {"action": "drop"}, "broke off", "broke off"),
    Fault("a body cut short", {"action": "truncate"}, "broke off", "broke off"),
    Fault(
        "a 301 to another host",
        _status(301, Location="http://127.0.0.1:9/elsewhere"),
        "answered 301",
        "answered 301, a redirect, which is not followed",
    ),
    Fault(
        "a 400",
        _status(400),
        "answered 400",
        "answered 400",
        {
            "sdcs": Spared("without mapped volumes", ("powerflex_sdc_mapped_volumes",)),
            "used_sizes": Spared("tree by tree"),
        },
    ),
    Fault(
        "a 401, always",
        _status(401, {"message": "Unauthorized"}),
        "answered 401 even in a new session",
        "answered 401, the API key or the secret key is wrong",
    ),
    Fault("a 403", _status(403), "answered 403, the user's role does not allow it", "answered 403"),
    Fault("a 404", _status(404), "answered 404", "answered 404, there is no API at the endpoint"),
    Fault(
        "a 429",
        _status(429, "retry after [1] ms"),
        "answered 429",
        "answered 429, the account's API limit is reached",
    ),
    Fault(
        "a 500 with words",
        _status(500, {"message": "MDM is gone", "errortext": "MDM is gone"}),
        "answered 500: MDM is gone",
        "answered 500",
    ),
    Fault(
        "a 502 with a page of HTML", _status(502, _HTML), "answered 502: <!DOCTYPE html>", "answered 502: an HTML page"
    ),
    Fault(
        "a 503 while it starts",
        _status(503, _HTML),
        "answered 503",
        "answered 503, the management server is starting or not available",
    ),
    Fault("a page of HTML with status 200", _text(_HTML), _NOT_JSON, "answered 200 with an HTML page"),
    Fault("no body", _text(""), _NOT_JSON, _NOT_UNDERSTOOD),
    Fault("JSON cut short", _text('[{"id": "dfa3e41d00000000", "na'), _NOT_JSON, _NOT_UNDERSTOOD),
    Fault("bytes that are no UTF-8", _text(_bytes(b'{"\xff\xfe": "\x80"}')), _NOT_JSON, _NOT_UNDERSTOOD),
    Fault("brackets without end", _text('[{"x": ' + "[" * 100_000), _NOT_JSON, _NOT_UNDERSTOOD),
    Fault("braces without end", _text('{"x": ' * MAX_OBJECTS), _NOT_JSON, _NOT_UNDERSTOOD),
    Fault("null", _text("null"), _NOT_JSON, _NOT_UNDERSTOOD),
    Fault("a number", _text("42"), _NOT_JSON, _NOT_UNDERSTOOD),
    Fault("a list of numbers", _text("[1, 2]"), _NOT_JSON, _NOT_UNDERSTOOD),
    Fault(
        "an object of numbers",
        _text('{"StoragePool": 1, "VTree": 2, "Sdc": 3, "results": 4}'),
        _NOT_JSON,
        _NOT_UNDERSTOOD,
    ),
    Fault("a bare NaN", _text("[NaN]"), _NOT_JSON, _NOT_UNDERSTOOD),
    Fault("gzip that is none", _text("[]", **{"Content-Encoding": "gzip"}), "broke off", "broke off"),
    Fault(
        "a body beyond the bound",
        _text(" " * (MAX_ANSWER_BYTES + 1)),
        f"answered with more than {MAX_ANSWER_BYTES} bytes",
        f"answered with more than {MAX_ANSWER_BYTES} bytes",
    ),
    Fault(
        "a small body that unpacks beyond the bound",
        _text(_bytes(gzip.compress(b" " * 10 * MAX_ANSWER_BYTES)), **{"Content-Encoding": "gzip"}),
        f"answered with more than {MAX_ANSWER_BYTES} bytes",
        f"answered with more than {MAX_ANSWER_BYTES} bytes",
    ),
    Fault(
        "a list beyond the bound",
        _text("[" + ",".join(_OBJECT % number for number in range(MAX_OBJECTS + 1)) + "]"),
        f"more than {MAX_OBJECTS} objects",
        f"more than {MAX_OBJECTS} objects",
    ),
    Fault(
        "no answer in time", {"action": "hang"}, "gave no whole answer within", "gave no whole answer within", slow=True
    ),
    Fault(
        "an answer that drips",
        {"action": "drip", "bytes": 1, "seconds": 0.1},
        "gave no whole answer within",
        "gave no whole answer within",
        slow=True,
    ),
)


class Lasting(NamedTuple):
    """What happens to the page when a collector has failed for too long.

    Attributes:
        ends: the beginnings of the names of the metrics of its source that end.
        changes: those of other metrics that change, of any source.
    """

    ends: tuple[str, ...]
    changes: tuple[str, ...] = ()


_VERDICTS = (
    "cloudstack_powerflex_discrepanc",
    "cloudstack_powerflex_reclaimable_",
    "cloudstack_powerflex_volumes",
)
_SUSPENDED = "cloudstack_powerflex_reconciliation_suspended"
_POOLS = "cloudstack_powerflex_pool_"
_USED = ("powerflex_volumes_used_size_bytes", "powerflex_volume_used_size_bytes")
_USED_BY_OTHERS = (
    "powerflex_volumes_used_size_unknown",
    "cloudstack_powerflex_detached_used_size_",
    "cloudstack_powerflex_reclaimable_",
    "cloudstack_tenant_used_size_",
)

LASTING = {
    # What a collector of a gateway, or of a management server, takes with it.
    ("gateway", "system"): Lasting(("powerflex_system_", "powerflex_mdm_", "powerflex_license_")),
    ("gateway", "pools"): Lasting(("powerflex_protection_domain_", "powerflex_storage_pool_")),
    ("gateway", "volumes"): Lasting(
        ("powerflex_volumes", "powerflex_volume_"),
        (*_VERDICTS, _SUSPENDED, "cloudstack_tenant_", "cloudstack_powerflex_detached_used_size_"),
    ),
    ("gateway", "used_sizes"): Lasting(_USED, _USED_BY_OTHERS),
    ("gateway", "vtrees"): Lasting(("powerflex_vtree_",)),
    ("gateway", "sdcs"): Lasting(
        ("powerflex_sdc_",), ("cloudstack_host_sdc_connected", "cloudstack_powerflex_discrepanc")
    ),
    ("gateway", "nodes"): Lasting(("powerflex_sds_", "powerflex_devices")),
    ("gateway", "alerts"): Lasting(("powerflex_alerts",)),
    ("server", "inventory"): Lasting(("cloudstack_host_", _POOLS, *_VERDICTS), (_SUSPENDED,)),
    ("server", "volumes"): Lasting(
        (
            "cloudstack_tenant_",
            "cloudstack_powerflex_volume_info",
            "cloudstack_powerflex_detached_",
            *_VERDICTS,
        ),
        (_SUSPENDED,),
    ),
    ("server", "settings"): Lasting(
        ("cloudstack_setting_info", "cloudstack_powerflex_pool_disable_threshold_ratio", *_VERDICTS), (_SUSPENDED,)
    ),
    ("server", "routers"): Lasting(
        (
            "cloudstack_routers",
            "cloudstack_router_info",
            "cloudstack_router_running",
            "cloudstack_router_filesystem_",
            "cloudstack_router_health_check_success",
            "cloudstack_router_health_checks",
        )
    ),
}


class Listed(NamedTuple):
    """What is seen of a list that is not what it was.

    Attributes:
        words: what its collectors say when they fail of it; None where they do not.
        remark: what is seen where they do not fail.
        ends: the beginnings of the names of the metrics of its source that end.
        may_change: whether other metrics may change where none ends.
    """

    words: str | None = None
    remark: str = ""
    ends: tuple[str, ...] = ()
    may_change: bool = False


_FAILS = Listed("stands more than once in the list of type")
_COUNTS_ONCE = Listed(remark="it counts once")
TWICE = {call.path: _FAILS if call.of_gateway else _COUNTS_ONCE for call in CALLS} | {
    "/api/types/System/instances": Listed(remark="the first one is taken"),
    BULK: _COUNTS_ONCE,
    "/api/types/Alert/instances": _COUNTS_ONCE,
    "/rest/v1/alerts": _COUNTS_ONCE,
}
"""What is seen of each list when its first object stands in it twice."""

_NOTHING = "there is nothing, and what was there has no series"
EMPTY = {
    "/api/types/System/instances": Listed("the gateway lists no system"),
    "/api/types/ProtectionDomain/instances": Listed(None, _NOTHING, ("powerflex_protection_domain_",)),
    "/api/types/StoragePool/instances": Listed(None, _NOTHING, ("powerflex_storage_pool_",)),
    BULK: Listed(
        None,
        "there are no figures",
        ("powerflex_storage_pool_max_capacity_bytes", "powerflex_sdc_mapped_volumes", *_USED),
    ),
    "/api/types/Volume/instances": Listed(None, _NOTHING, ("powerflex_volume",)),
    "/api/types/VTree/instances": Listed(None, _NOTHING, ("powerflex_vtree_",)),
    "/api/types/Sdc/instances": Listed(None, _NOTHING, ("powerflex_sdc_",)),
    "/api/types/Sds/instances": Listed(None, _NOTHING, ("powerflex_sds_",)),
    "/api/types/Device/instances": Listed(None, _NOTHING, ("powerflex_devices",)),
    "/api/types/Alert/instances": Listed(None, _NOTHING, ("powerflex_alerts",)),
    "/rest/v1/alerts": Listed(None, _NOTHING, ("powerflex_alerts",)),
    FIRST_CALL: Listed(None, _NOTHING),
    "command=listStoragePools": Listed(None, _NOTHING, (_POOLS, "cloudstack_tenant_", *_VERDICTS, _SUSPENDED)),
    "command=listHosts": Listed(None, _NOTHING, ("cloudstack_host_",)),
    "command=listDiskOfferings": Listed(None, _NOTHING, may_change=True),
    "command=listVolumes": Listed(
        None,
        "nobody is accused: `too_many_orphans`",
        ("cloudstack_tenant_", "cloudstack_powerflex_volume_info", *_VERDICTS),
    ),
    "command=listConfigurations": Listed(None, _NOTHING, ("cloudstack_setting_info",)),
    "command=listRouters": Listed(None, _NOTHING, LASTING["server", "routers"].ends),
}
"""What is seen of each list when it holds nothing any more."""
