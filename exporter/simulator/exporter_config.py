"""The text of an exporter's configuration that points at running simulated gateways."""

import json

from exporter.simulator.simulator import Simulator


def config_yaml(simulator: Simulator) -> str:
    """Return a configuration file: one entry per gateway. JSON strings are YAML, so texts are quoted as JSON."""
    lines = ["powerflex:"]
    for gateway in simulator.gateways.values():
        lines += [
            f"  - name: {json.dumps(gateway.name)}",
            f"    gateway: {json.dumps(gateway.url)}",
            f"    username: {json.dumps(gateway.username)}",
            f"    password: {json.dumps(gateway.password)}",
        ]
        if simulator.tls:
            lines.append(f"    tls: {{verify: true, ca_file: {json.dumps(str(simulator.ca_file))}}}")
    return "\n".join(lines) + "\n"
