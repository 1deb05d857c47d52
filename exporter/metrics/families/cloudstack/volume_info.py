"""Samples that say whose a volume is, for the volumes that have series of their own."""

from __future__ import annotations

from collections.abc import Iterator

from exporter.metrics.catalogue import cloudstack as catalogue
from exporter.metrics.exposition import Sample, labels
from exporter.model.cloudstack import Volume, VolumesReading
from exporter.views.claims import claims_of, leading_rows
from exporter.views.joins import PlacedPool
from exporter.views.selection import Selection


def samples(
    name: str,
    volumes: VolumesReading | None,
    pools: tuple[PlacedPool, ...],
    selection: Selection,
    earlier: tuple[VolumesReading | None, ...],
) -> Iterator[Sample]:
    """Give the owners of one installation's volumes; what an earlier installation claims as well is left to it."""
    if volumes is None:
        return
    claims = claims_of(volumes.volumes)
    taken = {row.powerflex_id for reading in earlier if reading for row in reading.volumes}
    for system, selected in selection.items():
        rows = leading_rows(claims, [placed.pool.id for placed in pools if placed.system == system])
        for volume_id, row in rows.items():
            if volume_id in selected and volume_id not in taken:
                yield catalogue.VOLUME_INFO, _labels(name, system, volume_id, row), 1


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
