from __future__ import annotations

from exporter.inventory.polls import PollRecord, PollRecords


def test_before_the_first_poll_nothing_is_claimed() -> None:
    assert PollRecord() == PollRecord(success=None, error=None, duration=None, last_success=None, total=0, failures=0)


def test_a_success_a_failure_and_a_success() -> None:
    record = PollRecord()

    record.note(error=None, duration=0.5, ended=100.0)
    assert record == PollRecord(
        success=True, error=None, duration=0.5, ended=100.0, last_success=100.0, total=1, failures=0
    )

    record.note(error="no answer", duration=60.0, ended=200.0)
    assert record == PollRecord(
        success=False, error="no answer", duration=60.0, ended=200.0, last_success=100.0, total=2, failures=1
    )

    record.note(error=None, duration=0.25, ended=300.0)
    assert record == PollRecord(
        success=True, error=None, duration=0.25, ended=300.0, last_success=300.0, total=3, failures=1
    )


def test_an_error_without_words_is_still_an_error() -> None:
    record = PollRecord()
    record.note(error="", duration=1.0, ended=1.0)

    assert (record.success, record.failures, record.last_success) == (False, 1, None)


def test_all_are_tried_when_the_last_has_ended_whatever_came_of_it() -> None:
    polls = PollRecords.of([("A", "system"), ("A", "pools"), ("B", "system")])
    assert list(polls.records) == [("A", "system"), ("A", "pools"), ("B", "system")]

    for count, record in enumerate(polls.records.values()):
        assert not polls.all_tried
        record.note(error="failed" if count % 2 else None, duration=0.0, ended=0.0)
    assert polls.all_tried


def test_each_collector_has_a_record_of_its_own() -> None:
    polls = PollRecords.of([("A", "system"), ("B", "system")])
    polls.records["A", "system"].note(error=None, duration=0.0, ended=0.0)

    assert polls.records["B", "system"].total == 0


def test_nothing_to_poll_is_all_tried() -> None:
    assert PollRecords.of([]).all_tried


def test_what_is_kept_goes_on_and_of_what_has_the_name_alone_the_counts_do() -> None:
    former = PollRecords.of([("A", "pools"), ("B", "pools"), ("C", "pools")])
    for record in former.records.values():
        record.note(error=None, duration=0.5, ended=100.0)
        record.note(error="failed", duration=0.5, ended=200.0)
    polls = PollRecords.of([("A", "pools"), ("B", "pools"), ("D", "pools")])

    polls.take_over(former, {"A"})

    assert polls.records["A", "pools"] is former.records["A", "pools"]
    assert polls.records["B", "pools"] == PollRecord(total=2, failures=1)
    assert polls.records["D", "pools"] == PollRecord()
    assert len(polls.records) == 3
