"""What health check results say, in the words of 4.20 and of 4.22."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.cloudstack import wire
from exporter.cloudstack.health_checks import CONNECTIVITY, FILESYSTEM_WRITABLE, of_answer, of_router
from exporter.decode import IgnoredFields
from exporter.errors import AnswerError
from exporter.model.cloudstack import CheckStatus, RouterCheck

SUCCESS, FAILED, WARNING, UNKNOWN = CheckStatus
AT = "2026-02-09T14:01:22+0100"
CONNECTED, NO_ANSWER = "Successfully connected to router", "Communication failed"
TEXTS = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["SUCCESS", AT])


def check(name: str, *, success: bool | None = None, status: str | None = None, details: str = "") -> dict[str, Any]:
    given = {"checkname": name, "checktype": "basic", "success": success, "status": status, "lastupdated": AT}
    return {key: value for key, value in {**given, "details": details}.items() if value is not None}


def results(*checks: object, ignored: IgnoredFields | None = None) -> tuple[RouterCheck, ...]:
    body = msgspec.json.encode({"id": "r", "healthcheckresults": list(checks)})
    router = msgspec.json.decode(body, type=wire.Router)
    return of_router(router, Counter() if ignored is None else ignored)


@pytest.mark.parametrize(
    ("connectivity", "filesystem", "statuses"),
    [
        ((True, CONNECTED), (True, "Successfully written to file system"), (SUCCESS, SUCCESS)),
        ((True, CONNECTED), (False, "Failed to write: Read-only file system"), (SUCCESS, FAILED)),
        ((False, "Failed to fetch results with details: ssh"), (False, "Failed to fetch results"), (FAILED, UNKNOWN)),
        ((False, NO_ANSWER), (False, NO_ANSWER), (FAILED, UNKNOWN)),
    ],
)
def test_up_to_421_a_file_system_is_read_only_where_the_router_was_reached(
    connectivity: tuple[bool, str], filesystem: tuple[bool, str], statuses: tuple[CheckStatus, CheckStatus]
) -> None:
    found = results(
        check(CONNECTIVITY, success=connectivity[0], details=connectivity[1]),
        check(FILESYSTEM_WRITABLE, success=filesystem[0], details=filesystem[1]),
    )

    assert tuple(one.status for one in found) == statuses


@pytest.mark.parametrize(("details", "status"), [("Failed to write: Read-only", FAILED), (NO_ANSWER, UNKNOWN)])
def test_up_to_421_without_a_test_of_the_connection_the_details_decide(details: str, status: CheckStatus) -> None:
    (found,) = results(check(FILESYSTEM_WRITABLE, success=False, details=details))

    assert found.status == status


@pytest.mark.parametrize("success", [True, False])
def test_up_to_421_another_check_is_a_success_or_failed(success: bool) -> None:
    found = results(check(CONNECTIVITY, success=False), check("dns_check.py", success=success))

    assert found[1].status == (SUCCESS if success else FAILED)


@pytest.mark.parametrize(
    ("word", "status"),
    [("SUCCESS", SUCCESS), ("FAILED", FAILED), ("WARNING", WARNING), ("UNKNOWN", UNKNOWN), ("MAYBE", UNKNOWN)],
)
def test_from_422_the_status_is_the_word_whatever_success_says(word: str, status: CheckStatus) -> None:
    found = results(
        check(CONNECTIVITY, success=True, status="SUCCESS"),
        check(FILESYSTEM_WRITABLE, success=False, status=word),
    )

    assert found[1].status == status


def test_a_result_without_any_verdict_is_unknown() -> None:
    assert [one.status for one in results(check("cpu_usage_check.py"))] == [UNKNOWN]


@pytest.mark.parametrize(
    ("text", "unix"),
    [
        (AT, 1770642082.0),
        ("2026-02-09T13:01:22Z", 1770642082.0),
        ("2026-02-09T13:01:22+0000", 1770642082.0),
        ("2026-02-09T07:31:22-0530", 1770642082.0),
    ],
)
def test_the_time_of_a_test_is_a_unix_second(text: str, unix: float) -> None:
    (found,) = results({**check(CONNECTIVITY, success=True), "lastupdated": text})

    assert found == RouterCheck(name=CONNECTIVITY, check_type="basic", status=SUCCESS, updated=unix, details="")


@pytest.mark.parametrize("text", ["yesterday", "2026-02-09T13:01:22", "2026-13-09T13:01:22Z", True, 253402300800])
def test_a_time_that_cannot_be_read_is_unknown_and_counted(text: object) -> None:
    ignored: IgnoredFields = Counter()

    (found,) = results({**check(CONNECTIVITY, success=True), "lastupdated": text}, ignored=ignored)

    assert (found.status, found.updated) == (SUCCESS, None)
    assert ignored == {("healthcheck", "lastupdated"): 1}


def test_results_that_are_no_list_are_none_and_counted() -> None:
    ignored: IgnoredFields = Counter()
    router = msgspec.json.decode(b'{"id": "r", "healthcheckresults": "none"}', type=wire.Router)

    assert of_router(router, ignored) == ()
    assert ignored == {("router", "healthcheckresults"): 1}


@pytest.mark.parametrize("body", [b'{"id": "r"}', b'{"id": "r", "healthcheckresults": null}'])
def test_a_router_without_results_has_none(body: bytes) -> None:
    assert of_router(msgspec.json.decode(body, type=wire.Router), Counter()) == ()


def test_a_result_of_no_check_is_not_understood() -> None:
    with pytest.raises(AnswerError, match="has no checkname"):
        results({"success": True})


@pytest.mark.parametrize("content", [{}, {"routerhealthchecks": []}])
def test_an_answer_without_results_is_not_understood(content: dict[str, Any]) -> None:
    raw = msgspec.json.decode(msgspec.json.encode(content), type=dict[str, msgspec.Raw])

    with pytest.raises(AnswerError, match="without routerhealthchecks"):
        of_answer(raw, Counter())


@given(
    st.lists(
        st.fixed_dictionaries(
            {"checkname": st.sampled_from([CONNECTIVITY, FILESYSTEM_WRITABLE, "dns_check.py"])},
            optional=dict.fromkeys(("checktype", "success", "status", "lastupdated", "details"), TEXTS),
        ),
        max_size=4,
    )
)
def test_whatever_the_fields_hold_each_result_has_a_status(checks: list[dict[str, Any]]) -> None:
    found = results(*checks)

    assert [one.name for one in found] == [one["checkname"] for one in checks]
    for one, was in zip(found, checks, strict=True):
        if one.status == SUCCESS:
            assert str(was.get("status")).upper() == "SUCCESS" or was.get("success") in (True, 1, "1", "true")
