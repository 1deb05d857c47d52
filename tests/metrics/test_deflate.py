from __future__ import annotations

import gzip as reference
import shutil
import struct
import subprocess
import zlib

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from exporter.metrics.deflate import Block, BlockWriter, gzip, text

PATIENT = settings(deadline=None)
LINE = b'powerflex_volume_virtual_size_bytes{system="pf",pool_id="1",volume_id="%d"} 8589934592\n'


def block(*chunks: bytes) -> Block:
    writer = BlockWriter()
    for chunk in chunks:
        writer.write(chunk)
    return writer.finish()


def packed(blocks: list[Block], last: bytes) -> bytes:
    return b"".join(gzip(blocks, last))


def one_member(member: bytes) -> bytes:
    """Inflate the first member, and be sure that there is nothing behind it."""
    inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)
    content = inflater.decompress(member) + inflater.flush()
    assert inflater.eof
    assert inflater.unused_data == b""
    return content


SIZES = [0, 1, 2, 7, 255, 4095, 65535, 65536, 65537, 131072, 1_000_003]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("last", [b"", b"# EOF\n"])
def test_a_block_of_any_size_comes_back(size: int, last: bytes) -> None:
    content = (LINE % 7 * (size // 80 + 1))[:size]

    assert one_member(packed([block(content)], last)) == content + last
    assert b"".join(text([block(content)])) == content


@pytest.mark.parametrize("size", SIZES)
def test_what_cannot_be_compressed_comes_back(size: int) -> None:
    noise = b"".join(struct.pack("<I", zlib.crc32(struct.pack("<I", number))) for number in range(size // 4 + 1))[:size]

    assert reference.decompress(packed([block(noise), block(noise)], noise)) == noise * 3
    assert b"".join(text([block(noise)])) == noise


@PATIENT
@given(st.lists(st.lists(st.binary(max_size=200), max_size=4), max_size=6), st.binary(max_size=200))
@example([], b"")
@example([[], [b""], []], b"")
@example([[b"a" * 70_000, b"b" * 70_000], [b"c" * 200_000]], b"d" * 70_000)
def test_python_reads_the_joined_text(blocks: list[list[bytes]], last: bytes) -> None:
    joined = b"".join(b"".join(chunks) for chunks in blocks)
    made = [block(*chunks) for chunks in blocks]

    member = packed(made, last)

    assert one_member(member) == joined + last
    assert reference.decompress(member) == joined + last
    assert member[-8:] == struct.pack("<II", zlib.crc32(joined + last), len(joined + last))
    assert b"".join(text(made)) == joined


@PATIENT
@given(st.permutations(range(5)), st.integers(0, 300))
def test_blocks_can_be_put_together_in_any_order(order: list[int], repeated: int) -> None:
    contents = [b"".join(LINE % (number * 1000 + line) for line in range(repeated)) for number in range(5)]
    blocks = [block(content) for content in contents]

    joined = b"".join(contents[number] for number in order)

    assert reference.decompress(packed([blocks[number] for number in order], b"end")) == joined + b"end"


def test_one_block_can_stand_many_times() -> None:
    one = block(LINE % 1)

    assert reference.decompress(packed([one] * 1000, b"")) == LINE % 1 * 1000


@PATIENT
@given(st.binary(max_size=2000))
def test_a_block_tells_the_size_and_the_checksum_of_its_text(content: bytes) -> None:
    made = block(content)

    assert (made.size, made.crc) == (len(content), zlib.crc32(content))


@PATIENT
@given(st.lists(st.binary(max_size=50), max_size=6))
def test_how_the_text_is_cut_does_not_matter_to_it(chunks: list[bytes]) -> None:
    assert b"".join(text([block(*chunks)])) == b"".join(text([block(b"".join(chunks))]))


def test_the_text_comes_in_pieces_of_bounded_size() -> None:
    content = b"0" * 10_000_000
    pieces = list(text([block(content), block(b"x")]))

    assert max(map(len, pieces)) <= 1 << 16
    assert all(pieces)
    assert b"".join(pieces) == content + b"x"


def test_gzip_on_the_command_line_reads_it() -> None:
    gunzip = shutil.which("gzip")
    if gunzip is None:
        pytest.skip("no gzip here")
    blocks = [block(LINE % number * 2000) for number in range(3)]
    member = packed([*blocks, block(), block(b"\xff" * 70_000)], b"# EOF\n")

    subprocess.run([gunzip, "-t"], input=member, check=True)
    answer = subprocess.run([gunzip, "-dc"], input=member, capture_output=True, check=True)

    assert answer.stderr == b""
    assert answer.stdout == b"".join(LINE % number * 2000 for number in range(3)) + b"\xff" * 70_000 + b"# EOF\n"


def test_a_member_of_nothing() -> None:
    assert one_member(packed([], b"")) == b""
    assert list(text([])) == []
