from __future__ import annotations

import json
from pathlib import Path

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from exporter.config import CloudStack, Config, PowerFlex, load_config, parse_config
from exporter.errors import ConfigError

ENTRY = """\
powerflex:
  - name: pf
    gateway: https://gw.example
    username: monitor
    password: secret
"""


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse_config(text, base_dir=Path())
    return caught.value.problems


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path / "config.yaml")

    assert caught.value.problems == [
        f"{tmp_path}/config.yaml: cannot be read: No such file or directory; see --config.file"
    ]


def test_a_directory(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path)

    assert caught.value.problems == [f"{tmp_path}: cannot be read: Is a directory; see --config.file"]


@pytest.mark.parametrize("text", ["[" * 100_000, "- " * 100_000])
def test_a_text_nested_without_end(text: str) -> None:
    (problem,) = problems(text)

    assert problem.startswith("config.yaml:1: not valid YAML at column")
    assert problem.endswith(": it is nested too deeply")


def test_the_file_goes_by_the_given_name() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config("", base_dir=Path(), name="/etc/exporter.yaml")

    assert caught.value.problems == ["/etc/exporter.yaml: is empty"]


def test_a_lone_surrogate_in_a_secret() -> None:
    assert problems(ENTRY.replace("secret", r'"\ud800"')) == [
        "config.yaml:5: not valid: a NUL or a lone surrogate, which no text can hold"
    ]


def test_problems_come_in_the_order_of_the_lines() -> None:
    text = f"volumes: {{series: 1}}\n{ENTRY}    auth: [basic]\ncloudstack: []\ncloudstack: []\n"

    assert problems(text) == [
        "config.yaml:1: volumes.series: 1 is not all, cloudstack or none",
        "config.yaml:7: powerflex[0].auth: a list is not auto, legacy or bearer",
        "config.yaml:9: cloudstack: is given twice; the first time in line 8",
    ]


def test_a_certificate_file(tmp_path: Path) -> None:
    trustme.CA().cert_pem.write_to_path(tmp_path / "ca.pem")
    config = parse_config(ENTRY + "    tls: {ca_file: ca.pem}\n", base_dir=tmp_path)

    assert config.powerflex[0].tls.ca_file == tmp_path / "ca.pem"
    assert config.masked()["powerflex"][0]["tls"] == {"verify": True, "ca_file": str(tmp_path / "ca.pem")}


SECRETS = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=12, max_size=20)


@given(secret=SECRETS, place=st.sampled_from(["{0}", "{0}: x", "x: {0}", "[{0}]", "{{{0}}}", "'{0}", '"{0}', "*{0}"]))
def test_no_message_repeats_what_stands_where_a_secret_belongs(secret: str, place: str) -> None:
    text = ENTRY.replace("secret", place.format(secret)).replace("monitor", "5")

    assert all(secret not in problem for problem in problems(text))


@given(password=SECRETS, place=st.sampled_from(["u:{0}@gw/pool", "u:{0}@gw_1/pool", "u:{0}@gw", "{0}@gw/p", "{0}"]))
def test_no_message_repeats_the_password_of_a_pool_url(password: str, place: str) -> None:
    url = f"powerflex://{place.format(password)}".replace("'", "''")
    text = f"powerflex: [{{name: 5, url: '{url}'}}]"

    assert all(password not in problem for problem in problems(text))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["1h", "https://gw", "all"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def entries(model: type[PowerFlex | CloudStack]) -> st.SearchStrategy[object]:
    return st.lists(st.dictionaries(st.sampled_from(model.file_keys()), VALUES, max_size=6) | VALUES, max_size=3)


SECTIONS = {"powerflex": entries(PowerFlex), "cloudstack": entries(CloudStack)}


@given(data=st.fixed_dictionaries({}, optional={key: SECTIONS.get(key, VALUES) for key in Config.file_keys()}) | VALUES)
def test_any_data_is_a_configuration_or_a_list_of_problems(data: object) -> None:
    config, found = None, []
    try:
        config = parse_config(json.dumps(data), base_dir=Path("/nonexistent"))
    except ConfigError as error:
        found = error.problems

    assert config or all(problem.startswith("config.yaml:") for problem in found)
    assert config or len(set(found)) == len(found) > 0


@given(text=st.text() | st.text("abc:-,[]{}'\"#&*!|>%@`?\\ \n\t"))
def test_any_text_is_a_list_of_problems(text: str) -> None:
    assert problems(text)
