"""Alerts, in the shape of 3.x and in that of 4.x."""

import datetime as dt
from typing import Any

from exporter.simulator.scenario.array import Alert, System

_NEVER = "0001-01-01T00:00:00Z"


def _iso(moment: int) -> str:
    return dt.datetime.fromtimestamp(moment, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def legacy_alerts(system: System, now: int) -> list[dict[str, Any]]:
    """GET /api/types/Alert/instances. What has been cleared is not listed there."""
    return [
        {
            "alertType": alert.kind,
            "severity": alert.severity,
            "affectedObject": {
                "type": f"com.emc.ecs.api.model.gen.{alert.object_type}",
                "id": alert.object_id,
                "objectId": alert.object_id,
            },
            "alertValues": {},
            "lastObserved": _iso(now),
            "uuid": alert.id,
            "startTime": _iso(alert.started),
            "name": alert.id,
            "id": alert.id,
        }
        for alert in system.alerts.values()
        if alert.cleared is None
    ]


def rest_alerts(system: System) -> dict[str, Any]:
    """GET /rest/v1/alerts. Cleared alerts stay listed, with the time at which they were cleared."""
    return {"results": [_rest_alert(number, alert) for number, alert in enumerate(system.alerts.values())]}


def _rest_alert(number: int, alert: Alert) -> dict[str, Any]:
    return {
        "id": alert.id,
        "code": f"0x31{number:06X}",
        "name": alert.kind,
        "description": alert.kind.replace("_", " ").capitalize(),
        "severity": alert.severity,
        "original_severity": alert.severity,
        "timestamp": _iso(alert.started),
        "last_updated": _iso(alert.cleared or alert.started),
        "cleared_timestamp": _NEVER if alert.cleared is None else _iso(alert.cleared),
        "ack_timestamp": _NEVER,
        "ack_by": "",
        "resource_type": alert.object_type,
        "resource_name": alert.object_name,
        "resource_id": alert.object_id,
        "domain": "Storage",
        "category": "Block",
        "service": "block",
        "system_impact": "",
        "repair_flow": "",
        "details": {},
        "related_events": [],
        "snmp_code": None,
        "srs_send": False,
    }
