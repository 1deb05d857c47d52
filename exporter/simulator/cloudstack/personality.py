"""What differs between CloudStack releases."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Personality:
    """A release and its ways."""

    version: str
    """As listCapabilities says it, such as 4.20.1.0."""
    release: tuple[int, int]

    @property
    def tells_status(self) -> bool:
        """Health checks have a `status`; and `healthchecksfailed` is never true and filters everything away."""
        return self.release >= (4, 22)

    @property
    def tells_capacity(self) -> bool:
        """Storage pools have `capacitybytes`."""
        return self.release >= (4, 22)

    @property
    def tells_pool_details(self) -> bool:
        """Storage pools have `details`; those of older pools hold credentials."""
        return self.release >= (4, 21)

    @property
    def can_enforce_posts(self) -> bool:
        """The setting enforce.post.requests.and.timestamps exists."""
        return self.release >= (4, 21)


def personality_of(version: str) -> Personality:
    """Return the ways of a version, such as 4.20 or 4.22.1.0.

    Raises:
        ValueError: it is no version.

    """
    major, minor, *_ = [*version.split("."), "0"]
    return Personality(version, (int(major), int(minor)))
