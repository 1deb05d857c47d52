"""Whether a page agrees with itself: each sum equals its parts, as they stand on the same page."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from tests.fuzz.expected import LABELS
from tests.fuzz.reading import read_page

Labels = dict[str, str]
Key = tuple[str, ...]
Sums = Mapping[Key, float]

GROUP = ("system", "pool_id", "kind", "installation")
OWNER = ("cloudstack", "system", "domain", "account", "project")
PAIR = ("cloudstack", "system")
ROUTER = ("cloudstack", "router_id")
TESTED = {"connectivity.test", "filesystem.writable.test"}
VOLUME = ("system", "volume_id")
ZONE = ("cloudstack", "zone")


class Sample(NamedTuple):
    """A sample's labels and its value."""

    labels: Labels
    value: float

    def key(self, *names: str) -> Key:
        return tuple(self.labels[name] for name in names)


class Page:
    """A page whose samples are found by their name."""

    def __init__(self, text: str) -> None:
        self._samples: dict[str, list[Sample]] = defaultdict(list)
        for (name, labels), value in read_page(text).items():
            self._samples[name].append(Sample(dict(labels), value))

    def check(self) -> None:
        """Hold every sum to its parts."""
        for sums, parts in (*self._volumes(), *self._routers(), *self._verdicts(), *self._tenants()):
            assert sums == parts, {key: (sums.get(key), parts.get(key)) for key in {*sums, *parts}}
        shown = sum(len(samples) for name, samples in self._samples.items() if name in LABELS)
        assert self._samples["powerflex_exporter_series"][0].value == shown

    def _volumes(self) -> Iterator[tuple[Sums, Sums]]:
        infos = self._samples["powerflex_volume_info"]
        yield self._sums("powerflex_volumes", *GROUP), total(infos, *GROUP)
        sizes = self._joined("powerflex_volume_virtual_size_bytes", infos, *VOLUME)
        yield self._sums("powerflex_volumes_virtual_size_bytes", *GROUP), total(sizes, *GROUP)
        used = self._joined("powerflex_volume_used_size_bytes", infos, *VOLUME)
        yield self._sums("powerflex_volumes_used_size_bytes", *GROUP), total(used, *GROUP)
        unknown = {one.key("system", "vtree_id") for one in infos} - {one.key("system", "vtree_id") for one in used}
        yield self._sums("powerflex_volumes_used_size_unknown", "system"), Counter((system,) for system, _ in unknown)
        migrating = self._sums("powerflex_vtree_migrating", "system", "pool_id")
        yield self._sums("powerflex_vtree_migrations", "system", "pool_id"), migrating

    def _routers(self) -> Iterator[tuple[Sums, Sums]]:
        infos = self._samples["cloudstack_router_info"]
        words = {1.0: "writable", 0.0: "read_only"}
        writable = {
            one.key(*ROUTER): words[one.value] for one in self._samples["cloudstack_router_filesystem_writable"]
        }
        running = [one for one in self._joined("cloudstack_router_running", infos, *ROUTER) if one.value]
        told = Counter((*one.key(*ZONE), writable.get(one.key(*ROUTER), "unknown")) for one in running)
        yield self._sums("cloudstack_routers", *ZONE, "filesystem"), told
        checks = [one for one in self._samples["cloudstack_router_health_checks"] if one.labels["check"] in TESTED]
        yield total(checks, *ZONE), {key: 2 * value for key, value in total(running, *ZONE).items()}

    def _verdicts(self) -> Iterator[tuple[Sums, Sums]]:
        accused = self._sums("cloudstack_powerflex_discrepancy", *PAIR, "reason")
        counted = self._samples["cloudstack_powerflex_discrepancies"]
        yield total(counted, *PAIR, "reason"), accused
        volumes = self._samples["cloudstack_powerflex_volumes"]
        matched = [one for one in volumes if one.labels["state"] == "matched"]
        others = [one for one in volumes if one.labels["state"] != "matched"]
        same = [one for one in counted if one.labels["reason"] in {"orphaned", "missing"}]
        yield total(others, "pool_uuid", "state"), total(same, "pool_uuid", "reason")
        pairs = {one.key(*PAIR) for one in matched}
        known = [one for one in self._samples["cloudstack_powerflex_volume_info"] if one.key(*PAIR) in pairs]
        yield total(matched, *PAIR), total(known, *PAIR)

    def _tenants(self) -> Iterator[tuple[Sums, Sums]]:
        """The volumes of an installation whose list is incomplete are in no sum."""
        told = {one.key("cloudstack") for one in self._samples["cloudstack_tenant_volumes"]}
        owned = [one for one in self._samples["cloudstack_powerflex_volume_info"] if one.key("cloudstack") in told]
        for one in owned:
            one.labels.update({"account": ""} if one.labels["project"] else {})
        yield self._sums("cloudstack_tenant_volumes", *OWNER), total(owned, *OWNER)
        sizes = self._sums("powerflex_volume_virtual_size_bytes", *VOLUME)
        sized = [Sample(one.labels, sizes[one.key(*VOLUME)]) for one in owned]
        yield self._sums("cloudstack_tenant_virtual_size_bytes", *OWNER), total(sized, *OWNER)

    def _sums(self, name: str, *by: str) -> Sums:
        return total(self._samples[name], *by)

    def _joined(self, name: str, infos: Iterable[Sample], *on: str) -> list[Sample]:
        """Return the samples of a name, with the labels that an info has of the same object."""
        labels = {one.key(*on): one.labels for one in infos}
        return [Sample(labels[one.key(*on)], one.value) for one in self._samples[name]]


def total(samples: Iterable[Sample], *by: str) -> Sums:
    """Return the sums by these labels, without those that are 0."""
    sums: dict[Key, float] = defaultdict(float)
    for one in samples:
        sums[one.key(*by)] += one.value
    return {key: value for key, value in sums.items() if value}
