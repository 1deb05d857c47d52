from __future__ import annotations

import itertools

import pytest

from exporter.model.powerflex import Sds
from exporter.views.nodes import is_healthy, is_in_maintenance


def node(connection: str | None, membership: str | None, state: str | None) -> Sds:
    return Sds(id="n", mdm_connection_state=connection, membership_state=membership, state=state)


def test_connected_joined_and_normal_is_healthy() -> None:
    assert is_healthy(node("Connected", "Joined", "Normal")) is True


@pytest.mark.parametrize(
    "states",
    [
        ("Disconnected", "Joined", "Normal"),
        ("Connected", "JoinPending", "Normal"),
        ("Connected", "Decoupled", "Normal"),
        ("Connected", "Joined", "RemovePending"),
        ("connected", "Joined", "Normal"),
        ("", "Joined", "Normal"),
        ("Disconnected", None, None),
        (None, "Decoupled", None),
        (None, None, "RemovePending"),
        ("a word of tomorrow", None, None),
    ],
)
def test_anything_else_is_not(states: tuple[str | None, str | None, str | None]) -> None:
    assert is_healthy(node(*states)) is False


@pytest.mark.parametrize("unknown", [set(at) for n in (1, 2, 3) for at in itertools.combinations(range(3), n)])
def test_good_as_far_as_is_known_is_unknown(unknown: set[int]) -> None:
    states = [None if at in unknown else good for at, good in enumerate(("Connected", "Joined", "Normal"))]

    assert is_healthy(node(*states)) is None


@pytest.mark.parametrize(
    ("state", "maintained"),
    [
        ("NoMaintenance", False),
        ("InMaintenance", True),
        ("SetMaintenanceInProgress", True),
        ("ExitMaintenanceInProgress", True),
        (None, None),
    ],
)
def test_maintenance(state: str | None, maintained: bool | None) -> None:
    assert is_in_maintenance(Sds(id="n", maintenance_state=state)) is maintained


def test_maintenance_is_no_illness() -> None:
    resting = Sds(
        id="n",
        mdm_connection_state="Connected",
        membership_state="Joined",
        state="Normal",
        maintenance_state="InMaintenance",
    )

    assert is_healthy(resting) is True
