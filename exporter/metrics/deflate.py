"""Text compressed in blocks that can be put together to one gzip member in any order.

A block is a deflate stream that refers to nothing outside itself and ends on a
byte boundary without being the last, so blocks can be concatenated; the CRC of
the whole is combined from the blocks' own, as pigz does. So what has not changed
is neither rendered nor compressed again.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_LEVEL = 1
_RAW = -zlib.MAX_WBITS
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_CRC_POLYNOMIAL = 0xEDB88320
_ONE = 1 << 31
_PIECE_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Block:
    """A compressed piece of text.

    Attributes:
        deflated: the raw deflate stream, without a last block.
        size: bytes of the text.
        crc: CRC-32 of the text.
        shift: what the CRC of that which stands before is multiplied by, when this follows.
    """

    deflated: bytes
    size: int
    crc: int
    shift: int


class BlockWriter:
    """Compresses a text that comes in chunks."""

    def __init__(self) -> None:
        self._compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW)
        self._deflated = bytearray()
        self._size = 0
        self._crc = 0

    def write(self, chunk: bytes) -> None:
        """Take the next chunk."""
        self._deflated += self._compressor.compress(chunk)
        self._size += len(chunk)
        self._crc = zlib.crc32(chunk, self._crc)

    def finish(self) -> Block:
        """Return the block; nothing can be written after that."""
        self._deflated += self._compressor.flush(zlib.Z_SYNC_FLUSH)
        return Block(bytes(self._deflated), self._size, self._crc, _shift(self._size))


def gzip(blocks: Iterable[Block], last: bytes) -> list[bytes]:
    """Return the parts of one gzip member that holds the blocks and then a last piece of text."""
    member = [_GZIP_HEADER]
    size = crc = 0
    for block in blocks:
        member.append(block.deflated)
        size += block.size
        crc = _multiply(crc, block.shift) ^ block.crc
    compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW)
    trailer = struct.pack("<II", zlib.crc32(last, crc), (size + len(last)) & 0xFFFFFFFF)
    member.append(compressor.compress(last) + compressor.flush() + trailer)
    return member


def text(blocks: Iterable[Block]) -> Iterator[bytes]:
    """Give the text of the blocks in pieces of bounded size."""
    for block in blocks:
        decompressor = zlib.decompressobj(_RAW)
        rest = block.deflated
        while piece := decompressor.decompress(rest, _PIECE_BYTES):
            yield piece
            rest = decompressor.unconsumed_tail


def _multiply(a: int, b: int) -> int:
    """Multiply two polynomials modulo the CRC's, bits reflected as zlib keeps them."""
    product = 0
    for bit in range(31, -1, -1):
        if a >> bit & 1:
            product ^= b
        b = b >> 1 ^ _CRC_POLYNOMIAL if b & 1 else b >> 1
    return product


def _shift(size: int) -> int:
    """Return x to the power of the bits in that many bytes, modulo the CRC's polynomial."""
    power, factor = _ONE, _ONE >> 8
    while size:
        if size & 1:
            power = _multiply(power, factor)
        factor = _multiply(factor, factor)
        size >>= 1
    return power
