"""Every file of the corpus holds one mistake and begins with the exact messages it must lead to."""

from __future__ import annotations

from pathlib import Path

import pytest

from exporter.config import load_config
from exporter.errors import ConfigError

CORPUS = Path(__file__).parent / "bad"
FILES = sorted(path.name for path in CORPUS.glob("*.yaml"))
EXPECT = "# expect: "


def expected(file: str) -> list[str]:
    lines = (CORPUS / file).read_text(errors="replace").splitlines()
    return [line.removeprefix(EXPECT) for line in lines if line.startswith(EXPECT)]


@pytest.fixture(autouse=True)
def in_the_corpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CORPUS)
    monkeypatch.setenv("EMPTY_VARIABLE", "")
    monkeypatch.delenv("NO_SUCH_VARIABLE", raising=False)


def test_the_corpus_is_there() -> None:
    assert len(FILES) > 100


@pytest.mark.parametrize("file", FILES)
def test_a_mistake_is_named_exactly(file: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(file)

    assert expected(file) == caught.value.problems


@pytest.mark.parametrize("file", FILES)
def test_no_message_shows_a_secret(file: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(file)

    assert "hunter2" not in str(caught.value).replace("/run/secrets/hunter2", "")
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
