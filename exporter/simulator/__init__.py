"""PowerFlex gateways over real sockets, for tests, demonstrations and anyone without an array at hand.

Nothing here knows the exporter: the gateways' shapes and manners are those of real ones.

    with Simulator(default_scenario(live=False)) as simulator:
        gateway = simulator.gateways["pf-ams1"]
        ...
"""

from exporter.simulator.command import describe, run_until_stopped
from exporter.simulator.exporter_config import config_yaml
from exporter.simulator.gateway.faults import FaultError, FaultRule
from exporter.simulator.gateway.server import Gateway
from exporter.simulator.gateway.sessions import TokenLifetimes
from exporter.simulator.scenario.changes import ChangeError
from exporter.simulator.scenario.default import PASSWORD, USERNAME, default_scenario
from exporter.simulator.scenario.world import World
from exporter.simulator.simulator import Simulator

__all__ = [
    "PASSWORD",
    "USERNAME",
    "ChangeError",
    "FaultError",
    "FaultRule",
    "Gateway",
    "Simulator",
    "TokenLifetimes",
    "World",
    "config_yaml",
    "default_scenario",
    "describe",
    "run_until_stopped",
]
