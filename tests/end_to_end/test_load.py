"""More clients than there should be, and worse ones: memory stays bounded, and who is refused is told why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks import clients
from benchmarks.children import serving
from benchmarks.results import rss_mib
from tests.end_to_end.watching import complaints
from tests.programs import Exporter, until

_VOLUMES = 10_000
_GROWTH_MIB = 200
_HALF_A_REQUEST = b"GET /metrics HTTP/1.1\r\nHo"
_REFUSED = b"Limit of 40 concurrent requests reached (--web.max-requests), try again later.\n"


@pytest.fixture
def exporter(tmp_path: Path, run_exporter: Callable[..., Exporter]) -> Iterator[Exporter]:
    """One with a page of several MB; it must not grow, must complain of nothing and must end in order."""
    with serving("gateway", _VOLUMES) as gateway:
        entry = f"{{name: pf, gateway: 'http://127.0.0.1:{gateway}', username: u, password: some-word, auth: legacy}}"
        config = tmp_path / "config.yaml"
        config.write_text(f"powerflex: [{entry}]\nvolumes: {{series: all}}\n")
        exporter = run_exporter("serve", "--config.file", str(config))
        exporter.until_ready()
        until(lambda: "powerflex_volume_info" in exporter.get("/metrics").text, "the volumes")
        before = rss_mib(exporter.process.pid)
        yield exporter
        assert rss_mib(exporter.process.pid) - before < _GROWTH_MIB
        assert complaints(exporter) == []
        assert exporter.end() == 0


@pytest.fixture
def port(exporter: Exporter) -> int:
    return int(exporter.url.rpartition(":")[2])


def test_fifty_scrapers_at_once_are_answered_or_told_of_the_limit(port: int) -> None:
    answers = clients.scrapers(port, 50, 4)
    assert {answer.status for answer in answers} <= {200, 503}
    assert {answer.body for answer in answers if answer.status == 503} <= {_REFUSED}
    assert sum(answer.status == 200 for answer in answers) >= 40
    assert clients.ask(port).status == 200


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_slow_readers_leave_room_for_others_until_the_limit_is_reached(port: int, encoding: str) -> None:
    with clients.slow_readers(port, 30, encoding):
        assert clients.ask(port).status == 200
        with clients.slow_readers(port, 60, "identity"):
            until(lambda: clients.ask(port).status == 503, "the limit")
            assert clients.ask(port).body == _REFUSED
            assert clients.ask(port, "/-/healthy").status == 200
    until(lambda: clients.ask(port).status == 200, "the places of those who hung up")


@pytest.mark.parametrize("words", [b"", _HALF_A_REQUEST], ids=["silent", "half a request"])
def test_half_open_connections_give_way(port: int, words: bytes) -> None:
    with clients.lingering(port, 700, words):
        assert [clients.ask(port).status for _ in range(3)] == [200, 200, 200]


def test_what_is_no_request_is_refused(port: int) -> None:
    told = clients.answers_to(port, clients.giant_heads(20, 1_000_000))
    assert told == {"HTTP/1.1 431 Request Header Fields Too Large": 20}
    told = clients.answers_to(port, clients.nonsense(400))
    assert told == Counter(
        {"HTTP/1.1 404 Not Found": 100, "HTTP/1.1 405 Method Not Allowed": 100, "HTTP/1.1 400 Bad Request": 200}
    )
    assert clients.ask(port).status == 200
