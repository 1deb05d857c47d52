"""The past of a page: it ends at the page, and its figures agree with each other all the way."""

from __future__ import annotations

from tests.dashboards.history import history

NOW = 1_790_000_000
DAY = 86_400
POOL = 'system="a",pool_id="1"'
PAGE = f"""\
powerflex_storage_pool_max_capacity_bytes{{{POOL},pool="p"}} 4000000
powerflex_storage_pool_capacity_in_use_bytes{{{POOL},pool="p"}} 2000000
powerflex_storage_pool_snapshot_capacity_in_use_bytes{{{POOL},pool="p"}} 200000
powerflex_storage_pool_cloudstack_total_bytes{{{POOL},pool="p"}} 2000000
powerflex_storage_pool_cloudstack_used_bytes{{{POOL},pool="p"}} 1000000
powerflex_storage_pool_net_unused_capacity_bytes{{{POOL},pool="p"}} 1000000
powerflex_storage_pool_volume_address_space_bytes{{{POOL},pool="p"}} 8000000
powerflex_storage_pool_read_iops{{{POOL},pool="p"}} 700
cloudstack_tenant_used_size_bytes{{{POOL},account="a \\"quoted\\" \\\\ name"}} 500000
cloudstack_router_filesystem_writable{{router="r-1"}} 0
cloudstack_router_filesystem_writable{{router="r-2"}} 1
cloudstack_routers{{zone="z",filesystem="read_only"}} 1
cloudstack_routers{{zone="z",filesystem="writable"}} 4
powerflex_exporter_poll_last_success_timestamp_seconds{{source="a"}} {NOW - 7}
powerflex_exporter_polls_total{{source="a"}} 30
process_start_time_seconds {NOW - 60}
"""


def past() -> dict[str, dict[int, float]]:
    """Each series with its values by their age in seconds."""
    read: dict[str, dict[int, float]] = {}
    *lines, end = history(PAGE, NOW, "powerflex", "host:1")
    assert end == "# EOF\n"
    for line in lines:
        series, value, moment = line.rsplit(" ", 2)
        read.setdefault(series.replace(',job="powerflex",instance="host:1"', ""), {})[NOW - int(moment)] = float(value)
    return read


def of_the_pool(name: str) -> dict[int, float]:
    return past()[f'powerflex_storage_pool_{name}{{{POOL},pool="p"}}']


def test_it_ends_at_the_page() -> None:
    ended = {series: values[0] for series, values in past().items()}

    for line in PAGE.splitlines():
        series, value = line.rsplit(" ", 1)
        if "_total" not in series and series != "process_start_time_seconds":
            assert ended[series] == float(value)
    assert ended['up{job="powerflex",instance="host:1"}'] == 1


def test_a_pool_fills_in_a_line_and_its_snapshots_come_and_go_with_the_day() -> None:
    used = of_the_pool("cloudstack_used_bytes")

    # 90 % of it grew by 1.9 % of today's a day, 10 % are snapshots: all of them at the end of a day, half at noon.
    assert used[DAY] == 900_000 * (1 - 0.019) + 100_000
    assert used[DAY + DAY // 2] == round(900_000 * (1 - 0.019 * 1.5) + 50_000)
    assert of_the_pool("snapshot_capacity_in_use_bytes")[DAY // 2] == 100_000
    assert max(used) == 9 * DAY


def test_the_figures_of_a_pool_agree() -> None:
    used, unused = of_the_pool("cloudstack_used_bytes"), of_the_pool("net_unused_capacity_bytes")

    assert {age: used[age] + unused[age] for age in used} == of_the_pool("cloudstack_total_bytes")
    assert of_the_pool("volume_address_space_bytes")[2 * DAY] == 8_000_000 * (1 - 0.0095 * 2)


def test_a_router_turned_read_only_two_hours_ago() -> None:
    told = past()
    writable = told['cloudstack_router_filesystem_writable{router="r-1"}']
    counted = [told[f'cloudstack_routers{{zone="z",filesystem="{state}"}}'] for state in ("read_only", "writable")]

    assert (writable[7200], writable[7500]) == (0, 1)
    assert [values[7200] for values in counted] == [1, 4]
    assert [values[7500] for values in counted] == [0, 5]


def test_counters_rise_at_their_pace_and_moments_move_with_the_time() -> None:
    told = past()
    polls = told['powerflex_exporter_polls_total{source="a"}']
    started = told['process_start_time_seconds{job="powerflex",instance="host:1"}']
    last = told['powerflex_exporter_poll_last_success_timestamp_seconds{source="a"}']

    # 30 polls in the 60 seconds since the start; it was restarted three hours ago.
    assert polls[600] - polls[615] == 7.5
    assert (polls[10_815], polls[10_800]) == ((21_600 - 10_815) / 2, 0)
    assert (started[10_815], started[10_800]) == (NOW - 9 * DAY, NOW - 10_800)
    assert last[3600] == NOW - 3607
    assert max(last) == max(polls) == 6 * 3600


def test_no_counter_is_below_0_though_the_exporter_has_only_just_started() -> None:
    page = PAGE.replace(f"process_start_time_seconds {NOW - 60}", f"process_start_time_seconds {NOW + 5}")

    counted = [float(line.split()[1]) for line in history(page, NOW, "powerflex", "host:1") if "_polls_total" in line]

    # 30 polls in 15 seconds, for the three hours since it was restarted.
    assert (min(counted), counted[-1]) == (0, 30 / 15 * 10_800)
