"""What the results of a router's health checks say, by the rules of the version that ran them.

From 4.22 each result has a status. Up to 4.21 it only says whether it is a
success, and the test of the file system is no success either where the router
could not be reached at all; then nobody knows whether it can be written to.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import Raw

from exporter.cloudstack import wire
from exporter.decode import Decoder, IgnoredFields
from exporter.errors import AnswerError
from exporter.model.cloudstack import CheckStatus, RouterCheck

CONNECTIVITY = "connectivity.test"
FILESYSTEM_WRITABLE = "filesystem.writable.test"
BASIC = "basic"
READ_ONLY = "Read-only file system"

_FAILED_TO_WRITE = "Failed to write:"
_UNKNOWN_TYPE = "unknown"

_checks = Decoder(wire.HealthCheck, "healthcheck")


def of_router(router: wire.Router, ignored: IgnoredFields) -> tuple[RouterCheck, ...]:
    """Return the results that `listRouters` gave with a router; none where it gave none.

    Raises:
        AnswerError: a result does not say of which check it is.
    """
    return _results(router.checks, ignored)


def of_answer(content: Mapping[str, Raw], ignored: IgnoredFields) -> tuple[RouterCheck, ...]:
    """Return the results that `getRouterHealthCheckResults` answered.

    Raises:
        AnswerError: it holds none, or a result does not say of which check it is.
    """
    try:
        answer = msgspec.json.decode(content["routerhealthchecks"], type=wire.RouterHealthChecks)
    except (KeyError, msgspec.DecodeError, UnicodeDecodeError):
        raise AnswerError("getRouterHealthCheckResults answered without routerhealthchecks") from None
    return _results(answer.checks, ignored)


def _results(listed: Raw, ignored: IgnoredFields) -> tuple[RouterCheck, ...]:
    if listed == wire.NOT_GIVEN:
        return ()
    text = bytes(listed)
    if text[:1] != b"[":
        ignored["router", "healthcheckresults"] += 1
        return ()
    checks = _checks.decode_list(text, ignored)
    reached = any(check.name == CONNECTIVITY and check.success for check in checks)
    return tuple(
        RouterCheck(
            name=check.name,
            check_type=check.check_type or _UNKNOWN_TYPE,
            status=_status(check, reached=reached),
            updated=check.updated.timestamp() if check.updated else None,
            details=check.details,
        )
        for check in checks
    )


def _status(check: wire.HealthCheck, *, reached: bool) -> CheckStatus:
    if check.status is not None:
        word = check.status.lower()
        return CheckStatus(word) if word in list(CheckStatus) else CheckStatus.UNKNOWN
    if check.success is None:
        return CheckStatus.UNKNOWN
    if check.success:
        return CheckStatus.SUCCESS
    if check.name != FILESYSTEM_WRITABLE or reached or (check.details or "").startswith(_FAILED_TO_WRITE):
        return CheckStatus.FAILED
    return CheckStatus.UNKNOWN
