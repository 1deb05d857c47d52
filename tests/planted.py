"""The secrets of the simulator, for which all output of every exporter is searched that a test runs."""

from __future__ import annotations

import base64

from exporter.simulator import PASSWORD, USERNAME
from exporter.simulator.scenario.credentials import ADMIN, api_users

_LEGACY_TOKEN = base64.b64encode(f"{USERNAME}:".encode()).decode()[:10]
"""What tokens of `GET /api/login` begin with, and the Basic authorization that asks for them."""
_BEARER_TOKEN = base64.b64encode(b'{"a').decode()[:3]
"""What tokens of `POST /rest/auth/login` begin with."""
_KEYS = [key.removesuffix("ams-admin") for user in [api_users("ams")[ADMIN]] for key in (user.api_key, user.secret_key)]
SECRETS = (PASSWORD, PASSWORD.replace("@", "%40"), *_KEYS, _LEGACY_TOKEN, _BEARER_TOKEN)


def check_output(text: str) -> None:
    """Fail where an output holds a secret."""
    for secret in SECRETS:
        position = text.find(secret)
        assert position < 0, f"{secret} is in the output: {text[max(0, position - 500) : position + 500]}"
