"""What differs between the releases of a gateway."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Personality:
    """One release, as a client notices it."""

    version: str
    """What GET /api/version answers."""
    bearer_login: bool
    """POST /rest/auth/login exists; GET /api/login does in every release."""
    rest_alerts: bool
    """Alerts stand at /rest/v1/alerts, and no longer under /api/types."""
    nvme: bool
    """Objects carry the fields that came with NVMe/TCP hosts."""
    background_scan_names: bool
    """`backgroundScanFixedReadErrorCount` took the place of `fixedReadErrorCount`, with two new capacity names."""


_PERSONALITIES = {
    "3.5": Personality("3.5", bearer_login=False, rest_alerts=False, nvme=False, background_scan_names=False),
    "3.6": Personality("3.6", bearer_login=False, rest_alerts=False, nvme=False, background_scan_names=True),
    "4.5": Personality("4.5", bearer_login=True, rest_alerts=True, nvme=True, background_scan_names=True),
}


def personality_of(version: str) -> Personality:
    """Return the personality of a release.

    Raises:
        ValueError: a release that is not simulated.

    """
    if version not in _PERSONALITIES:
        raise ValueError(f"no personality for version {version!r}; there are {', '.join(_PERSONALITIES)}")
    return _PERSONALITIES[version]
