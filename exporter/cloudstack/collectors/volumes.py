"""Volumes on the PowerFlex pools, of users' and of system VMs, in whichever state."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from exporter.cloudstack import wire
from exporter.cloudstack.pools import powerflex_pools
from exporter.cloudstack.source import CloudStackSource
from exporter.decode import Decoder
from exporter.model.cloudstack import Volume, VolumesReading
from exporter.model.instant import now

_volumes = Decoder(wire.Volume, "volume")


async def collect(source: CloudStackSource) -> VolumesReading:
    """Read every volume on every storage pool of provider PowerFlex.

    They are listed pool by pool, so that volumes on other storage cost nothing: in
    all at most one request per pool more than there are full pages. What has no
    pool yet, such as a volume allocated or uploaded only, has no path either, and
    stands for nothing on the array. A volume that is being created or changes
    pools between two lists may be missed once, which `reconciliation.grace`
    outlasts.

    Who is no root admin cannot select by pool and is not told the pool either; what
    is listed then is not complete.

    Raises:
        PollError: one of its kinds.
    """
    taken_at = now()
    volumes: dict[str, Volume] = {}
    known: dict[str | None, str | None] = {}
    complete = True
    for pool in await powerflex_pools(source.api):
        listing = await source.api.list(
            "listVolumes", _volumes, storageid=pool.id, listall="true", projectid="-1", listsystemvms="true"
        )
        complete = complete and listing.complete and all(volume.pool_id == pool.id for volume in listing.rows)
        volumes.update(await asyncio.to_thread(_by_id, listing.rows, known))
    return VolumesReading(taken_at=taken_at, volumes=list(volumes.values()), complete=complete)


def _by_id(rows: Iterable[wire.Volume], known: dict[str | None, str | None]) -> dict[str, Volume]:
    return {row.id: _volume(row, known.setdefault) for row in rows}


def _volume(volume: wire.Volume, shared: Callable[[str | None, str | None], str | None]) -> Volume:
    """Return the model's record; volumes of one account, zone or offering hold one text of it."""
    domain = volume.domain_path or volume.domain
    offering = volume.disk_offering or volume.service_offering
    return Volume(
        id=volume.id,
        name=volume.name,
        state=shared(volume.state, volume.state),
        path=volume.path,
        pool_id=shared(volume.pool_id, volume.pool_id),
        size_bytes=volume.size_bytes,
        volume_type=shared(volume.volume_type, volume.volume_type),
        vm_id=volume.vm_id,
        vm=volume.vm,
        vm_state=shared(volume.vm_state, volume.vm_state),
        account=shared(volume.account, volume.account),
        domain=shared(domain, domain),
        project=shared(volume.project, volume.project),
        zone=shared(volume.zone, volume.zone),
        disk_offering_id=shared(volume.disk_offering_id, volume.disk_offering_id),
        offering=shared(offering, offering),
        max_iops=volume.max_iops,
    )
