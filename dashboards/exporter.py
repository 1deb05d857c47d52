"""Exporter: whether the figures can be trusted."""

from __future__ import annotations

from dashboards.dashboard import Section, dashboard
from dashboards.fields import (
    CRITICAL_FROM_1,
    GREEN,
    INFORMATION_FROM_1,
    ORANGE,
    RED,
    WARNING_FROM_1,
    Json,
    colored_text,
    override,
    thresholds,
    value_mapping,
)
from dashboards.panels import stat, state_timeline, table, timeseries
from dashboards.queries import columns, now, over_time, rows, sorted_by
from dashboards.variables import choice

_SOURCE = '{source=~"$source"}'
_BUILD = "powerflex_exporter_build_info"

_SUCCESS = f"powerflex_exporter_poll_success{_SOURCE}"
_DURATION = f"powerflex_exporter_poll_duration_seconds{_SOURCE}"
_LAST_SUCCESS = "powerflex_exporter_poll_last_success_timestamp_seconds"
_AGE = f'(time() - {_LAST_SUCCESS}{{source=~"$source", collector!="settings"}})'
_AGE_OF_SETTINGS = f'(time() - {_LAST_SUCCESS}{{source=~"$source", collector="settings"}})'
_CERTIFICATE = f"floor((powerflex_exporter_source_certificate_expiry_timestamp_seconds{_SOURCE} - time()) / 86400)"
_REJECTED = f"powerflex_exporter_statistics_property_rejected{_SOURCE}"
_IGNORED = f"powerflex_exporter_fields_ignored_total{_SOURCE}"
_FAILED = ', code!~"2.."'
_RELOADED = "powerflex_exporter_config_last_reload_successful"

_STALE = thresholds(GREEN, (900, ORANGE))
_CERTIFICATE_DAYS = thresholds(RED, (3, ORANGE), (21, GREEN))
_POLL_STATES = value_mapping({1: ("ok", GREEN), 0: ("failed", ORANGE)})
_SOURCE_STATES = value_mapping({1: ("up", GREEN), 0: ("down", RED)})
_LOADED = value_mapping({1: ("loaded", GREEN), 0: ("failed", ORANGE)})


def _up(metric: str, label: str) -> str:
    return f'label_replace({metric}{{{label}=~"$source"}}, "source", "$1", "{label}", "(.+)")'


def _rate(counter: str, matchers: str = "") -> str:
    return f'rate(powerflex_exporter_{counter}{{source=~"$source"{matchers}}}[$__rate_interval])'


def _ours(expression: str) -> str:
    """Keep what is of an exporter: other programs have these series too."""
    return f"{expression} and on (job, instance) {_BUILD}"


def _word(field: str, mapping: Json, width: int = 115) -> Json:
    return override(
        field, mappings=[mapping], custom_cellOptions=colored_text(), custom_align="left", custom_width=width
    )


_VERDICT = (
    stat(
        "Exporters down",
        "Exporters that Prometheus gets no metrics from. Its job is called powerflex, or as the exporter.",
        now('sum(up{job=~"powerflex|cloudstack-powerflex-exporter"} == bool 0)', "down"),
        unit="none",
        width=3,
        steps=CRITICAL_FROM_1,
    ),
    stat(
        "Sources down",
        "Gateways and CloudStack APIs that the exporter cannot connect to or log in to. Its status page says why.",
        now('sum(powerflex_up{system=~"$source"} == bool 0)', "PowerFlex"),
        now('sum(cloudstack_up{cloudstack=~"$source"} == bool 0)', "CloudStack"),
        unit="none",
        width=4,
        steps=CRITICAL_FROM_1,
    ),
    stat(
        "Polls that fail",
        "Collectors whose last poll failed. Their last reading is served until it is too old.",
        now(f"sum({_SUCCESS} == bool 0)", "failing"),
        unit="none",
        width=3,
        steps=WARNING_FROM_1,
    ),
    stat(
        "Oldest figures",
        "How long ago the collector that is furthest behind last succeeded. Settings are read each ten minutes.",
        now(f"max({_AGE})", "age"),
        now(f"max({_AGE_OF_SETTINGS})", "settings"),
        unit="s",
        decimals=0,
        width=4,
        steps=_STALE,
        overrides=[override("settings", thresholds=thresholds(GREEN, (2400, ORANGE)))],
    ),
    stat(
        "Configuration",
        "Whether it could be loaded the last time. If not, the exporter goes on with the former one, and would not "
        "start again.",
        now(f"min({_RELOADED})", "configuration"),
        unit="none",
        width=3,
        mappings=[_LOADED],
    ),
    stat(
        "Certificate, days left",
        "Days until the first TLS certificate of a source ends.",
        now(f"min({_CERTIFICATE})", "days"),
        unit="none",
        decimals=0,
        width=4,
        steps=_CERTIFICATE_DAYS,
    ),
    stat(
        "Refused statistics",
        "Statistics properties that gateways refuse: what is made of them is absent.",
        now(f"count({_REJECTED}) or 0 * count({_SUCCESS})", "properties"),
        unit="none",
        width=3,
        steps=INFORMATION_FROM_1,
    ),
)

_AGES = (
    table(
        "Collectors",
        "Age: how long ago the collector last succeeded; orange from 15 minutes on. Took: its last poll. Failed: how "
        "many polls did in the last hour.",
        rows(f"max by (source, collector) ({_SUCCESS})"),
        rows(f"max by (source, collector) (time() - {_LAST_SUCCESS}{_SOURCE})"),
        rows(f"max by (source, collector) ({_DURATION})"),
        rows(f"round(max by (source, collector) (increase(powerflex_exporter_poll_failures_total{_SOURCE}[1h])))"),
        width=13,
        rows=11,
        transformations=[
            *columns(
                {
                    "source": "Source",
                    "collector": "Collector",
                    "Value #A": "Last poll",
                    "Value #B": "Age",
                    "Value #C": "Took",
                    "Value #D": "Failed",
                }
            ),
            sorted_by("Age"),
        ],
        overrides=[
            _word("Last poll", _POLL_STATES),
            override(
                "Age", unit="s", decimals=0, thresholds=_STALE, custom_cellOptions=colored_text(), custom_width=110
            ),
            override("Took", unit="s", decimals=2, custom_width=110),
            override(
                "Failed", unit="none", thresholds=WARNING_FROM_1, custom_cellOptions=colored_text(), custom_width=90
            ),
        ],
    ),
    table(
        "Sources",
        "Certificate days: until it ends. Renewals: how often the session was renewed in the last hour, by login or "
        "refresh. CloudStack has no sessions.",
        rows(f"max by (source) ({_up('powerflex_up', 'system')} or {_up('cloudstack_up', 'cloudstack')})"),
        rows(f"max by (source) ({_CERTIFICATE})"),
        rows(f"round(max by (source) (increase(powerflex_exporter_session_renewals_total{_SOURCE}[1h])))"),
        unit="none",
        width=11,
        rows=11,
        transformations=[
            *columns(
                {
                    "source": "Source",
                    "Value #A": "Connection",
                    "Value #B": "Certificate days",
                    "Value #C": "Renewals",
                }
            ),
            sorted_by("Connection", descending=False),
        ],
        overrides=[
            _word("Connection", _SOURCE_STATES),
            override(
                "Certificate days",
                decimals=0,
                thresholds=_CERTIFICATE_DAYS,
                custom_cellOptions=colored_text(),
                custom_width=150,
            ),
            override("Renewals", custom_width=110),
        ],
    ),
    state_timeline(
        "Polls over time",
        "The twenty collectors that failed for most of the time range, by their last poll at each moment. A gap: the "
        "exporter was not scraped.",
        over_time(
            f"max by (source, collector) ({_SUCCESS}) and bottomk(20, min by (source, collector)"
            f" (avg_over_time({_SUCCESS}[$__range] @ end())))",
            "{{source}} · {{collector}}",
        ),
        width=13,
        rows=13,
        mappings=[_POLL_STATES],
    ),
    timeseries(
        "Age of the figures",
        "How long ago the collector of each source that is furthest behind last succeeded, settings left out. A climb "
        "without an end: the source is down, or a poll hangs.",
        over_time(f"max by (source) ({_AGE})", "{{source}}"),
        unit="s",
        width=11,
        rows=13,
        minimum=0,
    ),
)

_POLLS = (
    timeseries(
        "Time of polls",
        "Of the ten collectors that take longest over the time range.",
        over_time(
            f"max by (source, collector) ({_DURATION}) and topk(10, max by (source, collector)"
            f" (avg_over_time({_DURATION}[$__range] @ end())))",
            "{{source}} · {{collector}}",
        ),
        unit="s",
        legend="table",
        rows=9,
        minimum=0,
    ),
    timeseries(
        "Polls that failed",
        "Failed polls as a share of all polls of a source.",
        over_time(
            f"sum by (source) ({_rate('poll_failures_total')}) / (sum by (source) ({_rate('polls_total')}) > 0)",
            "{{source}}",
        ),
        unit="percentunit",
        rows=9,
    ),
    timeseries(
        "Requests",
        "Requests per second to each source.",
        over_time(f"sum by (source) ({_rate('requests_total')})", "{{source}}"),
        unit="reqps",
        width=8,
        minimum=0,
    ),
    timeseries(
        "Requests that brought nothing",
        "Per second, by HTTP status, those with a 2xx left out. None: there was no whole answer, for want of a "
        "connection or of time.",
        over_time(f"sum by (source, code) ({_rate('requests_total', _FAILED)})", "{{source}} · {{code}}"),
        unit="reqps",
        width=8,
        empty="None is known to have failed",
        minimum=0,
    ),
    timeseries(
        "Renewals of sessions",
        "How often the session with a source was renewed in the hour before, by login or refresh. Many: somebody ends "
        "the exporter's sessions.",
        over_time(f"sum by (source) (increase(powerflex_exporter_session_renewals_total{_SOURCE}[1h]))", "{{source}}"),
        unit="none",
        decimals=0,
        width=8,
        minimum=0,
    ),
)

_REFUSED = (
    table(
        "Refused statistics properties",
        "The gateway does not know them, so what is made of them is absent. Each is tried again after an hour.",
        rows(f"max by (source, type, property) ({_REJECTED})"),
        width=12,
        empty="None is known to be refused",
        transformations=columns({"source": "Source", "type": "Type", "property": "Property"}, hidden=("Value",)),
    ),
    table(
        "Fields passed over",
        "Optional fields of a wrong type: what is made of them is absent. Growth: how many more there were in the time "
        "range.",
        rows(f"round(sum by (source, type, field) (increase({_IGNORED}[$__range])))"),
        unit="none",
        width=12,
        empty="None is known to be passed over",
        transformations=[
            *columns({"source": "Source", "type": "Type", "field": "Field", "Value": "Growth"}),
            sorted_by("Growth"),
        ],
    ),
)

_PROCESS = (
    table(
        "Exporters",
        "Each exporter that is scraped. Loaded: when its configuration was last loaded.",
        rows(f"max by (instance, version, pythonversion) ({_BUILD})"),
        rows(f"max by (instance) ({_ours('process_start_time_seconds')}) * 1000"),
        rows(f"max by (instance) ({_RELOADED})"),
        rows("max by (instance) (powerflex_exporter_config_last_reload_success_timestamp_seconds) * 1000"),
        rows("max by (instance) (powerflex_exporter_series)"),
        rows("max by (instance) (powerflex_exporter_volumes_without_series)"),
        unit="none",
        rows=5,
        transformations=columns(
            {
                "instance": "Exporter",
                "version": "Version",
                "pythonversion": "Python",
                "Value #B": "Started",
                "Value #C": "Configuration",
                "Value #D": "Loaded",
                "Value #E": "Series",
                "Value #F": "Volumes without series",
            },
            hidden=("Value #A",),
        ),
        overrides=[
            override("Started|Loaded", "byRegexp", unit="dateTimeFromNow"),
            _word("Configuration", _LOADED, 150),
        ],
    ),
    timeseries(
        "Series on the page",
        "Without the exporter's own.",
        over_time("powerflex_exporter_series", "series · {{instance}}"),
        over_time("powerflex_exporter_volumes_without_series", "volumes without series · {{instance}}"),
        unit="none",
        decimals=0,
        width=8,
        minimum=0,
    ),
    timeseries(
        "Size of the page",
        "Uncompressed, without the exporter's own part.",
        over_time("powerflex_exporter_page_bytes", "{{instance}}"),
        unit="bytes",
        width=8,
        minimum=0,
    ),
    timeseries(
        "Time of a scrape",
        "How long Prometheus waits for the page, and how long its last rendering took, which no scrape waits for.",
        over_time(_ours("scrape_duration_seconds"), "scrape · {{instance}}"),
        over_time("powerflex_exporter_page_render_duration_seconds", "rendering · {{instance}}"),
        unit="s",
        width=8,
        minimum=0,
    ),
    timeseries(
        "Memory",
        "Resident memory of the exporter's process.",
        over_time(_ours("process_resident_memory_bytes"), "{{instance}}"),
        unit="bytes",
        width=8,
        minimum=0,
    ),
    timeseries(
        "CPU",
        "As a share of one core.",
        over_time(_ours("rate(process_cpu_seconds_total[$__rate_interval])"), "{{instance}}"),
        unit="percentunit",
        width=8,
    ),
    timeseries(
        "Open files",
        "Files and connections of the exporter's process, as a share of what it may open.",
        over_time(_ours("process_open_fds / process_max_fds"), "{{instance}}"),
        unit="percentunit",
        width=8,
    ),
)

BOARD = dashboard(
    "exporter",
    "PowerFlex / Exporter",
    "Can the figures be trusted?",
    [
        Section("Verdict", _VERDICT),
        Section("How old are the figures?", _AGES),
        Section("How do the sources answer?", _POLLS),
        Section("What was refused or passed over?", _REFUSED),
        Section("How is the exporter itself?", _PROCESS),
    ],
    variables=[choice("source", "Source", "powerflex_exporter_poll_success")],
)
