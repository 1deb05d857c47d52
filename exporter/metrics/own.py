"""The exporter's own part of the page: small, and rendered on each scrape by the Prometheus client."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Iterator, Mapping

from prometheus_client import GC_COLLECTOR, PLATFORM_COLLECTOR, PROCESS_COLLECTOR, CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from exporter import __version__
from exporter.inventory.polls import PollRecords
from exporter.metrics.catalogue import exporter as catalogue
from exporter.metrics.catalogue.family import Family
from exporter.metrics.page import Page
from exporter.model.reloads import ReloadState
from exporter.model.runs import RunCounts
from exporter.model.source import SourceCounts

Labelled = Iterable[tuple[tuple[str, ...], float | None]]


class OwnMetrics(Collector):
    """The families about the exporter itself.

    Args:
        polls: how the polls went.
        sources: gives what was counted of each source, by its name.
        page: gives the page that is served now.
        reloads: how reading the configuration went.
        runs: gives what was counted of the runs of router health checks, by installation.
    """

    def __init__(
        self,
        polls: PollRecords,
        sources: Callable[[], Mapping[str, SourceCounts]],
        page: Callable[[], Page],
        reloads: ReloadState,
        runs: Callable[[], Mapping[str, RunCounts]],
    ) -> None:
        self._polls = polls
        self._sources = sources
        self._runs = runs
        self._page = page
        self._reloads = reloads

    def collect(self) -> Iterator[Metric]:
        """Give the families of this moment."""
        yield _family(catalogue.BUILD_INFO, [((__version__, platform.python_version()), 1)])
        yield from self._of_polls()
        yield from self._of_sources()
        yield from self._of_runs()
        page = self._page()
        yield _family(catalogue.SERIES, [((), page.series)])
        yield _family(catalogue.VOLUMES_WITHOUT_SERIES, [((), page.volumes_without_series)])
        yield _family(catalogue.PAGE_BYTES, [((), page.size)])
        yield _family(catalogue.PAGE_RENDER_DURATION, [((), page.render_seconds)])
        yield _family(catalogue.CONFIG_LAST_RELOAD_SUCCESSFUL, [((), self._reloads.successful)])
        yield _family(catalogue.CONFIG_LAST_RELOAD_SUCCESS_TIMESTAMP, [((), self._reloads.succeeded_at)])

    def _of_polls(self) -> Iterator[Metric]:
        records = self._polls.records.items()
        yield _family(catalogue.POLL_SUCCESS, ((key, record.success) for key, record in records))
        yield _family(catalogue.POLL_DURATION, ((key, record.duration) for key, record in records))
        yield _family(catalogue.POLL_LAST_SUCCESS, ((key, record.last_success) for key, record in records))
        yield _family(catalogue.POLLS, ((key, record.total) for key, record in records))
        yield _family(catalogue.POLL_FAILURES, ((key, record.failures) for key, record in records))

    def _of_sources(self) -> Iterator[Metric]:
        sources = self._sources().items()
        yield _family(
            catalogue.REQUESTS,
            (((name, code), count) for name, counts in sources for code, count in sorted(counts.requests.items())),
        )
        yield _family(catalogue.SESSION_RENEWALS, (((name,), counts.renewals) for name, counts in sources))
        yield _family(
            catalogue.PROPERTY_REJECTED,
            (((name, kind, field), 1) for name, counts in sources for kind, field in counts.rejected),
        )
        yield _family(
            catalogue.FIELDS_IGNORED,
            (((name, *field), count) for name, counts in sources for field, count in sorted(counts.ignored.items())),
        )
        yield _family(catalogue.CERTIFICATE_EXPIRY, (((name,), counts.certificate_expiry) for name, counts in sources))

    def _of_runs(self) -> Iterator[Metric]:
        runs = self._runs().items()
        yield _family(catalogue.ROUTER_CHECK_RUNS, (((name,), counts.runs) for name, counts in runs))
        yield _family(catalogue.ROUTER_CHECK_RUN_FAILURES, (((name,), counts.failures) for name, counts in runs))
        yield _family(catalogue.ROUTER_CHECK_RUNS_SUSPENDED, (((name,), counts.suspended) for name, counts in runs))


def own_registry(own: OwnMetrics) -> CollectorRegistry:
    """Return a registry of the exporter's own families and those of its process and its Python."""
    registry = CollectorRegistry(auto_describe=False)
    for collector in (own, PROCESS_COLLECTOR, PLATFORM_COLLECTOR, GC_COLLECTOR):
        registry.register(collector)
    return registry


def _family(family: Family, samples: Labelled) -> Metric:
    """Return a family of these samples, without those that have no value."""
    make = CounterMetricFamily if family.kind == "counter" else GaugeMetricFamily
    metric = make(family.name, family.help, labels=family.labels)
    for values, value in samples:
        if value is not None:
            metric.add_metric(values, float(value))
    return metric
