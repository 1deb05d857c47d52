"""Overview: whether the storage is all right, on one screen."""

from __future__ import annotations

from dashboards.dashboard import Section, dashboard
from dashboards.fields import (
    BLUE,
    CRITICAL_FROM_1,
    GREEN,
    ORANGE,
    RED,
    WARNING_FROM_1,
    bar,
    colored_text,
    link_to,
    of_row,
    of_series,
    override,
    thresholds,
    value_mapping,
)
from dashboards.judged import REASONS_BY_SEVERITY, found
from dashboards.panels import bar_gauge, stat, table, timeseries
from dashboards.queries import columns, now, of_pools, over_time, rows, sorted_by
from dashboards.variables import CLOUDSTACK, SYSTEM

_SYSTEM = '{system=~"$system"}'
_CLOUD = '{cloudstack=~"$cloudstack"}'
_BOTH = '{cloudstack=~"$cloudstack", system=~"$system"}'
_SOURCE = 'source=~"$system|$cloudstack"'

_DAYS = thresholds(RED, (1, ORANGE), (14, GREEN))

_USED = "cloudstack_pool:cloudstack_powerflex_pool_used"
_ALLOCATED = "cloudstack_pool:cloudstack_powerflex_pool_allocated"
_IN_USE = "storage_pool:powerflex_storage_pool_capacity_in_use"
_POOL_NAME = "{{system}} · {{protection_domain}} · {{pool}}"
_CLOUDSTACK_POOL_NAME = "{{cloudstack}} · {{cloudstack_pool}}"

# Alerts of the exporter itself have neither label.
_OURS = 'alertname=~"PowerFlex.+|CloudStack.+", system=~"$system|", cloudstack=~"$cloudstack|"'
_FIRING = f'ALERTS{{alertstate="firing", {_OURS}'
_RUNBOOKS = "https://github.com/cloudstack-powerflex-exporter/cloudstack-powerflex-exporter/blob/main/docs/runbooks"
_SEVERITIES = {1: ("critical", RED), 2: ("warning", ORANGE), 3: ("info", BLUE)}
_RULES_TO_LOAD = (
    "None is 0 while the recording rules find pools. No series tells whether the rules of the alerts are loaded too: "
    "load all of alerts/rules."
)
_NAMING = (
    "cloudstack_pool, protection_domain, pool, sds, sdc, router, check, zone, vtree_id, alert_type, source, collector"
)


def _firing(severity: str) -> str:
    """Count alerts. None of them is 0 only as long as the recording rules are evaluated, and have pools."""
    return f'count({_FIRING}, severity="{severity}"}}) or 0 * count({_IN_USE}:ratio{_SYSTEM})'


def _by_alert(expression: str) -> str:
    """Make one label of all those that name what an alert is about."""
    names = ", ".join(f'"{name}"' for name in _NAMING.split(", "))
    joined = f'label_join({expression}, "object", " ", {names})'
    return (
        "min by (severity, alertname, system, cloudstack, object) "
        f'(label_replace({joined}, "object", "$1", "object", " *(.*?) *"))'
    )


def _of_limit(used: str, capacity: str) -> str:
    return (
        f"{used}:ratio{_BOTH} / ignoring (capacity)"
        f' (cloudstack_powerflex_pool_disable_threshold_ratio{{capacity="{capacity}"}} > 0)'
    )


_VERDICT = (
    stat(
        "Critical alerts",
        f"Alerts of severity critical that fire: somebody must act now. {_RULES_TO_LOAD}",
        now(_firing("critical"), "critical"),
        unit="none",
        width=3,
        steps=CRITICAL_FROM_1,
    ),
    stat(
        "Warnings",
        f"Alerts of severity warning that fire: to be looked at today. {_RULES_TO_LOAD}",
        now(_firing("warning"), "warning"),
        unit="none",
        width=3,
        steps=WARNING_FROM_1,
    ),
    stat(
        "Sources down",
        "Gateways and CloudStack APIs that the exporter cannot connect to or log in to.",
        now(f"sum(powerflex_up{_SYSTEM} == bool 0)", "PowerFlex"),
        now(f"sum(cloudstack_up{_CLOUD} == bool 0)", "CloudStack"),
        unit="none",
        width=3,
        steps=CRITICAL_FROM_1,
        links=[link_to("exporter", "Exporter")],
    ),
    stat(
        "Routers that cannot write",
        "Running virtual routers whose file system is read-only, and those of which that is not known.",
        now('sum(cloudstack_routers{cloudstack=~"$cloudstack", filesystem="read_only"})', "read-only"),
        now('sum(cloudstack_routers{cloudstack=~"$cloudstack", filesystem="unknown"})', "not known"),
        unit="none",
        width=4,
        steps=CRITICAL_FROM_1,
        links=[link_to("routers", "Routers")],
        overrides=[override("not known", thresholds=WARNING_FROM_1)],
    ),
    stat(
        "Discrepancies",
        "What CloudStack and the arrays do not agree about, once it has lasted for the grace: what puts data at risk, "
        "and all the rest. 0 only when each pair of an installation and a system is judged for each of its reasons.",
        now(found(REASONS_BY_SEVERITY[1]), "data at risk"),
        now(found(f"{REASONS_BY_SEVERITY[2]}|{REASONS_BY_SEVERITY[3]}"), "others"),
        unit="none",
        width=4,
        steps=CRITICAL_FROM_1,
        links=[link_to("discrepancies", "Leaks and discrepancies")],
        overrides=[override("others", thresholds=WARNING_FROM_1)],
    ),
    stat(
        "Capacity at risk",
        "Degraded: one copy is lost. Failed: both are, or cannot be reached.",
        now(f"sum(powerflex_storage_pool_degraded_failed_capacity_bytes{_SYSTEM})", "degraded"),
        now(f"sum(powerflex_storage_pool_failed_capacity_bytes{_SYSTEM})", "failed"),
        unit="bytes",
        width=4,
        steps=CRITICAL_FROM_1,
        links=[link_to("storage-pool", "Storage pool")],
        overrides=[override("degraded", thresholds=WARNING_FROM_1)],
    ),
    stat(
        "Oldest figures",
        "How long ago the collector that is furthest behind last succeeded. Settings, which are read each ten minutes, "
        "are left out.",
        now(
            f'max(time() - powerflex_exporter_poll_last_success_timestamp_seconds{{{_SOURCE}, collector!="settings"}})',
            "age",
        ),
        unit="s",
        decimals=0,
        width=3,
        steps=thresholds(GREEN, (900, ORANGE)),
        links=[link_to("exporter", "Exporter")],
    ),
)

_NOW = (
    table(
        "Firing alerts",
        "What fires now, the worst first, and since when its condition holds. Each alert links to its runbook.",
        rows(
            " or ".join(
                _by_alert(f'{_FIRING}, severity="{word}"}}') + f" * {rank}" for rank, (word, _) in _SEVERITIES.items()
            )
        ),
        rows(_by_alert(f"1000 * (ALERTS_FOR_STATE{{{_OURS}}} and ignoring (alertstate) {_FIRING}}})")),
        width=17,
        rows=10,
        empty="No alert is known to fire",
        transformations=[
            *columns(
                {
                    "Value #A": "Severity",
                    "alertname": "Alert",
                    "system": "PowerFlex",
                    "cloudstack": "CloudStack",
                    "object": "What",
                    "Value #B": "Since",
                },
                hidden=("severity",),
            ),
            sorted_by("Severity", descending=False),
        ],
        overrides=[
            override(
                "Severity",
                mappings=[value_mapping(_SEVERITIES)],
                custom_cellOptions=colored_text(),
                custom_width=95,
                custom_align="left",
            ),
            override(
                "Alert",
                custom_width=320,
                links=[
                    {"title": "Runbook", "url": f"{_RUNBOOKS}/${{__data.fields.alertname}}.md", "targetBlank": True}
                ],
            ),
            override("PowerFlex", custom_width=105),
            override("CloudStack", custom_width=115),
            override("Since", unit="dateTimeFromNow", custom_width=130),
        ],
    ),
    table(
        "Routers whose file system is read-only",
        "They take no new leases and no new rules until they are restarted on storage that is well again.",
        rows(
            "max by (cloudstack, router, zone, host) ("
            f"(cloudstack_router_filesystem_writable{_CLOUD} == 0)"
            " * on (instance, cloudstack, router_id) group_left (zone, host) cloudstack_router_info)"
        ),
        width=7,
        rows=10,
        empty="None is known to be",
        transformations=columns(
            {"router": "Router", "cloudstack": "CloudStack", "host": "Host", "zone": "Zone"}, hidden=("Value",)
        ),
        overrides=[
            override("Router", links=[link_to("routers", "The router", **of_row("cloudstack", "router"))]),
        ],
    ),
)

_CAPACITY = (
    bar_gauge(
        "Used, of CloudStack's limit",
        "Used space as CloudStack counts it, as a share of the disable threshold: at 100 % it places nothing more. "
        "The twelve fullest.",
        now(f"topk(12, {_of_limit(_USED, 'used')})", _CLOUDSTACK_POOL_NAME),
        unit="percentunit",
        steps=CRITICAL_FROM_1,
        links=[link_to("storage-pool", "Its PowerFlex system", **of_series("system"))],
    ),
    bar_gauge(
        "Allocated, of CloudStack's limit",
        "Virtual sizes that CloudStack has given away, as a share of the disable threshold for them: at 100 % it gives "
        "no more. The twelve fullest.",
        now(f"topk(12, {_of_limit(_ALLOCATED, 'allocated')})", _CLOUDSTACK_POOL_NAME),
        unit="percentunit",
        steps=WARNING_FROM_1,
        links=[link_to("storage-pool", "Its PowerFlex system", **of_series("system"))],
    ),
    bar_gauge(
        "In use, of the array's critical threshold",
        "Capacity in use as the array counts it, as a share of the threshold from which it raises its own critical "
        "alert. The twelve fullest.",
        now(
            of_pools(
                f"topk(12, {_IN_USE}:ratio{_SYSTEM} / ignoring (level)"
                ' (powerflex_storage_pool_capacity_alert_threshold_ratio{level="critical"} > 0))',
                _SYSTEM,
            ),
            _POOL_NAME,
        ),
        unit="percentunit",
        steps=CRITICAL_FROM_1,
        links=[link_to("storage-pool", "The pool", **of_series("system", "pool"))],
    ),
    table(
        "Days until CloudStack stops placing volumes",
        "When used and allocated space reach their thresholds, by the growth of the last week. No trend: the pool does "
        "not grow, comes and goes too much for a line, or has less than three days of history.",
        rows(f"max by (cloudstack, cloudstack_pool, system, pool_id) ({_USED}:ratio{_BOTH})"),
        rows(f"min by (cloudstack, cloudstack_pool, system, pool_id) ({_USED}:days_until_disable_threshold{_BOTH})"),
        rows(
            f"min by (cloudstack, cloudstack_pool, system, pool_id) ({_ALLOCATED}:days_until_disable_threshold{_BOTH})"
        ),
        unit="none",
        decimals=0,
        width=12,
        unknown="no trend",
        empty="unknown",
        transformations=[
            *columns(
                {
                    "cloudstack": "CloudStack",
                    "cloudstack_pool": "Pool",
                    "system": "PowerFlex",
                    "Value #A": "Used",
                    "Value #B": "By used",
                    "Value #C": "By allocated",
                },
                hidden=("pool_id",),
            ),
            sorted_by("Used"),
        ],
        overrides=[
            override("CloudStack", custom_width=115),
            override("PowerFlex", custom_width=105),
            override("Used", unit="percentunit", min=0, max=1, decimals=1, custom_cellOptions=bar()),
            override("By.*", "byRegexp", custom_width=120, thresholds=_DAYS, custom_cellOptions=colored_text()),
            override("Pool", links=[link_to("storage-pool", "Its PowerFlex system", **of_row("system"))]),
        ],
    ),
    timeseries(
        "Used space of the last week",
        "Used as a share of the total, as CloudStack would count it from the gateway's figures of each moment.",
        over_time(of_pools(f"storage_pool:powerflex_storage_pool_cloudstack_used:ratio{_SYSTEM}", _SYSTEM), _POOL_NAME),
        unit="percentunit",
        last="7d",
        links=[link_to("storage-pool", "The pool", **of_series("system", "pool"))],
    ),
)

BOARD = dashboard(
    "overview",
    "PowerFlex / Overview",
    "Is my storage all right?",
    [
        Section("Verdict", _VERDICT),
        Section("What is wrong now?", _NOW),
        Section("How full are the pools, and until when?", _CAPACITY),
    ],
    variables=[SYSTEM, CLOUDSTACK],
)
