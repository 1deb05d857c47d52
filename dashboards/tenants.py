"""Tenants: who uses the space, and who grows. A tenant is an account or a project."""

from __future__ import annotations

from collections.abc import Callable

from dashboards.dashboard import Section, dashboard
from dashboards.fields import BLUE, GREEN, ORANGE, bar, link_to, of_row, of_series, override, thresholds
from dashboards.panels import bar_gauge, stat, table, timeseries
from dashboards.queries import columns, now, of_pools, over_time, rows, sorted_by
from dashboards.variables import CLOUDSTACK, POOL, SYSTEM, choice, top

_POOL = '{system=~"$system", pool=~"$pool"}'
_WHO = 'cloudstack=~"$cloudstack", domain=~"$domain", account=~"$account", project=~"$project"'
_CHOSEN = f'{{{_WHO}, system=~"$system", pool=~"$pool"}}'

_TENANT = "cloudstack, domain, account, project"
_ON_A_POOL = f"{_TENANT}, system, pool_id"
_USED = f"cloudstack_tenant_used_size_bytes{_CHOSEN}"
_VIRTUAL = f"cloudstack_tenant_virtual_size_bytes{_CHOSEN}"
_VOLUMES = f"cloudstack_tenant_volumes{_CHOSEN}"
_POOLS_READ_BY_CLOUDSTACK = 'cloudstack_powerflex_detached_volumes{cloudstack=~"$cloudstack", system=~"$system"}'
_ARRAYS_READ = 'powerflex_volumes{system=~"$system"}'
_NAME = "{{cloudstack}} · {{domain}} · {{account}}{{project}}"

_START, _END = "@ start()", " @ end()"

_NEUTRAL = thresholds(BLUE)
_NO_OWNERS = "No tenant is known here"


def _by_tenant(expression: str) -> str:
    return f"sum by ({_TENANT}) ({expression})"


def _largest(expression: str) -> str:
    """Keep the tenants that use most at the end of the time range."""
    return f"{_by_tenant(expression)} and topk($top, {_by_tenant(f'{_USED} @ end()')})"


def _on_each_pool(expression: str) -> str:
    return f"max by ({_ON_A_POOL}) ({expression})"


def _growth(series: str, at: str = "", before: str = "offset $__range") -> str:
    """Ask for the growth of each tenant on each pool.

    Who had no volume there has grown by all of it, who has none there now has shrunk by all of it: volumes move from
    pool to pool. Of neither is told where nobody knew then, or knows now, what is on the pool. Nor where the tenant has
    volumes of which no size is known, for these may be the same.

    Args:
        series: the size.
        at: the modifier of the moment whose growth it is.
        before: that of the moment since which it is. A restart just then does no harm.
    """

    def now_(of: str) -> str:
        return f"{of}{at}"

    def then(of: str) -> str:
        return f"last_over_time({of}[1h] {before})"

    size, former_size = _on_each_pool(now_(series)), _on_each_pool(then(series))
    there, formerly_there = _on_each_pool(now_(_VOLUMES)), _on_each_pool(then(_VOLUMES))
    came = (
        f"{size} and on (cloudstack, system, pool_id) {_known(then)} unless {formerly_there}"
        f" unless on ({_TENANT}) ({formerly_there} unless {former_size})"
    )
    went = (
        f"{former_size} and on (cloudstack, system, pool_id) {_known(now_)} unless {there}"
        f" unless on ({_TENANT}) ({there} unless {size})"
    )
    return f"{size} - {former_size} or ({came}) or 0 - ({went})"


def _known(when: Callable[[str], str]) -> str:
    """Ask for the pools of which both sides knew at a moment what is on them, be it nothing."""
    return f"({when(_POOLS_READ_BY_CLOUDSTACK)} and on (instance, system) {when(_ARRAYS_READ)})"


def _growth_by_tenant(series: str, at: str = "", before: str = "offset $__range") -> str:
    """Ask for the growth of those who have volumes."""
    return f"({_by_tenant(_growth(series, at, before))} and {_by_tenant(f'{_VOLUMES}{at}')})"


_VERDICT = (
    stat(
        "Tenants",
        "Accounts and projects that have volumes on the chosen pools.",
        now(f"count({_by_tenant(_VOLUMES)})", "tenants"),
        unit="none",
        width=3,
        steps=_NEUTRAL,
    ),
    stat(
        "Used size",
        "Of the V-Trees of their volumes, those of unknown size left out. Templates and orphans are no tenant's.",
        now(f"sum({_USED})", "used"),
        unit="bytes",
        width=3,
        steps=_NEUTRAL,
    ),
    stat(
        "Virtual size",
        "What was promised to them.",
        now(f"sum({_VIRTUAL})", "virtual"),
        unit="bytes",
        width=3,
        steps=_NEUTRAL,
    ),
    stat(
        "Growth",
        "Of the used size, over the time range, of what was known when it began and is known now.",
        now(f"sum({_growth(_USED)})", "growth"),
        unit="bytes",
        width=3,
        steps=_NEUTRAL,
    ),
    stat(
        "Uses most",
        "The tenant with the largest used size.",
        now(f"topk(1, {_by_tenant(_USED)})", _NAME),
        unit="bytes",
        text="value_and_name",
        steps=_NEUTRAL,
        links=[link_to("tenants", "Its domain", **of_series("cloudstack", "domain"))],
    ),
    stat(
        "Grew most",
        "The tenant whose used size has grown most over the time range.",
        now(f"topk(1, {_growth_by_tenant(_USED)})", _NAME),
        unit="bytes",
        text="value_and_name",
        steps=_NEUTRAL,
        links=[link_to("tenants", "Its domain", **of_series("cloudstack", "domain"))],
    ),
    stat(
        "V-Trees of unknown size",
        "V-Trees of tenants whose used size the array did not tell. While there are any, used sizes are lower bounds.",
        now(f"sum(cloudstack_tenant_used_size_unknown{_CHOSEN})", "unknown"),
        unit="none",
        steps=thresholds(GREEN, (1, ORANGE)),
    ),
)

_WHO_USES = (
    table(
        "All tenants",
        "Growth is that of the used size, over the time range. On a pool where a tenant had no volume when it began, "
        "it has grown by all that it uses there; where it has none any more, it has shrunk by all that it used. Click "
        "on a domain, an account or a project to see it alone.",
        rows(_by_tenant(_VOLUMES)),
        rows(_by_tenant(_VIRTUAL)),
        rows(_by_tenant(_USED)),
        rows(f"{_by_tenant(_USED)} / on () group_left () sum({_USED})"),
        rows(_growth_by_tenant(_USED)),
        rows(_by_tenant(f"cloudstack_tenant_used_size_unknown{_CHOSEN}")),
        unit="none",
        rows=12,
        empty=_NO_OWNERS,
        steps=_NEUTRAL,
        transformations=[
            *columns(
                {
                    "cloudstack": "CloudStack",
                    "domain": "Domain",
                    "account": "Account",
                    "project": "Project",
                    "Value #A": "Volumes",
                    "Value #B": "Virtual",
                    "Value #C": "Used",
                    "Value #D": "Share",
                    "Value #E": "Growth",
                    "Value #F": "Unknown V-Trees",
                }
            ),
            sorted_by("Used"),
        ],
        overrides=[
            override("CloudStack", custom_width=115),
            override("Domain", links=[link_to("tenants", "The domain", **of_row("cloudstack", "domain"))]),
            override("Account", links=[link_to("tenants", "The account", **of_row("cloudstack", "domain", "account"))]),
            override("Project", links=[link_to("tenants", "The project", **of_row("cloudstack", "domain", "project"))]),
            override("Volumes", custom_width=95),
            override("Virtual|Growth", "byRegexp", unit="bytes", custom_width=110),
            override("Used", unit="bytes", min=0, custom_width=240, custom_cellOptions=bar()),
            override("Share", unit="percentunit", min=0, max=1, decimals=1, custom_width=90),
            override("Unknown V-Trees", custom_width=165),
        ],
    ),
    timeseries(
        "Used size of the largest",
        "Of the tenants that use most now.",
        over_time(_largest(_USED), _NAME),
        unit="bytes",
        rows=10,
        stacked=True,
        minimum=0,
        links=[link_to("tenants", "Its domain", **of_series("cloudstack", "domain"))],
    ),
    bar_gauge(
        "Used size by domain",
        "Of each domain by itself, without those below it.",
        now(f"topk($top, sum by (cloudstack, domain) ({_USED}))", "{{cloudstack}} · {{domain}}"),
        unit="bytes",
        width=6,
        rows=10,
        minimum=0,
        steps=_NEUTRAL,
        links=[link_to("tenants", "The domain", **of_series("cloudstack", "domain"))],
    ),
    bar_gauge(
        "Used size by storage pool",
        "Where the chosen tenants' data lies.",
        now(
            "topk($top, sum by (system, protection_domain, pool) (" + of_pools(_USED, _POOL) + "))",
            "{{system}} · {{protection_domain}} · {{pool}}",
        ),
        unit="bytes",
        width=6,
        rows=10,
        minimum=0,
        steps=_NEUTRAL,
        links=[link_to("storage-pool", "The pool", **of_series("system", "pool"))],
    ),
)

_WHO_GROWS = (
    *(
        bar_gauge(
            f"Growth of {word} size",
            f"{text} Over the time range; those that grew most.",
            now(f"topk($top, {_growth_by_tenant(series)})", _NAME),
            unit="bytes",
            rows=10,
            minimum=0,
            steps=_NEUTRAL,
            links=[link_to("tenants", "Its domain", **of_series("cloudstack", "domain"))],
        )
        for word, text, series in (
            ("used", "What was written.", _USED),
            ("virtual", "What was promised.", _VIRTUAL),
        )
    ),
    timeseries(
        "Growth since the beginning",
        "Used size less what it was when the time range began, of those that grew most. The curve of a tenant that was "
        "not there yet begins where it comes.",
        over_time(
            f"{_growth_by_tenant(_USED, before=_START)} and topk($top, {_growth_by_tenant(_USED, _END, _START)})",
            _NAME,
        ),
        unit="bytes",
        width=8,
        rows=10,
        links=[link_to("tenants", "Its domain", **of_series("cloudstack", "domain"))],
    ),
)

_WHAT = (
    table(
        "Their largest volumes",
        "By the used size of the whole V-Tree, among the volumes that have series of their own.",
        rows(
            f"max by ({_TENANT}, system, volume, volume_id, name, volume_type, state, vm) ("
            f"topk($top, powerflex_volume_used_size_bytes{_POOL} * on (instance, system, volume_id)"
            f" group_left ({_TENANT}, name, volume_type, state, vm)"
            f' cloudstack_powerflex_volume_info{{{_WHO}, system=~"$system"}}))'
        ),
        rows=12,
        empty="No volume with series of its own is known here",
        steps=_NEUTRAL,
        transformations=[
            *columns(
                {
                    "volume": "Volume",
                    "system": "PowerFlex",
                    "cloudstack": "CloudStack",
                    "name": "Name",
                    "volume_type": "Type",
                    "state": "State",
                    "vm": "VM",
                    "domain": "Domain",
                    "account": "Account",
                    "project": "Project",
                    "Value": "Used",
                },
                hidden=("volume_id",),
            ),
            sorted_by("Used"),
        ],
        overrides=[
            override(
                "Volume", custom_width=180, links=[link_to("volumes", "The volume", **of_row("system", "volume"))]
            ),
            override("PowerFlex|CloudStack|Type|State|Account|Project", "byRegexp", custom_width=115),
            override("Used", unit="bytes", min=0, custom_width=240, custom_cellOptions=bar()),
        ],
    ),
)

_SERIES = 'cloudstack_tenant_volumes{cloudstack=~"$cloudstack"'

BOARD = dashboard(
    "tenants",
    "PowerFlex / Tenants",
    "Who uses the space, and who grows?",
    [
        Section("Verdict", _VERDICT),
        Section("Who uses the space?", _WHO_USES),
        Section("Who grows?", _WHO_GROWS),
        Section("What do they have?", _WHAT),
    ],
    variables=[
        CLOUDSTACK,
        SYSTEM,
        POOL,
        choice("domain", "Domain", f"{_SERIES}}}"),
        choice("account", "Account", f'{_SERIES}, domain=~"$domain"}}'),
        choice("project", "Project", f'{_SERIES}, domain=~"$domain"}}'),
        top(),
    ],
    time_range="7d",
)
