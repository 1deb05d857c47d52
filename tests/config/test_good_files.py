from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from exporter.config import (
    CloudStackSchedule,
    Config,
    Limits,
    PowerFlexSchedule,
    Reconciliation,
    RouterHealthChecks,
    Schedule,
    Secret,
    Tls,
    Volumes,
    load_config,
    parse_config,
)

GOOD = Path(__file__).parent / "good"


@pytest.fixture
def everything(monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.setenv("PF_PASSWORD", "one")
    monkeypatch.setenv("CS_SECRET", "two")
    return load_config(GOOD / "everything.yaml")


def test_a_gateway_with_its_keys(everything: Config) -> None:
    system = everything.powerflex[0]

    assert system.name == "pf 1"
    assert system.gateway == "https://gateway.example:8443"
    assert system.username == "monitor"
    assert system.password.reveal() == "one"
    assert system.storage_pools == ("gold", "6885402000000001")
    assert system.auth == "legacy"
    assert system.tls == Tls(verify=False, ca_file=None)
    assert system.timeout == 90.0
    assert system.max_connections == 2


def test_a_pool_url_gives_the_same_attributes(everything: Config) -> None:
    system = everything.powerflex[1]

    assert system.name == "pf-2"
    assert system.gateway == "https://10.10.2.131:4443"
    assert system.username == "ro/root"
    assert system.password.reveal() == "P@ss"
    assert system.storage_pools == ("silver disks",)
    assert system.auth == "bearer"
    assert system.tls == Tls(verify=True, ca_file=None)
    assert system.timeout == 0.5
    assert system.max_connections == 8


def test_a_cloudstack(everything: Config) -> None:
    (installation,) = everything.cloudstack

    assert installation.name == "ams"
    assert installation.endpoint == "http://127.0.0.1:8080/client/api"
    assert installation.api_key.reveal() == "key"
    assert installation.secret_key.reveal() == "two"
    assert installation.identifiers == ("ab12", "", "0042")
    assert installation.timeout == 7200.0


def test_the_other_sections(everything: Config) -> None:
    assert everything.schedule == Schedule(
        powerflex=PowerFlexSchedule(
            system=1.0, pools=2.0, volumes=3.0, used_sizes=4.0, vtrees=5.0, sdcs=6.0, nodes=7.0, alerts=8.0
        ),
        cloudstack=CloudStackSchedule(inventory=60.0, volumes=120.0, settings=180.0, routers=240.0),
    )
    assert everything.router_health_checks == RouterHealthChecks(
        run="always", stale_after=3600.0, interval=86400.0, max_concurrent=3, timeout=10.0
    )
    assert everything.volumes == Volumes(series="none", max_volumes=0)
    assert everything.reconciliation == Reconciliation(grace=0.0)
    assert everything.limits == Limits(max_answer_bytes=1, max_objects=2)


def test_defaults() -> None:
    config = load_config(GOOD / "powerflex-alone.yaml")
    system = config.powerflex[0]

    assert (system.storage_pools, system.auth, system.timeout, system.max_connections) == ((), "auto", 60.0, 8)
    assert (system.tls.verify, system.tls.ca_file) == (True, None)
    assert system.gateway == "https://[2001:db8::1]"
    assert system.password.reveal() == 'P@ss: #1 "\\'
    assert config.cloudstack == ()
    assert config.masked()["schedule"] == {
        "powerflex": {
            "system": "1m",
            "pools": "30s",
            "volumes": "1m",
            "used_sizes": "1m",
            "vtrees": "5m",
            "sdcs": "1m",
            "nodes": "1m",
            "alerts": "1m",
        },
        "cloudstack": {"inventory": "1m", "volumes": "5m", "settings": "10m", "routers": "1m"},
    }
    assert config.router_health_checks.model_dump() == {
        "run": "stale",
        "stale_after": 1800.0,
        "interval": 1800.0,
        "max_concurrent": 1,
        "timeout": 300.0,
    }
    assert config.volumes.model_dump() == {"series": "cloudstack", "max_volumes": 20000}
    assert config.reconciliation.grace == 1800.0
    assert config.limits.model_dump() == {"max_answer_bytes": 2**30, "max_objects": 5_000_000}


def test_cloudstack_alone() -> None:
    config = load_config(GOOD / "cloudstack-alone.yaml")

    assert config.powerflex == ()
    assert config.cloudstack[0].api_key.reveal() == "0123"
    assert config.cloudstack[0].secret_key.reveal() == "yes"
    assert (config.cloudstack[0].identifiers, config.cloudstack[0].timeout) == ((), 60.0)


def test_words_and_numbers_in_disguise_stay_text() -> None:
    system = load_config(GOOD / "quoting.yaml").powerflex[0]

    assert (system.name, system.username, system.password.reveal()) == ("no", "0x1F", "2026-01-31")
    assert system.storage_pools == ("on", "1e5", "1_000", "010", "12:30:00", ".5", "<<")


def test_nothing_can_be_changed(everything: Config) -> None:
    with pytest.raises(ValidationError):
        everything.volumes = Volumes()
    with pytest.raises(ValidationError):
        everything.powerflex[0].tls.verify = True


def test_masked_shows_everything_but_the_secrets(everything: Config) -> None:
    masked = everything.masked()

    assert masked["powerflex"][0] == {
        "name": "pf 1",
        "gateway": "https://gateway.example:8443",
        "username": "monitor",
        "password": "<secret>",
        "storage_pools": ["gold", "6885402000000001"],
        "auth": "legacy",
        "tls": {"verify": False, "ca_file": None},
        "timeout": "1m30s",
        "max_connections": 2,
    }
    assert masked["powerflex"][1]["password"] == "<secret>"
    assert (masked["cloudstack"][0]["api_key"], masked["cloudstack"][0]["secret_key"]) == ("<secret>", "<secret>")
    assert masked["reconciliation"] == {"grace": "0s"}


@pytest.mark.parametrize("show", [str, repr, Config.model_dump, Config.model_dump_json, Config.masked])
def test_no_way_of_showing_shows_a_secret(everything: Config, show: object) -> None:
    shown = str(show(everything))  # type: ignore[operator]

    for secret in ("P@ss", "P%40ss", "'one'", "'two'", "'key'"):
        assert secret not in shown
    assert "<secret>" in shown


def test_relative_paths_start_from_the_directory_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "pw").write_text("from a file\n")
    text = "powerflex: [{name: pf, gateway: https://gw.example, username: monitor, password_file: pw}]"
    (tmp_path / "config.yaml").write_text(text)

    for config in (load_config(str(tmp_path / "config.yaml")), parse_config(text, base_dir=tmp_path)):
        assert config.powerflex[0].password == Secret.of_file(tmp_path / "pw")
        assert config.powerflex[0].password.reveal() == "from a file"


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm(tmp_path: Path) -> None:
    text = (GOOD / "cloudstack-alone.yaml").read_text().replace("\n", "\r\n")
    (tmp_path / "config.yaml").write_bytes(b"\xef\xbb\xbf" + text.encode())

    assert load_config(tmp_path / "config.yaml") == load_config(GOOD / "cloudstack-alone.yaml")
