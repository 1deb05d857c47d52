"""One call of a command, and how its parameters are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from exporter.simulator.cloudstack.errors import invalid_value, missing_parameter
from exporter.simulator.cloudstack.machine import ManagementMachine
from exporter.simulator.cloudstack.ownership import Owner, Scope, scope_of
from exporter.simulator.scenario.cloud import Installation
from exporter.simulator.scenario.credentials import ApiUser

_NO_SELECTION = {"page", "pagesize", "apikey", "signature", "signatureversion", "expires", "response"}


@dataclass(frozen=True, slots=True)
class Call:
    """A call by a user who may make it; the names of the parameters are in lower case."""

    machine: ManagementMachine
    user: ApiUser
    command: str
    parameters: Mapping[str, str]

    @property
    def installation(self) -> Installation:
        """The installation that is asked about."""
        return self.machine.installation

    @property
    def selection(self) -> tuple[str, str, frozenset[tuple[str, str]]]:
        """What tells this call's list from others: all but the page, and who signed it when."""
        chosen = frozenset((name, value) for name, value in self.parameters.items() if name not in _NO_SELECTION)
        return self.command, self.user.name, chosen

    def text(self, name: str) -> str | None:
        """Return a parameter as it was given."""
        return self.parameters.get(name)

    def boolean(self, name: str) -> bool:
        """Say whether a parameter is true; whatever is not "true" is false."""
        return self.parameters.get(name, "").lower() == "true"

    def integer(self, name: str) -> int | None:
        """Return a number.

        Raises:
            ApiError: 431, it is none.

        """
        value = self.parameters.get(name)
        try:
            return None if value is None else int(value)
        except ValueError as error:
            raise invalid_value(self.command, name, str(value)) from error

    def record(self, name: str, *tables: Mapping[str, Any]) -> Any:  # noqa: ANN401  # a record of these tables
        """Return the record that a UUID names, None if the parameter is absent.

        Raises:
            ApiError: 431, it names none.

        """
        key = self.parameters.get(name)
        if key is None:
            return None
        for table in tables:
            if key in table:
                return table[key]
        raise invalid_value(self.command, name, key)

    def required_record(self, name: str, *tables: Mapping[str, Any]) -> Any:  # noqa: ANN401  # as above
        """Return the record that a UUID names.

        Raises:
            ApiError: 431, the parameter is absent or names none.

        """
        if name not in self.parameters:
            raise missing_parameter(self.command, name)
        return self.record(name, *tables)

    def scope(self) -> Scope:
        """Return whose objects are asked for: `listall`, `projectid`."""
        projects = {project.uuid: project for project in self.installation.projects.values()}
        project = self.parameters.get("projectid")
        if project not in (None, "-1"):
            project = self.record("projectid", projects).name
        return scope_of(self.user, listall=self.boolean("listall"), project=project, by_id="id" in self.parameters)

    def owner(self, account: str, project: str | None) -> Owner:
        """Return who owns an object, for `scope` to judge."""
        installation = self.installation
        domain = installation.projects[project].domain if project else installation.accounts[account]
        return Owner(account, domain, project)
