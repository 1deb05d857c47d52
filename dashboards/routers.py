"""Routers: whether each virtual router can still write to its file system, and what else its checks say."""

from __future__ import annotations

from dashboards.dashboard import Section, dashboard
from dashboards.fields import (
    BLUE,
    CRITICAL_FROM_1,
    GREEN,
    GREY,
    ORANGE,
    RED,
    WARNING_FROM_1,
    colored_text,
    link_to,
    of_row,
    override,
    shades,
    thresholds,
    value_mapping,
)
from dashboards.panels import stat, state_timeline, status_history, table, timeseries
from dashboards.queries import columns, now, over_time, rows, sorted_by
from dashboards.variables import CLOUDSTACK, choice

_CLOUDSTACK = 'cloudstack=~"$cloudstack"'
_CLOUD = f"{{{_CLOUDSTACK}}}"
_CHOSEN = f'{_CLOUDSTACK}, router=~"$router"'
_WRITABLE = f"cloudstack_router_filesystem_writable{{{_CHOSEN}}}"
_RUNNING = f"cloudstack_router_running{{{_CHOSEN}}}"
_AGE = (
    f"(time() - cloudstack_router_filesystem_check_timestamp_seconds{{{_CHOSEN}}}"
    f" and on (instance, cloudstack, router_id) {_RUNNING} == 1)"
)

_STATE = f"(3 - 2 * {_WRITABLE} or 2 * {_RUNNING})"
"""The higher the worse: what is read-only is known to be running."""
_STATES = {3: ("read-only", RED), 2: ("unknown", GREY), 1: ("writable", GREEN), 0: ("not running", BLUE)}

_FILESYSTEM = "filesystem.writable.test"
_CONNECTIVITY = "connectivity.test"
_OFTEN_WITHOUT_A_FAULT = "webserver.service|dns_check.py|dhcp_check.py"
_SEVERITIES = {2: ("warning", ORANGE), 3: ("info", BLUE)}

_INFORMATION = thresholds(BLUE)
_AN_HOUR = thresholds(GREEN, (3600, ORANGE))


def _check(comparison: str, names: str) -> str:
    return f'cloudstack_router_health_check_success{{{_CHOSEN}, check{comparison}"{names}"}}'


def _with(labels: str, expression: str) -> str:
    """Bring labels of the router to a series of it."""
    return (
        f"{expression} * on (instance, cloudstack, router_id) group_left ({labels})"
        f' label_replace(cloudstack_router_info{{{_CHOSEN}}}, "redundant_state", "", "redundant_state", "UNKNOWN")'
    )


_REACHED = _check("=", _CONNECTIVITY)
_ALL_BUT_WRITABLE = _check("!=", _FILESYSTEM)
_DOUBTFUL = _check("=~", _OFTEN_WITHOUT_A_FAULT)
_OTHERS = _check("!~", f"{_FILESYSTEM}|{_CONNECTIVITY}|{_OFTEN_WITHOUT_A_FAULT}")


def _setting(name: str, value: str = ".*") -> str:
    return f'cloudstack_setting_info{{{_CLOUDSTACK}, name=~"router.health.checks.({name})", value=~"{value}"}}'


def _in_state(state: str) -> str:
    return f'sum by (cloudstack, zone) (cloudstack_routers{{{_CLOUDSTACK}, filesystem="{state}"}})'


_VERDICT = (
    stat(
        "Read-only",
        "Running routers that cannot write to their file system: they take no new leases and no new rules.",
        now(f"sum({_WRITABLE} == bool 0)", "read-only"),
        unit="none",
        width=3,
        steps=CRITICAL_FROM_1,
    ),
    stat(
        "Not known",
        "Running routers of which nobody knows whether they can write.",
        now(
            f"count({_RUNNING} == 1 unless on (instance, cloudstack, router_id) {_WRITABLE}) or 0 * count({_RUNNING})",
            "not known",
        ),
        unit="none",
        width=3,
        steps=WARNING_FROM_1,
    ),
    stat(
        "Unreachable",
        "Routers that the management server cannot reach through their host. One whose disk hangs looks like this.",
        now(f"sum({_REACHED} == bool 0)", "unreachable"),
        unit="none",
        width=3,
        steps=WARNING_FROM_1,
    ),
    stat(
        "Other checks that fail",
        "Doubtful: web server, DNS and DHCP, which are known to fail on routers that are well.",
        now(f"sum({_OTHERS} == bool 0)", "failing"),
        now(f"sum({_DOUBTFUL} == bool 0)", "doubtful"),
        unit="none",
        width=5,
        steps=WARNING_FROM_1,
        overrides=[override("doubtful", thresholds=thresholds(GREEN, (1, BLUE)))],
    ),
    stat(
        "Oldest test",
        "How long ago the file system of a running router was last tested, of the one that waits longest. Routers "
        "that were never tested are left out.",
        now(f"max({_AGE})", "age"),
        unit="s",
        decimals=0,
        width=3,
        steps=_AN_HOUR,
    ),
    stat(
        "Checks switched off",
        "Settings by which CloudStack checks no routers: a router that turns read-only goes unnoticed.",
        now(
            f"count({_setting('enabled', 'false')} or {_setting('results.fetch.interval', '0')})"
            f" or 0 * count({_setting('enabled')})",
            "settings",
        ),
        unit="none",
        width=4,
        steps=WARNING_FROM_1,
    ),
    stat(
        "Running",
        "Routers in state Running. What does not run is not checked.",
        now(f"sum({_RUNNING})", "running"),
        unit="none",
        width=3,
        steps=_INFORMATION,
    ),
)

_OVER_TIME = (
    state_timeline(
        "File systems over time",
        "The twenty routers that were worst at any moment of the time range: read-only, else unknown, else writable. "
        "A gap: nothing was known of the router at all.",
        over_time(
            f"max by (cloudstack, router) ({_STATE}) and topk(20, max by (cloudstack, router)"
            f" (max_over_time({_STATE}[$__range:5m] @ end())))",
            "{{cloudstack}} · {{router}}",
        ),
        width=24,
        rows=13,
        mappings=[value_mapping(_STATES)],
    ),
)

_ZONES = (
    table(
        "Zones",
        "Running routers of each zone, whichever are chosen above. Many at once in one zone point to its storage.",
        rows(_in_state("read_only")),
        rows(_in_state("unknown")),
        rows(_in_state("writable")),
        rows(
            f'sum by (cloudstack, zone) (cloudstack_router_health_checks{{{_CLOUDSTACK}, check="{_CONNECTIVITY}",'
            ' status="failed"})'
        ),
        unit="none",
        width=12,
        transformations=[
            *columns(
                {
                    "cloudstack": "CloudStack",
                    "zone": "Zone",
                    "Value #A": "Read-only",
                    "Value #B": "Unknown",
                    "Value #C": "Writable",
                    "Value #D": "Unreachable",
                }
            ),
            sorted_by("Read-only"),
        ],
        overrides=[
            override("Read-only", thresholds=CRITICAL_FROM_1, custom_cellOptions=colored_text(), custom_width=110),
            override("Unknown", thresholds=WARNING_FROM_1, custom_cellOptions=colored_text(), custom_width=110),
            override("Writable", custom_width=110),
            override("Unreachable", thresholds=WARNING_FROM_1, custom_cellOptions=colored_text(), custom_width=120),
        ],
    ),
    timeseries(
        "Routers not known to be writable",
        "Running routers of each zone, whichever are chosen above.",
        over_time(_in_state("read_only"), "read-only · {{cloudstack}} · {{zone}}"),
        over_time(_in_state("unknown"), "unknown · {{cloudstack}} · {{zone}}"),
        unit="none",
        decimals=0,
        minimum=0,
        overrides=[
            shades("A", RED),
            shades("B", GREY),
        ],
    ),
)

_EACH = (
    table(
        "The routers",
        "The worst first. Tested: how long ago the file system of a running router was last tested. Failed checks: of "
        "all checks but that one.",
        rows(
            "max by (cloudstack, zone, router, host, network, vpc, redundant_state, version) ("
            f"{_with('zone, host, network, vpc, redundant_state, version', _STATE)})"
        ),
        rows(f"max by (cloudstack, router) ({_AGE})"),
        rows(f"max by (cloudstack, router) ({_REACHED})"),
        rows(f"sum by (cloudstack, router) ({_ALL_BUT_WRITABLE} == bool 0)"),
        rows=10,
        transformations=[
            *columns(
                {
                    "cloudstack": "CloudStack",
                    "zone": "Zone",
                    "router": "Router",
                    "Value #A": "File system",
                    "Value #B": "Tested",
                    "Value #C": "Reachable",
                    "Value #D": "Failed checks",
                    "host": "Host",
                    "network": "Network",
                    "vpc": "VPC",
                    "redundant_state": "Redundancy",
                    "version": "Version",
                }
            ),
            sorted_by("File system"),
        ],
        overrides=[
            override("CloudStack", custom_width=115),
            override("Zone|Redundancy|Version", "byRegexp", custom_width=110),
            override(
                "Router",
                links=[link_to("routers", "This router alone", **of_row("cloudstack", "router"))],
                custom_width=110,
            ),
            override(
                "File system", mappings=[value_mapping(_STATES)], custom_cellOptions=colored_text(), custom_width=120
            ),
            override(
                "Tested",
                unit="s",
                decimals=0,
                thresholds=_AN_HOUR,
                custom_cellOptions=colored_text(),
                custom_width=100,
            ),
            override(
                "Reachable",
                mappings=[value_mapping({1: ("yes", GREEN), 0: ("no", ORANGE)})],
                custom_cellOptions=colored_text(),
                custom_width=110,
            ),
            override(
                "Failed checks",
                unit="none",
                thresholds=WARNING_FROM_1,
                custom_cellOptions=colored_text(),
                custom_width=125,
            ),
        ],
    ),
)

_OTHER_CHECKS = (
    table(
        "Checks that fail now",
        "All but those of the file system and of the connection. Info: known to fail on routers that are well. The "
        "details are in CloudStack, under the router's health checks.",
        rows(
            "max by (cloudstack, zone, router, host, check) ("
            + _with(
                "zone, host",
                f"(({_OTHERS} == 0) + 2 or ({_DOUBTFUL} == 0) + 3)",
            )
            + ")"
        ),
        width=12,
        rows=10,
        empty="None is known to fail",
        transformations=[
            *columns(
                {
                    "Value": "Severity",
                    "check": "Check",
                    "cloudstack": "CloudStack",
                    "zone": "Zone",
                    "router": "Router",
                    "host": "Host",
                }
            ),
            sorted_by("Severity", descending=False),
        ],
        overrides=[
            override(
                "Severity",
                mappings=[value_mapping(_SEVERITIES)],
                custom_cellOptions=colored_text(),
                custom_align="left",
                custom_width=90,
            ),
            override("Check", custom_width=200),
            override("CloudStack", custom_width=115),
            override("Zone", custom_width=100),
            override("Router", custom_width=110),
        ],
    ),
    status_history(
        "Checks that failed",
        "The twenty checks that failed for most of the time range, the connection among them. A gap: the result was "
        "not known, for when a router cannot be reached or cannot write CloudStack drops its other results.",
        over_time(
            f"max by (cloudstack, router, check) ({_ALL_BUT_WRITABLE})"
            " and bottomk(20, min by (cloudstack, router, check)"
            f" (avg_over_time({_ALL_BUT_WRITABLE}[$__range] @ end())) < 1)",
            "{{cloudstack}} · {{router}} · {{check}}",
        ),
        rows=10,
        empty="None is known to have failed",
        mappings=[value_mapping({1: ("success", GREEN), 0: ("failed", ORANGE)})],
    ),
)

_FRESH = (
    timeseries(
        "Age of results",
        "How long ago the file systems of running routers were tested. Where the median rises, CloudStack's collection "
        "stands still; where only the oldest does, single routers or hosts do.",
        over_time(f"max by (cloudstack, zone) ({_with('zone', _AGE)})", "oldest · {{cloudstack}} · {{zone}}"),
        over_time(f"quantile by (cloudstack, zone) (0.5, {_with('zone', _AGE)})", "median · {{cloudstack}} · {{zone}}"),
        unit="s",
        minimum=0,
    ),
    state_timeline(
        "Are fresh checks suspended?",
        "They are while too many routers are stale at once: CloudStack's own collection is broken, and checking the "
        "whole fleet is not the mend.",
        over_time(f"max by (cloudstack) (cloudstack_router_health_check_runs_suspended{_CLOUD})", "{{cloudstack}}"),
        mappings=[value_mapping({1: ("suspended", ORANGE), 0: ("no", GREEN)})],
    ),
    table(
        "CloudStack's settings",
        "Whether routers are checked; how often results are collected, in minutes; on which failed checks the router "
        "is destroyed and made anew; which checks are left out. A zone's value stands before the global one.",
        rows(
            "max by (cloudstack, name, value, scope, scope_id) ("
            f"{_setting('enabled|results.fetch.interval|failures.to.recreate.vr|to.exclude')})"
        ),
        width=16,
        transformations=columns(
            {
                "cloudstack": "CloudStack",
                "name": "Setting",
                "value": "Value",
                "scope": "Scope",
                "scope_id": "Its id",
            },
            hidden=("Value",),
        ),
        overrides=[
            override("CloudStack", custom_width=110),
            override("Setting", custom_width=340),
            override("Scope", custom_width=80),
            override("Its id", custom_width=320),
        ],
    ),
    timeseries(
        "Fresh checks by the exporter",
        "How many the exporter ran in the hour before, and how many of them brought no result.",
        over_time(
            f"sum by (cloudstack) (increase(cloudstack_router_health_check_runs_total{_CLOUD}[1h]))",
            "all · {{cloudstack}}",
        ),
        over_time(
            f"sum by (cloudstack) (increase(cloudstack_router_health_check_run_failures_total{_CLOUD}[1h]))",
            "failed · {{cloudstack}}",
        ),
        unit="none",
        width=8,
        decimals=0,
        minimum=0,
    ),
)

BOARD = dashboard(
    "routers",
    "PowerFlex / Routers",
    "Can each virtual router still write to its file system?",
    [
        Section("Verdict", _VERDICT),
        Section("Since when?", _OVER_TIME),
        Section("In which zones?", _ZONES),
        Section("Which routers?", _EACH),
        Section("What do the other checks say?", _OTHER_CHECKS),
        Section("Are the results fresh?", _FRESH),
    ],
    variables=[CLOUDSTACK, choice("router", "Router", f"cloudstack_router_running{_CLOUD}")],
)
