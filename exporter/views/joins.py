"""How CloudStack's pools and hosts are found on the configured PowerFlex systems."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from exporter.model.cloudstack import Host, StoragePool
from exporter.model.powerflex import Sdc
from exporter.model.snapshot import PowerFlexSnapshot
from exporter.views.naming import pool_key
from exporter.views.pools import PoolDirectory, directory


@dataclass(frozen=True, slots=True)
class PlacedPool:
    """A CloudStack pool, and where it lies.

    Attributes:
        pool: CloudStack's row.
        system: the configured system with a pool of the id that is its `path`; None where no system has one.
        powerflex_pool: the name of that pool, empty where it is not known.
        watched: whether series are made for that pool.
        key: what names of objects on it carry of its UUID.
    """

    pool: StoragePool
    system: str | None
    powerflex_pool: str
    watched: bool
    key: str


def directories(systems: Iterable[PowerFlexSnapshot]) -> dict[str, PoolDirectory]:
    """Return the pools of each system as last read, however long ago: a pool does not change its system."""
    return {system.name: directory(system.known_pools or (), system.storage_pools) for system in systems}


def place_pools(pools: Iterable[StoragePool], systems: Mapping[str, PoolDirectory]) -> tuple[PlacedPool, ...]:
    """Find each CloudStack pool on the systems, by `path`, which is the id of the PowerFlex pool.

    Several installations may lie on one system, several pools of an installation on one PowerFlex pool, and an
    installation on several systems.

    Args:
        pools: the PowerFlex pools of one installation.
        systems: the pools of each system.

    Returns:
        A placed pool for each pool, in the same order.
    """
    homes: dict[str, str] = {}
    for name, pools_of in systems.items():
        for pool_id in pools_of.names:
            homes.setdefault(pool_id, name)
    return tuple(_placed(pool, homes.get(pool.path), systems) for pool in pools)


def join_hosts(hosts: Iterable[Host], sdcs: Iterable[Sdc]) -> dict[str, Sdc]:
    """Find the SDC of each host on one system: the one of its IP, else the one of its name.

    Where several have the same, as after a host was installed anew, a connected one is taken, then the lowest id.

    Returns:
        The SDC by host id; a host without one on this system is not in it.
    """
    by_ip: dict[str, Sdc] = {}
    by_name: dict[str, Sdc] = {}
    for sdc in sorted(sdcs, key=lambda sdc: (not sdc.connected, sdc.id)):
        if sdc.ip:
            by_ip.setdefault(sdc.ip, sdc)
        if sdc.name:
            by_name.setdefault(sdc.name, sdc)
    joined: dict[str, Sdc] = {}
    for host in hosts:
        sdc_of_host = by_ip.get(host.ip or "") or by_name.get(host.name or "")
        if sdc_of_host is not None:
            joined[host.id] = sdc_of_host
    return joined


def _placed(pool: StoragePool, system: str | None, systems: Mapping[str, PoolDirectory]) -> PlacedPool:
    if system is None:
        return PlacedPool(pool, None, "", watched=False, key=pool_key(pool.id))
    home = systems[system]
    return PlacedPool(pool, system, home.name(pool.path), home.watches(pool.path), pool_key(pool.id))
