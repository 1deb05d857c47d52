"""What is known of one source at one moment: its newest readings, without the stale ones."""

from __future__ import annotations

from dataclasses import dataclass

from exporter.model import cloudstack
from exporter.model.powerflex import (
    AlertsReading,
    NodesReading,
    PoolsReading,
    ProtectionDomain,
    SdcsReading,
    StoragePool,
    SystemReading,
    UsedSizesReading,
    VolumesReading,
    VTreesReading,
)


@dataclass(frozen=True, slots=True)
class PowerFlexSnapshot:
    """What is known of one PowerFlex system.

    Attributes:
        name: the configured name, label `system`.
        storage_pools: the configured names or ids of its pools; empty for all.
        up: whether its gateway could be reached and gave a session at the last try; None before the first.
        known_pools: its pools as last read, however long ago, for their names; None before the first try.
        known_domains: its protection domains as last read, likewise.
    """

    name: str
    storage_pools: tuple[str, ...] = ()
    up: bool | None = None
    known_pools: tuple[StoragePool, ...] | None = None
    known_domains: tuple[ProtectionDomain, ...] = ()
    system: SystemReading | None = None
    pools: PoolsReading | None = None
    volumes: VolumesReading | None = None
    used_sizes: UsedSizesReading | None = None
    vtrees: VTreesReading | None = None
    sdcs: SdcsReading | None = None
    nodes: NodesReading | None = None
    alerts: AlertsReading | None = None


@dataclass(frozen=True, slots=True)
class CloudStackSnapshot:
    """What is known of one CloudStack installation.

    Attributes:
        name: the configured name, label `cloudstack`.
        identifiers: the configured former values of `custom.cs.identifier`.
        up: whether its API could be reached and let us in at the last try; None before the first.
        known_pools: its PowerFlex pools as last read, however long ago; None before the first try.
    """

    name: str
    identifiers: tuple[str, ...] = ()
    up: bool | None = None
    known_pools: tuple[cloudstack.StoragePool, ...] | None = None
    inventory: cloudstack.InventoryReading | None = None
    volumes: cloudstack.VolumesReading | None = None
    settings: cloudstack.SettingsReading | None = None
    routers: cloudstack.RoutersReading | None = None
