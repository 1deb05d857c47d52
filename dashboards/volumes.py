"""Volumes: which of them cost most, and whose they are."""

from __future__ import annotations

from dashboards.dashboard import Section, dashboard
from dashboards.fields import BLUE, GREEN, ORANGE, Json, bar, link_to, of_row, of_series, override, thresholds
from dashboards.panels import Panel, stat, table, timeseries
from dashboards.queries import columns, now, of_pools, over_time, rows, sorted_by
from dashboards.variables import POOL, SYSTEM, choice, top

_SYSTEM = '{system=~"$system"}'
_POOL = '{system=~"$system", pool=~"$pool"}'
_VOLUME = '{system=~"$system", pool=~"$pool", volume=~"$volume"}'

_INFO = f"powerflex_volume_info{_VOLUME}"
_VIRTUAL = f"powerflex_volume_virtual_size_bytes{_VOLUME}"
_USED = f"powerflex_volume_used_size_bytes{_VOLUME}"
_MAPPED = f"powerflex_volume_mapped_sdcs{_VOLUME}"
_OWNER = f"cloudstack_powerflex_volume_info{_SYSTEM}"
_ON_VOLUME = "on (instance, system, volume_id)"

_NEUTRAL = thresholds(BLUE)
_NO_SERIES = "No volume with series of its own is known here"
_THE_VOLUME = [link_to("volumes", "The volume", **of_row("system", "volume"))]


def _without_snapshots(expression: str) -> str:
    return (
        f"{expression} unless {_ON_VOLUME}"
        ' powerflex_volume_info{system=~"$system", pool=~"$pool", volume=~"$volume", provisioning="snapshot"}'
    )


def _of_no_vm(expression: str) -> str:
    return f'{expression} and {_ON_VOLUME} cloudstack_powerflex_volume_info{{system=~"$system", state="Ready", vm=""}}'


def _with_owner(expression: str) -> str:
    """Name the owners of volumes. Volumes whose owner is not known stay."""
    owned = f"{expression} * {_ON_VOLUME} group_left (vm, domain, account, project) {_OWNER}"
    tenant = f'label_join({owned} or {_ON_VOLUME} {expression}, "tenant", "", "account", "project")'
    return f"max by (system, volume, volume_id, vm, domain, tenant) ({tenant})"


def _largest(title: str, description: str, size: str, expression: str, *, empty: str = _NO_SERIES) -> Panel:
    """List the largest volumes of a kind of size."""
    return table(
        title,
        description,
        rows(_with_owner(f"topk($top, {expression})")),
        width=12,
        rows=12,
        empty=empty,
        steps=_NEUTRAL,
        transformations=[
            *columns(
                {
                    "volume": "Volume",
                    "system": "PowerFlex",
                    "vm": "VM",
                    "domain": "Domain",
                    "tenant": "Tenant",
                    "Value": size,
                },
                hidden=("volume_id",),
            ),
            sorted_by(size),
        ],
        overrides=[
            override("Volume", custom_width=160, links=_THE_VOLUME),
            override("PowerFlex", custom_width=105),
            override("VM", custom_width=85),
            override("Tenant", custom_width=95),
            override(size, unit="bytes", min=0, custom_width=190, custom_cellOptions=bar()),
        ],
    )


_VERDICT = (
    stat(
        "Volumes and snapshots",
        "Volumes, templates and snapshots on the chosen pools.",
        now(f"sum(powerflex_volumes{_POOL})", "volumes"),
        unit="none",
        steps=_NEUTRAL,
    ),
    stat(
        "Virtual size",
        "What all of them promise, snapshots included.",
        now(f"sum(powerflex_volumes_virtual_size_bytes{_POOL})", "virtual"),
        unit="bytes",
        steps=_NEUTRAL,
    ),
    stat(
        "Used size",
        "What holds written data, one copy counted. V-Trees of unknown size are left out.",
        now(f"sum(powerflex_volumes_used_size_bytes{_POOL})", "used"),
        unit="bytes",
        steps=_NEUTRAL,
    ),
    stat(
        "Used by detached volumes",
        "Used size of Ready volumes that belong to no VM. They are no fault, only space that nobody uses just now.",
        now(f"sum({of_pools(f'cloudstack_powerflex_detached_used_size_bytes{_SYSTEM}', _POOL)})", "detached"),
        unit="bytes",
        steps=_NEUTRAL,
    ),
    stat(
        "V-Trees of unknown size",
        "V-Trees whose used size the array did not tell. While there are any, used sizes are lower bounds.",
        now(f"sum(powerflex_volumes_used_size_unknown{_POOL})", "unknown"),
        unit="none",
        steps=thresholds(GREEN, (1, ORANGE)),
    ),
    stat(
        "Volumes in no list",
        "Volumes of all systems that have no series of their own, because of volumes.series or volumes.max_volumes: "
        "they are in the sums, and in none of the lists below.",
        now("sum(powerflex_exporter_volumes_without_series)", "volumes"),
        unit="none",
        steps=thresholds(GREEN, (1, BLUE)),
        links=[link_to("exporter", "Exporter")],
    ),
)

_COST = (
    _largest(
        "Most used",
        "Used size of the whole V-Tree, snapshots included. It stands on the volume that the snapshots are of.",
        "Used",
        _USED,
    ),
    _largest(
        "Most promised",
        "Virtual size, which counts against what CloudStack may give away. Snapshots are left out.",
        "Virtual",
        _without_snapshots(_VIRTUAL),
    ),
    _largest(
        "Most wasted",
        "Virtual size less used size: promised and never written. Of a thin volume that costs only promises, of a "
        "thick one space that is set aside on the array.",
        "Not written",
        f"({_without_snapshots(f'{_VIRTUAL} - {_USED}')}) > 0",
    ),
    _largest(
        "Most used by no VM",
        "Used size of Ready volumes that belong to no VM. Ask the owner before anything is deleted.",
        "Used",
        _of_no_vm(_USED),
        empty="None is known to be detached",
    ),
)

_CHOSEN = f"{_ON_VOLUME} topk($top, {_VIRTUAL})"
_OF_CHOICE = "Of all volumes the largest by virtual size: choose one above, or click on it in a list."


def _to_tenant(of: str) -> list[Json]:
    return [link_to("tenants", "The tenant", **of_row("cloudstack", "domain", of))]


_DETAILS = (
    table(
        "On the array",
        "What the array knows of the chosen volumes. A dash: the data counts on another one of the V-Tree, or is not "
        f"known. {_OF_CHOICE}",
        rows(
            "max by (system, protection_domain, pool, volume, volume_id, kind, provisioning, vtree_id) ("
            + of_pools(
                f"topk($top, {_VIRTUAL}) * {_ON_VOLUME} group_left (kind, provisioning, vtree_id) {_INFO}", _POOL
            )
            + ")"
        ),
        rows(f"max by (system, volume_id) ({_USED} and {_CHOSEN})"),
        rows(f"max by (system, volume_id) ({_MAPPED} and {_CHOSEN})"),
        rows=7,
        unknown="-",
        empty=_NO_SERIES,
        transformations=[
            *columns(
                {
                    "volume": "Volume",
                    "volume_id": "Id",
                    "kind": "Kind",
                    "provisioning": "Provisioning",
                    "system": "PowerFlex",
                    "protection_domain": "Protection domain",
                    "pool": "Storage pool",
                    "vtree_id": "V-Tree",
                    "Value #A": "Virtual",
                    "Value #B": "Used",
                    "Value #C": "Mapped SDCs",
                }
            ),
            sorted_by("Virtual"),
        ],
        overrides=[
            override("Volume", custom_width=170, links=_THE_VOLUME),
            override("Id|V-Tree", "byRegexp", custom_width=165),
            override("Kind", custom_width=105),
            override("Provisioning", custom_width=120),
            override("PowerFlex", custom_width=110),
            override("Storage pool", links=[link_to("storage-pool", "The pool", **of_row("system", "pool"))]),
            override("Virtual|Used", "byRegexp", unit="bytes", custom_width=110),
            override("Mapped SDCs", unit="none", custom_width=130),
        ],
    ),
    table(
        "Whose they are",
        "What CloudStack knows of them. Templates, snapshots, orphans and other installations' volumes are not in its "
        f"list. {_OF_CHOICE}",
        rows(
            "max by (volume, system, volume_id, cloudstack, name, volume_type, state, vm, domain, account, project,"
            f" zone, offering) ({_OWNER} * {_ON_VOLUME} group_left (volume) {_INFO} and {_CHOSEN})"
        ),
        unit="bytes",
        rows=7,
        empty="CloudStack is not known to have it",
        transformations=[
            *columns(
                {
                    "volume": "Volume",
                    "cloudstack": "CloudStack",
                    "name": "Name",
                    "volume_type": "Type",
                    "state": "State",
                    "vm": "VM",
                    "domain": "Domain",
                    "account": "Account",
                    "project": "Project",
                    "zone": "Zone",
                    "offering": "Offering",
                },
                hidden=("Value", "system", "volume_id"),
            ),
            sorted_by("Volume", descending=False),
        ],
        overrides=[
            override("Volume", custom_width=170),
            override("CloudStack|Type|Account|Project", "byRegexp", custom_width=120),
            override("State|Zone", "byRegexp", custom_width=100),
            override("Account", links=_to_tenant("account")),
            override("Project", links=_to_tenant("project")),
        ],
    ),
    table(
        "Their V-Trees",
        "All that shares a V-Tree with one of the chosen volumes, its snapshots above all. The used size of a tree "
        f"stands on one of them. {_OF_CHOICE}",
        rows(
            "max by (system, vtree_id, volume, kind) ("
            'powerflex_volume_virtual_size_bytes{system=~"$system", pool=~"$pool"}'
            f" * {_ON_VOLUME} group_left (vtree_id, kind) (powerflex_volume_info{_POOL}"
            f" and on (instance, system, vtree_id) ({_INFO} and {_CHOSEN})))"
        ),
        width=12,
        empty=_NO_SERIES,
        transformations=[
            *columns(
                {"vtree_id": "V-Tree", "volume": "Member", "kind": "Kind", "system": "PowerFlex", "Value": "Virtual"}
            ),
            sorted_by("V-Tree"),
        ],
        overrides=[override("Virtual", unit="bytes"), override("Member", links=_THE_VOLUME)],
    ),
    table(
        "What is wrong with them",
        "What CloudStack and the array do not agree about, of all chosen volumes.",
        rows(
            "max by (reason, cloudstack, system, volume, volume_id) ("
            'cloudstack_powerflex_discrepancy{system=~"$system", pool=~"$pool", volume=~"$volume"})'
        ),
        width=12,
        empty="Nothing is known to be",
        transformations=[
            *columns(
                {"reason": "Reason", "volume": "Volume", "cloudstack": "CloudStack", "system": "PowerFlex"},
                hidden=("Value", "volume_id"),
            ),
            sorted_by("Reason", descending=False),
        ],
        overrides=[
            override("Reason", links=[link_to("discrepancies", "What to do", **of_row("cloudstack", "system"))]),
            override("Volume", links=_THE_VOLUME),
        ],
    ),
    timeseries(
        "Used size over time",
        "Of the whole V-Tree. Of all volumes those that use most now.",
        over_time(f"{_USED} and {_ON_VOLUME} topk($top, {_USED} @ end())", "{{system}} · {{volume}}"),
        unit="bytes",
        legend="table",
        minimum=0,
        links=[link_to("volumes", "The volume", **of_series("system", "volume"))],
    ),
    timeseries(
        "Mapped SDCs over time",
        "More than one only during a live migration. Of all volumes those that are mapped to most now.",
        over_time(
            f"{_MAPPED} and {_ON_VOLUME} topk($top, {_MAPPED} @ end())",
            "{{system}} · {{volume}}",
        ),
        unit="none",
        decimals=0,
        legend="table",
        minimum=0,
        links=[link_to("volumes", "The volume", **of_series("system", "volume"))],
    ),
)

_KINDS = (
    table(
        "By kind and installation",
        "What the names say to CloudStack: the kind, and the installation's custom.cs.identifier. Any other name is of "
        "kind other. Used: of the V-Trees that a group owns, those of unknown size left out. A dash: it owns none of "
        "known size.",
        *(
            rows(f"sum by (kind, installation) (powerflex_volumes{size}{_POOL})")
            for size in ("", "_virtual_size_bytes", "_used_size_bytes", "_used_size_unknown")
        ),
        width=12,
        rows=12,
        unknown="-",
        empty="unknown",
        steps=_NEUTRAL,
        transformations=[
            *columns(
                {
                    "kind": "Kind",
                    "installation": "Installation",
                    "Value #A": "Number",
                    "Value #B": "Virtual",
                    "Value #C": "Used",
                    "Value #D": "Unknown V-Trees",
                }
            ),
            sorted_by("Virtual"),
        ],
        overrides=[
            override("Kind", custom_width=110),
            override("Installation", custom_width=115),
            override("Number", unit="none", custom_width=90),
            override("Virtual", unit="bytes", custom_width=110),
            override("Used", unit="bytes", min=0, custom_width=170, custom_cellOptions=bar()),
            override("Unknown V-Trees", unit="none"),
        ],
    ),
    timeseries(
        "Number by kind",
        "A number of snapshots that only grows: nobody deletes them.",
        over_time(f"sum by (kind) (powerflex_volumes{_POOL})", "{{kind}}"),
        unit="none",
        rows=12,
        decimals=0,
        minimum=0,
    ),
    timeseries(
        "Used size by installation",
        "By the custom.cs.identifier in the names.",
        over_time(
            "sum by (installation) ("
            'powerflex_volumes_used_size_bytes{system=~"$system", pool=~"$pool", installation!=""})',
            "{{installation}}",
        ),
        over_time(
            'sum(powerflex_volumes_used_size_bytes{system=~"$system", pool=~"$pool", installation=""})',
            "names that CloudStack did not give",
        ),
        unit="bytes",
        stacked=True,
        minimum=0,
    ),
    timeseries(
        "Virtual size by kind",
        "What volumes, templates and snapshots promise. A snapshot has the size of its volume.",
        over_time(f"sum by (kind) (powerflex_volumes_virtual_size_bytes{_POOL})", "{{kind}}"),
        unit="bytes",
        stacked=True,
        minimum=0,
    ),
)

BOARD = dashboard(
    "volumes",
    "PowerFlex / Volumes",
    "Which volumes cost most, and whose are they?",
    [
        Section("Verdict", _VERDICT),
        Section("Which cost most?", _COST),
        Section("One volume, and whose it is", _DETAILS),
        Section("Of what kind?", _KINDS),
    ],
    variables=[SYSTEM, POOL, choice("volume", "Volume", f"powerflex_volume_info{_POOL}"), top()],
    time_range="24h",
)
