"""Holds a page to what the generator knows: the sums, the syntax, every series once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from prometheus_client.parser import text_fd_to_metric_families

from benchmarks.array import Array
from exporter.metrics import deflate
from exporter.metrics.page import Page


def check_page(page: Page, objects: int, volumes: int) -> None:
    """Check a page on which every volume has series of its own.

    Raises:
        AssertionError: it is not what the generator made.
    """
    array = Array(objects)
    sums: defaultdict[str, int] = defaultdict(int)
    counts: Counter[str] = Counter()
    seen: set[int] = set()
    series = 0
    for name, labels, value in _samples(_lines(page)):
        series += 1
        seen.add(hash((name, labels)))
        counts[name] += 1
        if name.startswith(("powerflex_volume", "cloudstack_tenant", "cloudstack_powerflex_volume")):
            sums[name] += int(value)
    _same("samples, each once", len(seen), series)
    _same("samples", series, page.series)
    for name, total in array.sums().items():
        _same(name, sums[name], total)
    _same("virtual sizes, one by one", sums["powerflex_volume_virtual_size_bytes"], sums[_VIRTUAL])
    _same("used sizes, one by one", sums["powerflex_volume_used_size_bytes"], sums[_USED])
    for name in ("powerflex_volume_info", "powerflex_volume_mapped_sdcs"):
        _same(name, counts[name], objects)
    if volumes:
        cloud = Array(volumes).sums()
        _same("tenants' virtual sizes", sums["cloudstack_tenant_virtual_size_bytes"], cloud[_VIRTUAL])
        _same("tenants' volumes", sums["cloudstack_tenant_volumes"], volumes)
        _same("volumes with an owner", counts["cloudstack_powerflex_volume_info"], volumes)


_VIRTUAL = "powerflex_volumes_virtual_size_bytes"
_USED = "powerflex_volumes_used_size_bytes"


def check_sums(text: str, objects: int) -> None:
    """Check the sums on a page on which not every volume has series of its own.

    Raises:
        AssertionError: they are not those of all volumes.
    """
    sums: defaultdict[str, int] = defaultdict(int)
    for line in text.splitlines():
        if line.startswith("powerflex_volumes"):
            sums[line.partition("{")[0]] += int(line.rpartition(" ")[2])
    for name, total in Array(objects).sums().items():
        _same(name, sums[name], total)


def _lines(page: Page) -> Iterable[str]:
    rest = ""
    for piece in deflate.text(page.blocks):
        *lines, rest = (rest + piece.decode()).split("\n")
        for line in lines:
            yield f"{line}\n"
    if rest:
        raise AssertionError("the page ends within a line")


def _samples(lines: Iterable[str]) -> Iterable[tuple[str, tuple[tuple[str, str], ...], float]]:
    """Give what the parser of the Prometheus client reads of the page."""
    for family in text_fd_to_metric_families(lines):  # type: ignore[arg-type] # it only goes through the lines
        for sample in family.samples:
            yield sample.name, tuple(sample.labels.items()), sample.value


def _same(what: str, found: float, expected: float) -> None:
    if found != expected:
        raise AssertionError(f"{what}: {found} on the page, {expected} in the array")
