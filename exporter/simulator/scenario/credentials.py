"""The API users of the simulated management servers. Their keys open nothing but the simulator."""

from dataclasses import dataclass

ADMIN = "admin"
DOMAIN_ADMIN = "domain-admin"
RESTRICTED = "restricted"


@dataclass(slots=True)
class ApiUser:
    """A user with a key pair."""

    name: str
    account: str
    domain: str
    """The path of the account's domain; all that is below belongs to a domain admin's view."""
    api_key: str
    secret_key: str
    root_admin: bool = True
    """Whether the account's type is Admin. Only such a one is told paths, pools, hosts and system VMs."""
    allowed: tuple[str, ...] = ("*",)
    """The commands that the role allows, as patterns; all others are denied."""
    enabled: bool = True


def api_users(installation: str) -> dict[str, ApiUser]:
    """Return the users of an installation, by name."""

    def user(name: str, account: str, domain: str) -> ApiUser:
        tail = f"{installation}-{name}"
        return ApiUser(name, account, domain, f"simulated-api-key-{tail}", f"simulated-secret-key-{tail}")

    domain = "/ROOT/acme" if installation == "ams" else "/ROOT/test"
    users = {
        ADMIN: user(ADMIN, "admin", "/ROOT"),
        DOMAIN_ADMIN: user(DOMAIN_ADMIN, domain.rpartition("/")[2], domain),
        RESTRICTED: user(RESTRICTED, "admin", "/ROOT"),
    }
    users[DOMAIN_ADMIN].root_admin = False
    users[DOMAIN_ADMIN].allowed = ("list*", "get*")
    users[RESTRICTED].allowed = (
        "listZones",
        "listStoragePools",
        "listVolumes",
        "listHosts",
        "listDiskOfferings",
        "listCapabilities",
    )
    return users
