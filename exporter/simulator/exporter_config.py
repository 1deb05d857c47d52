"""The text of an exporter's configuration that points at running simulated gateways and management servers."""

import json

from exporter.simulator.simulator import Simulator


def config_yaml(simulator: Simulator) -> str:
    """Return a configuration file: one entry per gateway and management server.

    JSON strings are YAML, so texts are quoted as JSON.
    """
    tls = [f"    tls: {{verify: true, ca_file: {json.dumps(str(simulator.ca_file))}}}"] if simulator.tls else []
    lines = ["powerflex:"]
    for gateway in simulator.gateways.values():
        lines += [
            f"  - name: {json.dumps(gateway.name)}",
            f"    gateway: {json.dumps(gateway.url)}",
            f"    username: {json.dumps(gateway.username)}",
            f"    password: {json.dumps(gateway.password)}",
            *tls,
        ]
    lines.append("cloudstack:")
    for server in simulator.management_servers.values():
        lines += [
            f"  - name: {json.dumps(server.name)}",
            f"    endpoint: {json.dumps(server.url)}",
            f"    api_key: {json.dumps(server.api_key)}",
            f"    secret_key: {json.dumps(server.secret_key)}",
            *tls,
        ]
    return "\n".join(lines) + "\n"
