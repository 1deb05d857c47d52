"""PowerFlex gateways and CloudStack over real sockets, for tests, demonstrations and anyone without an array at hand.

Nothing here knows the exporter: the servers' shapes and manners are those of real ones. All answer from one scenario.

    with Simulator(default_scenario(live=False)) as simulator:
        gateway = simulator.gateways["pf-ams1"]
        cloudstack = simulator.management_servers["ams"]
        ...
"""

from exporter.simulator.cloudstack.command_log import CommandLog, LoggedCall
from exporter.simulator.cloudstack.server import ManagementServer
from exporter.simulator.command import describe, run_until_stopped
from exporter.simulator.exporter_config import config_yaml
from exporter.simulator.gateway.faults import FaultError, FaultRule
from exporter.simulator.gateway.server import Gateway
from exporter.simulator.gateway.sessions import TokenLifetimes
from exporter.simulator.scenario.changes import ChangeError
from exporter.simulator.scenario.cloud_oddities import expected_discrepancies
from exporter.simulator.scenario.default import PASSWORD, USERNAME, default_scenario
from exporter.simulator.scenario.discrepancy import Discrepancy
from exporter.simulator.scenario.world import World
from exporter.simulator.simulator import Simulator

__all__ = [
    "PASSWORD",
    "USERNAME",
    "ChangeError",
    "CommandLog",
    "Discrepancy",
    "FaultError",
    "FaultRule",
    "Gateway",
    "LoggedCall",
    "ManagementServer",
    "Simulator",
    "TokenLifetimes",
    "World",
    "config_yaml",
    "default_scenario",
    "describe",
    "expected_discrepancies",
    "run_until_stopped",
]
