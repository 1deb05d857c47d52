"""Samples of the comparison of both worlds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from exporter.metrics.catalogue import cloudstack as catalogue
from exporter.metrics.exposition import Sample, labels
from exporter.metrics.families.cloudstack.pools import pool_labels
from exporter.model.findings import Finding, Pair, Reason, Suspension, Verdict
from exporter.model.powerflex import UsedSizesReading
from exporter.views.joins import PlacedPool
from exporter.views.verdict_sums import VerdictSums, verdict_sums

_MATCHED = "matched"
_STATES = (Reason.ORPHANED, Reason.MISSING)


def samples(  # noqa: PLR0913, PLR0917 - a comparison of both worlds reads from both
    name: str,
    verdicts: tuple[Verdict, ...],
    listed: tuple[tuple[Pair, Finding], ...],
    pools: tuple[PlacedPool, ...],
    pool_names: tuple[tuple[str, Mapping[str, str]], ...],
    used_sizes: tuple[tuple[str, UsedSizesReading | None], ...],
) -> Iterator[Sample]:
    """Give the verdicts on one installation."""
    by_uuid = {placed.pool.id: placed for placed in pools}
    used = {system: reading.used_kib if reading else {} for system, reading in used_sizes}
    for verdict in verdicts:
        for suspension in Suspension:
            text = labels(catalogue.RECONCILIATION_SUSPENDED, *verdict.pair, suspension)
            yield catalogue.RECONCILIATION_SUSPENDED, text, int(suspension in verdict.suspended)
        for uuid, sums in verdict_sums(verdict, used.get(verdict.pair.system, {})).items():
            if uuid in by_uuid:
                yield from _pool(pool_labels(name, by_uuid[uuid]), sums)
    names = dict(pool_names)
    for pair, finding in listed:
        pool = names.get(pair.system, {}).get(finding.pool_id, "")
        text = labels(
            catalogue.DISCREPANCY, *pair, finding.pool_id, pool, finding.volume_id, finding.volume, finding.reason
        )
        yield catalogue.DISCREPANCY, text, 1


def _pool(common: tuple[str, ...], sums: VerdictSums) -> Iterator[Sample]:
    yield catalogue.VOLUMES, labels(catalogue.VOLUMES, *common, _MATCHED), sums.matched
    for state in _STATES:
        if state in sums.discrepancies:
            yield catalogue.VOLUMES, labels(catalogue.VOLUMES, *common, state), sums.discrepancies[state]
    for reason, count in sums.discrepancies.items():
        yield catalogue.DISCREPANCIES, labels(catalogue.DISCREPANCIES, *common, reason), count
    if sums.reclaimable is None:
        return
    text = labels(catalogue.RECLAIMABLE, *common)
    if sums.reclaimable.used_bytes is not None:
        yield catalogue.RECLAIMABLE, text, sums.reclaimable.used_bytes
    yield catalogue.RECLAIMABLE_UNKNOWN, text, sums.reclaimable.unknown
