"""Leaks and discrepancies: what CloudStack and the array do not agree about, and what is to be done."""

from __future__ import annotations

from collections.abc import Mapping

from dashboards.dashboard import Section, dashboard
from dashboards.fields import (
    BLUE,
    GREEN,
    ORANGE,
    RED,
    Json,
    bar,
    colored_text,
    link_to,
    of_row,
    override,
    shades,
    thresholds,
    value_mapping,
)
from dashboards.judged import CHOICE, REASONS_BY_SEVERITY, SUSPENDED, found, found_by_reason, found_on_pools, of_reasons
from dashboards.panels import stat, state_timeline, table, timeseries
from dashboards.queries import columns, now, over_time, rows, sorted_by
from dashboards.variables import CLOUDSTACK, SYSTEM

_BOTH = f"{{{CHOICE}}}"
_POOL_NAME = "{{cloudstack}} · {{cloudstack_pool}}"
_PAGE = (
    "https://github.com/cloudstack-powerflex-exporter/cloudstack-powerflex-exporter/blob/main/docs/reconciliation.md"
)

_REASONS = {
    "missing": (
        "Ready in CloudStack, and not on the array: its data is gone or elsewhere",
        "Do not start the VM, delete nothing. Find who deleted it, or restore it from a backup",
    ),
    "claimed_twice": (
        "Two rows of CloudStack carry its id: deleting either deletes the data",
        "Delete neither. Find the row that a VM uses, and have the other's path taken out",
    ),
    "unmapped_while_running": (
        "Its VM runs, and it is mapped to no SDC: the VM cannot do I/O on it",
        "Stop and start the VM from CloudStack, or detach the volume and attach it again",
    ),
    "mapped_to_many": (
        "Mapped to several SDCs, and no migration: two hosts can write to it",
        "Make sure that only one host runs the VM, then unmap it from the other SDC",
    ),
    "orphaned": (
        "A volume with our names that is in no row of CloudStack",
        "Prove it, check that no other installation uses our identifier, then remove it",
    ),
    "orphaned_snapshot": (
        "A snapshot of ours whose V-Tree holds no volume that CloudStack knows",
        "It can be the last copy of a deleted volume: ask the tenant, then remove it",
    ),
    "pool_mismatch": (
        "In another pool than CloudStack says: both capacities are wrong there",
        "Migrate the V-Tree back on the array, then repeat the migration from CloudStack",
    ),
    "size_mismatch": (
        "CloudStack has another size than the array",
        "Resize it in CloudStack to the array's size. If that is smaller, stop the VM at once",
    ),
    "mapped_to_dead_sdc": (
        "Mapped to an SDC that is not connected",
        "Bring the host back. If it is gone and the VM is not there, unmap it from that SDC",
    ),
    "qos_mismatch": (
        "Its limits on the array are not those of its offering",
        "Detach and attach the disk, or stop and start its VM",
    ),
}
"""What each reason means, and what to do."""

_SUSPENSIONS = {
    "powerflex_stale": (
        "The array's volumes were not read for too long",
        "See which collector of the system fails, and mend it",
    ),
    "cloudstack_stale": (
        "CloudStack's volumes, inventory or settings were not read for too long",
        "See which collector of the installation fails, and mend it",
    ),
    "list_incomplete": (
        "CloudStack's list lacks rows, pools or paths",
        "Check that the API key is a root admin's. Otherwise it passes",
    ),
    "too_many_orphans": (
        "So many would be orphans that the list is more likely wrong",
        "Find out why first: a wrong key or server, a restored or a copied database",
    ),
}

_SEVERITIES = {1: ("critical", RED), 2: ("warning", ORANGE), 3: ("info", BLUE)}


def _severities(by: str, name: str) -> str:
    """Give each severity's number to what is of it."""
    return " or ".join(
        f"group by ({by}) ({of_reasons(reasons, name)}) * {severity}"
        for severity, reasons in REASONS_BY_SEVERITY.items()
    )


def _texts(of: Mapping[str, str]) -> list[Json]:
    """Show a text in place of each reason."""
    options = {reason: {"index": index, "text": text} for index, (reason, text) in enumerate(of.items())}
    return [{"type": "value", "options": options}]


def _explained(expression: str) -> str:
    """Repeat the reason in two more labels, in whose place texts are shown."""
    meaning = f'label_replace({expression}, "meaning", "$1", "reason", "(.+)")'
    return f'label_replace({meaning}, "action", "$1", "reason", "(.+)")'


def _explanations(of: Mapping[str, tuple[str, str]]) -> list[Json]:
    return [
        override("It means", custom_inspect=True, mappings=_texts({reason: one for reason, (one, _) in of.items()})),
        override("Do", custom_inspect=True, mappings=_texts({reason: one for reason, (_, one) in of.items()})),
    ]


_SEVERITY_COLUMN = override(
    "Severity",
    mappings=[value_mapping(_SEVERITIES)],
    custom_cellOptions=colored_text(),
    custom_width=95,
    custom_align="left",
)
_HOW_TO_PROVE_IT = [
    {"title": "How to prove it", "url": f"{_PAGE}#${{__data.fields.reason}}", "targetBlank": True},
]

_VERDICT = (
    stat(
        "Data at risk",
        "Volumes that are missing, claimed twice, unmapped while their VM runs, or mapped to many: somebody must act "
        "now. 0 only when each pair is judged for each of these.",
        now(found(REASONS_BY_SEVERITY[1]), "critical"),
        unit="none",
        steps=thresholds(GREEN, (1, RED)),
    ),
    stat(
        "To be mended",
        "Orphans, volumes of another pool or size than CloudStack says, and those mapped to a dead SDC: to be looked "
        "at today. 0 only when each pair is judged for each of these.",
        now(found(REASONS_BY_SEVERITY[2]), "warning"),
        unit="none",
        steps=thresholds(GREEN, (1, ORANGE)),
    ),
    stat(
        "Wrong limits",
        "Disks whose limits on the array are not those of their offering. There is no hurry. 0 only when each pair "
        "is judged.",
        now(found(REASONS_BY_SEVERITY[3]), "info"),
        unit="none",
        steps=thresholds(GREEN, (1, BLUE)),
    ),
    stat(
        "Reclaimable",
        "Used size of the orphans' V-Trees: what deleting all of them would give back at most. Those of unknown size "
        "come on top. 0 only when each pair is judged.",
        now(found_on_pools(f"cloudstack_powerflex_reclaimable_bytes{_BOTH}"), "used size"),
        now(found_on_pools(f"cloudstack_powerflex_reclaimable_unknown{_BOTH}"), "V-Trees of unknown size"),
        unit="bytes",
        width=5,
        steps=thresholds(GREEN, (1, ORANGE)),
        overrides=[override("V-Trees of unknown size", unit="none")],
    ),
    stat(
        "Not judged",
        "Pairs of an installation and a system of which nobody is accused just now. The other figures lack them.",
        now(f"sum(max by (cloudstack, system) ({SUSPENDED}))", "pairs"),
        unit="none",
        width=3,
        steps=thresholds(GREEN, (1, ORANGE)),
    ),
    stat(
        "Known to both sides",
        "Volumes that CloudStack and the array both know.",
        now(f'sum(cloudstack_powerflex_volumes{{{CHOICE}, state="matched"}})', "volumes"),
        unit="none",
        steps=thresholds(BLUE),
    ),
)

_WHAT_TO_DO = (
    table(
        "What to do",
        "How many volumes there are of each reason, once it has lasted for the grace. A reason that cannot be judged "
        "just now is not listed; where a pair is not judged for it, none found is unknown. Prove before you delete: "
        "each reason links to how.",
        rows(_explained(f"sort_desc({found_by_reason()})")),
        rows(_severities("reason", "discrepancies")),
        unit="none",
        rows=12,
        steps=thresholds(GREEN, (1, ORANGE)),
        transformations=[
            *columns(
                {
                    "Value #B": "Severity",
                    "reason": "Reason",
                    "Value #A": "Volumes",
                    "meaning": "It means",
                    "action": "Do",
                }
            ),
            sorted_by("Severity", descending=False),
        ],
        overrides=[
            _SEVERITY_COLUMN,
            override("Reason", custom_width=185, links=_HOW_TO_PROVE_IT),
            override("Volumes", custom_width=95, custom_align="left"),
            *_explanations(_REASONS),
        ],
    ),
)

_VOLUME = "reason, cloudstack, system, volume, volume_id"
_FOUND = f"cloudstack_powerflex_discrepancy{_BOTH}"

_WHICH = (
    table(
        "The volumes",
        "At most 1,000, those that have lasted longest. Used: of the whole V-Tree. A dash: CloudStack is not known to "
        "have it, or its used size counts on another one of the tree or is not known.",
        rows(_severities(_VOLUME, "discrepancy")),
        rows(f"max by ({_VOLUME}, pool) ({_FOUND})"),
        rows(
            f"max by ({_VOLUME}) ({_FOUND} * on (instance, system, volume_id) group_left ()"
            ' powerflex_volume_used_size_bytes{system=~"$system"})'
        ),
        rows(
            f"max by ({_VOLUME}, name, vm, domain, tenant) (label_join("
            f"{_FOUND} * on (instance, cloudstack, system, volume_id) group_left (name, vm, domain, account, project)"
            f' cloudstack_powerflex_volume_info{_BOTH}, "tenant", "", "account", "project"))'
        ),
        rows=12,
        unknown="-",
        empty="None is known",
        transformations=[
            *columns(
                {
                    "Value #A": "Severity",
                    "reason": "Reason",
                    "volume": "Volume",
                    "volume_id": "Id",
                    "cloudstack": "CloudStack",
                    "system": "PowerFlex",
                    "pool": "Storage pool",
                    "Value #C": "Used",
                    "name": "Name",
                    "vm": "VM",
                    "domain": "Domain",
                    "tenant": "Tenant",
                },
                hidden=("Value #B", "Value #D"),
            ),
            sorted_by("Severity", descending=False),
        ],
        overrides=[
            _SEVERITY_COLUMN,
            override("Reason", custom_width=185, links=_HOW_TO_PROVE_IT),
            override(
                "Volume", custom_width=175, links=[link_to("volumes", "The volume", **of_row("system", "volume"))]
            ),
            override("Id", custom_width=165),
            override("Storage pool", custom_width=120),
            override("CloudStack|PowerFlex|Used|Name|VM|Tenant", "byRegexp", custom_width=112),
            override("Used", unit="bytes"),
        ],
    ),
)

_POOL = "cloudstack, cloudstack_pool, system, pool_id"

_WHERE = (
    table(
        "By pool",
        "Each finding counts on one pool of CloudStack. Reclaimable: used size of the orphans' V-Trees. Detached: "
        "Ready volumes of no VM, which are no fault, only space that nobody uses just now.",
        *(rows(f"sum by ({_POOL}) ({of_reasons(reasons)})") for reasons in REASONS_BY_SEVERITY.values()),
        *(
            rows(f"max by ({_POOL}) (cloudstack_powerflex_{name}{_BOTH})")
            for name in (
                "reclaimable_bytes",
                "reclaimable_unknown",
                "detached_volumes",
                "detached_used_size_bytes",
                "detached_used_size_unknown",
            )
        ),
        unit="none",
        rows=8,
        steps=thresholds(BLUE),
        transformations=[
            *columns(
                {
                    "cloudstack": "CloudStack",
                    "cloudstack_pool": "Pool",
                    "system": "PowerFlex",
                    "Value #A": "Critical",
                    "Value #B": "Warning",
                    "Value #C": "Info",
                    "Value #D": "Reclaimable",
                    "Value #E": "Unknown V-Trees",
                    "Value #F": "Detached",
                    "Value #G": "Detached used",
                    "Value #H": "Detached unknown",
                },
                hidden=("pool_id",),
            ),
            sorted_by("Reclaimable"),
        ],
        overrides=[
            override("CloudStack|PowerFlex", "byRegexp", custom_width=115),
            override("Pool", links=[link_to("storage-pool", "Its PowerFlex system", **of_row("system"))]),
            *(
                override(
                    word.capitalize(),
                    custom_width=100,
                    thresholds=thresholds(GREEN, (1, color)),
                    custom_cellOptions=colored_text(),
                )
                for word, color in _SEVERITIES.values()
            ),
            override("Reclaimable|Detached used", "byRegexp", unit="bytes", min=0, custom_cellOptions=bar()),
        ],
    ),
)

_SINCE_WHEN = (
    timeseries(
        "Volumes by reason",
        "Red, above the others: data is at risk. Orange: to be mended. Blue: wrong limits. A gap: nobody was accused, "
        "because a list was not known or the exporter had just started.",
        *(
            over_time(f"sum by (reason) ({of_reasons(reasons)})", "{{reason}}")
            for reasons in reversed(REASONS_BY_SEVERITY.values())
        ),
        unit="none",
        decimals=0,
        rows=10,
        minimum=0,
        overrides=[shades(query, color) for query, (_, color) in zip("CBA", _SEVERITIES.values(), strict=True)],
    ),
    timeseries(
        "Reclaimable space",
        "Used size of the orphans' V-Trees, those of unknown size left out.",
        over_time(f"cloudstack_powerflex_reclaimable_bytes{_BOTH}", _POOL_NAME),
        unit="bytes",
        rows=10,
        minimum=0,
    ),
)

_TRUST = (
    table(
        "Pairs that are not judged",
        "Pairs of an installation and a system of which nobody is accused just now, why, and what to do.",
        rows(_explained(f"max by (cloudstack, system, reason) ({SUSPENDED} == 1)")),
        rows=5,
        empty="None is known to be suspended",
        transformations=columns(
            {
                "cloudstack": "CloudStack",
                "system": "PowerFlex",
                "reason": "Reason",
                "meaning": "It means",
                "action": "Do",
            },
            hidden=("Value",),
        ),
        overrides=[
            override("CloudStack|PowerFlex", "byRegexp", custom_width=115),
            override(
                "Reason",
                custom_width=185,
                links=[{"title": "Details", "url": f"{_PAGE}#when-nobody-is-accused", "targetBlank": True}],
            ),
            *_explanations(_SUSPENSIONS),
        ],
    ),
    state_timeline(
        "Whether each pair is judged",
        "While it is suspended its verdicts are absent. After a start they are absent for the grace as well.",
        over_time(f"max by (cloudstack, system) ({SUSPENDED})", "{{cloudstack}} · {{system}}"),
        width=24,
        rows=6,
        mappings=[value_mapping({0: ("judged", GREEN), 1: ("suspended", ORANGE)})],
    ),
)

BOARD = dashboard(
    "discrepancies",
    "PowerFlex / Leaks and discrepancies",
    "What do CloudStack and the array not agree about?",
    [
        Section("Verdict", _VERDICT),
        Section("What is to be done?", _WHAT_TO_DO),
        Section("Which volumes?", _WHICH),
        Section("Where is it, and what would it give back?", _WHERE),
        Section("Since when?", _SINCE_WHEN),
        Section("Is everybody judged?", _TRUST),
    ],
    variables=[CLOUDSTACK, SYSTEM],
    time_range="24h",
)
