"""Clients as nobody wants them, many at once: they ask and do not read, begin and do not end, or ask nonsense."""

from __future__ import annotations

import contextlib
import socket
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple
from urllib.error import HTTPError
from urllib.request import Request, urlopen

_PATIENCE_SECONDS = 60.0
_SMALL_BYTES = 4096


class Answer(NamedTuple):
    """What came of a request; status 0 stands for a connection that was broken off."""

    status: int
    body: bytes
    seconds: float


def ask(port: int, path: str = "/metrics", encoding: str = "gzip") -> Answer:
    """Ask as a well-behaved client does."""
    started = time.monotonic()
    request = Request(f"http://127.0.0.1:{port}{path}", headers={"Accept-Encoding": encoding})
    try:
        with urlopen(request, timeout=_PATIENCE_SECONDS) as answer:
            status, body = answer.status, answer.read()
    except HTTPError as refusal:
        status, body = refusal.code, refusal.read()
    except OSError:
        status, body = 0, b""
    return Answer(status, body, time.monotonic() - started)


def scrapers(port: int, number: int, times: int) -> list[Answer]:
    """Have many clients at once scrape some times each, and return the answers."""
    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(lambda _: ask(port), range(number * times)))


@contextlib.contextmanager
def lingering(port: int, number: int, words: bytes) -> Iterator[None]:
    """Have many clients say something, and then neither say more nor read."""
    with contextlib.ExitStack() as stack:
        for _ in range(number):
            client = stack.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_BYTES)
            client.settimeout(_PATIENCE_SECONDS)
            client.connect(("127.0.0.1", port))
            client.sendall(words)
        yield


def slow_readers(port: int, number: int, encoding: str) -> contextlib.AbstractContextManager[None]:
    """Have many clients ask for the metrics, and read none of it."""
    return lingering(port, number, f"GET /metrics HTTP/1.1\r\nHost: x\r\nAccept-Encoding: {encoding}\r\n\r\n".encode())


def answers_to(port: int, requests: list[bytes]) -> Counter[str]:
    """Send each on a connection of its own, and count the status lines that came back; "" where there was none."""
    return Counter(_status_line(port, request) for request in requests)


def _status_line(port: int, request: bytes) -> str:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), _PATIENCE_SECONDS) as client:
        with contextlib.suppress(OSError):
            client.sendall(request)
        return client.recv(_SMALL_BYTES).partition(b"\r\n")[0].decode()
    return ""


def giant_heads(number: int, size: int) -> list[bytes]:
    """Return requests whose headers, or whose paths, are of that size."""
    filling = b"x" * size
    heads = (b"GET / HTTP/1.1\r\nHost: x\r\nX: %s\r\n\r\n", b"GET /%s HTTP/1.1\r\nHost: x\r\n\r\n")
    return [head % filling for head in heads for _ in range(number // 2)]


def nonsense(number: int) -> list[bytes]:
    """Return requests for paths and with methods that do not exist, and some that are none."""
    kinds = (
        b"GET /no/such/path-%d HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"BREW /metrics?%d HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"no request %d\r\n\r\n",
        b"\x16\x03\x01 %d\r\n\r\n",
    )
    return [kinds[one % len(kinds)] % one for one in range(number)]
