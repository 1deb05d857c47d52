from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exporter.config import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30.0),
        ("5m", 300.0),
        ("1h", 3600.0),
        ("8h", 28_800.0),
        ("1d", 86_400.0),
        ("500ms", 0.5),
        ("1ms", 0.001),
        ("1h30m", 5400.0),
        ("1d2h3m4s5ms", 93_784.005),
        ("90m", 5400.0),
        ("0s", 0.0),
        ("0d0s", 0.0),
        ("007s", 7.0),
    ],
)
def test_seconds(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "60",
        "s",
        "1",
        "-5s",
        "+5s",
        "1.5s",
        "1 s",
        " 1s",
        "1s ",
        "1s\n",
        "1w",
        "1y",
        "1S",
        "1M",
        "s1",
        "1s1m",
        "1m1m",
        "1ms1s",
        "٣s",
        "1e3s",
        "1_0s",
        "1h30",
        "9999999999999s",
        "inf",
        "0x1s",
    ],
)
def test_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match=r"^not a duration; write a number with a unit, such as "):
        parse_duration(text)


def test_the_hint_takes_up_a_bare_number() -> None:
    with pytest.raises(ValueError, match=r"such as 90s$"):
        parse_duration("90")
    with pytest.raises(ValueError, match=r"such as 30s, 5m or 1h30m$"):
        parse_duration("٣")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0, "0s"), (0.5, "500ms"), (60.0, "1m"), (90.0, "1m30s"), (86_400.0, "1d"), (93_784.005, "1d2h3m4s5ms")],
)
def test_shortest_form(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@given(milliseconds=st.integers(0, 400 * 86_400_000))
@example(milliseconds=0)
@example(milliseconds=999)
def test_what_is_written_is_read_back(milliseconds: int) -> None:
    assert parse_duration(format_duration(milliseconds / 1000)) == milliseconds / 1000


@given(amounts=st.lists(st.none() | st.integers(0, 10**9), min_size=5, max_size=5).filter(any))
def test_a_duration_is_the_sum_of_its_parts(amounts: list[int | None]) -> None:
    units = ["d", "h", "m", "s", "ms"]
    days, hours, minutes, seconds, milliseconds = (amount or 0 for amount in amounts)
    text = "".join(f"{amount}{unit}" for amount, unit in zip(amounts, units, strict=True) if amount is not None)

    expected = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) + milliseconds / 1000

    assert parse_duration(text) == pytest.approx(expected, rel=1e-15)


@given(text=st.text(alphabet="0123456789dhms .-+", max_size=8))
def test_any_text_is_a_duration_or_a_value_error(text: str) -> None:
    try:
        seconds = parse_duration(text)
    except ValueError:
        return

    assert parse_duration(format_duration(seconds)) == seconds
