"""The body of an answer, unpacked a piece at a time: a small one may hold gigabytes of the same."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator

from exporter.errors import RequestError

ENCODING = "gzip"
_PIECE_BYTES = 1 << 16
_GZIP = 16 + zlib.MAX_WBITS


def pieces(sent: AsyncIterator[bytes], encoding: str, called: str) -> AsyncIterator[bytes]:
    """Return the pieces of a body as they come in.

    Args:
        sent: what is sent.
        encoding: the header `Content-Encoding`, empty where there is none.
        called: what messages call the request.

    Raises:
        RequestError: it is packed otherwise than by gzip, once, or is not what gzip makes.
    """
    coding = encoding.strip().lower()
    if coding in {"", "identity"}:
        return sent
    if coding != ENCODING:
        raise RequestError(f"{called} answered in an encoding that was not asked for: {coding[:40]}")
    return _unpacked(sent, called)


async def _unpacked(packed: AsyncIterator[bytes], called: str) -> AsyncIterator[bytes]:
    unpacker = zlib.decompressobj(wbits=_GZIP)
    try:
        async for chunk in packed:
            rest = chunk
            while rest:
                yield unpacker.decompress(rest, _PIECE_BYTES)
                rest = unpacker.unconsumed_tail
                if rest:
                    await asyncio.sleep(0)
        yield unpacker.flush()
    except zlib.error as error:
        raise RequestError(f"{called} broke off: {error}") from None
    if not unpacker.eof:
        raise RequestError(f"{called} broke off: the gzip of its body has no end")
