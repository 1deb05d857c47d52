"""The storage pools of provider PowerFlex, which several collectors begin with."""

from __future__ import annotations

from exporter.cloudstack import wire
from exporter.cloudstack.api import CloudStackApi
from exporter.decode import Decoder
from exporter.errors import AnswerError
from exporter.model.cloudstack import StoragePool

_POWERFLEX = "PowerFlex"

_pools = Decoder(wire.StoragePool, "storagepool")


async def powerflex_pools(api: CloudStackApi) -> tuple[StoragePool, ...]:
    """List the storage pools of provider PowerFlex; the API itself cannot select by provider.

    Raises:
        PollError: one of its kinds; an AnswerError where such a pool has no path.
    """
    listing = await api.list("listStoragePools", _pools)
    return tuple(_pool(pool) for pool in listing.whole(_pools.kind) if pool.provider == _POWERFLEX)


def _pool(pool: wire.StoragePool) -> StoragePool:
    if not pool.path:
        raise AnswerError(f"the storage pool {pool.id} of provider {_POWERFLEX} has no path")
    return StoragePool(
        id=pool.id,
        name=pool.name,
        path=pool.path,
        zone_id=pool.zone_id,
        zone=pool.zone,
        scope=pool.scope,
        state=pool.state,
        total_bytes=pool.total_bytes,
        used_bytes=pool.used_bytes,
        allocated_bytes=pool.allocated_bytes,
        overprovisioning_factor=pool.overprovisioning_factor,
    )
