"""Samples that say whose a volume is, for the volumes that have series of their own."""

from __future__ import annotations

from collections.abc import Iterator

from exporter.metrics.catalogue import cloudstack as catalogue
from exporter.metrics.exposition import Sample, labels
from exporter.model.cloudstack import Volume, VolumesReading
from exporter.views.claims import claims_in, leading_rows
from exporter.views.joins import PlacedPool
from exporter.views.selection import Selection


def samples(
    name: str,
    volumes: VolumesReading | None,
    pools: tuple[PlacedPool, ...],
    selection: Selection,
    earlier: tuple[tuple[VolumesReading | None, tuple[PlacedPool, ...]], ...],
) -> Iterator[Sample]:
    """Give the owners of one installation's volumes; what an earlier one claims on the same system is left to it."""
    if volumes is None:
        return
    claims = claims_in(volumes)
    for system, selected in selection.items():
        rows = leading_rows(claims, _on(system, pools))
        taken = {
            row.powerflex_id
            for reading, their_pools in earlier
            if reading and (theirs := _on(system, their_pools))
            for row in reading.volumes
            if row.pool_id in theirs
        }
        for volume_id in sorted(selected & rows.keys() - taken):
            yield catalogue.VOLUME_INFO, _labels(name, system, volume_id, rows[volume_id]), 1


def _on(system: str, pools: tuple[PlacedPool, ...]) -> frozenset[str]:
    return frozenset(placed.pool.id for placed in pools if placed.system == system)


def _labels(name: str, system: str, volume_id: str, row: Volume) -> str:
    return labels(
        catalogue.VOLUME_INFO,
        name,
        row.id,
        row.name or "",
        system,
        volume_id,
        row.volume_type or "",
        row.state or "",
        row.vm or "",
        row.account or "",
        row.domain or "",
        row.project or "",
        row.zone or "",
        row.offering or "",
    )
