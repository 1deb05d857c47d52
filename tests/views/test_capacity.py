from __future__ import annotations

from decimal import ROUND_DOWN, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.model.powerflex import Bwc
from exporter.views.capacity import (
    bytes_per_second,
    cloudstack_total_bytes,
    cloudstack_used_bytes,
    halving_applies,
    iops,
    latency_seconds,
)

GIB = 1_073_741_824
KIB_COUNTS = st.integers(-(2**50), 2**50)

# The capacities of a production system (release 3.x), in KiB.
MAX, SPARE, IN_USE = 2_421_360_578_560, 873_642_517_504, 106_864_153_600
USER_DATA, NET_USER_DATA = 1_547_718_061_056, 773_859_030_528
UNUSED, NET_UNUSED, NET_IN_USE = 1_440_853_907_456, 720_426_953_728, 53_432_076_800


def test_the_record_of_a_production_system() -> None:
    assert MAX - SPARE == USER_DATA
    assert MAX - SPARE - IN_USE == UNUSED
    assert NET_UNUSED * 2 == UNUSED
    assert NET_IN_USE * 2 == IN_USE

    assert cloudstack_total_bytes(MAX, SPARE) == NET_USER_DATA * 1024 == 792_431_647_260_672
    assert cloudstack_used_bytes(MAX, SPARE, NET_UNUSED) == NET_IN_USE * 1024 == 54_714_446_643_200


@pytest.mark.parametrize(
    ("max_kib", "spare_kib", "total_bytes"),
    [
        (0, 0, 0),
        (1000, 200, 409_600),  # 800 / 2 = 400 KiB
        (3, 0, 1024),  # 1.5 is truncated to 1 before it is multiplied
        (1, 0, 0),
        (0, 1, 0),  # -0.5 is truncated toward zero
        (0, 2, -1024),
        (0, 3, -1024),  # -1.5 becomes -1, not -2
        (100, 205, -53_248),  # -52.5 becomes -52
        (None, 0, None),
        (1000, None, None),
        (None, None, None),
    ],
)
def test_total(max_kib: int | None, spare_kib: int | None, total_bytes: int | None) -> None:
    assert cloudstack_total_bytes(max_kib, spare_kib) == total_bytes


@pytest.mark.parametrize(
    ("max_kib", "spare_kib", "net_unused_kib", "used_bytes"),
    [
        (1000, 200, 300, 102_400),  # 400 - 300 KiB
        (1000, 200, 400, 0),
        (1000, 200, 401, -1024),
        (1000, 200, 0, 409_600),
        (3, 0, 0, 1024),
        (0, 3, 1, -2048),
        (1000, 200, None, None),
        (None, 200, 300, None),
        (1000, None, 300, None),
    ],
)
def test_used(max_kib: int | None, spare_kib: int | None, net_unused_kib: int | None, used_bytes: int | None) -> None:
    assert cloudstack_used_bytes(max_kib, spare_kib, net_unused_kib) == used_bytes


@given(max_kib=KIB_COUNTS, spare_kib=KIB_COUNTS, net_unused_kib=KIB_COUNTS)
def test_the_arithmetic_agrees_with_decimals(max_kib: int, spare_kib: int, net_unused_kib: int) -> None:
    half = (Decimal(max_kib - spare_kib) / 2).quantize(Decimal(1), rounding=ROUND_DOWN)

    assert cloudstack_total_bytes(max_kib, spare_kib) == half * 1024
    assert cloudstack_used_bytes(max_kib, spare_kib, net_unused_kib) == (half - net_unused_kib) * 1024


@pytest.mark.parametrize(
    ("data_layout", "applies"),
    [
        ("MediumGranularity", True),
        ("FineGranularity", True),
        (None, True),
        ("ErasureCoding", False),
        ("Gen3Granularity", False),
        ("", False),
    ],
)
def test_halving(data_layout: str | None, applies: bool) -> None:
    assert halving_applies(data_layout) is applies


def test_load_of_a_production_system() -> None:
    user_data_write = Bwc(seconds=1, total_weight_kib=42_540, occurred=2214)
    primary_write = Bwc(seconds=5, total_weight_kib=0, occurred=11_383)

    assert iops(user_data_write) == 2214.0
    assert bytes_per_second(user_data_write) == 43_560_960.0
    assert iops(primary_write) == 2276.6


def test_a_sample_of_several_seconds() -> None:
    sample = Bwc(seconds=5, total_weight_kib=1280, occurred=12)

    assert iops(sample) == 2.4
    assert bytes_per_second(sample) == 262_144.0


def test_a_sample_of_no_time_is_an_idle_object() -> None:
    idle = Bwc(seconds=0, total_weight_kib=0, occurred=0)

    assert iops(idle) == 0.0
    assert bytes_per_second(idle) == 0.0
    assert latency_seconds(idle) is None


def test_latency_is_a_mean_of_microseconds() -> None:
    assert latency_seconds(Bwc(seconds=1, total_weight_kib=4500, occurred=9)) == 0.0005
    assert latency_seconds(Bwc(seconds=0, total_weight_kib=3_000_000, occurred=2)) == 1.5
    assert latency_seconds(Bwc(seconds=1, total_weight_kib=0, occurred=2)) == 0.0
    assert latency_seconds(Bwc(seconds=1, total_weight_kib=5, occurred=0)) is None


def test_no_sample_is_no_value() -> None:
    assert iops(None) is None
    assert bytes_per_second(None) is None
    assert latency_seconds(None) is None


@given(seconds=st.integers(1, 60), weight=st.integers(0, 2**40), occurred=st.integers(1, 2**40))
def test_the_rates_agree_with_fractions(seconds: int, weight: int, occurred: int) -> None:
    sample = Bwc(seconds=seconds, total_weight_kib=weight, occurred=occurred)

    assert iops(sample) == float(Fraction(occurred, seconds))
    assert bytes_per_second(sample) == float(Fraction(weight * 1024, seconds))
    assert latency_seconds(sample) == pytest.approx(float(Fraction(weight, occurred * 10**6)), rel=1e-15)
