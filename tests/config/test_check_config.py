"""`check-config`, which reads what `serve` would read and starts nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import trustme

CONFIG = """\
powerflex:
  - name: pf-ams1
    gateway: https://10.10.2.130
    username: monitor
    password: secret
"""
WEB = """\
tls_server_config:
  cert_file: server.crt
  key_file: server.key
basic_auth_users:
  prometheus: $2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    leaf = trustme.CA().issue_cert("exporter.example.net")
    leaf.cert_chain_pems[0].write_to_path(str(tmp_path / "server.crt"))
    leaf.private_key_pem.write_to_path(str(tmp_path / "server.key"))
    (tmp_path / "config.yaml").write_text(CONFIG)
    (tmp_path / "web.yaml").write_text(WEB)
    return tmp_path


def checked(folder: Path, *flags: str) -> tuple[int, list[str], list[str]]:
    command = [sys.executable, "-m", "exporter", "check-config", *flags]
    ended = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True, timeout=60)
    return ended.returncode, ended.stdout.splitlines(), ended.stderr.splitlines()


def test_both_files_are_valid(folder: Path) -> None:
    config = "config.yaml is valid: 1 PowerFlex systems, 0 CloudStack installations"

    assert checked(folder) == (0, [config], [])
    assert checked(folder, "--web.config.file", "web.yaml") == (
        0,
        [config, "web.yaml is a valid web configuration: TLS, 1 users"],
        [],
    )


def test_a_web_configuration_without_tls_and_users_is_called_so(folder: Path) -> None:
    (folder / "web.yaml").write_text("http_server_config:\n  http2: false\n")

    _, words, _ = checked(folder, "--web.config.file", "web.yaml")

    assert words[1] == "web.yaml is a valid web configuration: no TLS, 0 users"


def test_all_that_is_wrong_with_either_file_is_said_at_once(folder: Path) -> None:
    (folder / "config.yaml").write_text(CONFIG.replace("username", "usrname"))
    (folder / "web.yaml").write_text(WEB.replace("$2y$", "$9$") + "rate_limit:\n  burst: 5\n")

    code, words, problems = checked(folder, "--web.config.file", "web.yaml")

    assert (code, words) == (2, [])
    assert [problem.split(": ")[:2] for problem in problems] == [
        ["config.yaml:4", "powerflex[0].usrname"],
        ["web.yaml:5", "basic_auth_users.prometheus"],
        ["web.yaml:6", "rate_limit"],
    ]


def test_a_certificate_of_another_key_is_told(folder: Path) -> None:
    other = trustme.CA().issue_cert("exporter.example.net")
    other.private_key_pem.write_to_path(str(folder / "server.key"))

    code, words, problems = checked(folder, "--web.config.file", "web.yaml")

    assert (code, words) == (2, [])
    assert [problem.split(": ")[:2] for problem in problems] == [["web.yaml:3", "tls_server_config.key_file"]]


def test_a_file_that_is_not_there_is_told(folder: Path) -> None:
    assert checked(folder, "--web.config.file", "wbe.yaml") == (
        2,
        [],
        ["wbe.yaml: cannot be read: No such file or directory"],
    )
