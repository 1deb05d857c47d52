"""The families of the exporter itself, rendered on each scrape."""

from __future__ import annotations

from exporter.metrics.catalogue.family import Family

_POLL = ("source", "collector")
_OWN = "the exporter"

BUILD_INFO = Family(
    "powerflex_exporter_build_info", "The exporter's version", ("version", "pythonversion"), "info", _OWN
)
POLL_SUCCESS = Family(
    "powerflex_exporter_poll_success", "Whether the last poll of the collector succeeded", _POLL, "boolean", _OWN
)
POLL_DURATION = Family(
    "powerflex_exporter_poll_duration_seconds", "How long the last poll of the collector took", _POLL, "seconds", _OWN
)
POLL_LAST_SUCCESS = Family(
    "powerflex_exporter_poll_last_success_timestamp_seconds",
    "When a poll of the collector last succeeded",
    _POLL,
    "unix seconds",
    _OWN,
)
POLLS = Family("powerflex_exporter_polls_total", "Polls of the collector that ended", _POLL, "polls", _OWN, "counter")
POLL_FAILURES = Family(
    "powerflex_exporter_poll_failures_total", "Polls of the collector that failed", _POLL, "polls", _OWN, "counter"
)
REQUESTS = Family(
    "powerflex_exporter_requests_total",
    "Requests sent to the source by HTTP status; code none: there was no whole answer",
    ("source", "code"),
    "requests",
    _OWN,
    "counter",
)
SESSION_RENEWALS = Family(
    "powerflex_exporter_session_renewals_total",
    "Renewals of the session with the source, by login or refresh",
    ("source",),
    "renewals",
    _OWN,
    "counter",
)
PROPERTY_REJECTED = Family(
    "powerflex_exporter_statistics_property_rejected",
    "1 for each statistics property that the gateway refuses; what is made of it is absent",
    ("source", "type", "property"),
    "boolean",
    "querySelectedStatistics: the list in its 400",
)
FIELDS_IGNORED = Family(
    "powerflex_exporter_fields_ignored_total",
    "Optional fields passed over because they were of a wrong type",
    ("source", "type", "field"),
    "fields",
    _OWN,
    "counter",
)
CERTIFICATE_EXPIRY = Family(
    "powerflex_exporter_source_certificate_expiry_timestamp_seconds",
    "When the TLS certificate of the source ends",
    ("source",),
    "unix seconds",
    "the certificate: notAfter",
)
SERIES = Family("powerflex_exporter_series", "Series on the page, without the exporter's own", (), "series", _OWN)
VOLUMES_WITHOUT_SERIES = Family(
    "powerflex_exporter_volumes_without_series",
    "Volumes that are in the sums but have no series of their own, because of volumes.series or volumes.max_volumes",
    (),
    "volumes",
    _OWN,
)
PAGE_BYTES = Family(
    "powerflex_exporter_page_bytes",
    "Size of the page, uncompressed, without the exporter's own part",
    (),
    "bytes",
    _OWN,
)
PAGE_RENDER_DURATION = Family(
    "powerflex_exporter_page_render_duration_seconds",
    "How long the last rendering of the page took",
    (),
    "seconds",
    _OWN,
)
ROUTER_CHECK_RUNS = Family(
    "cloudstack_router_health_check_runs_total",
    "Fresh health checks that the exporter has run on routers",
    ("cloudstack",),
    "runs",
    "getRouterHealthCheckResults, performfreshchecks=true",
    "counter",
)
ROUTER_CHECK_RUN_FAILURES = Family(
    "cloudstack_router_health_check_run_failures_total",
    "Fresh health checks run by the exporter that brought no result",
    ("cloudstack",),
    "runs",
    "getRouterHealthCheckResults, performfreshchecks=true",
    "counter",
)
ROUTER_CHECK_RUNS_SUSPENDED = Family(
    "cloudstack_router_health_check_runs_suspended",
    "Whether no fresh health check is run because too many routers are stale at once",
    ("cloudstack",),
    "boolean",
    _OWN,
)
CONFIG_LAST_RELOAD_SUCCESSFUL = Family(
    "powerflex_exporter_config_last_reload_successful",
    "Whether the configuration could be read the last time that it was",
    (),
    "boolean",
    _OWN,
)
CONFIG_LAST_RELOAD_SUCCESS_TIMESTAMP = Family(
    "powerflex_exporter_config_last_reload_success_timestamp_seconds",
    "When the configuration was last read with success",
    (),
    "unix seconds",
    _OWN,
)
