"""Disk offerings."""

from typing import Any

from exporter.simulator.cloudstack.call import Call
from exporter.simulator.cloudstack.listing import list_answer
from exporter.simulator.cloudstack.responses import given
from exporter.simulator.cloudstack.timestamps import timestamp
from exporter.simulator.scenario.cloud import CloudOffering

_DAY = 86400


def list_disk_offerings(call: Call) -> dict[str, Any]:
    """Answer listDiskOfferings; the inactive ones only if `state` asks for them."""
    wanted = call.record("id", call.installation.offerings)
    state = (call.text("state") or "Active").lower()
    offerings = [
        offering
        for offering in call.installation.offerings.values()
        if wanted in (None, offering) and state in ("all", offering.state.lower())
    ]
    return list_answer(call, "diskoffering", offerings, lambda offering: _offering(call, offering))


def _offering(call: Call, offering: CloudOffering) -> dict[str, Any]:
    return given(
        {
            "id": offering.uuid,
            "name": offering.name,
            "displaytext": offering.name,
            "disksize": 0,
            "created": timestamp(call.installation, call.machine.world.started - 300 * _DAY),
            "iscustomized": True,
            "iscustomizediops": offering.custom_iops,
            "storagetype": "shared",
            "provisioningtype": "thin",
            "encrypt": False,
            "displayoffering": True,
            "state": offering.state,
            "details": dict(offering.details) or None,
        }
    )
