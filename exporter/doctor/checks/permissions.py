"""Whether the API user of CloudStack may call what the exporter calls."""

from __future__ import annotations

from collections.abc import Iterable

from exporter.doctor.evidence import Case
from exporter.doctor.finding import Finding, error, ok, warning
from exporter.doctor.gathering import FRESH_CHECKS

_CHECK = "permissions"


def check(case: Case) -> Iterable[Finding]:
    """Name each command that the role lacks. Fresh checks alone need the last of them."""
    for installation in case.installations:
        if installation.access is not None:
            continue
        for command in installation.denied:
            words = f"the role of the API user lacks {command}"
            grant = f"cmk createRolePermission roleid=... rule={command} permission=allow"
            if command != FRESH_CHECKS:
                yield error(installation.name, _CHECK, words, f"{grant}, above the rule that denies the rest.")
            elif case.config.router_health_checks.run != "never":
                mend = f"{grant}, or set router_health_checks.run to never."
                yield warning(installation.name, _CHECK, f"{words}, so no fresh checks can be run", mend)
        if not installation.failures and not installation.denied.keys() - {FRESH_CHECKS}:
            yield ok(installation.name, _CHECK, "every command that is needed is allowed")
