"""Whether it is known whom the secrets are sent to, and for how long yet."""

from __future__ import annotations

from collections.abc import Iterable

from exporter.config import CloudStack, PowerFlex
from exporter.doctor.evidence import Case
from exporter.doctor.finding import Finding, error, ok, warning

_CHECK = "certificate"
_DAY = 86_400
_WARNING_DAYS = 21
_ERROR_DAYS = 3


def check(case: Case) -> Iterable[Finding]:
    """Judge TLS of each source: whether there is any, whether it is verified, and when the certificate ends."""
    for source in case.sources:
        if _address(source.entry).startswith("http://"):
            yield warning(
                source.name,
                _CHECK,
                "there is no TLS: secrets and figures can be read and changed on the way",
                "Write https:// unless it is a lab.",
            )
            continue
        if not source.entry.tls.verify:
            yield warning(
                source.name,
                _CHECK,
                "it is not verified: the secrets go to whoever answers at that address",
                "Set tls.verify to true, and tls.ca_file where its authority is not one of this host's.",
            )
        if source.certificate_expiry is not None:
            yield _ending(source.name, (source.certificate_expiry - case.now) / _DAY)


def _address(entry: PowerFlex | CloudStack) -> str:
    return entry.gateway if isinstance(entry, PowerFlex) else entry.endpoint


def _ending(source: str, days: float) -> Finding:
    words = f"ends in {days:.0f} days" if days >= 0 else f"ended {-days:.0f} days ago"
    mend = "Renew it on the server; the exporter needs no restart."
    if days < _ERROR_DAYS:
        return error(source, _CHECK, words, mend)
    return warning(source, _CHECK, words, mend) if days < _WARNING_DAYS else ok(source, _CHECK, words)
