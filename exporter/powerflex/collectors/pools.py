"""Storage pools: `ProtectionDomain`, `StoragePool`, and the pools' statistics."""

from __future__ import annotations

from exporter.decode import Decoder
from exporter.errors import AnswerError
from exporter.model.instant import now
from exporter.model.powerflex import PoolsReading, StoragePool
from exporter.powerflex import wire
from exporter.powerflex.source import PowerFlexSource, check_unique
from exporter.powerflex.statistics import query

_domains = Decoder(wire.ProtectionDomain, "ProtectionDomain")
_pools = Decoder(wire.StoragePool, "StoragePool")
_statistics = Decoder(wire.PoolStatistics, "StoragePool")

ERASURE_CODED = "ErasureCoding"


async def collect(source: PowerFlexSource) -> PoolsReading:
    """Read the protection domains, the storage pools and their statistics.

    An array of erasure-coded pools alone is not asked for statistics: from 5.0
    on they are no longer at this call.

    Raises:
        PollError: one of its kinds; an AnswerError where a configured pool is not there.
    """
    taken_at = now()
    domains = await source.gateway.list(_domains)
    check_unique(domains, "ProtectionDomain")
    pools = [_with_layout(pool) for pool in await source.gateway.list(_pools)]
    check_unique(pools, "StoragePool")
    _check_configured(source.storage_pools, pools)
    statistics: dict[str, wire.PoolStatistics] = {}
    if any(pool.data_layout != ERASURE_CODED for pool in pools):
        statistics = await query(source.gateway, source.rejections, _statistics)
    return PoolsReading(taken_at=taken_at, domains=tuple(domains), pools=tuple(pools), statistics=statistics)


def find(pools: list[StoragePool], name_or_id: str) -> list[StoragePool]:
    """Return the pools of that id or that name; a name in two protection domains means both."""
    return [pool for pool in pools if name_or_id in (pool.id, pool.name)]


def _with_layout(pool: wire.StoragePool) -> StoragePool:
    layout = ERASURE_CODED if pool.data_layout is None and pool.generation == "EC" else pool.data_layout
    return StoragePool(
        id=pool.id,
        name=pool.name,
        protection_domain_id=pool.protection_domain_id,
        media_type=pool.media_type,
        data_layout=layout,
        zero_padding=pool.zero_padding,
        high_threshold_percent=pool.high_threshold_percent,
        critical_threshold_percent=pool.critical_threshold_percent,
    )


def _check_configured(configured: tuple[str, ...], pools: list[StoragePool]) -> None:
    missing = [repr(name) for name in configured if not find(pools, name)]
    if missing:
        there = ", ".join(sorted({pool.name for pool in pools})[:20]) or "none"
        raise AnswerError(
            f"no storage pool of name or id {', '.join(missing)} (names are case-sensitive); there are: {there}"
        )
