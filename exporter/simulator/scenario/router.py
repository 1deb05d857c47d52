"""A virtual router as CloudStack knows it, and how it really is."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from exporter.simulator.scenario.cloud import CloudMachine

Status = Literal["SUCCESS", "FAILED", "WARNING", "UNKNOWN"]
Connection = Literal["ok", "refused", "silent", "push_fails", "fetch_fails"]
"""How a router answers its management server: as it should; with an error; not at all; or well to the basic tests
and badly to what a fresh run asks next, that is, to the push of its configuration or to the run itself."""


@dataclass(slots=True)
class HealthCheck:
    """A row of CloudStack's router_health_check table; the time is in epoch seconds."""

    name: str
    check_type: str
    status: Status
    updated: int
    details: str


@dataclass(slots=True)
class CloudRouter:
    """A virtual router; its machine holds its name, state and host."""

    machine: "CloudMachine"
    zone: str
    version: str | None
    created: int
    network: str | None = None
    vpc: str | None = None
    project: str | None = None
    redundant_state: str | None = None
    """PRIMARY or BACKUP where there are two, None where there is one."""
    role: str = "VIRTUAL_ROUTER"
    read_only: bool = False
    """Its file system has been remounted read-only."""
    connection: Connection = "ok"
    failing: dict[str, tuple[Status, str]] = field(default_factory=dict)
    """The checks that fail inside it, with status and details."""
    results: list[HealthCheck] = field(default_factory=list)
    """What the management server has recorded."""
    unreadable: bool = False
    """Its recorded results are of before an upgrade, and the new release cannot read them."""

    @property
    def uuid(self) -> str:
        """Its UUID."""
        return self.machine.uuid

    @property
    def running(self) -> bool:
        """Whether CloudStack believes that it runs."""
        return self.machine.state == "Running"
