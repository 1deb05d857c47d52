"""No password and no token in any output, even where the gateway sends them back."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from exporter.simulator import Simulator

if TYPE_CHECKING:
    from tests.faults.conftest import Driven, Exporter, Log, Settings

_PASSWORD = 'p"4ss\\w0rd  <Märker> &/%+x'
_PATHS = ("/api/login", "/rest/auth/login", "/api/types/System/instances", "/api/types/Volume/instances")

Form = Callable[[str], str]


def _basic(secret: str) -> str:
    return base64.b64encode(f"monitor:{secret}".encode()).decode()


_FORMS: dict[str, Form] = {
    "as it is": str,
    "as JSON": lambda secret: json.dumps(secret)[1:-1],
    "as JSON in UTF-8": lambda secret: json.dumps(secret, ensure_ascii=False)[1:-1],
    "as HTML": html.escape,
    "as a URL": lambda secret: quote(secret, safe=""),
    "as Basic authorization": _basic,
}


@pytest.fixture
def locked(own_simulator: Simulator) -> Simulator:
    """Gateways with a password that is hard to hide."""
    for gateway in own_simulator.gateways.values():
        gateway.machine.password = _PASSWORD
    return own_simulator


def _outputs(driven: Driven, logged: Log) -> str:
    return logged.text + html.unescape(driven.get("/").text) + driven.get("/").text + driven.scrape().text


@pytest.mark.parametrize("form", _FORMS.values(), ids=_FORMS)
def test_a_password_that_the_gateway_sends_back_is_shown_nowhere(
    locked: Simulator, start: Exporter, configured: Settings, logged: Log, form: Form
) -> None:
    # Only the legacy login sends the password as Basic authorization.
    driven = start(configured(locked, auth="legacy" if form is _basic else "auto"))
    written = form(_PASSWORD)
    for gateway in locked.gateways.values():
        for path in _PATHS:
            for number, status in enumerate((200, 400, 403, 500)):
                rule = {"action": "status", "status": status, "path": path, "times": 1}
                # The first request is answered by the first rule, the second by the second, and so on.
                gateway.faults.add(rule | {"body": f"cannot take {written} from you", "skip": 2 * number})
                gateway.faults.add(rule | {"body": {"message": f"bad request: {written}"}, "skip": 2 * number + 1})
    for _ in range(40):
        driven.poll("system", "volumes")
        driven.clock.offset += 1000
        left = [rule["path"] for gateway in locked.gateways.values() for rule in gateway.faults.as_json()]
        if not any(path.startswith("/api/types/") for path in left):
            break
    else:
        pytest.fail(f"not all answers were asked for: {left}")
    shown = _outputs(driven, logged)
    for secret in (written, form(_PASSWORD[:12]), "Märker", "M\\u00e4rker", "M%C3%A4rker"):
        assert secret not in shown


@pytest.mark.parametrize("form", [str, _basic], ids=["as it is", "as Basic authorization"])
@pytest.mark.parametrize("padding", [0, 150])
def test_a_token_that_the_gateway_sends_back_is_shown_nowhere(
    driven: Driven, simulator: Simulator, logged: Log, form: Form, padding: int
) -> None:
    """Not even its beginning, where the gateway's words are cut."""
    tokens = {
        name: next(iter(gateway.machine.sessions._sessions[-1].access)) for name, gateway in simulator.gateways.items()
    }
    if form is _basic:
        del tokens["pf-ams2"]  # a bearer token is not sent so
    for name, token in tokens.items():
        for path in ("/api/types/System/instances", "/api/types/Volume/instances"):
            echo = f"{'x' * padding} Authorization: {form(token)}"
            simulator.gateways[name].faults.add(
                {"action": "status", "status": 500, "path": path, "body": {"message": echo}}
            )
    faulty = driven.poll("system", "volumes")
    shown = _outputs(driven, logged)
    for name, token in tokens.items():
        assert faulty.failing(name) == {"system", "volumes"}
        # The first characters of a base64 text are the user's name, which is no secret.
        begin = 16 if form is _basic else 4
        assert form(token)[begin : begin + 16] not in shown


def test_an_ordinary_run_shows_neither_passwords_nor_tokens(driven: Driven, simulator: Simulator, logged: Log) -> None:
    driven.clock.offset += 290
    driven.poll()
    shown = _outputs(driven, logged)
    for gateway in simulator.gateways.values():
        assert gateway.password not in shown
        for session in gateway.machine.sessions._sessions:
            assert session.refresh_token is None or session.refresh_token not in shown
            assert all(token not in shown for token in session.access)
