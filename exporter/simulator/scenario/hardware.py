"""The hardware of the default scenario: two PowerFlex systems with their pools, nodes, disks and clients."""

from exporter.simulator.scenario.array import (
    Alert,
    Device,
    MdmCluster,
    ProtectionDomain,
    Sdc,
    Sds,
    StoragePool,
    System,
)
from exporter.simulator.scenario.ids import long_id, object_id, stable_uuid

_DAY = 86400


def make_ams1(started: int) -> System:
    """Return a 3.6 system: two protection domains with a pool `cspool` each, and a pool `scratch`."""
    system = System(
        key="pf-ams1",
        id=long_id("system ams1"),
        name="ams1",
        version="3.6",
        release="R3_6.700.103",
        days_installed=812,
        upgraded=started - 812 * _DAY // 2,
        licence_days="Unlimited",
        licence_gb="Unlimited",
        mdm=MdmCluster("FiveNodes", "ClusteredNormal", 5, 3, [f"mdm-a{number}" for number in range(1, 6)]),
    )
    domain_a = _domain(system, "pd-a")
    domain_b = _domain(system, "pd-b")
    _pool(system, "cspool", domain_a, media_type="SSD", spare_percentage=20)
    _pool(
        system,
        "cspool",
        domain_b,
        media_type="HDD",
        zero_padding=False,
        spare_percentage=34,
        alert_high_threshold=75,
        alert_critical_threshold=85,
    )
    _pool(system, "scratch", domain_a, media_type="SSD", zero_padding=False, spare_percentage=20)
    for number in range(1, 5):
        _node(system, f"sds-a{number}", domain_a, f"10.10.3.{10 + number}")
    for number in range(1, 4):
        _node(system, f"sds-b{number}", domain_b, f"10.10.3.{20 + number}")
    nodes = list(system.nodes.values())
    nodes[3].maintenance_state = "InMaintenance"
    for node in nodes[:2]:
        number = len(system.devices)
        system.devices[object_id("device ams1", number)] = Device(
            object_id("device ams1", number), node.id, None, 390069248, "/dev/sdn", "SSD", None, None
        )
    _clients(system, 12)
    sdcs = list(system.sdcs.values())
    for number in (0, 1, 2, 3, 8):
        sdcs[number].name = f"kvm-a{number + 1:02}"
    sdcs[7].connected = False
    sdcs[10].approved = False
    sdcs[5].lists_ips_only = True
    return system


def make_ams2(started: int) -> System:
    """Return a 4.5 system without a name: a mirrored, a compressing fine-granularity, and an empty pool."""
    system = System(
        key="pf-ams2",
        id=long_id("system ams2"),
        name=None,
        version="4.5",
        release="R4_5.2100.105",
        days_installed=203,
        upgraded=started - 203 * _DAY // 2,
        licence_days="Unlimited",
        licence_gb="512000",
        mdm=MdmCluster("ThreeNodes", "ClusteredNormal", 3, 2, [f"mdm-c{number}" for number in range(1, 4)]),
    )
    domain = _domain(system, "pd-1")
    _pool(system, "cs-ssd", domain, media_type="SSD", spare_percentage=25)
    _pool(
        system,
        "lab-nvme",
        domain,
        media_type="SSD",
        data_layout="FineGranularity",
        spare_percentage=25,
        stored_percent=55,
        metadata_percent=3,
    )
    _pool(
        system,
        "archive",
        domain,
        media_type="Transitional",
        zero_padding=False,
        alert_high_threshold=85,
        alert_critical_threshold=95,
    )
    for number in range(1, 6):
        _node(system, f"sds-c{number}", domain, f"10.10.5.{10 + number}")
    lost = list(system.nodes.values())[2]
    lost.connection_state = "Disconnected"
    lost.membership_state = "Decoupled"
    _clients(system, 12)
    sdcs = list(system.sdcs.values())
    for number in (0, 1, 8, 9):
        sdcs[number].name = f"kvm-a{number + 1:02}"
    sdcs[6].connected = False
    for number in (1, 2):
        guid = stable_uuid(f"nvme host {number}").upper()
        system.sdcs[object_id("nvme host", 0x10000 + number)] = Sdc(
            object_id("nvme host", 0x10000 + number),
            guid,
            f"10.10.6.{number}",
            name=f"nvme-host-{number}",
            nqn=f"nqn.2014-08.org.nvmexpress:uuid:{guid.lower()}",
        )
    return system


def fit_devices(system: System, pool: StoragePool, *, per_node: int, fill_percent: int) -> None:
    """Give a pool disks of such a size that what is written fills so much of what users may fill."""
    nodes = [node for node in system.nodes.values() if node.protection_domain_id == pool.protection_domain_id]
    written = sum(volume.written_kib for volume in system.volumes.values() if volume.storage_pool_id == pool.id)
    stored = written * (pool.stored_percent + pool.metadata_percent) // 100
    usable = 2 * stored * 100 // fill_percent
    raw = usable * 100 // (100 - pool.spare_percentage) or len(nodes) * per_node * 3750725632
    size = raw // (len(nodes) * per_node) // 2048 * 2048
    for node in nodes:
        for slot in range(per_node):
            number = len(system.devices)
            key = object_id(f"device {system.key[3:]}", number)
            system.devices[key] = Device(key, node.id, pool.id, size, f"/dev/sd{chr(98 + slot)}", pool.media_type)


def add_hardware_trouble(world_started: int, ams1: System, ams2: System) -> dict[str, str]:
    """Break a disk and a node, with the alerts and missing copies that follow. Returns the landmarks."""
    hdd_pool = next(pool for pool in ams1.storage_pools.values() if pool.media_type == "HDD")
    broken = next(device for device in ams1.devices.values() if device.storage_pool_id == hdd_pool.id)
    broken.error_state = "Error"
    mirrored = next(pool for pool in ams2.storage_pools.values() if pool.name == "cs-ssd")
    mirrored.degraded_kib = 96 * 1024 * 1024
    mirrored.normal_rebuild_kib = 24 * 1024 * 1024
    ssd_pool = next(pool for pool in ams1.storage_pools.values() if pool.name == "cspool" and pool is not hdd_pool)
    ssd_pool.maintenance_kib = 512 * 1024 * 1024
    lost = next(node for node in ams2.nodes.values() if node.connection_state != "Connected")
    dead = next(sdc for sdc in ams1.sdcs.values() if not sdc.connected)
    hour = 3600
    for system, kind, severity, object_type, object_id_, name, age, cleared in (
        (ams1, "DEVICE_FAILED", "ALERT_HIGH", "Device", broken.id, broken.path, 30, None),
        (ams1, "SDC_DISCONNECTED", "ALERT_LOW", "Sdc", dead.id, dead.name or dead.ip, 5, None),
        (ams1, "CAPACITY_UTILIZATION_ABOVE_CRITICAL_THRESHOLD", "ALERT_HIGH", "StoragePool", hdd_pool.id, "", 9, None),
        (ams1, "STORAGE_POOL_UNBALANCED", "ALERT_MEDIUM", "StoragePool", ssd_pool.id, "", 2, None),
        (ams2, "SDS_DISCONNECTED", "CRITICAL", "sds", lost.id, lost.name, 3, None),
        (ams2, "STORAGE_POOL_HAS_DEGRADED_CAPACITY", "MAJOR", "storage_pool", mirrored.id, mirrored.name, 3, None),
        (ams2, "trial_license_used", "MINOR", "system", ams2.id, "", 48, None),
        (ams2, "license_about_to_expire", "INFORMATION", "system", ams2.id, "", 20, None),
        (ams2, "SDC_DISCONNECTED", "MINOR", "sdc", object_id("sdc ams2", 3), "", 70, 69),
    ):
        uuid = stable_uuid(f"alert {system.key} {kind} {object_id_}")
        system.alerts[uuid] = Alert(
            uuid,
            kind,
            severity,
            object_type,
            object_id_,
            name,
            world_started - age * hour,
            None if cleared is None else world_started - cleared * hour,
        )
    return {
        "device_with_error": broken.id,
        "sds_in_maintenance": next(n.id for n in ams1.nodes.values() if n.maintenance_state == "InMaintenance"),
        "sds_disconnected": lost.id,
        "sdc_disconnected": dead.id,
        "sdc_not_approved": next(sdc.id for sdc in ams1.sdcs.values() if not sdc.approved),
        "sdc_without_sdc_ip": next(sdc.id for sdc in ams1.sdcs.values() if sdc.lists_ips_only),
        "nvme_host": next(sdc.id for sdc in ams2.sdcs.values() if sdc.nqn),
        "degraded_pool": mirrored.id,
    }


def _domain(system: System, name: str) -> str:
    key = object_id(f"domain {system.key}", len(system.protection_domains))
    system.protection_domains[key] = ProtectionDomain(key, name)
    return key


def _pool(  # noqa: PLR0913  # a pool's settings
    system: System,
    name: str,
    domain: str,
    *,
    media_type: str,
    data_layout: str = "MediumGranularity",
    zero_padding: bool = True,
    spare_percentage: int = 10,
    alert_high_threshold: int = 80,
    alert_critical_threshold: int = 90,
    stored_percent: int = 100,
    metadata_percent: int = 0,
) -> None:
    key = object_id(f"pool {system.key}", len(system.storage_pools))
    system.storage_pools[key] = StoragePool(
        key,
        name,
        domain,
        media_type,
        data_layout,
        zero_padding,
        spare_percentage,
        alert_high_threshold,
        alert_critical_threshold,
        stored_percent,
        metadata_percent,
    )


def _node(system: System, name: str, domain: str, ip: str) -> None:
    key = object_id(f"sds {system.key}", len(system.nodes))
    system.nodes[key] = Sds(key, name, domain, ip)


def _clients(system: System, count: int) -> None:
    """SDCs of the KVM hosts 10.10.4.11 and up; a host has one GUID and an id of its own on every system."""
    for number in range(count):
        key = object_id(f"sdc {system.key[3:]}", number)
        system.sdcs[key] = Sdc(key, stable_uuid(f"host {number}").upper(), f"10.10.4.{11 + number}")
