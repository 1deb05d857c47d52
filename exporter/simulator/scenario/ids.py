"""Identifiers in the form that PowerFlex and CloudStack give them, the same in every run."""

import functools
import uuid
import zlib

_NAMESPACE = uuid.UUID("6f0d6b1e-6a55-4d0b-9f0c-3f6a2c8f7b11")


def object_id(kind: str, number: int) -> str:
    """Return the id of a PowerFlex object: 16 hex digits, the lower eight a running number as on a real MDM."""
    return f"{zlib.crc32(f'{kind}/{number}'.encode()):08x}{number:08x}"


def long_id(text: str) -> str:
    """Return a 64-bit id without a running number, as systems and MDMs have."""
    return f"{zlib.crc32(text.encode()):08x}{zlib.crc32(text[::-1].encode() + b'/'):08x}"


@functools.lru_cache(200_000)
def stable_uuid(text: str) -> str:
    """Return a UUID that depends on nothing but the text."""
    return str(uuid.uuid5(_NAMESPACE, text))
