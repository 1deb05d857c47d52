"""Turns the bytes of an answer into records."""

from exporter.decode.pieces import ListReader
from exporter.decode.records import Decoder, IgnoredFields, check_objects, without_halves

__all__ = ["Decoder", "IgnoredFields", "ListReader", "check_objects", "without_halves"]
