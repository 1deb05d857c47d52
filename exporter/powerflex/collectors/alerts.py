"""The array's own alerts: `Alert` up to 3.x, `/rest/v1/alerts` from 4.0 on."""

from __future__ import annotations

import msgspec

from exporter.decode import Decoder, IgnoredFields
from exporter.errors import AnswerError
from exporter.model.instant import now
from exporter.model.powerflex import Alert, AlertsReading
from exporter.powerflex import wire
from exporter.powerflex.source import PowerFlexSource

_FIRST_VERSION_WITH_REST = 4
_NEVER = "0001-01-01T00:00:00Z"
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

    Raises:
        PollError: one of its kinds.
    """
    taken_at = now()
    alerts: list[wire.LegacyAlert] | list[wire.RestAlert]
    if int((await source.gateway.version()).partition(".")[0]) < _FIRST_VERSION_WITH_REST:
        alerts = await source.gateway.list(_legacy_alerts)
    else:
        alerts = await source.gateway.get("/rest/v1/alerts", _decode_rest_alerts)
    return AlertsReading(taken_at=taken_at, alerts=tuple(_alert(one.severity, one.type) for one in alerts))


class _Paging(msgspec.Struct, frozen=True):
    total_instances: int = 0


class _RestAnswer(msgspec.Struct, frozen=True):
    results: msgspec.Raw
    paging: _Paging | None = None


def _decode_rest_alerts(body: bytes, ignored: IgnoredFields) -> list[wire.RestAlert]:
    try:
        answer = msgspec.json.decode(body, type=_RestAnswer, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise AnswerError(f"the alerts cannot be understood: {error}") from None
    alerts = _rest_alerts.decode_list(bytes(answer.results), ignored)
    if answer.paging and answer.paging.total_instances > len(alerts):
        raise AnswerError(f"the gateway gave {len(alerts)} of {answer.paging.total_instances} alerts")
    return [alert for alert in alerts if alert.cleared in (None, _NEVER)]


def _alert(severity: str | None, kind: str | None) -> Alert:
    return Alert(
        severity=_SEVERITIES.get((severity or "").upper(), _UNKNOWN),
        type=(kind or _UNKNOWN).lower(),
    )
