"""The `simulate` command: gateways and management servers that run until they are told to stop."""

import signal
import threading
from types import FrameType
from typing import Any

from exporter.simulator.simulator import Simulator


def describe(simulator: Simulator) -> str:
    """Where the gateways and management servers listen, who may log in, and how to play with them."""
    gateways = [f"  {each.name}  version {each.version}  {each.url}" for each in simulator.gateways.values()]
    first = next(iter(simulator.gateways.values()))
    trust = f"--cacert {simulator.ca_file} " if simulator.tls else ""
    token = f"$(curl -s {trust}-u '{first.username}:{first.password}' {first.url}/api/login | tr -d '\"')"
    servers = list(simulator.management_servers.values())
    router = simulator.world.landmarks.get("vpc_router", "")
    change = f'[{{"op": "set_router_filesystem", "router": "{router}", "read_only": true}}]'
    return "\n".join(
        [
            "Simulated PowerFlex gateways:",
            *gateways,
            f"User {first.username}, password {first.password}",
            "",
            "Simulated CloudStack management servers:",
            *(f"  {each.name}  version {each.version}  {each.url}" for each in servers),
            *(f"API key {each.api_key}, secret key {each.secret_key}" for each in servers),
            "",
            *([f"CA certificate {simulator.ca_file}"] if simulator.tls else []),
            "",
            "Ask one:",
            f'  curl {trust}-u ":{token}" {first.url}/api/types/StoragePool/instances',
            "What is true:",
            f"  curl {trust}{first.url}/simulator/state",
            "Let it misbehave, and behave again:",
            f"""  curl {trust}{first.url}/simulator/faults -d '[{{"action": "status", "status": 500, "times": 3}}]'""",
            f"  curl {trust}-X DELETE {first.url}/simulator/faults",
            "Make a router's file system read-only:",
            f"  curl {trust}{first.url}/simulator/world -d '{change}'",
            "",
        ]
    )


def run_until_stopped(simulator: Simulator) -> None:
    """Run everything, print where they are, and return after SIGINT or SIGTERM. For the main thread."""
    stopped = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame  # either signal means the same
        stopped.set()

    previous: dict[signal.Signals, Any] = {
        number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        with simulator:
            print(describe(simulator), flush=True)  # noqa: T201  # the command's output
            stopped.wait()
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
