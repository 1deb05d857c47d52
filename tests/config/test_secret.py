from __future__ import annotations

import copy
from pathlib import Path

import pytest

from exporter.config import Secret
from exporter.errors import ConfigError


def test_a_value() -> None:
    secret = Secret.of_value("hunter2\n")

    assert secret.source == "value"
    assert secret.reveal() == "hunter2\n"


def test_an_environment_variable_is_read_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = Secret.of_environment("PF_PASSWORD")
    monkeypatch.setenv("PF_PASSWORD", "one")
    assert secret.reveal() == "one"

    monkeypatch.setenv("PF_PASSWORD", "two")
    assert secret.reveal() == "two"
    assert secret.source == "environment"


def test_a_file_is_read_each_time(tmp_path: Path) -> None:
    secret = Secret.of_file(tmp_path / "password")
    (tmp_path / "password").write_text("one\n")
    assert secret.reveal() == "one"

    (tmp_path / "password").write_text("two")
    assert secret.reveal() == "two"
    assert secret.source == "file"


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"pw", "pw"),
        (b"pw\n", "pw"),
        (b"pw\r\n", "pw"),
        (b"pw\n\n", "pw\n"),
        (b" pw ", " pw "),
        (b"p\xc3\xa4", "pä"),
        (b"\xef\xbb\xbfpw", "pw"),
    ],
)
def test_one_line_end_does_not_belong_to_the_secret(tmp_path: Path, content: bytes, value: str) -> None:
    (tmp_path / "password").write_bytes(content)

    assert Secret.of_file(tmp_path / "password").reveal() == value


@pytest.mark.parametrize(
    ("content", "fault"),
    [(b"", "is empty"), (b"\n", "is empty"), (b"\r\n", "is empty"), (b"\xff", "is not UTF-8 text")],
)
def test_a_file_without_a_secret(tmp_path: Path, content: bytes, fault: str) -> None:
    path = tmp_path / "password"
    path.write_bytes(content)

    with pytest.raises(ConfigError) as caught:
        Secret.of_file(path).reveal()

    assert caught.value.problems == [f"file {path} {fault}"]


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        Secret.of_file(tmp_path / "password").reveal()

    assert caught.value.problems == [f"file {tmp_path}/password cannot be read: No such file or directory"]


def test_a_variable_that_is_gone_or_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PF_PASSWORD", raising=False)
    with pytest.raises(ConfigError, match=r"^environment variable PF_PASSWORD is not set$"):
        Secret.of_environment("PF_PASSWORD").reveal()

    monkeypatch.setenv("PF_PASSWORD", "")
    with pytest.raises(ConfigError, match=r"^environment variable PF_PASSWORD is empty$"):
        Secret.of_environment("PF_PASSWORD").reveal()


def test_it_does_not_show_itself() -> None:
    secret = Secret.of_value("hunter2")

    assert f"{secret} {secret!r} {[secret]} {secret!s}" == (
        "Secret(<secret>) Secret(<secret>) [Secret(<secret>)] Secret(<secret>)"
    )
    with pytest.raises(TypeError):
        vars(secret)


def test_equality() -> None:
    assert Secret.of_value("a") == Secret.of_value("a")
    assert hash(Secret.of_value("a")) == hash(Secret.of_value("a"))
    assert Secret.of_value("a") != Secret.of_value("b")
    assert Secret.of_value("a") != Secret.of_environment("a")
    assert Secret.of_value("a") != "a"


def test_copies_are_equal() -> None:
    secret = Secret.of_value("a")

    assert copy.deepcopy(secret) == secret
