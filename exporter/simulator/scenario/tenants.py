"""Fills a storage pool with what one CloudStack installation keeps there, and writes CloudStack's rows for it."""

import random

from exporter.simulator.scenario.array import Mapping, StoragePool, System, Volume
from exporter.simulator.scenario.changes import add_volume, snapshot_volume
from exporter.simulator.scenario.cloud import CloudHost, CloudMachine, CloudPool, CloudVolume, Installation
from exporter.simulator.scenario.ids import object_id, stable_uuid
from exporter.simulator.scenario.world import World

_SIZES_GIB = (8, 8, 16, 16, 24, 32, 40, 48, 64, 80, 104, 128, 200, 256, 512)
_DISKS_PER_MACHINE = 2
_HOSTS = {"ams": range(8), "lab": range(8, 12)}
_SECOND_ZONE = {4: "ams-west", 5: "ams-west"}
"""The hosts that are not in their installation's first zone."""
_YEAR = 365 * 86400


class TenantBuilder:
    """Makes the volumes of one installation, the same for the same seed."""

    def __init__(self, world: World, installation: Installation, seed: int) -> None:
        self.world = world
        self.installation = installation
        self._random = random.Random(seed)
        self._next_row = 11
        world.installations[installation.name] = installation
        for number in _HOSTS[installation.name]:
            uuid = stable_uuid(f"cloud host {number}")
            installation.hosts[uuid] = CloudHost(
                number + 1,
                uuid,
                f"kvm-a{number + 1:02}",
                f"10.10.4.{11 + number}",
                _SECOND_ZONE.get(number, installation.zone),
            )

    def pool_of(self, pool: StoragePool) -> CloudPool:
        """Return the installation's row for a PowerFlex pool."""
        return next(row for row in self.installation.pools.values() if row.powerflex_pool_id == pool.id)

    def fill(self, pool: StoragePool, *, volumes: int, templates: int, snapshots: int, vm_snapshots: int) -> None:
        """Add volumes with their machines, templates, volume snapshots, and VM snapshots of two disks each."""
        cloud_pool = self.pool_of(pool)
        system = self.world.systems[cloud_pool.system]
        tail = f"{cloud_pool.key}-{self.installation.identifier}"
        for number in range(templates):
            made = self._make(pool, f"tmpl-{200 + number}-{tail}", size_gib=8)
            made.written_kib = self._random.randint(900, 4000) * 1024
        bases = [self._make_with_row(pool, cloud_pool, tail) for _ in range(volumes)]
        self._attach(system, cloud_pool, bases)
        for number in range(snapshots):
            source = self._random.choice(bases[: volumes // 2])
            self._snapshot(system, source, f"snap-{31 + number}-{tail}", None)
        for number in range(vm_snapshots):
            group = object_id("vm snapshot group", 100 * cloud_pool.id + number)
            for source in bases[2 * number : 2 * number + 2]:
                row = self._row_number(source)
                self._snapshot(system, source, f"vmsnap-{5 + number}-{row}-{tail}", group)

    def _make(self, pool: StoragePool, name: str, size_gib: int) -> Volume:
        made = add_volume(self.world, pool=pool.id, name=name, size_gib=size_gib)
        volume = self.world.system_of_volume(made["volume"]).volumes[made["volume"]]
        volume.creation_time = self.world.started - self._random.randint(86400, _YEAR)
        return volume

    def _make_with_row(self, pool: StoragePool, cloud_pool: CloudPool, tail: str) -> Volume:
        number = self._next_row
        self._next_row += 1
        volume = self._make(pool, f"vol-{number}-{tail}", self._random.choice(_SIZES_GIB))
        # Whole MiB, between a twentieth and nine tenths of the size.
        volume.written_kib = volume.size_kib * self._random.randint(50, 900) // 1000 // 1024 * 1024
        accounts = sorted(self.installation.accounts)
        uuid = stable_uuid(f"{self.installation.name} volume {number}")
        self.installation.volumes[uuid] = CloudVolume(
            number,
            uuid,
            f"DATA-{number}",
            cloud_pool.uuid,
            f"{volume.id}:{volume.name}",
            volume.size_kib * 1024,
            self._random.choice(accounts),
        )
        return volume

    def _attach(self, system: System, cloud_pool: CloudPool, bases: list[Volume]) -> None:
        """Give every two disks a machine; one machine in eight is stopped, and every ninth disk is detached."""
        rows = {row.path: row for row in self.installation.volumes.values()}
        sdcs = {sdc.ip: sdc for sdc in system.sdcs.values() if sdc.connected and sdc.approved}
        hosts = [host for host in self.installation.hosts.values() if host.zone == cloud_pool.zone and host.ip in sdcs]
        for number in range(0, len(bases), _DISKS_PER_MACHINE):
            disks = bases[number : number + _DISKS_PER_MACHINE]
            first = rows[f"{disks[0].id}:{disks[0].name}"]
            machine_number = 1000 * cloud_pool.id + number // _DISKS_PER_MACHINE
            stopped = self._random.random() < 1 / 8
            host = None if stopped else self._random.choice(hosts)
            uuid = stable_uuid(f"{self.installation.name} machine {machine_number}")
            self.installation.machines[uuid] = CloudMachine(
                machine_number,
                uuid,
                f"vm-{machine_number}",
                first.account,
                host.uuid if host else None,
                "Running" if host else "Stopped",
            )
            for position, disk in enumerate(disks):
                row = rows[f"{disk.id}:{disk.name}"]
                row.account = first.account
                if position == 1 and self._random.random() < 1 / 9:
                    continue
                row.machine_uuid = uuid
                if position == 0:
                    row.kind, row.name = "ROOT", f"ROOT-{machine_number}"
                if host is None:
                    disk.mappings = []
                else:
                    self._map(disk, sdcs[host.ip].id)

    def _map(self, volume: Volume, sdc_id: str) -> None:
        limited = self._random.random() < 1 / 4
        volume.mappings = [Mapping(sdc_id, 2000 if limited else 0, 200 if limited else 0)]
        volume.busy = self._random.random() < 9 / 10
        if volume.busy and self._random.random() < 1 / 6:
            volume.growth_kib_per_second = 64 * self._random.randint(1, 32)

    def _snapshot(self, system: System, source: Volume, name: str, group: str | None) -> None:
        made = system.volumes[snapshot_volume(self.world, volume=source.id, name=name, group=group)["volume"]]
        made.creation_time = self.world.started - self._random.randint(3600, 86400 * 30)
        made.written_kib = source.written_kib * self._random.randint(5, 150) // 1000 // 1024 * 1024

    @staticmethod
    def _row_number(volume: Volume) -> int:
        return int((volume.name or "").split("-")[1])
