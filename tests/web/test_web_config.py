"""What the web configuration can say, and what it is told where it says anything else."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

import bcrypt
import pytest
import trustme

from exporter.errors import ConfigError
from exporter.web.web_config import WebConfig, load_web_config

HASH = "$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi"
PAIR = "  cert_file: cert.pem\n  key_file: key.pem\n"
TLS = f"tls_server_config:\n{PAIR}"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("web")
    authority = trustme.CA()
    leaf = authority.issue_cert("localhost")
    leaf.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
    leaf.private_key_pem.write_to_path(str(folder / "key.pem"))
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    trustme.CA().issue_cert("other").private_key_pem.write_to_path(str(folder / "other.pem"))
    (folder / "empty.pem").touch()
    encrypt = "openssl pkey -in key.pem -aes256 -passout pass:x -out encrypted.pem"
    weak = "openssl req -x509 -newkey rsa:1024 -nodes -subj /CN=weak -keyout weak-key.pem -out weak.pem"
    rsa = "openssl genpkey -algorithm RSA -out rsa.pem"
    for command in (encrypt, weak, rsa):
        subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    return folder


def load(folder: Path, text: str) -> WebConfig:
    file = folder / "web.yaml"
    file.write_text(text)
    return load_web_config(file)


def context_of(config: WebConfig) -> ssl.SSLContext:
    assert config.tls is not None
    return config.tls


GOOD = {
    "nothing": "",
    "empty sections": "tls_server_config: {}\nhttp_server_config:\nbasic_auth_users: {}\n",
    "TLS": TLS,
    "versions": f"{TLS}  min_version: TLS13\n  max_version: TLS13\n  prefer_server_cipher_suites: true\n",
    "client certificates": f"{TLS}  client_ca_file: ca.pem\n  client_auth_type: RequireAndVerifyClientCert\n",
    "headers": "http_server_config: {http2: false, headers: {X-Frame-Options: deny, X-XSS-Protection: '1'}}\n",
    "users": f"basic_auth_users:\n  prometheus: {HASH}\n  it's me: {HASH}\n",
}


@pytest.mark.parametrize("case", GOOD)
def test_what_is_good_is_so_to_promtool_as_well(files: Path, case: str) -> None:
    load(files, GOOD[case])

    checked = subprocess.run(
        ["promtool", "check", "web-config", files / "web.yaml"], check=False, capture_output=True, text=True
    )
    assert "SUCCESS" in checked.stdout + checked.stderr


def test_without_anything_it_is_plain_http_for_all(files: Path) -> None:
    config = load(files, "")

    assert (config.tls, config.headers, config.users) == (None, {}, {})


def test_tls_as_it_is_by_default(files: Path) -> None:
    context = context_of(load(files, TLS))

    assert (context.minimum_version, context.maximum_version) == (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)
    assert context.verify_mode is ssl.CERT_NONE
    assert context.cert_store_stats()["x509"] == 0


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("NoClientCert", ssl.CERT_NONE),
        ("VerifyClientCertIfGiven", ssl.CERT_OPTIONAL),
        ("RequireAndVerifyClientCert", ssl.CERT_REQUIRED),
    ],
)
def test_client_certificates(files: Path, name: str, mode: ssl.VerifyMode) -> None:
    context = context_of(load(files, f"{TLS}  client_ca_file: ca.pem\n  client_auth_type: {name}\n"))

    assert context.verify_mode is mode
    assert context.cert_store_stats()["x509_ca"] == 1


def test_headers_and_users(files: Path) -> None:
    config = load(files, GOOD["headers"] + GOOD["users"])

    assert config.headers == {"X-Frame-Options": "deny", "X-XSS-Protection": "1"}
    assert config.users == {"prometheus": HASH, "it's me": HASH}


NO_HASH = "is no bcrypt hash; make one with htpasswd -nBC 10 NAME, and copy what follows the ':'"
KEYS_OF_TLS = (
    "cert_file, key_file, client_ca_file, client_auth_type, min_version, max_version, prefer_server_cipher_suites"
)
CLIENTS = "it can be NoClientCert, VerifyClientCertIfGiven, RequireAndVerifyClientCert"
SANS = "have an authority of its own sign the certificates of those who may scrape"
HEADERS = (
    "Content-Security-Policy, Strict-Transport-Security, X-Content-Type-Options, X-Frame-Options, X-XSS-Protection"
)

BAD = {
    "tls: {}": ["1: tls: unknown key; the keys here are tls_server_config, http_server_config, basic_auth_users"],
    "[]": ["1: must be a mapping of keys"],
    "tls_server_config: yes": ["1: tls_server_config: must be a mapping of keys"],
    "rate_limit: {burst: 1}": [
        "1: rate_limit: is not supported; --web.max-requests bounds how much is answered at once"
    ],
    "tls_server_config: {cert_file: cert.pem}": ["1: tls_server_config: key_file is missing"],
    "tls_server_config: {min_version: TLS12}": [
        "1: tls_server_config: cert_file is missing",
        "1: tls_server_config: key_file is missing",
    ],
    f"tls_server_config:\n  cert: abc\n{PAIR}": [
        "2: tls_server_config.cert: is not supported; write it to a file, and name that with cert_file"
    ],
    f"{TLS}  key_file: key.pem\n": ["4: tls_server_config.key_file: is given twice; the first time in line 3"],
    f"{TLS}  ciphers: x\n": [f"4: tls_server_config.ciphers: unknown key; the keys here are {KEYS_OF_TLS}"],
    f"{TLS}  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]\n  curve_preferences: [X25519]\n": [
        "4: tls_server_config.cipher_suites: is not supported; choose with min_version",
        "5: tls_server_config.curve_preferences: is not supported; leave it out",
    ],
    f"{TLS}  client_allowed_sans: [prometheus]\n": [
        f"4: tls_server_config.client_allowed_sans: is not supported; {SANS}"
    ],
    f"{TLS}  prefer_server_cipher_suites: false\n": [
        "4: tls_server_config.prefer_server_cipher_suites: false is not supported; leave it out"
    ],
    f"{TLS}  min_version: TLS10\n": [
        '4: tls_server_config.min_version: "TLS10" is not supported; it can be TLS12, TLS13'
    ],
    f"{TLS}  min_version: TLS13\n  max_version: TLS12\n": [
        "5: tls_server_config.max_version: is lower than min_version"
    ],
    f"{TLS}  client_auth_type: RequireAnyClientCert\n": [
        f'4: tls_server_config.client_auth_type: "RequireAnyClientCert" is not supported; {CLIENTS}'
    ],
    f"{TLS}  client_auth_type: RequireAndVerifyClientCert\n": [
        "4: tls_server_config.client_auth_type: needs client_ca_file, the authorities of the clients"
    ],
    f"{TLS}  client_ca_file: ca.pem\n": [
        "4: tls_server_config.client_ca_file: needs client_auth_type, such as RequireAndVerifyClientCert"
    ],
    f"{TLS}  client_ca_file: key.pem\n  client_auth_type: VerifyClientCertIfGiven\n": [
        "4: tls_server_config.client_ca_file: file {folder}/key.pem holds no PEM certificate"
    ],
    "tls_server_config: {cert_file: cert.pem, key_file: 5}": [
        "1: tls_server_config.key_file: 5 is not the path of a file"
    ],
    "tls_server_config: {cert_file: none.pem, key_file: key.pem}": [
        "1: tls_server_config.cert_file: file {folder}/none.pem cannot be read: No such file or directory"
    ],
    "tls_server_config: {cert_file: empty.pem, key_file: key.pem}": [
        "1: tls_server_config.cert_file: file {folder}/empty.pem holds no PEM certificate"
    ],
    "tls_server_config: {cert_file: cert.pem, key_file: none.pem}": [
        "1: tls_server_config.key_file: file {folder}/none.pem cannot be read: No such file or directory"
    ],
    "tls_server_config: {cert_file: cert.pem, key_file: other.pem}": [
        "1: tls_server_config.key_file: file {folder}/other.pem is not the key of the certificate in {folder}/cert.pem"
    ],
    "tls_server_config: {cert_file: cert.pem, key_file: rsa.pem}": [
        "1: tls_server_config.key_file: file {folder}/rsa.pem is not the key of the certificate in {folder}/cert.pem"
    ],
    "tls_server_config: {cert_file: cert.pem, key_file: encrypted.pem}": [
        "1: tls_server_config.key_file: file {folder}/encrypted.pem holds no PEM key without a password"
    ],
    "tls_server_config: {cert_file: weak.pem, key_file: weak-key.pem}": [
        (
            "1: tls_server_config.cert_file: file {folder}/weak.pem holds a certificate that OpenSSL finds too weak "
            "(ee key too small); have one made with a key and a signature of today's strength"
        )
    ],
    "http_server_config: {http2: true}": [
        "1: http_server_config.http2: HTTP/2 is not supported; write false, or leave it out"
    ],
    "http_server_config: {http2: 1}": ["1: http_server_config.http2: 1 is not true or false"],
    "http_server_config:\n  headers:\n    X-Foo: a\n    X-Frame-Options: DENY\n    X-XSS-Protection: 1\n": [
        f"3: http_server_config.headers.X-Foo: cannot be set; the headers that can be are {HEADERS}",
        "4: http_server_config.headers.X-Frame-Options: can be deny or sameorigin",
        "5: http_server_config.headers.X-XSS-Protection: must be text; put it in quotes",
    ],
    'http_server_config: {headers: {Content-Security-Policy: "a\\r\\nb"}}': [
        "1: http_server_config.headers.Content-Security-Policy: is empty or holds a character that no header can"
    ],
    "basic_auth_users: [hunter2]": ["1: basic_auth_users: must be a mapping of keys"],
    "basic_auth_users: {admin: hunter2}": [f"1: basic_auth_users.admin: {NO_HASH}"],
    "basic_auth_users: {admin: null}": ["1: basic_auth_users.admin: must be text; put it in quotes"],
    f"basic_auth_users: {{'a:hunter2': {HASH}}}": [
        "1: basic_auth_users.?: is no user name: it is empty or holds a ':'"
    ],
    f"basic_auth_users: {{admin: {HASH.replace('$10$', '$20$')}}}": [
        "1: basic_auth_users.admin: has a cost of 20; it can be 4 to 14"
    ],
    "basic_auth_users: {admin: !secret hunter2}": [
        "1: not valid YAML at column 27: tags are not read; a text that begins with '!' needs quotes"
    ],
}


@pytest.mark.parametrize("text", BAD)
def test_a_mistake_is_named_exactly(files: Path, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(files, text)

    assert caught.value.problems == [f"{files}/web.yaml:{line.replace('{folder}', str(files))}" for line in BAD[text]]
    assert "hunter2" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml: cannot be read: No such file"):
        load_web_config(tmp_path / "none.yaml")


@pytest.mark.parametrize("prefix", [b"2a", b"2b"])
def test_every_hash_that_bcrypt_makes_is_one(files: Path, prefix: bytes) -> None:
    for _ in range(20):
        hashed = bcrypt.hashpw(b"x", bcrypt.gensalt(4, prefix=prefix)).decode()
        assert load(files, f"basic_auth_users: {{a: {hashed}}}").users == {"a": hashed}
