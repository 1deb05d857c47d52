"""Moments as the API writes them: local to the management server, with its offset from UTC."""

import datetime as dt
import functools

from exporter.simulator.scenario.cloud import Installation


def timestamp(installation: Installation, seconds: int) -> str:
    """Return epoch seconds as 2026-02-09T14:01:22+0100."""
    return _written(seconds, installation.time_zone_minutes)


@functools.lru_cache(200_000)
def _written(seconds: int, offset_minutes: int) -> str:
    zone = dt.timezone(dt.timedelta(minutes=offset_minutes))
    return dt.datetime.fromtimestamp(seconds, zone).strftime("%Y-%m-%dT%H:%M:%S%z")
