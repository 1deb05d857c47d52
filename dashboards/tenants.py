"""Tenants: who uses the space, and who grows. A tenant is an account or a project."""

from __future__ import annotations

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
_VOLUMES_OF_ANYBODY = 'cloudstack_tenant_volumes{cloudstack=~"$cloudstack", system=~"$system", pool=~"$pool"}'
_NAME = "{{cloudstack}} · {{domain}} · {{account}}{{project}}"

_NEUTRAL = thresholds(BLUE)
_NO_OWNERS = "No tenant is known here"


def _by_tenant(expression: str) -> str:
    return f"sum by ({_TENANT}) ({expression})"


def _largest(expression: str) -> str:
    """Keep the tenants that use most at the end of the time range."""
    return f"{_by_tenant(expression)} and topk($top, {_by_tenant(f'{_USED} @ end()')})"


def _on_each_pool(expression: str) -> str:
    return f"max by ({_ON_A_POOL}) ({expression})"


def _before(series: str) -> str:
    """Ask for what there was when the time range began. A restart just then does no harm."""
    return f"last_over_time({series}[1h] offset $__range)"


def _growth(series: str) -> str:
    """Ask for the growth of each tenant on each pool. Who had no volume there when others had has grown by all of it.

    What was not known when the time range began is left out.
    """
    size = _on_each_pool(series)
    new = (
        f"{size} and on (cloudstack, system, pool_id) {_before(_VOLUMES_OF_ANYBODY)}"
        f" unless {_on_each_pool(_before(_VOLUMES))}"
    )
    return f"{size} - {_on_each_pool(_before(series))} or ({new})"


def _on_pools(expression: str) -> str:
    return f"sum by (cloudstack, system, pool_id) ({expression})"


def _growth_since_the_start(at: str = "") -> str:
    """Ask for the growth since the graph begins, at each moment or at another one."""
    since = _on_each_pool(f"last_over_time({_USED}[1h] @ start())")
    return _by_tenant(f"{_on_each_pool(f'{_USED}{at}')} - {since}")


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
        "Of the used size, over the time range, on the pools of which it is known what was used when it began.",
        now(f"sum({_on_pools(_USED)} - {_on_pools(_before(_USED))})", "growth"),
        unit="bytes",
        width=3,
        steps=_NEUTRAL,
    ),
    stat(
        "Uses most",
        "The tenant with the largest used size.",
        now(f"topk(1, {_by_tenant(_USED)})", "{{account}}{{project}}"),
        unit="bytes",
        text="value_and_name",
        steps=_NEUTRAL,
        links=[link_to("tenants", "Its domain", **of_series("cloudstack", "domain"))],
    ),
    stat(
        "Grew most",
        "The tenant whose used size has grown most over the time range.",
        now(f"topk(1, {_by_tenant(_growth(_USED))})", "{{account}}{{project}}"),
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
        "Growth is that of the used size, over the time range. A tenant that had no volume on a pool when it began has "
        "grown by all that it uses there now. Click on a domain, an account or a project to see it alone.",
        rows(_by_tenant(_VOLUMES)),
        rows(_by_tenant(_VIRTUAL)),
        rows(_by_tenant(_USED)),
        rows(f"{_by_tenant(_USED)} / on () group_left () sum({_USED})"),
        rows(_by_tenant(_growth(_USED))),
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
            now(f"topk($top, {_by_tenant(_growth(series))})", _NAME),
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
        "Used size less what it was when the time range began, of those that grew most. A tenant that was not there "
        "yet has no curve.",
        over_time(
            f"{_growth_since_the_start()} and topk($top, {_growth_since_the_start(' @ end()')})",
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
            f"topk($top, powerflex_volume_used_size_bytes{_POOL} * on (system, volume_id)"
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
