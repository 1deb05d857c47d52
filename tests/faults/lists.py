"""What an operator sees when a list is missing for too long, repeats an object, or holds nothing any more.

The tests hold it true.
"""

from __future__ import annotations

from typing import NamedTuple

from tests.faults.calls import BULK, CALLS, FIRST_CALL


class Lasting(NamedTuple):
    """What happens to the page when a collector has failed for too long.

    Attributes:
        ends: patterns of the metrics of its source that end.
        changes: those of other metrics that change, of any source.
    """

    ends: tuple[str, ...]
    changes: tuple[str, ...] = ()


_DISCREPANCIES = ("cloudstack_powerflex_discrepancies", "cloudstack_powerflex_discrepancy")
_VERDICTS = (
    *_DISCREPANCIES,
    "cloudstack_powerflex_reclaimable_*",
    "cloudstack_powerflex_volumes",
)
_SUSPENDED = "cloudstack_powerflex_reconciliation_suspended"
_POOLS = "cloudstack_powerflex_pool_*"
_USED = ("powerflex_volumes_used_size_bytes", "powerflex_volume_used_size_bytes")
_USED_BY_OTHERS = (
    "powerflex_volumes_used_size_unknown",
    "cloudstack_powerflex_detached_used_size_*",
    "cloudstack_powerflex_reclaimable_*",
    "cloudstack_tenant_used_size_*",
)

LASTING = {
    # What a collector of a gateway, or of a management server, takes with it.
    ("powerflex", "system"): Lasting(("powerflex_system_*", "powerflex_mdm_*", "powerflex_license_*")),
    ("powerflex", "pools"): Lasting(("powerflex_protection_domain_*", "powerflex_storage_pool_*")),
    ("powerflex", "volumes"): Lasting(
        ("powerflex_volume*",),
        (*_VERDICTS, _SUSPENDED, "cloudstack_tenant_*", "cloudstack_powerflex_detached_used_size_*"),
    ),
    ("powerflex", "used_sizes"): Lasting(_USED, _USED_BY_OTHERS),
    ("powerflex", "vtrees"): Lasting(("powerflex_vtree_*",)),
    ("powerflex", "sdcs"): Lasting(("powerflex_sdc_*",), ("cloudstack_host_sdc_connected", *_DISCREPANCIES)),
    ("powerflex", "nodes"): Lasting(("powerflex_sds_*", "powerflex_devices")),
    ("powerflex", "alerts"): Lasting(("powerflex_alerts",)),
    ("cloudstack", "inventory"): Lasting(("cloudstack_host_*", _POOLS, *_VERDICTS), (_SUSPENDED,)),
    ("cloudstack", "volumes"): Lasting(
        (
            "cloudstack_tenant_*",
            "cloudstack_powerflex_volume_info",
            "cloudstack_powerflex_detached_*",
            *_VERDICTS,
        ),
        (_SUSPENDED,),
    ),
    ("cloudstack", "settings"): Lasting(
        ("cloudstack_setting_info", "cloudstack_powerflex_pool_disable_threshold_ratio", *_VERDICTS), (_SUSPENDED,)
    ),
    ("cloudstack", "routers"): Lasting(
        (
            "cloudstack_routers",
            "cloudstack_router_info",
            "cloudstack_router_running",
            "cloudstack_router_filesystem_*",
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
        ends: patterns of the metrics of its source that end.
        may_change: whether other metrics may change where none ends.
    """

    words: str | None = None
    remark: str = ""
    ends: tuple[str, ...] = ()
    may_change: bool = False


_FAILS = Listed("stands more than once in the list of type ")
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
    "/api/types/ProtectionDomain/instances": Listed(None, _NOTHING, ("powerflex_protection_domain_*",)),
    "/api/types/StoragePool/instances": Listed(None, _NOTHING, ("powerflex_storage_pool_*",)),
    BULK: Listed(
        None,
        "there are no figures",
        ("powerflex_storage_pool_max_capacity_bytes", "powerflex_sdc_mapped_volumes", *_USED),
    ),
    "/api/types/Volume/instances": Listed(None, _NOTHING, ("powerflex_volume*",)),
    "/api/types/VTree/instances": Listed(None, _NOTHING, ("powerflex_vtree_*",)),
    "/api/types/Sdc/instances": Listed(None, _NOTHING, ("powerflex_sdc_*",)),
    "/api/types/Sds/instances": Listed(None, _NOTHING, ("powerflex_sds_*",)),
    "/api/types/Device/instances": Listed(None, _NOTHING, ("powerflex_devices",)),
    "/api/types/Alert/instances": Listed(None, _NOTHING, ("powerflex_alerts",)),
    "/rest/v1/alerts": Listed(None, _NOTHING, ("powerflex_alerts",)),
    FIRST_CALL: Listed(None, _NOTHING),
    "command=listStoragePools": Listed(None, _NOTHING, (_POOLS, "cloudstack_tenant_*", *_VERDICTS, _SUSPENDED)),
    "command=listHosts": Listed(None, _NOTHING, ("cloudstack_host_*",)),
    "command=listDiskOfferings": Listed(None, _NOTHING, may_change=True),
    "command=listVolumes": Listed(
        None,
        "nobody is accused: `too_many_orphans`",
        ("cloudstack_tenant_*", "cloudstack_powerflex_volume_info", *_VERDICTS),
    ),
    "command=listConfigurations": Listed(None, _NOTHING, ("cloudstack_setting_info",)),
    "command=listRouters": Listed(None, _NOTHING, LASTING["cloudstack", "routers"].ends),
}
"""What is seen of each list when it holds nothing any more."""
