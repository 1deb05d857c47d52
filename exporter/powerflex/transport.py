"""HTTP to one gateway: one request, one whole answer, within bounds of size and time.

The one module of this package that knows httpx.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec
from cryptography import x509

from exporter.errors import RequestError, TooLargeError, UnreachableError

MAX_BODY_BYTES = 1 << 30
_MAX_CONNECT_SECONDS = 10.0
_IDLE_CONNECTION_SECONDS = 30.0
_NO_ANSWER = "none"
_UNREACHABLE = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
    ssl.SSLError,
    UnicodeError,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gateway answered to one request."""

    status: int
    body: bytes

    @property
    def message(self) -> str | None:
        """The source's own words in an error answer, where it has any."""
        try:
            return str(msgspec.json.decode(self.body)["message"])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, KeyError, TypeError):
            return None


class Transport:
    """Sends requests to one gateway.

    Args:
        base_url: scheme, host and port of the gateway, such as `https://10.10.2.130`.
        tls: how its certificate is verified.
        timeout: seconds within which an answer must be there, whole.
        max_connections: how many connections are open at most.
        user_agent: how we name ourselves to the gateway.

    Attributes:
        requests: how many requests were sent, by HTTP status; `none` where there was no answer.
        certificate_expiry: when the gateway's certificate ends, in unix seconds, once it was seen.
    """

    def __init__(
        self, base_url: str, *, tls: ssl.SSLContext, timeout: float, max_connections: int, user_agent: str
    ) -> None:
        self.requests: Counter[str] = Counter()
        self.certificate_expiry: float | None = None
        self._certificate: bytes | None = None
        self._timeout = timeout
        self._client = httpx.AsyncClient(
            base_url=base_url,
            verify=tls,
            timeout=httpx.Timeout(timeout, connect=min(timeout / 2, _MAX_CONNECT_SECONDS)),
            limits=httpx.Limits(
                max_connections=max_connections,
                max_keepalive_connections=max_connections,
                keepalive_expiry=_IDLE_CONNECTION_SECONDS,
            ),
            headers={"Accept": "application/json", "User-Agent": user_agent},
            follow_redirects=False,
            trust_env=False,
        )

    async def send(self, method: str, path: str, *, authorization: str | None = None, json: Any = None) -> Answer:  # noqa: ANN401 - any JSON
        """Send one request and return its answer, whatever its status.

        Raises:
            UnreachableError: connecting, TLS or the name look-up failed.
            RequestError: there was no whole answer in time.
            TooLargeError: the answer is larger than `MAX_BODY_BYTES`.
        """
        headers = {"Authorization": authorization} if authorization else {}
        code = _NO_ANSWER
        try:
            async with (
                asyncio.timeout(self._timeout),
                self._client.stream(method, path, headers=headers, json=json) as response,
            ):
                self._note_certificate(response)
                body = await _whole_body(response, f"{method} {path}")
                code = str(response.status_code)
                return Answer(response.status_code, body)
        except _UNREACHABLE as error:
            raise UnreachableError(f"cannot connect: {_words(error)}") from None
        except (TimeoutError, httpx.TimeoutException):
            raise RequestError(f"{method} {path} gave no whole answer within {self._timeout:g} s") from None
        except (httpx.HTTPError, OSError) as error:
            raise RequestError(f"{method} {path} broke off: {_words(error)}") from None
        finally:
            self.requests[code] += 1

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    def _note_certificate(self, response: httpx.Response) -> None:
        stream = response.extensions.get("network_stream")
        tls_object = stream.get_extra_info("ssl_object") if stream is not None else None
        if tls_object is None:
            return
        certificate = tls_object.getpeercert(binary_form=True)
        if certificate is not None and certificate != self._certificate:
            self._certificate = certificate
            self.certificate_expiry = x509.load_der_x509_certificate(certificate).not_valid_after_utc.timestamp()


async def _whole_body(response: httpx.Response, request: str) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise TooLargeError(f"{request} answered with more than {MAX_BODY_BYTES} bytes")
    return bytes(body)


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__
