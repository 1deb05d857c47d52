from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import generate_latest
from prometheus_client.core import CollectorRegistry, GaugeMetricFamily
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from exporter.metrics.catalogue import ALL, POWERFLEX
from exporter.metrics.catalogue.family import Family
from exporter.metrics.exposition import escape, escape_all, header, labels, pairs

PATIENT = settings(deadline=None)
FAMILY = Family("a_metric", "What it is", ("one", "two"), "things", "nowhere")
TEXT = st.text(st.characters(exclude_categories=["Cs"]))

HOSTILE = [
    "",
    " ",
    "plain",
    'a"b',
    '"',
    "\\",
    "\\\\",
    "\\n",
    "\n",
    "\\\n",
    'a\\"b\n',
    "\r",
    "a\r\nb",
    "\x00",
    "a\x00b",
    "\t\x0b\x0c\x1f\x7f",
    "\x85\u2028\u2029",
    "üñ€😀",
    "\ufeffa",
    "{}=,",
    '",b="c',
    '"} 1\npowerflex_up{system="evil"} 0\n# ',
    "n",
    "x" * 31,
    "y" * 1000,
    "\u202egnp.exe",
]


@PATIENT
@given(st.lists(TEXT | st.sampled_from(HOSTILE)))
def test_many_values_are_escaped_as_each_is(values: list[str]) -> None:
    assert escape_all(values) == [escape(value) for value in values]


@pytest.mark.parametrize(
    ("value", "escaped"),
    [
        ("plain", "plain"),
        ('a"b', r"a\"b"),
        ("a\\b", r"a\\b"),
        ("a\nb", r"a\nb"),
        (r"a\nb", r"a\\nb"),
        ('\\"\n', r"\\\"\n"),
        ("a\rb\x00c\td", "a\rb\x00c\td"),
        ("üñ€😀", "üñ€😀"),
        ("", ""),
    ],
)
def test_what_is_escaped_and_what_is_not(value: str, escaped: str) -> None:
    assert escape(value) == escaped


def test_labels_of_a_sample() -> None:
    assert labels(FAMILY, "1", 'a"') == r'{one="1",two="a\""}'
    assert pairs(("x",), ("y",)) == 'x="y"'


@pytest.mark.parametrize("values", [(), ("1",), ("1", "2", "3")])
def test_as_many_values_as_names(values: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="zip"):
        labels(FAMILY, *values)


def test_the_header_of_a_family() -> None:
    assert header(FAMILY) == "# HELP a_metric What it is\n# TYPE a_metric gauge\n"


def read(page: str) -> list[dict[str, str]]:
    (family,) = parse_text(page)
    (again,) = parse_openmetrics(page + "# EOF\n")  # type: ignore[no-untyped-call]
    assert family.samples == again.samples
    return [sample.labels for sample in family.samples]


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_values_come_back_from_both_parsers(value: str) -> None:
    page = header(FAMILY) + f"a_metric{labels(FAMILY, value, 'second')} 1\n"

    assert read(page) == [{"one": value, "two": "second"}]


@PATIENT
@given(st.lists(st.tuples(TEXT, TEXT), unique=True, min_size=1, max_size=5))
def test_any_values_come_back_and_are_what_the_client_itself_writes(drawn: list[tuple[str, str]]) -> None:
    page = header(FAMILY) + "".join(f"a_metric{labels(FAMILY, *values)} 1.0\n" for values in drawn)

    assert read(page) == [{"one": one, "two": two} for one, two in drawn]

    reference = GaugeMetricFamily("a_metric", "What it is", labels=("one", "two"))
    for values in drawn:
        reference.add_metric(values, 1)
    assert page == generate_latest(_Only(reference)).decode()


class _Only(CollectorRegistry):
    def __init__(self, family: GaugeMetricFamily) -> None:
        super().__init__()
        self._family = family

    def collect(self) -> list[GaugeMetricFamily]:
        return [self._family]


def test_promtool_reads_hostile_values() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("no promtool here")
    page = header(FAMILY) + "".join(f"a_metric{labels(FAMILY, value, '')} 1\n" for value in HOSTILE)

    checked = subprocess.run([promtool, "check", "metrics"], input=page.encode(), capture_output=True, check=False)

    assert checked.stderr.decode() == ""
    assert checked.returncode == 0


def test_the_catalogue_declares_each_name_once() -> None:
    names = [family.name for family in ALL]

    assert len(set(names)) == len(names)


@pytest.mark.parametrize("family", ALL, ids=lambda family: family.name)
def test_a_declaration_holds_nothing_that_the_header_would_have_to_escape(family: Family) -> None:
    for words in (family.help, family.unit, family.source):
        assert words.strip() == words
        assert words
        assert not set(words) & set("\\\n\r|")
    assert not family.help.endswith(".")
    assert len(set(family.labels)) == len(family.labels)
    assert (family.kind == "counter") == family.name.endswith("_total")


def test_what_is_read_from_an_array_is_a_gauge() -> None:
    assert {family.kind for family in POWERFLEX} == {"gauge"}
    assert all(family.labels[0] == "system" for family in POWERFLEX)
