"""Hosts and SDCs: whether hosts have lost the array, and whether its nodes and disks are in order."""

from __future__ import annotations

from dashboards.dashboard import Section, dashboard
from dashboards.fields import (
    BLUE,
    CRITICAL_FROM_1,
    GREEN,
    GREY,
    INFORMATION_FROM_1,
    ORANGE,
    RED,
    WARNING_FROM_1,
    Json,
    colored_text,
    link_to,
    of_row,
    override,
    shades,
    thresholds,
    value_mapping,
)
from dashboards.panels import stat, state_timeline, table, timeseries
from dashboards.queries import columns, now, of_pools, over_time, rows, sorted_by
from dashboards.variables import CLOUDSTACK, SYSTEM

_SYSTEM = '{system=~"$system"}'
_CLOUD = '{cloudstack=~"$cloudstack"}'

_CONNECTED = f"powerflex_sdc_connected{_SYSTEM}"
_APPROVED = f"powerflex_sdc_approved{_SYSTEM}"
_MAPPED = f"powerflex_sdc_mapped_volumes{_SYSTEM}"
_LOST = f"(last_over_time({_MAPPED}[1d]) > 0 and {_CONNECTED} == 0)"
"""An array may no longer tell how many volumes an SDC has that is gone: the newest count of the last day stands."""
_SDC_STATE = f"(3 * ({_LOST} > bool 0) or 2 - {_CONNECTED})"
_SDC_STATES = {3: ("lost with volumes", RED), 2: ("not connected", BLUE), 1: ("connected", GREEN)}

_HOST = f"cloudstack_host_info{_CLOUD}"
_HOST_SDC = 'cloudstack_host_sdc_connected{cloudstack=~"$cloudstack", system=~"$system"}'
_NAMED = f"group by (instance, cloudstack, host, zone, state) ({_HOST})"
_ALONE_WITH_ITS_NAME = (
    f"({_NAMED} and on (instance, cloudstack, host) count by (instance, cloudstack, host) ({_NAMED}) == 1)"
)
_HOST_STATE = f"({_HOST_SDC} * 0 + 1) * on (instance, system, sdc_id) group_left () {_SDC_STATE}"
_HOST_STATES = _SDC_STATES | {0: ("no SDC is known", GREY)}

_HEALTHY = f"powerflex_sds_healthy{_SYSTEM}"
_IN_MAINTENANCE = f"(powerflex_sds_in_maintenance{_SYSTEM} == 1)"
_ILL = f"({_HEALTHY} == 0 unless on (instance, system, sds_id) {_IN_MAINTENANCE})"
_AWAY = (
    f"(count by (instance, system, protection_domain) ({_HEALTHY} == 0 or {_IN_MAINTENANCE})"
    f" and on (instance, system, protection_domain) {_ILL})"
)
_NODE_COUNT = f"count by (instance, system, protection_domain) ({_HEALTHY})"
_NODE_STATE = f"(2 * {_IN_MAINTENANCE} or 3 - 2 * {_HEALTHY})"
_NODE_STATES = {3: ("not in order", ORANGE), 2: ("in maintenance", BLUE), 1: ("in order", GREEN)}

_IN_ORDER = "None|Info|Notice|Acceleration"
_NOT_TOLD = "unknown"
_ALERTS_READ = (
    'label_replace(powerflex_exporter_poll_success{collector="alerts"}, "system", "$1", "source", "(.+)") == 1'
    f" and on (instance, system) powerflex_up{_SYSTEM}"
)
_LICENCE = f"powerflex_license_remaining_days{_SYSTEM}"
_CERTIFICATE = (
    "floor((label_replace(powerflex_exporter_source_certificate_expiry_timestamp_seconds,"
    f' "system", "$1", "source", "(.+)") and on (instance, system) powerflex_up{_SYSTEM}) / 86400 - time() / 86400)'
)
_SEVERITIES = {
    1: ("critical", RED),
    2: ("high", ORANGE),
    3: ("medium", ORANGE),
    4: ("low", BLUE),
    5: ("info", BLUE),
    6: ("unknown", GREY),
}

_APPROVALS = {1: ("yes", GREEN), 0: ("no", ORANGE)}
_NODES_AWAY = thresholds(GREEN, (1, ORANGE), (2, RED))
_LICENCE_DAYS = thresholds(RED, (7, ORANGE), (30, GREEN))
_CERTIFICATE_DAYS = thresholds(RED, (3, ORANGE), (21, GREEN))


def _in_states(comparison: str, states: str) -> str:
    return of_pools(f'powerflex_devices{{system=~"$system", state{comparison}"{states}"}}', _SYSTEM)


def _disks(in_states: str) -> str:
    """Count disks by pool. None of a kind is 0 where the pool's disks are known."""
    by = "sum by (system, protection_domain, pool)"
    return f"({by} ({in_states}) or 0 * {by} ({_in_states('=~', '.*')}))"


_WITH_ERRORS = _in_states("!~", f"{_IN_ORDER}|{_NOT_TOLD}")


def _worst(state: str, labels: str) -> str:
    """Keep the twenty that were in the worst state at any moment of the time range."""
    return f"max by ({labels}) ({state}) and topk(20, max by ({labels}) (max_over_time({state}[$__range:5m] @ end())))"


def _colored(field: str, steps: Json, width: int) -> Json:
    return override(field, thresholds=steps, custom_cellOptions=colored_text(), custom_width=width)


def _word(field: str, words: dict[int, tuple[str, str]], width: int) -> Json:
    return override(
        field,
        mappings=[value_mapping(words)],
        custom_cellOptions=colored_text(),
        custom_align="left",
        custom_width=width,
    )


_VERDICT = (
    stat(
        "SDCs lost",
        "SDCs that are not connected to the MDM and have volumes mapped: what uses these may hang on I/O.",
        now(f"count({_LOST}) or 0 * count({_CONNECTED})", "lost"),
        unit="none",
        width=3,
        steps=CRITICAL_FROM_1,
    ),
    stat(
        "Not approved",
        "SDCs that can use no volume where restricted SDC mode is on.",
        now(f"sum({_APPROVED} == bool 0)", "not approved"),
        unit="none",
        width=3,
        steps=WARNING_FROM_1,
    ),
    stat(
        "Nodes away",
        "Storage nodes (SDS) that are not in order or in maintenance, in the protection domain that has most of them. "
        "A domain counts once at least one of its nodes is away not by plan.",
        now(f"max({_AWAY}) or 0 * count({_HEALTHY})", "away"),
        unit="none",
        width=3,
        steps=_NODES_AWAY,
    ),
    stat(
        "Disk errors",
        "Disks (devices) in an error state.",
        now(f"sum({_disks(_WITH_ERRORS)})", "disks"),
        unit="none",
        width=3,
        steps=WARNING_FROM_1,
    ),
    stat(
        "Out of order",
        "MDM clusters that are not in state ClusteredNormal, and protection domains that are not active.",
        now(f"sum(powerflex_mdm_cluster_healthy{_SYSTEM} == bool 0)", "MDM clusters"),
        now(f"sum(powerflex_protection_domain_active{_SYSTEM} == bool 0)", "domains"),
        unit="none",
        width=4,
        steps=CRITICAL_FROM_1,
    ),
    stat(
        "Critical alerts",
        "Open critical alerts of the arrays themselves.",
        now(
            f'sum(powerflex_alerts{{system=~"$system", alert_severity="critical"}}) or 0 * count({_ALERTS_READ})',
            "critical",
        ),
        unit="none",
        width=3,
        steps=CRITICAL_FROM_1,
    ),
    stat(
        "Days left",
        "Until the first licence ends, where one does, and until the first TLS certificate of a gateway does.",
        now(f"min({_LICENCE})", "licence"),
        now(f"min({_CERTIFICATE})", "certificate"),
        unit="none",
        decimals=0,
        width=5,
        steps=_LICENCE_DAYS,
        overrides=[override("certificate", thresholds=_CERTIFICATE_DAYS)],
    ),
)

_HOSTS = (
    table(
        "Hosts",
        "Each host with its SDC on each array. Not connected: it has no volumes there, which may be as it should be. "
        "No SDC is known: the array or its SDCs could not be read, or it has none with the host's address or name. "
        "Where two hosts have one name, the zone and the state are left out: an SDC does not tell whose it is.",
        rows(
            "max by (cloudstack, zone, host, state, system, sdc_id) ("
            f"{_HOST_STATE} * on (instance, cloudstack, host) group_left (zone, state) {_ALONE_WITH_ITS_NAME}"
            f" or {_HOST_STATE} unless on (instance, cloudstack, host) {_ALONE_WITH_ITS_NAME}"
            f" or 0 * ({_HOST} unless on (instance, cloudstack, host) cloudstack_host_sdc_connected{_CLOUD}))"
        ),
        rows(f"max by (system, sdc_id) ({_MAPPED} and on (instance, system, sdc_id) {_HOST_SDC})"),
        rows(f"max by (system, sdc_id) ({_APPROVED} and on (instance, system, sdc_id) {_HOST_SDC})"),
        rows=10,
        transformations=[
            *columns(
                {
                    "cloudstack": "CloudStack",
                    "zone": "Zone",
                    "host": "Host",
                    "state": "State of the host",
                    "system": "PowerFlex",
                    "Value #A": "SDC",
                    "Value #B": "Mapped volumes",
                    "Value #C": "Approved",
                },
                hidden=("sdc_id",),
            ),
            sorted_by("SDC"),
        ],
        overrides=[
            _word("SDC", _HOST_STATES, 190),
            override("Mapped volumes", unit="none"),
            _word("Approved", _APPROVALS, 110),
        ],
    ),
    state_timeline(
        "SDCs over time",
        "The twenty SDCs that were worst at any moment of the time range. Not connected: it had no volumes. A gap: "
        "nothing was known of the SDC.",
        over_time(_worst(_SDC_STATE, "system, sdc"), "{{system}} · {{sdc}}"),
        width=24,
        rows=13,
        mappings=[value_mapping(_SDC_STATES)],
    ),
)

_SDCS = (
    table(
        "SDCs",
        "All of them, those of other clients than CloudStack's hosts too, and how many volumes are mapped to each. "
        "One without a name is called by its address.",
        rows(f"max by (system, sdc_id, sdc) ({_SDC_STATE})"),
        rows(f"max by (system, sdc_id, ip, version) (powerflex_sdc_info{_SYSTEM})"),
        rows(f"max by (system, sdc_id) ({_MAPPED})"),
        rows(f"max by (system, sdc_id) ({_APPROVED})"),
        rows(f"max by (system, sdc_id, host) ({_HOST_SDC})"),
        width=15,
        rows=10,
        transformations=[
            *columns(
                {
                    "system": "PowerFlex",
                    "sdc": "SDC",
                    "Value #A": "State",
                    "Value #C": "Volumes",
                    "Value #D": "Approved",
                    "host": "Host",
                    "ip": "Address",
                    "version": "Version",
                },
                hidden=("sdc_id", "Value #B", "Value #E"),
            ),
            sorted_by("State"),
        ],
        overrides=[
            override("PowerFlex", custom_width=105),
            _word("State", _SDC_STATES, 140),
            override("Volumes", unit="none", custom_width=100),
            _word("Approved", _APPROVALS, 100),
            override("Host|Address", "byRegexp", custom_width=105),
        ],
    ),
    timeseries(
        "Mapped volumes",
        "Of the ten SDCs that have most now.",
        over_time(
            f"max by (system, sdc) ({_MAPPED}) and topk(10, max by (system, sdc) ({_MAPPED} @ end()))",
            "{{system}} · {{sdc}}",
        ),
        unit="none",
        decimals=0,
        width=9,
        rows=10,
        minimum=0,
    ),
)

_ARRAYS = (
    table(
        "Arrays",
        "Good nodes: members of the MDM cluster in good health. Days: until the licence and the certificate end. An "
        "unknown licence has no end, or the array does not tell it.",
        rows(f"max by (system, state, mode) (powerflex_mdm_cluster_info{_SYSTEM})"),
        rows(f"max by (system) (powerflex_mdm_cluster_healthy{_SYSTEM})"),
        rows(f"max by (system) (powerflex_mdm_cluster_nodes_good{_SYSTEM})"),
        rows(f"max by (system) ({_LICENCE})"),
        rows(f"max by (system) ({_CERTIFICATE})"),
        rows(
            "max by (system, version)"
            f' (label_replace(powerflex_system_info{_SYSTEM}, "version", "$1", "version", ".*Version: *(.+)"))'
        ),
        unit="none",
        decimals=0,
        rows=5,
        transformations=columns(
            {
                "system": "PowerFlex",
                "Value #B": "MDM cluster",
                "state": "Its state",
                "mode": "Its mode",
                "Value #C": "Good nodes",
                "Value #D": "Licence days",
                "Value #E": "Certificate days",
                "version": "Version",
            },
            hidden=("Value #A", "Value #F"),
        ),
        overrides=[
            _word("MDM cluster", {1: ("in order", GREEN), 0: ("not in order", RED)}, 150),
            override("Good nodes", custom_width=120),
            _colored("Licence days", _LICENCE_DAYS, 130),
            _colored("Certificate days", _CERTIFICATE_DAYS, 150),
        ],
    ),
    table(
        "Alerts of the arrays",
        "What the arrays themselves complain about. Their own lists name the objects, and what Dell advises.",
        rows(
            "max by (system, alert_severity, alert_type) ("
            + " or ".join(
                f'clamp(powerflex_alerts{{system=~"$system", alert_severity="{word}"}}, {rank}, {rank})'
                for rank, (word, _) in _SEVERITIES.items()
            )
            + ")"
        ),
        rows(f"sum by (system, alert_severity, alert_type) (powerflex_alerts{_SYSTEM})"),
        width=12,
        empty="None is known to be open",
        transformations=[
            *columns(
                {"Value #A": "Severity", "system": "PowerFlex", "alert_type": "Alert", "Value #B": "How many"},
                hidden=("alert_severity",),
            ),
            sorted_by("Severity", descending=False),
        ],
        overrides=[
            _word("Severity", _SEVERITIES, 95),
            override("PowerFlex", custom_width=110),
            override("How many", unit="none", custom_width=100),
        ],
    ),
    table(
        "Protection domains",
        "Away: nodes that are not in order or in maintenance, once at least one of them is so not by plan.",
        rows(f"max by (system, protection_domain) (powerflex_protection_domain_active{_SYSTEM})"),
        rows(f"max by (system, protection_domain) ({_NODE_COUNT})"),
        rows(f"max by (system, protection_domain) ({_AWAY} or 0 * {_NODE_COUNT})"),
        rows(
            "max by (system, protection_domain) ("
            f"count by (instance, system, protection_domain) ({_IN_MAINTENANCE}) or 0 * {_NODE_COUNT})"
        ),
        unit="none",
        width=12,
        transformations=[
            *columns(
                {
                    "system": "PowerFlex",
                    "protection_domain": "Protection domain",
                    "Value #A": "State",
                    "Value #B": "Nodes",
                    "Value #C": "Away",
                    "Value #D": "In maintenance",
                }
            ),
            sorted_by("Away"),
        ],
        overrides=[
            override("PowerFlex", custom_width=110),
            _word("State", {1: ("active", GREEN), 0: ("not active", RED)}, 110),
            override("Nodes", custom_width=90),
            _colored("Away", _NODES_AWAY, 90),
            _colored("In maintenance", INFORMATION_FROM_1, 140),
        ],
    ),
)

_NODES = (
    table(
        "Storage nodes",
        "In order: connected to the MDM, joined and normal.",
        rows(f"max by (system, protection_domain, sds) ({_NODE_STATE})"),
        width=9,
        rows=10,
        transformations=[
            *columns(
                {
                    "Value": "State",
                    "system": "PowerFlex",
                    "protection_domain": "Protection domain",
                    "sds": "SDS",
                }
            ),
            sorted_by("State"),
        ],
        overrides=[_word("State", _NODE_STATES, 130), override("PowerFlex", custom_width=110)],
    ),
    state_timeline(
        "Storage nodes over time",
        "The twenty nodes that were worst at any moment of the time range. A gap: nothing was known of the node.",
        over_time(
            _worst(_NODE_STATE, "system, protection_domain, sds"), "{{system}} · {{protection_domain}} · {{sds}}"
        ),
        width=15,
        rows=10,
        mappings=[value_mapping(_NODE_STATES)],
    ),
    table(
        "Disks",
        "Disks of each pool. Not told: the gateway does not say whether they have errors.",
        rows(_disks(_WITH_ERRORS)),
        rows(_disks(_in_states("=~", _IN_ORDER))),
        rows(_disks(_in_states("=", _NOT_TOLD))),
        unit="none",
        width=12,
        transformations=[
            *columns(
                {
                    "system": "PowerFlex",
                    "protection_domain": "Protection domain",
                    "pool": "Pool",
                    "Value #A": "With errors",
                    "Value #B": "In order",
                    "Value #C": "Not told",
                }
            ),
            sorted_by("With errors"),
        ],
        overrides=[
            override("PowerFlex", custom_width=110),
            override("Pool", links=[link_to("storage-pool", "The pool", **of_row("system", "pool"))]),
            _colored("With errors", WARNING_FROM_1, 120),
            override("In order", custom_width=100),
            override("Not told", custom_width=100),
        ],
    ),
    timeseries(
        "Disks with errors",
        "By pool and error state.",
        over_time(_WITH_ERRORS, "{{system}} · {{protection_domain}} · {{pool}} · {{state}}"),
        unit="none",
        decimals=0,
        empty="None is known to have errors",
        minimum=0,
        overrides=[shades("A", ORANGE)],
    ),
)

BOARD = dashboard(
    "hosts",
    "PowerFlex / Hosts and SDCs",
    "Have hosts lost the array, and are nodes and disks in order?",
    [
        Section("Verdict", _VERDICT),
        Section("Which hosts, and since when?", _HOSTS),
        Section("Which SDCs?", _SDCS),
        Section("Are the arrays in order?", _ARRAYS),
        Section("Are nodes and disks in order?", _NODES),
    ],
    variables=[SYSTEM, CLOUDSTACK],
)
