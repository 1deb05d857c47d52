"""TLS on real sockets: who is served, and that certificates change without a restart."""

from __future__ import annotations

import asyncio
import contextlib
import os
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
import trustme

from exporter.web import connection as web_connection
from exporter.web.config_file import WebConfigFile
from exporter.web.server import ListenAddress, WebServer, bind

pytestmark = pytest.mark.anyio

Exporter = Any

CONFIG = "tls_server_config:\n  cert_file: cert.pem\n  key_file: key.pem\n"
MUTUAL = f"{CONFIG}  client_ca_file: clients.pem\n  client_auth_type: RequireAndVerifyClientCert\n"


class Site:
    """The files of a web server, and those who ask it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority, self.clients = trustme.CA(), trustme.CA()
        self.port = 0
        self.renew()
        self.clients.cert_pem.write_to_path(str(folder / "clients.pem"))
        self.write(CONFIG)

    def write(self, text: str, name: str = "web.yaml") -> None:
        """Put a new file in the place of the former one, as whoever rotates one does."""
        new = self.folder / "new"
        new.write_text(text)
        new.replace(self.folder / name)

    def renew(self) -> None:
        leaf = self.authority.issue_cert("localhost")
        self.write(leaf.private_key_pem.bytes().decode(), "key.pem")
        self.write(leaf.cert_chain_pems[0].bytes().decode(), "cert.pem")

    def context(self, client: trustme.CA | None = None) -> ssl.SSLContext:
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        if client:
            client.issue_cert("prometheus@example.net").configure_cert(context)
        return context

    async def status(self, client: trustme.CA | None = None, path: str = "/-/healthy") -> int:
        async with httpx.AsyncClient(verify=self.context(client), trust_env=False, timeout=20) as asking:
            return (await asking.get(f"https://localhost:{self.port}{path}")).status_code

    async def certificate(self) -> bytes:
        """What a new connection is shown."""
        _, writer = await asyncio.open_connection("localhost", self.port, ssl=self.context())
        shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        writer.close()
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            await writer.wait_closed()
        assert isinstance(shown, bytes)
        return shown

    def on_disk(self) -> bytes:
        return ssl.PEM_cert_to_DER_cert((self.folder / "cert.pem").read_text())


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@contextlib.asynccontextmanager
async def serving(site: Site, exporter: Exporter) -> AsyncIterator[WebServer]:
    file = WebConfigFile(site.folder / "web.yaml")
    listening = bind(ListenAddress("localhost", 0))
    site.port = listening.getsockname()[1]
    app = exporter.app()
    server = WebServer(app, [listening], file.tls())
    server.start()
    try:
        yield server
    finally:
        await server.stop()


async def test_tls_is_served_and_nothing_else(site: Site, exporter: Exporter) -> None:
    async with serving(site, exporter):
        assert await site.status() == 200
        assert await site.status(path="/metrics") == 200
        async with httpx.AsyncClient(trust_env=False, timeout=20) as asking:
            with pytest.raises(httpx.RemoteProtocolError):
                await asking.get(f"http://localhost:{site.port}/-/healthy")
            with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                await asking.get(f"https://localhost:{site.port}/-/healthy")


async def test_versions_below_the_least_are_refused(site: Site, exporter: Exporter) -> None:
    site.write(f"{CONFIG}  min_version: TLS13\n")
    old = site.context()
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    async with serving(site, exporter):
        assert await site.status() == 200
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await asyncio.open_connection("localhost", site.port, ssl=old)


async def test_client_certificates_are_asked_for(site: Site, exporter: Exporter) -> None:
    site.write(MUTUAL)
    async with serving(site, exporter):
        assert await site.status(site.clients) == 200
        for client in (None, trustme.CA()):
            with pytest.raises(httpx.HTTPError):
                await site.status(client)
        assert await site.status(site.clients) == 200


async def test_a_client_certificate_that_may_be_left_out_is_verified_if_given(site: Site, exporter: Exporter) -> None:
    site.write(MUTUAL.replace("RequireAndVerifyClientCert", "VerifyClientCertIfGiven"))
    async with serving(site, exporter):
        assert await site.status() == 200
        assert await site.status(site.clients) == 200
        with pytest.raises(httpx.HTTPError):
            await site.status(trustme.CA())


async def test_a_new_certificate_is_shown_to_the_next_connection(site: Site, exporter: Exporter) -> None:
    async with serving(site, exporter):
        shown = [await site.certificate()]
        for _ in range(3):
            async with httpx.AsyncClient(verify=site.context(), trust_env=False, timeout=20) as asking:
                await asking.get(f"https://localhost:{site.port}/-/healthy")
                site.renew()
                # A connection that is open goes on.
                assert (await asking.get(f"https://localhost:{site.port}/-/healthy")).status_code == 200
            shown.append(await site.certificate())
            assert shown[-1] == site.on_disk()
    assert len(set(shown)) == 4


async def test_what_is_asked_of_clients_changes_with_the_file(site: Site, exporter: Exporter) -> None:
    async with serving(site, exporter):
        assert await site.status() == 200
        site.write(MUTUAL)
        with pytest.raises(httpx.HTTPError):
            await site.status()
        assert await site.status(site.clients) == 200
        # Authorities that are taken out are trusted no more.
        others = trustme.CA()
        site.write(others.cert_pem.bytes().decode(), "clients.pem")
        with pytest.raises(httpx.HTTPError):
            await site.status(site.clients)
        assert await site.status(others) == 200


async def test_what_cannot_be_read_anew_changes_nothing_and_is_told_once(site: Site, exporter: Exporter) -> None:
    async with serving(site, exporter):
        before = await site.certificate()
        with structlog.testing.capture_logs() as logged:
            # The certificate is new, and its key not there yet.
            site.write(site.authority.issue_cert("localhost").cert_chain_pems[0].bytes().decode(), "cert.pem")
            assert [await site.certificate() for _ in range(3)] == [before] * 3
            site.renew()
            assert await site.certificate() == site.on_disk() != before
            site.write("basic_auth_users: {}\n")
            assert [await site.status() for _ in range(3)] == [200] * 3
            os.unlink(site.folder / "web.yaml")  # noqa: PTH108 - as an operator does
            assert [await site.status() for _ in range(3)] == [200] * 3
            site.write(CONFIG)
            assert await site.status() == 200

    told = [(line["log_level"], line.get("error", "").partition(": ")[2]) for line in logged]
    assert [level for level, _ in told] == ["error", "info", "error", "error", "info"]
    assert "is not the key of the certificate" in told[0][1]
    assert told[2][1] == "TLS cannot be switched on or off while the exporter runs; restart it"
    assert "cannot be read: No such file" in told[3][1]


async def test_connections_that_never_shake_hands_give_way(
    site: Site, exporter: Exporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_connection, "_MAX_CONNECTIONS", 20)
    async with serving(site, exporter) as server, contextlib.AsyncExitStack() as stack:
        silent = []
        for _ in range(60):
            reader, writer = await asyncio.open_connection("localhost", site.port)
            stack.callback(writer.close)
            silent.append(reader)
        assert await site.status() == 200
        for reader in silent[:40]:
            async with asyncio.timeout(20):
                with contextlib.suppress(ConnectionError):
                    assert await reader.read() == b""
        assert len(server._server.server_state.connections) <= 20


async def test_connections_that_never_shake_hands_end_soon(
    site: Site, exporter: Exporter, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(web_connection, "_FIRST_REQUEST_SECONDS", 0.3)
    async with serving(site, exporter):
        reader, writer = await asyncio.open_connection("localhost", site.port)
        async with asyncio.timeout(20):
            with contextlib.suppress(ConnectionError):
                assert await reader.read() == b""
        writer.close()
    assert [record.getMessage() for record in caplog.records if record.levelname in {"WARNING", "ERROR"}] == []
