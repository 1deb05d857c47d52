"""What can be wrong with a whole source, and what an operator sees of it: the table that the tests hold true."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tests.faults.calls import GATEWAYS, SERVERS


class Outcome(NamedTuple):
    """What is seen while a trouble lasts.

    Attributes:
        words: what every collector says when it fails of it; None where none fails.
        down: whether `powerflex_up` or `cloudstack_up` is 0.
        remark: what is seen where none fails.
        changes: the metrics that change where none fails.
    """

    words: str | None = None
    down: bool = False
    remark: str = ""
    changes: tuple[str, ...] = ()


class Trouble(NamedTuple):
    """A trouble, and what is seen of it at a gateway and at a management server; None where neither can have it."""

    at_gateway: Outcome | None
    at_server: Outcome | None
    gateways: tuple[str, ...] = GATEWAYS

    def cells(self) -> Iterator[tuple[str, Outcome]]:
        """Where it is tried, and what is seen of it there."""
        for sources, outcome in ((self.gateways, self.at_gateway), (SERVERS, self.at_server)):
            yield from ((source, outcome) for source in sources if outcome)


def _down(words: str) -> Outcome:
    return Outcome(words, down=True)


def _both(outcome: Outcome) -> Trouble:
    return Trouble(outcome, outcome)


_NOTHING = Outcome(remark="nothing is seen")
_RENEWED = Outcome(remark="nothing is seen, the session is renewed")
_NO_CONNECTION = _both(_down("cannot connect"))

TROUBLES = {
    "nobody listens": _NO_CONNECTION,
    "no packet is answered": _NO_CONNECTION,
    "the connection is taken, and then nothing": _NO_CONNECTION,
    "the DNS does not know the name": _both(_down("cannot connect: [Errno -2] Name or service not known")),
    "the certificate names another host": _both(_down("certificate verify failed: Hostname mismatch")),
    "the certificate has expired": _both(_down("certificate verify failed: certificate has expired")),
    "the certificate is self-signed": _both(_down("certificate verify failed: self-signed certificate")),
    "the password, or the key, is refused": Trouble(
        _down("the gateway refuses the user name or password (401)"),
        _down("answered 401, the API key or the secret key is wrong"),
    ),
    "the 128 sessions are all taken": Trouble(_down("TOO_MANY_SESSIONS"), None),
    "the sessions end": Trouble(_RENEWED, None),
    "a 401 in the midst of a round": Trouble(_RENEWED, None),
    "it restarts": Trouble(_RENEWED, _NOTHING),
    "it is starting": Trouble(
        Outcome("answered 503"), _down("answered 503, the management server is starting or not available")
    ),
    "it comes back as 4.5, and was 3.6": Trouble(
        Outcome(remark="goes on as 4.5 with the first poll", changes=("powerflex_system_info",)), None, ("pf-ams1",)
    ),
    "our clock jumps an hour ahead": _both(_NOTHING),
    "our clock jumps an hour back": Trouble(_NOTHING, _down("the server's clock is ")),
}
