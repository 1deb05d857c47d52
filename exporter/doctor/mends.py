"""What to do about a failure, by what it is and of which kind of source."""

from __future__ import annotations

from collections.abc import Mapping

from exporter.config import CloudStack, PowerFlex
from exporter.errors import LoginError, PasswordRefusedError, PollError, RequestError, TooLargeError, UnreachableError

_AUTHORITY = (
    "Give the certificate of the authority that signed it, or the server's own where it signed itself, as tls.ca_file."
)
_NO_NAME = "The name is not in the DNS of this host: mend the name or the resolver."
_OTHER_CERTIFICATE = "Have a certificate made with a key and a signature of today's strength."
_OF_CONNECTING = (
    ("has expired", "Renew the certificate on the server."),
    ("not yet valid", "Put this host and the server on NTP, or wait until the certificate is valid."),
    ("too weak", _OTHER_CERTIFICATE),
    ("too small", _OTHER_CERTIFICATE),
    ("mismatch", "Write the address in the configuration as the certificate names it."),
    ("not valid for", "Write the address in the configuration as the certificate names it."),
    ("CERTIFICATE_VERIFY_FAILED", _AUTHORITY),
    ("WRONG_VERSION_NUMBER", "The port speaks no TLS: mend the port, or write http:// where it is a lab."),
    ("not known", _NO_NAME),
    ("resolution", _NO_NAME),
    ("", "Look at address, port, route and firewall from this host."),
)
"""By what the words hold; the first that fits."""

_CLOCK = "clock is"
"""What the words of a refused signature hold where the clocks differ."""

_NO_SUCH_LOGIN = "there is no such login"
"""What the words of a failed login hold where something else than the gateway answers, or one of another version."""

_BROKE_OFF = "broke off"
"""What the words of an unfinished answer hold, such as that of a TLS port to a request without TLS."""

_SLOW = "Raise timeout, or find out why the server is slow or breaks off."
_NOT_THERE = "Mend the address: what answers there does not know the call."
_OF_GATEWAY: Mapping[int | None, str] = {
    None: _SLOW,
    401: "The session is opened and not accepted: look at the gateway's own log.",
    403: "Give the user the role Monitor.",
    404: _NOT_THERE,
}
_OF_API: Mapping[int | None, str] = {
    None: _SLOW,
    401: (
        "Mend the keys; see that the user is enabled, that api.key.access is true for it, and that "
        "api.allowed.source.cidr.list holds this host."
    ),
    403: "Something before the management server refuses: look at the proxy or firewall in between.",
    404: _NOT_THERE,
}
_OF_TYPE = (
    (
        PasswordRefusedError,
        (
            "Mend the user name or the password. A new 3.x user must change its first password before it can log in, "
            "and a locked one has to be unlocked."
        ),
    ),
    (TooLargeError, "Something else than the server answers there: look at what is in between."),
    (LoginError, "Restore what the message names, or look at the server's own log."),
    (PollError, "docs/troubleshooting.md has the words of the message, and what to do about them."),
    (Exception, "This is a mistake of the exporter: report it with the version of the server and the log."),
)


def mend_of(failure: Exception, entry: PowerFlex | CloudStack) -> str:
    """Return what to do about a failure of that source, a sentence or two."""
    if isinstance(failure, UnreachableError):
        return next(mend for part, mend in _OF_CONNECTING if part in str(failure))
    address = entry.gateway if isinstance(entry, PowerFlex) else entry.endpoint
    if address.startswith("http:") and _BROKE_OFF in str(failure):
        return "Write https:// where the port speaks TLS; else find out why the server is slow or breaks off."
    of_status = _OF_GATEWAY if isinstance(entry, PowerFlex) else _OF_API
    if type(failure) is RequestError and failure.status in of_status:
        return (
            "Put this host and the management server on NTP." if _CLOCK in str(failure) else of_status[failure.status]
        )
    if isinstance(failure, LoginError) and _NO_SUCH_LOGIN in str(failure):
        return "Mend gateway, or auth where it is set: what answers there does not know the login."
    return next(mend for kind, mend in _OF_TYPE if isinstance(failure, kind))
