"""The paths that reload the configuration and show it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

pytestmark = pytest.mark.anyio

Serving = Callable[[ASGIApp], AbstractAsyncContextManager[httpx.AsyncClient]]
Exporter = Any


async def test_it_reloads_and_says_so(serving: Serving, exporter: Exporter) -> None:
    async with serving(exporter.app()) as client:
        answer = await client.post("/-/reload")

    assert (answer.status_code, answer.text) == (200, "The configuration was reloaded.\n")
    assert exporter.reloads == 1


async def test_it_says_what_is_wrong(serving: Serving, exporter: Exporter) -> None:
    exporter.faults = ["config.yaml:3: timeout: is empty", "config.yaml:4: nmae: unknown key"]
    async with serving(exporter.app()) as client:
        answer = await client.post("/-/reload")

    assert answer.status_code == 500
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.text.splitlines()[1:] == exporter.faults


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
async def test_nothing_but_a_post_does(serving: Serving, exporter: Exporter, method: str) -> None:
    async with serving(exporter.app()) as client:
        answer = await client.request(method, "/-/reload")

    assert (answer.status_code, exporter.reloads) == (405, 0)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://{host}"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://{host}"}, 403),
        ({"Origin": "http://{host}"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "http://127.0.0.1"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ""}, 403),
    ],
)
async def test_a_page_of_another_site_cannot(
    serving: Serving, exporter: Exporter, headers: dict[str, str], status: int
) -> None:
    async with serving(exporter.app()) as client:
        host = client.base_url.netloc.decode()
        sent = {name: value.replace("{host}", host) for name, value in headers.items()}
        answer = await client.post("/-/reload", headers=sent)

    assert answer.status_code == status
    assert exporter.reloads == (status == 200)


async def test_the_configuration_is_shown_as_text(serving: Serving, exporter: Exporter) -> None:
    async with serving(exporter.app()) as client:
        answer = await client.get("/config")

    assert (answer.status_code, answer.text) == (200, "powerflex: []\n")
    assert answer.headers["content-type"].startswith("text/plain")
