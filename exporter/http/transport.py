"""HTTP to one source: one request, one whole answer, within bounds of size and time.

The one module that knows httpx.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx
from cryptography import x509

from exporter.errors import RequestError, TooLargeError, UnreachableError
from exporter.http import body
from exporter.http.closing import ClosingBackend
from exporter.http.connections import Connections
from exporter.model.limits import MAX_ANSWER_BYTES

_MAX_HELD_BYTES = 1 << 26
"""No answer that is held whole comes near it."""

_MAX_CONNECT_SECONDS = 10.0
_IDLE_CONNECTION_SECONDS = 30.0
_NO_ANSWER = "none"
_OK = 200
_UNREACHABLE = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
    ssl.SSLError,
    UnicodeError,
)


Sink = Callable[[bytes], None]
"""Takes the next chunk of a body, and does no more with it than may be done on the event loop."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    Attributes:
        method: the HTTP method.
        url: a path below the transport's base URL, or a whole URL.
        called: what messages call the request.
        headers: headers beside the transport's own.
        json: what the body holds as JSON, if that is not None.
        form: what the body holds as a form, if that is not None.
        timeout: seconds within which the answer must be there, whole; None for the transport's own.
        sink: takes the body of a 200 while it comes in, so that it is never held whole; the answer's is empty then.
    """

    method: str
    url: str
    called: str
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    form: Mapping[str, str] | None = None
    timeout: float | None = None
    sink: Sink | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a source answered to one request; `date` is the header of that name."""

    status: int
    body: bytes
    date: str | None = None


class Transport:
    """Sends requests to one source.

    Args:
        base_url: scheme, host and port of the source, such as `https://10.10.2.130`.
        tls: how its certificate is verified.
        timeout: seconds within which an answer must be there, whole.
        max_connections: how many connections are open at most; None for any number.
        user_agent: how we name ourselves to the source.
        max_answer_bytes: the longest body that is taken in; one that is held whole may have 64 MiB at most.

    Attributes:
        requests: how many requests were sent, by HTTP status; `none` where there was no answer.
        certificate_expiry: when the source's certificate ends, in unix seconds, once it was seen; None where that
            cannot be told.
        clock_ahead: how many seconds the source's clock is ahead of ours, by the header `Date` of its last answer;
            None where that has none.
    """

    def __init__(  # noqa: PLR0913 - each of them is a property of the source
        self,
        base_url: str,
        *,
        tls: ssl.SSLContext,
        timeout: float,
        max_connections: int | None,
        user_agent: str,
        max_answer_bytes: int = MAX_ANSWER_BYTES,
    ) -> None:
        self.requests: Counter[str] = Counter()
        self.certificate_expiry: float | None = None
        self.clock_ahead: float | None = None
        self._certificate: bytes | None = None
        self._timeout = timeout
        self._max_answer_bytes = max_answer_bytes
        self._connections = Connections(
            lambda: _client(base_url, tls, user_agent), limit=max_connections, idle_seconds=_IDLE_CONNECTION_SECONDS
        )

    async def request(self, request: Request) -> Answer:
        """Send one request and return its answer, whatever its status.

        Raises:
            UnreachableError: connecting, TLS or the name look-up failed.
            RequestError: there was no whole answer in time.
            TooLargeError: the answer's body is longer than what is taken in.
        """
        timeout = self._timeout if request.timeout is None else request.timeout
        code = _NO_ANSWER
        try:
            async with (
                asyncio.timeout(timeout),
                self._connections.lent() as client,
                client.stream(
                    request.method,
                    request.url,
                    headers=request.headers,
                    json=request.json,
                    data=request.form,
                    timeout=httpx.Timeout(timeout, connect=min(timeout / 2, _MAX_CONNECT_SECONDS)),
                ) as response,
            ):
                self._note_certificate(response)
                self.clock_ahead = ahead_by(response.headers.get("Date"), time.time())
                content = await self._body(response, request)
                code = str(response.status_code)
                return Answer(response.status_code, content, response.headers.get("Date"))
        except _UNREACHABLE as error:
            raise UnreachableError(f"cannot connect: {_words(error)}") from None
        except (TimeoutError, httpx.TimeoutException):
            raise RequestError(f"{request.called} gave no whole answer within {timeout:g} s") from None
        except (httpx.HTTPError, OSError) as error:
            raise RequestError(f"{request.called} broke off: {_words(error)}") from None
        finally:
            self.requests[code] += 1

    async def close(self) -> None:
        """Close all connections."""
        await self._connections.close()

    async def _body(self, response: httpx.Response, request: Request) -> bytes:
        held = bytearray()
        sink = request.sink if response.status_code == _OK else None
        most = self._max_answer_bytes if sink else min(self._max_answer_bytes, _MAX_HELD_BYTES)
        encoding = response.headers.get("Content-Encoding", "")
        size = 0
        async for piece in body.pieces(response.aiter_raw(), encoding, request.called):
            size += len(piece)
            if size > most:
                raise TooLargeError(f"{request.called} answered with more than {most} bytes")
            if sink is None:
                held += piece
            else:
                sink(piece)
        return bytes(held)

    def _note_certificate(self, response: httpx.Response) -> None:
        stream = response.extensions.get("network_stream")
        tls_object = stream.get_extra_info("ssl_object") if stream is not None else None
        if tls_object is None:
            return
        certificate = tls_object.getpeercert(binary_form=True)
        if certificate is not None and certificate != self._certificate:
            self._certificate = certificate
            self.certificate_expiry = _end_of(certificate)


def _end_of(certificate: bytes) -> float | None:
    """Return when a certificate ends; None where its dates are none, which OpenSSL takes if it need not verify."""
    try:
        return x509.load_der_x509_certificate(certificate).not_valid_after_utc.timestamp()
    except (ValueError, OverflowError):
        return None


def ahead_by(date: str | None, now: float) -> float | None:
    """Return how many seconds a clock is ahead that gave this header `Date` at that unix second of ours."""
    try:
        return parsedate_to_datetime(date or "").timestamp() - now
    except (ValueError, OverflowError):
        return None


def _client(base_url: str, tls: ssl.SSLContext, user_agent: str) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=1, keepalive_expiry=_IDLE_CONNECTION_SECONDS)
    transport = httpx.AsyncHTTPTransport(verify=tls, limits=limits, trust_env=False)
    transport._pool._network_backend = ClosingBackend()  # noqa: SLF001 - httpx has no other way to give one
    return httpx.AsyncClient(
        base_url=base_url,
        transport=transport,
        headers={"Accept": "application/json", "Accept-Encoding": body.ENCODING, "User-Agent": user_agent},
        # None are kept: each would go back to the source with every request.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        follow_redirects=False,
        trust_env=False,
    )


def _words(error: Exception) -> str:
    return ", ".join(dict.fromkeys(_reasons(error))) or str(error) or type(error).__name__


def _reasons(error: BaseException) -> Iterator[str]:
    """Give the system's reason for each address that could not be connected to, where anyio has only one for all."""
    cause = error.__cause__ or error.__context__
    if isinstance(error, OSError) and error.errno is None:
        causes = cause.exceptions if isinstance(cause, ExceptionGroup) else [cause]
        yield from (os.strerror(each.errno) for each in causes if isinstance(each, OSError) and each.errno)
    elif cause is not None:
        yield from _reasons(cause)
