"""Who gets notifications: a web server that stands for the pager and for Slack, and a mail server."""

from __future__ import annotations

import base64
import contextlib
import json
import socketserver
import threading
import time
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Post(NamedTuple):
    """What was posted, where, and with what proof of who sends it."""

    path: str
    authorization: str | None
    body: dict[str, Any]


class Inbox:
    """Keeps what is posted to a web server."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.posts: list[Post] = []

    def when_quiet(self, seconds: float) -> list[Post]:
        """Return all posts once none has come for so long."""
        count = -1
        while count != len(self.posts):
            count = len(self.posts)
            time.sleep(seconds)
        return sorted(self.posts, key=lambda post: post.path)


@contextlib.contextmanager
def inbox_open() -> Iterator[Inbox]:
    """Serve on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            inbox.posts.append(Post(self.path, self.headers["Authorization"], body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    with _serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as address:
        inbox = Inbox(f"http://{address}")
        yield inbox


class Mailbox:
    """Keeps the mails that come, and the user names and passwords with which they were sent."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.mails: list[EmailMessage] = []
        self.logins: list[tuple[str, str]] = []


@contextlib.contextmanager
def mailbox_open() -> Iterator[Mailbox]:
    """Speak as much SMTP as a client needs that logs in and sends a mail, on a port of its own."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 ready")
            while line := self.rfile.readline().decode().strip():
                verb, _, rest = line.partition(" ")
                match verb.upper():
                    case "EHLO":
                        self._say("250-here\r\n250 AUTH PLAIN")
                    case "AUTH":
                        _, user, password = base64.b64decode(rest.split()[-1]).decode().split("\0")
                        mailbox.logins.append((user, password))
                        self._say("235 welcome")
                    case "DATA":
                        self._say("354 go on")
                        self._keep_mail()
                        self._say("250 kept")
                    case "QUIT":
                        self._say("221 bye")
                        return
                    case _:
                        self._say("250 fine")

        def _keep_mail(self) -> None:
            lines = iter(self.rfile.readline, b".\r\n")
            # A line that begins with a dot comes with another one before it.
            text = b"".join(line[1:] if line.startswith(b".") else line for line in lines)
            mailbox.mails.append(message_from_bytes(text, policy=policy.default))

        def _say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    with _serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)) as address:
        mailbox = Mailbox(address)
        yield mailbox


@contextlib.contextmanager
def _serving(server: socketserver.TCPServer) -> Iterator[str]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    with server:
        thread.start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()
