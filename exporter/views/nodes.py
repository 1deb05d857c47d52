"""The health of storage nodes."""

from __future__ import annotations

from exporter.model.powerflex import Sds

_GOOD = {"mdm_connection_state": "Connected", "membership_state": "Joined", "state": "Normal"}
_NO_MAINTENANCE = "NoMaintenance"


def is_healthy(node: Sds) -> bool | None:
    """Return whether the node is connected, joined and normal.

    None where what is known of it is good, but not all is known.
    """
    states = {field: getattr(node, field) for field in _GOOD}
    if any(state not in (None, _GOOD[field]) for field, state in states.items()):
        return False
    return None if None in states.values() else True


def is_in_maintenance(node: Sds) -> bool | None:
    """Return whether the node is in maintenance, or on its way in or out; None where that is not known."""
    return None if node.maintenance_state is None else node.maintenance_state != _NO_MAINTENANCE
