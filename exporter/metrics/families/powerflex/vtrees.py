"""Samples of V-Tree migrations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from exporter.metrics.catalogue import powerflex as catalogue
from exporter.metrics.exposition import Sample, labels
from exporter.model.powerflex import StoragePool, VTreesReading
from exporter.views.pools import directory

_AT_REST = "NotInMigration"


def samples(
    name: str,
    reading: VTreesReading | None,
    known_pools: tuple[StoragePool, ...] | None,
    configured: tuple[str, ...],
) -> Iterator[Sample]:
    """Give the samples of one system's V-Trees in migration."""
    if reading is None or known_pools is None:
        return
    pools = directory(known_pools, configured)
    migrations: Counter[tuple[str, str]] = Counter()
    for tree in reading.vtrees:
        status = tree.migration_status
        if status is None or status == _AT_REST or not pools.watches(tree.storage_pool_id):
            continue
        pool_id = tree.storage_pool_id
        migrations[pool_id, status] += 1
        yield (
            catalogue.VTREE_MIGRATING,
            labels(catalogue.VTREE_MIGRATING, name, pool_id, pools.name(pool_id), tree.id),
            1,
        )
    for (pool_id, status), count in migrations.items():
        text = labels(catalogue.VTREE_MIGRATIONS, name, pool_id, pools.name(pool_id), status)
        yield catalogue.VTREE_MIGRATIONS, text, count
