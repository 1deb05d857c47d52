from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterable, Iterator

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter import log
from exporter.log import MASKER, LogFormat, LogLevel, Masker, configure

PATIENT = settings(deadline=None)
SECRET = "c0rrect-horse/battery"

Configure = Callable[[LogLevel, LogFormat], None]


@pytest.fixture
def set_up(monkeypatch: pytest.MonkeyPatch) -> Iterator[Configure]:
    """Configure logging with a masker that forgets, and undo it all afterwards."""
    root = logging.getLogger()
    names = ("httpx", "httpcore", "apscheduler", "uvicorn", "uvicorn.error", "asyncio")
    libraries = [logging.getLogger(name) for name in names]
    levels = [(logger, logger.level) for logger in (root, *libraries)]
    handlers = root.handlers.copy()
    root.handlers.clear()
    monkeypatch.setattr(MASKER, "_secrets", set())
    monkeypatch.setattr(MASKER, "_tokens", type(MASKER._tokens)(maxlen=MASKER._tokens.maxlen))
    yield configure
    root.handlers[:] = handlers
    for logger, level in levels:
        logger.setLevel(level)
    structlog.reset_defaults()


def test_a_masker_of_nothing_changes_nothing() -> None:
    assert Masker().mask("as it is") == "as it is"
    assert Masker().mask("") == ""


def test_every_occurrence_is_masked() -> None:
    masker = Masker()
    masker.add(SECRET)

    assert masker.mask(f"{SECRET} and {SECRET}{SECRET}") == "<secret> and <secret><secret>"


def test_the_longest_is_masked_first_so_that_no_rest_of_it_shows() -> None:
    for order in (("hunter2", "hunter2-and-more"), ("hunter2-and-more", "hunter2")):
        masker = Masker()
        masker.add(order[0])
        masker.add_token(order[1])

        assert masker.mask("x hunter2-and-more y hunter2 z") == "x <secret> y <secret> z"


def test_short_secrets_are_masked_as_well_and_empty_ones_are_none() -> None:
    masker = Masker()
    for secret in ("", "x", "xyz"):
        masker.add(secret)
        masker.add_token(secret)

    assert masker.mask("x or xyz: no") == "<secret> or <secret>: no"


def test_a_secret_is_masked_in_the_forms_that_json_html_and_urls_give_it() -> None:
    masker = Masker()
    masker.add('P"w&d/1')

    shown = masker.mask('raw P"w&d/1 json P\\"w&d/1 html P&quot;w&amp;d/1 url P%22w%26d%2F1')

    assert shown == "raw <secret> json <secret> html <secret> url <secret>"


def test_tokens_are_forgotten_when_newer_ones_came_and_secrets_never() -> None:
    masker = Masker()
    masker.add(SECRET)
    for number in range(1000):
        masker.add_token(f"token-{number:04}")

    assert masker.mask(f"{SECRET} token-0000 token-0999 token-0800") == "<secret> token-0000 <secret> <secret>"


@PATIENT
@given(st.lists(st.text(min_size=4, max_size=12), min_size=1, max_size=5), st.text(max_size=20), st.text(max_size=20))
def test_no_secret_is_left(secrets: list[str], before: str, after: str) -> None:
    masker = Masker()
    for secret in secrets:
        masker.add(secret)

    masked = masker.mask(before + "".join(secrets) + after)

    assert not any(secret in masked for secret in secrets if secret not in "<secret>" * 9)


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    out, err = capsys.readouterr()
    assert out == "", "logs go to standard error"
    return err.splitlines()


@pytest.mark.parametrize("form", ["logfmt", "json"])
def test_a_line_steers_no_terminal(set_up: Configure, capsys: pytest.CaptureFixture[str], form: LogFormat) -> None:
    set_up("info", form)
    words = "clear \x1b[2J back \r ring \x07 end \x00 next \x85 mirrored \u202e whole \u00e4 \U0001f600\n"
    structlog.get_logger("exporter.test").warning("poll failed", error=words)

    (line,) = lines(capsys)
    assert line.isprintable()
    assert "whole \u00e4 \U0001f600\\n" in line


def test_a_line_of_json(set_up: Configure, capsys: pytest.CaptureFixture[str]) -> None:
    set_up("info", "json")
    structlog.get_logger("exporter.test").bind(source="pf-äms").warning("poll failed", error='no "answer"\n', tries=3)

    (line,) = lines(capsys)
    event = json.loads(line)
    assert event.pop("ts").endswith("Z")
    assert event == {
        "event": "poll failed",
        "level": "warning",
        "source": "pf-äms",
        "error": 'no "answer"\n',
        "tries": 3,
    }
    assert "pf-äms" in line


def test_a_line_of_logfmt(set_up: Configure, capsys: pytest.CaptureFixture[str]) -> None:
    set_up("info", "logfmt")
    structlog.get_logger("exporter.test").info("polled", collector="pools", source="pf", error='a "b"\nc', x=1)

    (line,) = lines(capsys)
    stamp, rest = line.split(" ", 1)
    assert stamp.startswith("ts=20")
    assert rest == r'level=info event=polled source=pf collector=pools error="a \"b\"\nc" x=1'


FORMATS = pytest.mark.parametrize("form", ["json", "logfmt"])


@FORMATS
def test_secrets_are_masked_wherever_they_stand_in_a_line(
    set_up: Configure, capsys: pytest.CaptureFixture[str], form: LogFormat
) -> None:
    set_up("debug", form)
    MASKER.add(SECRET)
    say = f"event {SECRET}"
    logger = structlog.get_logger("exporter.test").bind(bound=f"bound {SECRET}")

    logger.info(say, error=f"https://monitor:{SECRET}@gateway/")

    (line,) = lines(capsys)
    assert SECRET not in line
    assert line.count("<secret>") == 3


@FORMATS
def test_secrets_are_masked_in_values_that_are_no_text(
    set_up: Configure, capsys: pytest.CaptureFixture[str], form: LogFormat
) -> None:
    set_up("debug", form)
    MASKER.add(SECRET)
    logger = structlog.get_logger("exporter.test")

    logger.info("an exception", error=ValueError(f"refused: {SECRET}"))
    logger.info("a list", values=[SECRET])
    logger.info("a mapping", values={"password": SECRET, "nested": {"again": (SECRET,)}})
    logger.info("bytes", body=SECRET.encode())
    logger.info("an argument: %s", SECRET)

    text = "\n".join(lines(capsys))
    assert len(text.splitlines()) == 5
    assert SECRET not in text


def fail() -> None:
    raise RuntimeError(f"the gateway said no to {SECRET}")


@FORMATS
def test_secrets_are_masked_in_tracebacks(
    set_up: Configure, capsys: pytest.CaptureFixture[str], form: LogFormat
) -> None:
    set_up("info", form)
    MASKER.add_token(SECRET)
    try:
        fail()
    except RuntimeError:
        structlog.get_logger("exporter.test").exception("poll ended in a defect")
        logging.getLogger("some.library").exception("from a library")

    written = lines(capsys)
    assert len(written) == 2, "a traceback does not break the line"
    for line in written:
        assert SECRET not in line
        assert "RuntimeError: the gateway said no to <secret>" in line
        assert "in fail" in line


@FORMATS
def test_secrets_are_masked_in_what_libraries_log(
    set_up: Configure, capsys: pytest.CaptureFixture[str], form: LogFormat
) -> None:
    set_up("info", form)
    MASKER.add(SECRET)
    for name in ("httpx", "httpcore", "apscheduler.executors.default", "uvicorn", "asyncio", "anything"):
        logging.getLogger(name).warning("login with %s and %r", SECRET, {"password": SECRET})
        logging.getLogger(name).error("with its stack %s", SECRET, stack_info=True)

    written = lines(capsys)
    assert len(written) == 12
    assert not any(SECRET in line for line in written)
    assert all("level=" in line or '"level"' in line for line in written)


def test_libraries_are_silent_below_warning(set_up: Configure, capsys: pytest.CaptureFixture[str]) -> None:
    set_up("debug", "json")
    for name in ("httpx", "httpcore.connection", "apscheduler.scheduler", "uvicorn.access", "asyncio"):
        logging.getLogger(name).info("HTTP Request: GET https://gateway/api/login")
    structlog.get_logger("exporter.test").debug("ours")

    assert [json.loads(line)["event"] for line in lines(capsys)] == ["ours"]


def test_libraries_keep_to_the_level(set_up: Configure, capsys: pytest.CaptureFixture[str]) -> None:
    set_up("error", "json")
    logging.getLogger("asyncio").warning("socket.send() raised exception.")

    assert lines(capsys) == []


def test_what_is_no_request_is_not_told(set_up: Configure, capsys: pytest.CaptureFixture[str]) -> None:
    set_up("debug", "json")
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    logging.getLogger("uvicorn.error").error("Exception in ASGI application")

    assert [json.loads(line)["event"] for line in lines(capsys)] == ["Exception in ASGI application"]


@pytest.mark.parametrize(
    ("level", "shown"),
    [("debug", 4), ("info", 3), ("warning", 2), ("error", 1)],
)
def test_the_level(set_up: Configure, capsys: pytest.CaptureFixture[str], level: LogLevel, shown: int) -> None:
    set_up(level, "json")
    logger = structlog.get_logger("exporter.test")
    for write in (logger.debug, logger.info, logger.warning, logger.error):
        write("said")

    assert len(lines(capsys)) == shown


def test_to_be_configured_twice_does_not_say_everything_twice(
    set_up: Configure, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up("info", "json")
    set_up("info", "logfmt")
    structlog.get_logger("exporter.test").info("once")

    assert len(lines(capsys)) == 1


def test_the_masker_is_the_one_of_the_whole_program() -> None:
    assert log.MASKER is MASKER


def test_secrets_that_two_threads_add_at_once_are_both_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    masker = Masker()
    is_sorted, go_on = threading.Event(), threading.Event()

    def slowly(secrets: Iterable[str], key: Callable[[str], int], *, reverse: bool) -> list[str]:
        result = sorted(secrets, key=key, reverse=reverse)
        if not is_sorted.is_set():
            is_sorted.set()
            go_on.wait(20)
        return result

    monkeypatch.setattr("exporter.log.sorted", slowly, raising=False)
    threads = [threading.Thread(target=masker.add, args=[secret]) for secret in ("first-secret", "other-secret")]
    threads[0].start()
    assert is_sorted.wait(20)
    threads[1].start()
    threads[1].join(0.2)
    go_on.set()
    for thread in threads:
        thread.join()

    assert masker.mask("first-secret other-secret") == "<secret> <secret>"
