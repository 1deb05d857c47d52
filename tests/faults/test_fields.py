"""Every field that is read, with every wrong value: what is seen of it is what the table says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.calls import FIRST_CALL, SOURCES
from tests.faults.fields import FIELDS, Field, Value
from tests.faults.scrape import Scrape, matching

if TYPE_CHECKING:
    from tests.faults.bench import Bench

_NAMES_GROUP_NOTHING = {"ProtectionDomain", "StoragePool", "Sdc", "Sds", "storagepool", "host", "volume", "router"}
_IGNORED = "powerflex_exporter_fields_ignored_total"


def answered(bench: Bench, field: Field, value: Value) -> Scrape:
    """Let a field be answered so, and return the page."""
    faults = bench.server(field.source).faults
    faults.add(field.rule(value))
    scrape = bench.driven.poll(*field.collectors, source=field.source)
    faults.clear()
    return scrape


def changed(page: Scrape, other: Scrape) -> set[str]:
    return {metric for source in SOURCES for metric in page.differs(source, other)}


def series(page: Scrape, source: str) -> dict[str, int]:
    return {metric: len(lines) for metric, lines in page.inventory(source).items()}


@pytest.mark.parametrize("field", FIELDS, ids=str)
def test_what_is_seen_of_a_wrong_value_is_what_the_table_says(bench: Bench, field: Field) -> None:
    sound, last = bench.sound, bench.sound
    up = {"cloudstack_up"} if field.path == FIRST_CALL else set()
    counter = {"source": field.source, "type": field.kind, "field": field.name}
    tried = [(value, seen, answered(bench, field, value)) for value, seen in field.values()]
    for value, seen, page in tried:
        wrong = changed(page, sound) - matching(changed(page, sound), field.metrics)
        failing = {collector for source in SOURCES for collector in page.failing(source)}
        counted = page.total(_IGNORED, **counter) - last.total(_IGNORED, **counter)
        assert failing == (set(field.collectors) if seen == "fails" else set()), value.name
        assert wrong <= up, value.name
        if seen == "fails":
            assert changed(page, last) <= up, value.name
        else:
            assert (counted > 0) == (seen == "left out and counted"), value.name
        if value.as_if is not None and seen == "taken":
            as_number = answered(bench, field, value._replace(value=value.as_if))
            assert changed(page, as_number) == set()
        if field.name == "name" and value.name == "a word that nobody knows" and field.kind in _NAMES_GROUP_NOTHING:
            assert all(series(page, one) == series(sound, one) for one in SOURCES)
        last = page
    lines = bench.log.complaints()
    assert [line for line in lines if "level=error" in line] == []
    assert not field.strict or all(field.name in line for line in lines if "level=warning" in line)
    healed = bench.driven.poll(*field.collectors, source=field.source)
    assert changed(healed, sound) == set()


def test_fields_that_nobody_knows_change_nothing(bench: Bench) -> None:
    gateway = bench.server("pf-ams2")
    news = {"surprise": {"deep": [1, {"id": "x"}]}, "Überraschung": "\x00"}
    for field in ("links", "name"):  # the name of a system is not read
        gateway.faults.add(
            {"action": "set_field", "path": "/api/types/System/instances", "field": field, "value": news}
        )
    for kind in ("ProtectionDomain", "StoragePool", "Volume", "VTree", "Sdc", "Sds", "Device"):
        path = f"/api/types/{kind}/instances"
        gateway.faults.add({"action": "set_field", "path": path, "field": "links", "value": news})
    gateway.faults.add({"action": "set_field", "path": "/rest/v1/alerts", "field": "details", "value": news})
    faulty = bench.driven.poll()
    gateway.faults.clear()
    assert faulty.failing("pf-ams2") == set()
    assert faulty.differs("pf-ams2", bench.sound) == set()


@pytest.mark.parametrize("paging", [None, "many", {"total_instances": "NaN"}, {"total_instances": {}}], ids=repr)
def test_paging_words_that_cannot_be_understood_leave_the_alerts_as_they_are(bench: Bench, paging: object) -> None:
    gateway = bench.server("pf-ams2")
    alerts = [{"severity": "MAJOR", "name": "SDS_DISCONNECTED"}]
    gateway.faults.add({"action": "body", "path": "/rest/v1/alerts", "body": {"results": alerts, "paging": paging}})
    faulty = bench.driven.poll("alerts", source="pf-ams2")
    gateway.faults.clear()
    assert faulty.failing("pf-ams2") == set()
    assert faulty.value("powerflex_alerts", system="pf-ams2", alert_type="sds_disconnected") == 1
    bench.driven.poll("alerts", source="pf-ams2")


@pytest.mark.parametrize(
    "following", ["/rest/v1/alerts?offset=1", "https://pf-ams2.example.net/rest/v1/alerts?offset=1", "?offset=1"]
)
def test_alerts_that_the_gateway_pages_are_counted_on_every_page(bench: Bench, following: str) -> None:
    gateway = bench.server("pf-ams2")
    alerts = [{"severity": "MAJOR", "name": "SDS_DISCONNECTED"}]
    further = {"results": alerts, "paging": {"next": following, "total_instances": 3}}
    last = {"results": [{"severity": "MINOR", "name": "SDS_DISCONNECTED"}]}
    gateway.faults.add({"action": "body", "path": "/rest/v1/alerts", "body": further, "times": 2})
    gateway.faults.add({"action": "body", "path": "/rest/v1/alerts", "body": last, "skip": 2})
    paged = bench.driven.poll("alerts", source="pf-ams2")
    gateway.faults.clear()
    assert paged.failing("pf-ams2") == set()
    counts = {"high": 2, "medium": 1}
    for severity, count in counts.items():
        assert paged.value("powerflex_alerts", system="pf-ams2", alert_severity=severity) == count
    bench.driven.poll("alerts", source="pf-ams2")


def test_pages_of_alerts_without_end_fail_the_poll(bench: Bench) -> None:
    gateway = bench.server("pf-ams2")
    endless = {"results": [], "paging": {"next": "/rest/v1/alerts?offset=0"}}
    gateway.faults.add({"action": "body", "path": "/rest/v1/alerts", "body": endless})
    faulty = bench.driven.poll("alerts", source="pf-ams2")
    gateway.faults.clear()
    assert faulty.failing("pf-ams2") == {"alerts"}
    bench.driven.poll("alerts", source="pf-ams2")
