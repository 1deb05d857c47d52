"""What is wrong with a volume that CloudStack and the array both know."""

from __future__ import annotations

from collections.abc import Mapping
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
) -> list[Reason]:
    """Return the reasons for which the volume is found fault with.

    Only a row in state Ready is judged: in any other, CloudStack is at work on the volume.

    Args:
        row: CloudStack's row.
        volume: the array's volume of the id that the row carries.
        pool_id: the id of the PowerFlex pool in which CloudStack believes it.
        circumstances: SDCs and offerings.
    """
    reasons: list[Reason] = []
    if row.state != READY:
        return reasons
    if volume.storage_pool_id != pool_id:
        reasons.append(Reason.POOL_MISMATCH)
    if row.size_bytes != volume.size_kib * _KIB:
        reasons.append(Reason.SIZE_MISMATCH)
    if volume.mapped_sdcs is UNSET:
        return reasons
    mappings = volume.mapped_sdcs or ()
    if row.vm_state != _MIGRATING:
        reasons += _mapping_reasons(row, mappings, circumstances)
    if row.volume_type == _DATA_DISK:
        offering = circumstances.offerings.get(row.disk_offering_id or "")
        if offering is not None and any(_limits(mapping) != _wanted(offering, row) for mapping in mappings):
            reasons.append(Reason.QOS_MISMATCH)
    return reasons


def _mapping_reasons(
    row: cloudstack.Volume, mappings: tuple[SdcMapping, ...], circumstances: Circumstances
) -> list[Reason]:
    reasons = []
    sdcs = {mapping.sdc_id for mapping in mappings}
    if not sdcs and row.vm_state == _RUNNING:
        reasons.append(Reason.UNMAPPED_WHILE_RUNNING)
    if not circumstances.dead_sdcs.isdisjoint(sdcs):
        reasons.append(Reason.MAPPED_TO_DEAD_SDC)
    if len(sdcs) > 1:
        reasons.append(Reason.MAPPED_TO_MANY)
    return reasons


def _limits(mapping: SdcMapping) -> tuple[int, int]:
    return mapping.limit_bandwidth_mbps or 0, mapping.limit_iops or 0


def _wanted(offering: DiskOffering, row: cloudstack.Volume) -> tuple[int, int]:
    # CloudStack takes the volume's own maximum where the offering does not name a limit; a limit of 0 is named.
    iops = row.max_iops if offering.iops_limit is None else offering.iops_limit
    return offering.bandwidth_limit_mbps or 0, iops or 0
