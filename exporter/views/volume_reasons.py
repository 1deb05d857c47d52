"""What is wrong with a volume that CloudStack and the array both know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from msgspec import UNSET

from exporter.model import cloudstack, powerflex
from exporter.model.cloudstack import DiskOffering
from exporter.model.findings import Reason
from exporter.model.powerflex import SdcMapping
from exporter.views.claims import READY

_KIB = 1024
_DATA_DISK = "DATADISK"
_RUNNING = "Running"
_MIGRATING = "Migrating"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What must be known beside the two volumes.

    Attributes:
        dead_sdcs: the ids of the SDCs that are listed and not connected.
        offerings: the disk offerings by id.
    """

    dead_sdcs: frozenset[str]
    offerings: Mapping[str, DiskOffering]


def volume_reasons(
    row: cloudstack.Volume, volume: powerflex.Volume, pool_id: str, circumstances: Circumstances
) -> Iterator[Reason]:
    """Give the reasons for which the volume is found fault with.

    Only a row in state Ready is judged: in any other, CloudStack is at work on the volume.

    Args:
        row: CloudStack's row.
        volume: the array's volume of the id that the row carries.
        pool_id: the id of the PowerFlex pool in which CloudStack believes it.
        circumstances: SDCs and offerings.
    """
    if row.state != READY:
        return
    if volume.storage_pool_id != pool_id:
        yield Reason.POOL_MISMATCH
    if row.size_bytes != volume.size_kib * _KIB:
        yield Reason.SIZE_MISMATCH
    if volume.mapped_sdcs is UNSET:
        return
    mappings = volume.mapped_sdcs or ()
    if row.vm_state != _MIGRATING:
        yield from _mapping_reasons(row, mappings, circumstances)
    if row.volume_type == _DATA_DISK:
        offering = circumstances.offerings.get(row.disk_offering_id or "")
        if offering is not None and any(_limits(mapping) != _wanted(offering, row) for mapping in mappings):
            yield Reason.QOS_MISMATCH


def _mapping_reasons(
    row: cloudstack.Volume, mappings: tuple[SdcMapping, ...], circumstances: Circumstances
) -> Iterator[Reason]:
    if not mappings and row.vm_state == _RUNNING:
        yield Reason.UNMAPPED_WHILE_RUNNING
    if any(mapping.sdc_id in circumstances.dead_sdcs for mapping in mappings):
        yield Reason.MAPPED_TO_DEAD_SDC
    if len({mapping.sdc_id for mapping in mappings}) > 1:
        yield Reason.MAPPED_TO_MANY


def _limits(mapping: SdcMapping) -> tuple[int, int]:
    return mapping.limit_bandwidth_mbps or 0, mapping.limit_iops or 0


def _wanted(offering: DiskOffering, row: cloudstack.Volume) -> tuple[int, int]:
    # CloudStack takes the volume's own maximum where the offering does not name a limit; a limit of 0 is named.
    iops = row.max_iops if offering.iops_limit is None else offering.iops_limit
    return offering.bandwidth_limit_mbps or 0, iops or 0
