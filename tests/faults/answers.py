"""What can be wrong with an answer, and what an operator sees of it: the table that the tests hold true."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.faults.calls import BULK, EVERY_CALL, Call, in_turn

Rule = Mapping[str, Any]

MAX_ANSWER_BYTES = 1 << 20
MAX_OBJECTS = 3000
"""The bounds of the exporter that is hurt; those of a real one are far larger."""


class Spared(NamedTuple):
    """A collector that does without the answer: how, and the metrics that change all the same."""

    words: str
    metrics: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fault:
    """A fault in an answer.

    Attributes:
        name: what it is called.
        rule: how the simulator does it.
        at_gateway: what the collectors of a gateway say when they fail of it.
        at_server: what those of a management server say.
        spared: the collectors that do not fail when it is the answer to the bulk query.
        slow: whether it takes the whole time-out.
    """

    name: str
    rule: Rule
    at_gateway: str
    at_server: str
    spared: Mapping[str, Spared] = field(default_factory=dict)
    slow: bool = False

    def words(self, call: Call) -> str:
        """What the collectors say that fail when this is the answer to that call."""
        return self.at_gateway if call.of_gateway else self.at_server

    def at_login(self) -> str:
        """What every collector says when this is the answer to the login of a gateway."""
        status = self.rule.get("status")
        if status in {401, 403}:
            return f"the gateway refuses the user name or password ({status})"
        unread = ("bytes", "broke off: ", "an encoding")
        if status == 200 and not any(words in self.at_gateway for words in unread):
            return "answered 200 without a token"
        return self.at_gateway if status in {None, 200} else f"answered {status}"

    def cells(self) -> Iterator[tuple[Call, str]]:
        """Where it is tried: at each call, at its sources in turn; a slow one at all calls of each source at once."""
        if self.slow:
            return ((call, source) for call in EVERY_CALL for source in call.sources)
        return in_turn(FAULTS.index(self))

    def spares(self, call: Call) -> Mapping[str, Spared]:
        """The collectors that do not fail when this is the answer to that call."""
        return self.spared if call.path == BULK else {}


def _status(status: int, body: object = "", **headers: str) -> Rule:
    return {"action": "status", "status": status, "body": body, "headers": headers}


def _text(body: str, **headers: str) -> Rule:
    return {**_status(200, body, **headers), "content_type": "application/json"}


def _bytes(body: bytes) -> str:
    return body.decode(errors="surrogateescape")


_HTML = "<!DOCTYPE html><html><head><title>Bad Gateway</title></head><body><h1>nginx</h1></body></html>"
_OBJECT = '{"id": "%d", "name": "x", "storagePoolId": "1", "vtreeId": "1", "sizeInKb": 8, "size": 1}'
_NO_ANSWER = "answer is not "
_SLOW = "gave no whole answer within "
_NOT_UNDERSTOOD = "answered what cannot be understood"

FAULTS = (
    Fault("a cut connection", {"action": "drop"}, "broke off: ", "broke off: "),
    Fault("a body cut short", {"action": "truncate"}, "broke off: ", "broke off: "),
    Fault(
        "a 301 to another host",
        _status(301, Location="http://127.0.0.1:9/elsewhere"),
        "answered 301",
        "answered 301, a redirect, which is not followed",
    ),
    Fault(
        "a 400",
        _status(400),
        "answered 400",
        "answered 400",
        {
            "sdcs": Spared("without mapped volumes", ("powerflex_sdc_mapped_volumes",)),
            "used_sizes": Spared("tree by tree"),
        },
    ),
    Fault(
        "a 401, always",
        _status(401, {"message": "Unauthorized"}),
        "answered 401 even in a new session",
        "answered 401, the API key or the secret key is wrong",
    ),
    Fault("a 403", _status(403), "answered 403, the user's role does not allow it", "answered 403"),
    Fault("a 404", _status(404), "answered 404", "answered 404, there is no API at the endpoint"),
    Fault(
        "a 429",
        _status(429, "retry after [1] ms"),
        "answered 429",
        "answered 429, the account's API limit is reached",
    ),
    Fault(
        "a 500 with words",
        _status(500, {"message": "MDM is gone", "errortext": "MDM is gone"}),
        "answered 500: MDM is gone",
        "answered 500",
    ),
    Fault(
        "a 502 with a page of HTML", _status(502, _HTML), "answered 502: <!DOCTYPE html>", "answered 502: an HTML page"
    ),
    Fault(
        "a 503 while it starts",
        _status(503, _HTML),
        "answered 503",
        "answered 503, the management server is starting or not available",
    ),
    Fault("a page of HTML with status 200", _text(_HTML), _NO_ANSWER, "answered 200 with an HTML page"),
    Fault("no body", _text(""), _NO_ANSWER, _NOT_UNDERSTOOD),
    Fault("JSON cut short", _text('[{"id": "dfa3e41d00000000", "na'), _NO_ANSWER, _NOT_UNDERSTOOD),
    Fault("bytes that are no UTF-8", _text(_bytes(b'{"\xff\xfe": "\x80"}')), _NO_ANSWER, _NOT_UNDERSTOOD),
    Fault("brackets without end", _text('[{"x": ' + "[" * 100_000), _NO_ANSWER, _NOT_UNDERSTOOD),
    Fault("braces without end", _text('{"x": ' * MAX_OBJECTS), _NO_ANSWER, _NOT_UNDERSTOOD),
    Fault("null", _text("null"), _NO_ANSWER, _NOT_UNDERSTOOD),
    Fault("a number", _text("42"), _NO_ANSWER, _NOT_UNDERSTOOD),
    Fault("a list of numbers", _text("[1, 2]"), _NO_ANSWER, _NOT_UNDERSTOOD),
    Fault(
        "an object of numbers",
        _text('{"StoragePool": 1, "VTree": 2, "Sdc": 3, "results": 4}'),
        _NO_ANSWER,
        _NOT_UNDERSTOOD,
    ),
    Fault("a bare NaN", _text("[NaN]"), _NO_ANSWER, _NOT_UNDERSTOOD),
    Fault("gzip that is none", _text("[]", **{"Content-Encoding": "gzip"}), "broke off: ", "broke off: "),
    Fault(
        "a body beyond the bound",
        _text(" " * (MAX_ANSWER_BYTES + 1)),
        f"answered with more than {MAX_ANSWER_BYTES} bytes",
        f"answered with more than {MAX_ANSWER_BYTES} bytes",
    ),
    Fault(
        "a small body that unpacks beyond the bound",
        _text(_bytes(gzip.compress(b" " * 10 * MAX_ANSWER_BYTES)), **{"Content-Encoding": "gzip"}),
        f"answered with more than {MAX_ANSWER_BYTES} bytes",
        f"answered with more than {MAX_ANSWER_BYTES} bytes",
    ),
    Fault(
        "a body that is packed twice",
        _text(_bytes(gzip.compress(gzip.compress(b"[]"))), **{"Content-Encoding": "gzip, gzip"}),
        "answered in an encoding that was not asked for: gzip, gzip",
        "answered in an encoding that was not asked for: gzip, gzip",
    ),
    Fault(
        "a list beyond the bound",
        _text("[" + ",".join(_OBJECT % number for number in range(MAX_OBJECTS + 1)) + "]"),
        f"more than {MAX_OBJECTS} objects",
        f"more than {MAX_OBJECTS} objects",
    ),
    Fault(
        "no answer in time",
        {"action": "hang"},
        _SLOW,
        _SLOW,
        slow=True,
    ),
    Fault(
        "an answer that drips",
        {"action": "drip", "bytes": 1, "seconds": 0.1},
        _SLOW,
        _SLOW,
        slow=True,
    ),
)
