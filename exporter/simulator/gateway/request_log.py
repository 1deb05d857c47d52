"""What clients have asked: for tests that count calls, and for people who want to see them."""

import threading
from collections import Counter, deque
from dataclasses import asdict, dataclass
from typing import Any

_KEPT = 2_000
_LONGEST_BODY = 64 * 1024


@dataclass(slots=True)
class LoggedRequest:
    """One request. Never holds a token or a password."""

    method: str
    path: str
    query: str
    scheme: str
    """How the client showed who it is: "basic", "bearer", or ""."""
    body: str
    """Empty for logins."""
    status: int | None = None
    """None while there is no answer, and for ever where none was given."""


class RequestLog:
    """The requests of one gateway, newest last. Thread-safe."""

    def __init__(self) -> None:
        self._entries: deque[LoggedRequest] = deque(maxlen=_KEPT)
        self._counts: Counter[tuple[str, str]] = Counter()
        self._in_flight = 0
        self._peak = 0
        self._lock = threading.Lock()

    @property
    def entries(self) -> list[LoggedRequest]:
        """The requests so far; the oldest are forgotten."""
        with self._lock:
            return list(self._entries)

    @property
    def peak_in_flight(self) -> int:
        """How many requests were unanswered at the same time, at most."""
        with self._lock:
            return self._peak

    def count(self, path: str = "", method: str | None = None) -> int:
        """How many requests had this text in their path."""
        with self._lock:
            return sum(
                number
                for (each_method, each_path), number in self._counts.items()
                if path in each_path and method in (None, each_method)
            )

    def start(self, entry: LoggedRequest) -> None:
        """Note a request that has arrived."""
        entry.body = entry.body[:_LONGEST_BODY]
        with self._lock:
            self._entries.append(entry)
            self._counts[entry.method, entry.path] += 1
            self._in_flight += 1
            self._peak = max(self._peak, self._in_flight)

    def finish(self) -> None:
        """Note that a request is over, whatever became of it."""
        with self._lock:
            self._in_flight -= 1

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
            self._counts.clear()
            self._peak = self._in_flight

    def as_json(self) -> dict[str, Any]:
        """Return the counts by method and path, and the requests themselves."""
        with self._lock:
            counts = {f"{method} {path}": number for (method, path), number in sorted(self._counts.items())}
            entries = [asdict(entry) for entry in self._entries]
            return {"counts": counts, "peak_in_flight": self._peak, "requests": entries}
