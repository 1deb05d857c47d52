"""Whose objects a caller sees, and how an owner is named."""

from dataclasses import dataclass
from typing import Any

from exporter.simulator.scenario.credentials import ApiUser
from exporter.simulator.scenario.ids import stable_uuid


@dataclass(frozen=True, slots=True)
class Owner:
    """An account, or a project in its place."""

    account: str
    domain: str
    """The domain's path."""
    project: str | None


@dataclass(frozen=True, slots=True)
class Scope:
    """A part of all owners."""

    domain: str
    """A domain's path; the domain with all below it."""
    account: str | None
    """One account alone."""
    project: str | None
    """One project alone; "" for any project."""
    with_projects: bool

    def holds(self, owner: Owner) -> bool:
        """Say whether an owner's objects are in it."""
        if owner.domain != self.domain and not owner.domain.startswith(f"{self.domain}/"):
            return False
        if self.project is not None:
            return owner.project is not None and self.project in ("", owner.project)
        if owner.project is not None:
            return self.with_projects
        return self.account in (None, owner.account)


def scope_of(user: ApiUser, *, listall: bool, project: str | None, by_id: bool) -> Scope:
    """Return what a caller asks for.

    Without anything it is the caller's own; `listall` is everything but projects' things, the project -1 only those,
    and both together all. An id finds whatever the caller may see.
    """
    everything = by_id or listall
    if project is not None and project != "-1":
        return Scope(user.domain, None, project, with_projects=True)
    if project == "-1" and not everything:
        return Scope(user.domain, None, "", with_projects=True)
    account = None if everything else user.account
    return Scope(user.domain, account, None, with_projects=by_id or project == "-1")


def owner_fields(installation: str, owner: Owner, project_uuid: str | None) -> dict[str, Any]:
    """Return an owner as answers name it: a project's things have no account."""
    return {
        "account": None if owner.project else owner.account,
        "project": owner.project,
        "projectid": project_uuid,
        "domainid": stable_uuid(f"{installation} domain {owner.domain}"),
        "domain": owner.domain.rpartition("/")[2],
        "domainpath": owner.domain.lstrip("/"),
    }
