"""What clients have called: for tests that count calls, and for people who want to see them."""

from collections import Counter
from dataclasses import dataclass, field

from exporter.simulator.gateway.request_log import LoggedRequest, RequestLog


@dataclass(slots=True)
class LoggedCall(LoggedRequest):
    """One call. Its path holds the command and the parameters, without key, signature and expiry."""

    command: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    user: str | None = None
    """The name of the user whose key was sent."""


class CommandLog(RequestLog):
    """The calls to one management server, newest last. Thread-safe."""

    def __init__(self) -> None:
        super().__init__()
        self.fresh_runs: Counter[str] = Counter()
        """How often health checks were run anew, by the UUID of the router."""

    @property
    def calls(self) -> list[LoggedCall]:
        """The calls so far; the oldest are forgotten."""
        return [entry for entry in self.entries if isinstance(entry, LoggedCall)]

    def count_calls(self, command: str, **parameters: str) -> int:
        """How many of the calls that are remembered had this command and these parameters."""
        return sum(call.command == command and parameters.items() <= call.parameters.items() for call in self.calls)

    def clear(self) -> None:
        """Forget everything."""
        super().clear()
        self.fresh_runs.clear()
