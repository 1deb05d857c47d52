"""The arithmetic over PowerFlex statistics: capacity as CloudStack counts it, and load from Bwc samples.

CloudStack computes in KiB with 64-bit integers and takes an absent statistic as 0. Here an unknown input gives an
unknown result, None, because a pool without a known capacity is not a pool without capacity.
"""

from __future__ import annotations

from exporter.model.powerflex import Bwc

_KIB = 1024
_MICROSECONDS = 1_000_000


def cloudstack_total_bytes(max_kib: int | None, spare_kib: int | None) -> int | None:
    """Give a pool's capacity in bytes as CloudStack counts it.

    Half of ``maxCapacityInKb - spareCapacityInKb``, truncated to whole KiB as Java truncates: toward zero. The half
    stands for two-copy mirroring, whatever the pool's layout is; see ``halving_applies``.
    """
    if max_kib is None or spare_kib is None:
        return None
    net_kib = max_kib - spare_kib
    half_kib = net_kib // 2 if net_kib >= 0 else -(-net_kib // 2)
    return half_kib * _KIB


def cloudstack_used_bytes(max_kib: int | None, spare_kib: int | None, net_unused_kib: int | None) -> int | None:
    """Give the used bytes of a pool as CloudStack counts them: its total less ``netUnusedCapacityInKb``.

    Not clamped: where the gateway reports more unused than CloudStack's total, the result is negative.
    """
    total_bytes = cloudstack_total_bytes(max_kib, spare_kib)
    if total_bytes is None or net_unused_kib is None:
        return None
    return total_bytes - net_unused_kib * _KIB


def halving_applies(data_layout: str | None) -> bool:
    """Say whether CloudStack's halving is true of a pool with this ``dataLayout``.

    True for two-copy mirroring: medium and fine granularity, and gateways before 3.0, which knew no other layout
    and give none. False for erasure coding and for any layout that is not known to mirror.
    """
    return data_layout in {None, "MediumGranularity", "FineGranularity"}


def iops(sample: Bwc | None) -> float | None:
    """Give I/O operations per second; 0 where the sample spans no time, for then the object is idle."""
    if sample is None:
        return None
    return sample.occurred / sample.seconds if sample.seconds else 0.0


def bytes_per_second(sample: Bwc | None) -> float | None:
    """Give the throughput; 0 where the sample spans no time, for then the object is idle."""
    if sample is None:
        return None
    return sample.total_weight_kib * _KIB / sample.seconds if sample.seconds else 0.0


def latency_seconds(sample: Bwc | None) -> float | None:
    """Give the mean latency from a latency sample; None where no operation was measured.

    In these samples the weight is a sum of microseconds, whatever its field is called.
    """
    if sample is None or not sample.occurred:
        return None
    return sample.total_weight_kib / sample.occurred / _MICROSECONDS
