"""The decoder of answers, which other sources have in common with the gateway."""

from exporter.decode import Decoder, IgnoredFields

__all__ = ["Decoder", "IgnoredFields"]
