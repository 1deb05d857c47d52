"""A process that sends answers made beforehand: a gateway, and a management server at the path of its API.

python -m benchmarks.gateway OBJECTS [VOLUMES ROUTERS]
"""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

from benchmarks.array import Array
from benchmarks.cloud import Cloud, page

API_PATH = "/client/api"


class Answers(BaseHTTPRequestHandler):
    """Answers from what the server holds."""

    protocol_version = "HTTP/1.1"
    array: dict[str, bytes]
    cloud: dict[str, dict[int, bytes]]
    requests = 0

    def do_GET(self) -> None:
        """Answer a login, a version or a list."""
        if self.path == "/requests":
            self._send(str(Answers.requests).encode())
        elif self.path == "/api/login":
            self._send(b'"token"')
        elif self.path == "/api/version":
            self._send(b'"3.6"')
        else:
            Answers.requests += 1
            self._send(self.array.get(self.path, b""))

    def do_POST(self) -> None:
        """Answer a query for statistics, or a call of CloudStack's API."""
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        Answers.requests += 1
        if self.path == API_PATH:
            self._send(page(self.cloud, dict(parse_qsl(body.decode()))))
        else:
            (selected,) = json.loads(body)["selectedStatisticsList"]
            self._send(self.array[selected["type"]])

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _send(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    """A server that is silent about those who leave in the middle of an answer, as an exporter does that is stopped."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing."""


def main() -> None:
    """Make the answers, then say at which port they are had."""
    objects, volumes, routers = [*map(int, sys.argv[1:]), 0, 0][:3]
    Answers.array = Array(objects).answers()
    Answers.cloud = Cloud(volumes, routers).answers() if volumes or routers else {}
    server = Server(("127.0.0.1", 0), Answers)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
