"""Storage pool: how full it is as either side counts it, whether its data is safe, and how fast it is."""

from __future__ import annotations

from dashboards.dashboard import Section, dashboard
from dashboards.fields import (
    CRITICAL_FROM_1,
    GREEN,
    ORANGE,
    RED,
    WARNING_FROM_1,
    link_to,
    shades,
    threshold_lines,
    thresholds,
)
from dashboards.panels import gauge, stat, timeseries
from dashboards.queries import now, of_pools, over_time
from dashboards.variables import POOL, SYSTEM

_SYSTEM = '{system=~"$system"}'
_POOL = '{system=~"$system", pool=~"$pool"}'
_NAME = "{{system}} · {{protection_domain}} · {{pool}}"
_CLOUDSTACK_NAME = "{{cloudstack}} · {{cloudstack_pool}}"

_USED = "cloudstack_pool:cloudstack_powerflex_pool_used"
_ALLOCATED = "cloudstack_pool:cloudstack_powerflex_pool_allocated"
_IN_USE = "storage_pool:powerflex_storage_pool_capacity_in_use"
_STATISTIC = "powerflex_storage_pool"


def _of_pools(expression: str) -> str:
    return of_pools(expression, _POOL)


def _statistic(name: str) -> str:
    return _of_pools(f"{_STATISTIC}_{name}{_POOL}")


def _believed(name: str) -> str:
    """Ask for what CloudStack has in its database; its series do not name the PowerFlex pool."""
    return _of_pools(f"cloudstack_powerflex_pool_{name}_bytes{_SYSTEM}")


def _disable_threshold(capacity: str) -> str:
    return f'cloudstack_powerflex_pool_disable_threshold_ratio{{system=~"$system", capacity="{capacity}"}}'


def _alert_threshold(level: str) -> str:
    return f'{_STATISTIC}_capacity_alert_threshold_ratio{{system=~"$system", pool=~"$pool", level="{level}"}}'


def _share(ratio: str, capacity: str) -> str:
    limit = f"({_disable_threshold(capacity)} > 0)"
    return f"max({_of_pools(f'{ratio}:ratio{_SYSTEM} / ignoring (capacity) {limit}')})"


def _days(ratio: str) -> str:
    return _of_pools(f"{ratio}:days_until_disable_threshold{_SYSTEM}")


_VERDICT = (
    gauge(
        "Used, of CloudStack's limit",
        "Used space as CloudStack counts it, as a share of the disable threshold: at 100 % it places nothing more. "
        "Of several pools the fullest.",
        now(_share(_USED, "used"), "used"),
        unit="percentunit",
        steps=CRITICAL_FROM_1,
    ),
    gauge(
        "Allocated, of its limit",
        "Virtual sizes that CloudStack has given away, as a share of the disable threshold for them: at 100 % it gives "
        "no more. Of several pools the fullest.",
        now(_share(_ALLOCATED, "allocated"), "allocated"),
        unit="percentunit",
        steps=WARNING_FROM_1,
    ),
    gauge(
        "In use, of the array's limit",
        "Capacity in use as the array counts it, as a share of the threshold from which it raises its own critical "
        "alert. Of several pools the fullest.",
        now(f"max({_IN_USE}:ratio{_POOL} / ignoring (level) ({_alert_threshold('critical')} > 0))", "in use"),
        unit="percentunit",
        steps=CRITICAL_FROM_1,
    ),
    stat(
        "Days until CloudStack stops",
        "Until used or allocated space, whichever comes first, reaches its threshold, by the growth of the last "
        "week. No trend: no pool grows in a line.",
        now(
            f'min({_days(_USED)} or label_replace({_days(_ALLOCATED)}, "capacity", "allocated", "", ""))',
            "days",
        ),
        unit="none",
        decimals=0,
        rows=5,
        unknown="no trend",
        steps=thresholds(RED, (1, ORANGE), (14, GREEN)),
    ),
    stat(
        "Degraded",
        "Data of which one copy is lost. Another failure before the rebuild is through may lose it.",
        now(f"sum({_STATISTIC}_degraded_failed_capacity_bytes{_POOL})", "degraded"),
        unit="bytes",
        rows=5,
        steps=WARNING_FROM_1,
    ),
    stat(
        "Failed",
        "Data of which both copies are gone or cannot be reached.",
        now(f"sum({_STATISTIC}_failed_capacity_bytes{_POOL})", "failed"),
        unit="bytes",
        rows=5,
        steps=CRITICAL_FROM_1,
    ),
)

_BOTH_VIEWS = (
    timeseries(
        "Used, as CloudStack counts it",
        "What CloudStack believes is used, as a share of its total. Dashed: the threshold from which it places nothing "
        "more.",
        over_time(_of_pools(f"{_USED}:ratio{_SYSTEM}"), _CLOUDSTACK_NAME),
        over_time(_of_pools(_disable_threshold("used")), f"threshold · {_CLOUDSTACK_NAME}"),
        unit="percentunit",
        width=8,
        overrides=[threshold_lines("B", RED)],
    ),
    timeseries(
        "Allocated, as CloudStack counts it",
        "Virtual sizes that CloudStack has given away, as a share of its total times the overprovisioning factor. "
        "Dashed: the threshold from which it gives no more.",
        over_time(_of_pools(f"{_ALLOCATED}:ratio{_SYSTEM}"), _CLOUDSTACK_NAME),
        over_time(_of_pools(_disable_threshold("allocated")), f"threshold · {_CLOUDSTACK_NAME}"),
        unit="percentunit",
        width=8,
        overrides=[threshold_lines("B", ORANGE)],
    ),
    timeseries(
        "In use, as the array counts it",
        "Capacity in use, as a share of what is not spare. Dashed: the thresholds from which the array raises its own "
        "alerts, high and critical.",
        over_time(_of_pools(f"{_IN_USE}:ratio{_POOL}"), _NAME),
        over_time(_of_pools(_alert_threshold("high")), f"high · {_NAME}"),
        over_time(_of_pools(_alert_threshold("critical")), f"critical · {_NAME}"),
        unit="percentunit",
        width=8,
        overrides=[threshold_lines("B", ORANGE), threshold_lines("C", RED)],
    ),
    timeseries(
        "Used space by three counts",
        "What CloudStack believes; what it would find by the gateway's figures of the moment; and the array's net "
        "capacity in use. The first two agree while CloudStack collects the statistics of the pool.",
        over_time(_believed("used"), f"CloudStack · {_CLOUDSTACK_NAME}"),
        over_time(_statistic("cloudstack_used_bytes"), f"by the gateway · {_NAME}"),
        over_time(_statistic("net_capacity_in_use_bytes"), f"net in use · {_NAME}"),
        unit="bytes",
        legend="table",
        minimum=0,
    ),
    timeseries(
        "CloudStack's belief less the gateway's figures",
        "Far from 0 for hours: CloudStack no longer collects the statistics of the pool, and decides by old ones.",
        *(
            over_time(
                _of_pools(
                    f"(cloudstack_powerflex_pool_{name}_bytes{_SYSTEM} - on (instance, system, pool_id) group_left ()"
                    f" {_STATISTIC}_cloudstack_{name}_bytes{_POOL})"
                ),
                f"{name} · {_CLOUDSTACK_NAME}",
            )
            for name in ("used", "total")
        ),
        unit="bytes",
        legend="table",
        least_first=True,
    ),
)

_DAYS_DRAWN = 90
_FAR_OFF = f"What is more than {_DAYS_DRAWN} days off is above the picture, and in the legend alone."
"""Else one pool that hardly grows would press all that are soon full into one line."""

_FORECAST = (
    timeseries(
        "Days until CloudStack stops placing volumes",
        f"By the growth of the week before each moment. A gap: there was no trend. {_FAR_OFF}",
        over_time(_days(_USED), f"used · {_CLOUDSTACK_NAME}"),
        over_time(_days(_ALLOCATED), f"allocated · {_CLOUDSTACK_NAME}"),
        unit="none",
        decimals=0,
        empty="no trend",
        legend="table",
        least_first=True,
        minimum=0,
        maximum=_DAYS_DRAWN,
    ),
    timeseries(
        "Days until the array's critical threshold",
        f"By the growth of the week before each moment. A gap: there was no trend. {_FAR_OFF}",
        over_time(_of_pools(f"{_IN_USE}:days_until_critical_threshold{_POOL}"), _NAME),
        unit="none",
        decimals=0,
        empty="no trend",
        legend="table",
        least_first=True,
        minimum=0,
        maximum=_DAYS_DRAWN,
    ),
)

_SAFETY = (
    timeseries(
        "Degraded and failed",
        "Degraded: one copy is lost. Failed: both are gone or cannot be reached.",
        over_time(_statistic("degraded_failed_capacity_bytes"), f"degraded · {_NAME}"),
        over_time(_statistic("failed_capacity_bytes"), f"failed · {_NAME}"),
        unit="bytes",
        legend="table",
        minimum=0,
        overrides=[shades("A", ORANGE), shades("B", RED)],
    ),
    timeseries(
        "Rebuild and rebalance",
        "What waits to be copied. A rebuild that gets no smaller for an hour is stuck.",
        over_time(_statistic("rebuild_capacity_bytes"), f"rebuild · {_NAME}"),
        over_time(_statistic("rebalance_capacity_bytes"), f"rebalance · {_NAME}"),
        unit="bytes",
        legend="table",
        minimum=0,
    ),
)

_CONTENT = (
    timeseries(
        "Used size by kind",
        "Used size of the V-Trees of all chosen pools, by the kind of the volume that owns the tree. A snapshot counts "
        "in the tree of its volume; a tree of unknown size is left out.",
        over_time(f"sum by (kind) (powerflex_volumes_used_size_bytes{_POOL})", "{{kind}}"),
        unit="bytes",
        stacked=True,
        links=[link_to("volumes", "The volumes")],
    ),
    timeseries(
        "Snapshots",
        "Raw capacity in use by snapshots, all copies counted.",
        over_time(_statistic("snapshot_capacity_in_use_bytes"), _NAME),
        unit="bytes",
        minimum=0,
    ),
    timeseries(
        "Promised for each byte written",
        "Virtual size of all volumes and snapshots, divided by the space with data written: how thin the pool is.",
        over_time(
            _of_pools(
                f"{_STATISTIC}_volume_address_space_bytes{_POOL} / ({_STATISTIC}_net_provisioned_bytes{_POOL} > 0)"
            ),
            _NAME,
        ),
        unit="none",
        decimals=1,
        minimum=0,
    ),
    timeseries(
        "Room on the array",
        "What the array would still give to new volumes, and its net unused capacity.",
        over_time(_statistic("available_for_volume_allocation_bytes"), f"for new volumes · {_NAME}"),
        over_time(_statistic("net_unused_capacity_bytes"), f"net unused · {_NAME}"),
        unit="bytes",
        minimum=0,
    ),
)

_LOAD = tuple(
    timeseries(
        title,
        f"{text} Samples of a moment: a burst between two polls is not seen.",
        over_time(_statistic(f"read_{metric}"), f"read · {_NAME}"),
        over_time(_statistic(f"write_{metric}"), f"write · {_NAME}"),
        unit=unit,
        width=8,
        legend="table",
        minimum=0,
    )
    for title, text, metric, unit in (
        ("Operations", "Reads and writes by SDCs, without the second copy and without rebuilds.", "iops", "iops"),
        ("Throughput", "Bytes that SDCs read and wrote.", "bytes_per_second", "Bps"),
        ("Latency", "Mean time as SDCs see it. A gap: there was no such operation.", "latency_seconds", "s"),
    )
)

BOARD = dashboard(
    "storage-pool",
    "PowerFlex / Storage pool",
    "How full is a pool as either side counts it, is its data safe, and how fast is it?",
    [
        Section("Verdict", _VERDICT),
        Section("How full: both views", _BOTH_VIEWS),
        Section("Until when?", _FORECAST),
        Section("Is the data safe?", _SAFETY),
        Section("What is in it?", _CONTENT),
        Section("How fast?", _LOAD),
    ],
    variables=[SYSTEM, POOL],
    time_range="7d",
)
