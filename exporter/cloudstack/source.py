"""One configured CloudStack installation: its API, and what is remembered of it between polls."""

from __future__ import annotations

from exporter.cloudstack.api import CloudStackApi
from exporter.cloudstack.router_walk import RouterWalk
from exporter.model.source import SourceCounts


class CloudStackSource:
    """What the collectors of one installation share.

    Args:
        name: the configured name.
        api: the calls to its management server.
    """

    def __init__(self, name: str, api: CloudStackApi) -> None:
        self.name = name
        self.api = api
        self.router_walk = RouterWalk()

    def counts(self) -> SourceCounts:
        """Return what was counted of the dealings with this management server; it has no sessions."""
        return SourceCounts(
            requests=self.api.transport.requests,
            renewals=0,
            ignored=self.api.ignored,
            rejected=[],
            certificate_expiry=self.api.transport.certificate_expiry,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self.api.close()
