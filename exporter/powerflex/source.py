"""One configured PowerFlex system: its gateway, and what is remembered of it between polls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from exporter.errors import AnswerError
from exporter.model.powerflex import Device, ProtectionDomain, Sdc, Sds, StoragePool, Volume, VTree
from exporter.model.source import SourceCounts
from exporter.powerflex.gateway import Gateway
from exporter.powerflex.statistics import Rejections
from exporter.powerflex.tree_walk import TreeWalk

_ID_SHOWN = 40


class PowerFlexSource:
    """What the collectors of one system share.

    Args:
        name: the configured name.
        gateway: the calls to its gateway.
        storage_pools: names or ids of the pools that must be there; empty for whichever there are.
        used_sizes_interval: seconds between two polls of the used sizes.
    """

    def __init__(
        self, name: str, gateway: Gateway, *, storage_pools: tuple[str, ...] = (), used_sizes_interval: float = 60.0
    ) -> None:
        self.name = name
        self.gateway = gateway
        self.storage_pools = storage_pools
        self.rejections = Rejections()
        self.tree_walk = TreeWalk(name, used_sizes_interval)

    def counts(self) -> SourceCounts:
        """Return what was counted of the dealings with this gateway."""
        return SourceCounts(
            requests=self.gateway.transport.requests,
            renewals=self.gateway.session.renewals,
            ignored=self.gateway.ignored,
            rejected=self.rejections.all(),
            certificate_expiry=self.gateway.transport.certificate_expiry,
        )

    async def close(self) -> None:
        """Log out and close the connections."""
        await self.gateway.close()


def check_unique(
    objects: Sequence[ProtectionDomain | StoragePool | Volume | VTree | Sdc | Sds | Device], kind: str
) -> None:
    """Check that no id stands twice in a list.

    Raises:
        AnswerError: one does, so it is unknown which of the two objects is meant.
    """
    ids = [one.id for one in objects]
    if len(set(ids)) == len(ids):
        return
    repeated, _ = Counter(ids).most_common(1)[0]
    raise AnswerError(f"the id {repeated[:_ID_SHOWN]!r} stands more than once in the list of type {kind}")
