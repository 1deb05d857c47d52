"""The array's own alerts: `Alert` up to 3.x, `/rest/v1/alerts` from 4.0 on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

import msgspec

from exporter.decode import Decoder, IgnoredFields
from exporter.errors import AnswerError, RequestError
from exporter.model.instant import now
from exporter.model.powerflex import Alert, AlertsReading
from exporter.powerflex import wire
from exporter.powerflex.gateway import Gateway
from exporter.powerflex.source import PowerFlexSource

_FIRST_WITH_REST = 4
_REST_PATH = "/rest/v1/alerts"
_MOST_PAGES = 100
_NEVER = "0001-01-01"
_UNKNOWN = "unknown"

_SEVERITIES = {
    "ALERT_HIGH": "critical",
    "ALERT_MEDIUM": "medium",
    "ALERT_LOW": "low",
    "CRITICAL": "critical",
    "MAJOR": "high",
    "MINOR": "medium",
    "INFORMATIONAL": "info",
    "INFORMATION": "info",
}

_legacy_alerts = Decoder(wire.LegacyAlert, "Alert")
_rest_alerts = Decoder(wire.RestAlert, "Alert")


async def collect(source: PowerFlexSource) -> AlertsReading:
    """Read the open alerts.

    Where the gateway was upgraded meanwhile, which shows when its session is renewed, they are read once more.

    Raises:
        PollError: one of its kinds.
    """
    taken_at = now()
    gateway = source.gateway
    version = await gateway.version()
    try:
        alerts = await _read(gateway, version)
    except RequestError:
        former, version = version, await gateway.version()
        if version == former:
            raise
        alerts = await _read(gateway, version)
    return AlertsReading(taken_at=taken_at, alerts=alerts)


async def _read(gateway: Gateway, version: str | None) -> tuple[Alert, ...]:
    has_rest = gateway.session.is_bearer if version is None else int(version.partition(".")[0]) >= _FIRST_WITH_REST
    if has_rest:
        return _each_once(await _rest(gateway))
    alerts = await gateway.list(_legacy_alerts)
    return _each_once(alerts)


class _RestAnswer(msgspec.Struct, frozen=True):
    results: msgspec.Raw
    paging: msgspec.Raw = msgspec.Raw(b"{}")


_rest_answer = Decoder(_RestAnswer, "Alert")


class _Paging(msgspec.Struct, frozen=True):
    next: str = ""


class _RestPage(NamedTuple):
    alerts: list[wire.RestAlert]
    next_path: str | None


async def _rest(gateway: Gateway) -> list[wire.RestAlert]:
    """Read the alerts of 4.x that are open, page by page where the gateway pages them."""
    path: str | None = _REST_PATH
    open_alerts: list[wire.RestAlert] = []
    for _ in range(_MOST_PAGES):
        page: _RestPage = await gateway.get(path or _REST_PATH, _decode_page)
        open_alerts += (alert for alert in page.alerts if not alert.cleared or alert.cleared.startswith(_NEVER))
        path = page.next_path
        if path is None:
            return open_alerts
    raise AnswerError(f"the gateway has more than {_MOST_PAGES} pages of alerts")


def _decode_page(body: bytes, ignored: IgnoredFields) -> _RestPage:
    answer = _rest_answer.decode_object(body, ignored)
    return _RestPage(_rest_alerts.decode_list(bytes(answer.results), ignored), _following(answer.paging))


def _following(paging: msgspec.Raw) -> str | None:
    """Return the path of the next page, which is given whole, without its host, or as a query alone."""
    try:
        following = urlsplit(msgspec.json.decode(paging, type=_Paging).next)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
    path = following.path or (_REST_PATH if following.query else "")
    return urlunsplit(("", "", path, following.query, "")) if path.startswith(_REST_PATH) else None


def _each_once(alerts: Iterable[wire.LegacyAlert | wire.RestAlert]) -> tuple[Alert, ...]:
    """Return alerts of which none is listed again, as where a page has moved; one without an id is like no other."""
    known = {one.id or number: one for number, one in enumerate(alerts)}
    return tuple(_alert(one.severity, one.type) for one in known.values())


def _alert(severity: str | None, kind: str | None) -> Alert:
    return Alert(
        severity=_SEVERITIES.get((severity or "").upper(), _UNKNOWN),
        type=(kind or _UNKNOWN).lower(),
    )
